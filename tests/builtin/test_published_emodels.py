"""All e-models of two public repositories are read, and described, from their configuration files.

The environment variables name checkouts: MEGATE_SSCX_EXAMPLES of BlueBrain/SSCxEModelExamples, and
MEGATE_EMODEL_PACKAGER of BlueBrain/e-model-packager, which has the parameters (final.json) of both.
"""

import json
import os
from pathlib import Path

import pytest

from megate.builtin.checks import value_problems
from megate.builtin.package import read_config_files

pytestmark = pytest.mark.slow

PACKAGES = {
    "MEGATE_SSCX_EXAMPLES": ("optimization/opt_module", 29),
    "MEGATE_EMODEL_PACKAGER": ("e_model_packager/sscx2020/extra_data", 42),
}
REPEATED = {"bIR": 2, "bSTUT": 2, "cIR": 2, "cSTUT": 2, "dSTUT": 1}
"""Features with two entries, by e-type."""


def package_of(variable: str) -> Path:
    if not os.environ.get(variable):
        pytest.skip(f"{variable} does not name a checkout of its repository")
    return Path(os.environ[variable], PACKAGES[variable][0])


@pytest.mark.parametrize("variable", PACKAGES)
def test_all_e_models_are_read(variable: str):
    package = package_of(variable)
    emodels = json.loads((package / "config/recipes/recipes.json").read_text())
    assert len(emodels) == PACKAGES[variable][1]
    for emodel in emodels:
        config = read_config_files(package, emodel)
        etype = emodel.partition("_")[0]
        repeated = [text for text in config.warnings if "/config/features/" in text]
        assert len(repeated) == (etype in REPEATED)
        assert sum(text.count("soma.v.") for text in repeated) == REPEATED.get(etype, 0)


@pytest.mark.parametrize("variable", PACKAGES)
def test_their_parameters_and_features_are_those_of_the_optimisation(variable: str):
    package, packager = package_of(variable), package_of("MEGATE_EMODEL_PACKAGER")
    finals = json.loads((packager / "config/params/final.json").read_text())
    emodels = json.loads((package / "config/recipes/recipes.json").read_text())
    assert set(emodels) - set(finals) == {"cADpyr_L5TPCb", "cADpyr_L5TPC_multi"}
    for emodel in sorted(set(emodels) & set(finals)):
        config, final = read_config_files(package, emodel), finals[emodel]
        assert list(value_problems(config.params, final["params"])) == []
        names = {
            f"{protocol}.{recording}.{feature['feature']}"
            for protocol, recordings in config.features.items()
            for recording, features in recordings.items()
            for feature in features
        }
        assert names == {name.partition(".")[2] for name in final["fitness"]}
