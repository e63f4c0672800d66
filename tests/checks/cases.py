"""All checks, in the order of the table."""

from cases_adaptation import ADAPTATION
from cases_bluepyemodel import BLUEPYEMODEL
from cases_bluepymm import BLUEPYMM
from cases_builtin import PARAMETERS
from cases_builtin_protocols import FEATURES, PROTOCOLS
from cases_circuits import CIRCUITS
from cases_config import CONFIGURATION, SOURCES
from cases_emodels import ETYPE_MAPS, EXEMPLARS, FINAL_JSONS, PACKAGES, THRESHOLDS
from cases_hostile import FILES, PATHS, PATTERNS
from cases_imports import HOC, RESULTS, ROWS
from cases_init import INIT_EMODELS, INIT_MORPHOLOGIES, INIT_OPTIONS
from cases_morphologies import APICAL_POINTS, FOLDERS, NEEDS, NEURONDBS
from cases_morphologies import FILES as MORPHOLOGIES
from cases_nodes import NODES
from cases_recipe import COMBINATIONS, RECIPES
from cases_repository import ADDRESSES, REPOSITORIES
from cases_repository import FOLDERS as EMODELS_FOLDERS

OF_INPUTS = {
    "Configuration": [*CONFIGURATION, *SOURCES],
    "Adaptation of AIS and soma": ADAPTATION,
    "A BluePyMM project": BLUEPYMM,
    "Recipe": RECIPES,
    "neuronDB": NEURONDBS,
    "Circuit (circuit.mvd3, SONATA nodes)": CIRCUITS,
    "Morphologies": [*FOLDERS, *APICAL_POINTS, *MORPHOLOGIES, *NEEDS],
    "E-model e-type map": ETYPE_MAPS,
    "Recipe, neuronDB and e-type map together": COMBINATIONS,
    "final.json": FINAL_JSONS,
    "Folders of e-models": EMODELS_FOLDERS,
    "Git repository of e-models": [*ADDRESSES, *REPOSITORIES],
    "Exemplars": EXEMPLARS,
    "E-models with code, mechanisms and hoc": PACKAGES,
    "E-models without code": [*PARAMETERS, *PROTOCOLS, *FEATURES],
    "E-models of BluePyEModel": BLUEPYEMODEL,
    "Thresholds": THRESHOLDS,
    "Any file, pattern or path": [*FILES, *PATTERNS, *PATHS],
    "Scores of an earlier run": [*ROWS, *RESULTS, *HOC],
    "Nodes of a circuit (target nodes)": NODES,
    "Options of megate init": INIT_OPTIONS,
    "Morphologies and their types, for megate init": INIT_MORPHOLOGIES,
    "E-models, for megate init": INIT_EMODELS,
}

CASES = [case for cases in OF_INPUTS.values() for case in cases]
