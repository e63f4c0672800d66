"""The built-in evaluator: BluePyOpt's CellEvaluator from an e-model's configuration files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from megate.builtin.cell import cell_model
from megate.builtin.checks import (
    RESTING_POTENTIAL,
    free_parameters,
    is_threshold_search,
    needs_apical_point,
)
from megate.builtin.features import objectives_of
from megate.builtin.main import HoldingSearch, MainProtocol, ThresholdSearch
from megate.builtin.morphology import morphology_of
from megate.builtin.names import (
    HOLDING,
    MAIN,
    PREFIX,
    RIN,
    RMP,
    SOMA_V,
    TAPER,
    THRESHOLD,
    levels_of,
)
from megate.builtin.package import ConfigFiles, read_config_files
from megate.builtin.recordings import recordings_of
from megate.builtin.steps import StepProtocol, step_protocol

_LARGEST_HOLDING_NA = 0.22
"""Upper bound of the searches at two holding voltages, as in EModelRunner. One voltage is below the
resting potential, so the upper bound is 0 there."""


def create_evaluator(
    package: Path, emodel: str, morph_path: str, apical_point: int | None
) -> ephys.evaluators.CellEvaluator:
    """Create an e-model's evaluator for a morphology. Its attribute `needs_apical_point` says
    whether a protocol records at a place that depends on the apical point.

    Args:
        package: the e-model's folder
        emodel: its name in recipes.json
        apical_point: index of the apical point's section in ``apic``, or None

    Raises:
        MegateError: the configuration files are not valid.
    """
    config = read_config_files(package, emodel)
    morphology = morphology_of(morph_path, config.recipe.get("morph_modifiers", [TAPER]))
    steps = {
        name: step_protocol(name, definition, recordings_of(name, definition, apical_point))
        for name, definition in config.protocols.items()
        if name != MAIN and not name.startswith(HOLDING) and not is_threshold_search(definition)
    }
    objectives = list(objectives_of(config.features, steps))
    protocols: dict[str, ephys.protocols.Protocol] = dict(steps)
    if MAIN in config.protocols:
        protocols = {MAIN: _main_protocol(config, steps, objectives, apical_point)}
    evaluator = ephys.evaluators.CellEvaluator(
        cell_model=cell_model(emodel, config.params, morphology),
        param_names=list(free_parameters(config.params)),
        fitness_protocols=protocols,
        fitness_calculator=ephys.objectivescalculators.ObjectivesCalculator(objectives),
        sim=_simulator(config.recipe.get("dt")),
        use_params_for_seed=True,
    )
    evaluator.needs_apical_point = needs_apical_point(config.protocols)
    return evaluator


def _simulator(dt: float | None) -> ephys.simulators.NrnSimulator:
    """NEURON with a fixed time step (ms), or with CVODE."""
    if dt is None:
        return ephys.simulators.NrnSimulator()
    return ephys.simulators.NrnSimulator(dt=dt, cvode_active=False)


def _main_protocol(
    config: ConfigFiles,
    steps: Mapping[str, StepProtocol],
    objectives: list[ephys.objectives.EFeatureObjective],
    apical_point: int | None,
) -> MainProtocol:
    main = config.protocols[MAIN]
    features = {objective.name: objective.features[0] for objective in objectives}
    levels = levels_of(config.protocols)
    before = main.get("pre_protocols", [])
    features_before = {name: of for name, of in config.features.items() if name in before}
    return MainProtocol(
        rmp=steps[RMP],
        rmp_feature=features[f"{PREFIX}.{RMP}.{SOMA_V}.{RESTING_POTENTIAL[levels[-1]]}"],
        searches={
            level: _searches(level, config.protocols, steps, features, apical_point)
            for level in levels
        },
        before=[steps[name] for name in before],
        others=[steps[name] for name in main["other_protocols"]],
        objectives_before=list(objectives_of(features_before, steps)),
        limit_before=main.get("preprot_score_threshold", 1),
    )


def _searches(
    level: str,
    protocols: Mapping[str, Any],
    steps: Mapping[str, StepProtocol],
    features: Mapping[str, Any],
    apical_point: int | None,
) -> tuple[HoldingSearch, ThresholdSearch]:
    """The searches at a holding voltage."""
    holding, of_rin = protocols[HOLDING + level], f"{PREFIX}.{RIN}{level}.{SOMA_V}"
    search = next(
        definition
        for name, definition in protocols.items()
        if is_threshold_search(definition) and (not level or name == THRESHOLD + level)
    )
    name, template = THRESHOLD + level, search["step_template"]
    holding_mv = features[f"{of_rin}.voltage_base"].exp_mean
    return (
        HoldingSearch(
            steps[RIN + level],
            features[f"{of_rin}.ohmic_input_resistance_vb_ssse"],
            voltage_mv=holding_mv,
            precision_mv=holding["holdi_precision"],
            max_depth=int(holding["holdi_max_depth"]),  # JSON may have 7.0
            margin=holding.get("holdi_estimate_multiplier", 2),
            upper_na=_LARGEST_HOLDING_NA if level else 0.0,
        ),
        ThresholdSearch.at_level(
            level,
            step_protocol(name, template, recordings_of(name, search, apical_point)),
            holding_mv,
        ),
    )
