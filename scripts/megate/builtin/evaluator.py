"""The built-in evaluator: BluePyOpt's CellEvaluator from an e-model's configuration files."""

from collections.abc import Mapping
from pathlib import Path

from bluepyopt import ephys

from megate.builtin.cell import cell_model
from megate.builtin.checks import free_parameters, is_threshold_search, needs_apical_point
from megate.builtin.features import objectives_of
from megate.builtin.main import HoldingSearch, MainProtocol, ThresholdSearch
from megate.builtin.morphology import morphology_of
from megate.builtin.names import HOLDING, MAIN, PREFIX, RIN, RMP, SOMA_V, TAPER, THRESHOLD
from megate.builtin.package import ConfigFiles, read_config_files
from megate.builtin.recordings import recordings_of
from megate.builtin.steps import StepProtocol, step_protocol


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
        if name not in (MAIN, HOLDING) and not is_threshold_search(definition)
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
        sim=ephys.simulators.NrnSimulator(),
        use_params_for_seed=True,
    )
    evaluator.needs_apical_point = needs_apical_point(config.protocols)
    return evaluator


def _main_protocol(
    config: ConfigFiles,
    steps: Mapping[str, StepProtocol],
    objectives: list[ephys.objectives.EFeatureObjective],
    apical_point: int | None,
) -> MainProtocol:
    main, holding = config.protocols[MAIN], config.protocols[HOLDING]
    search = next(p for p in config.protocols.values() if is_threshold_search(p))
    template = step_protocol(
        THRESHOLD, search["step_template"], recordings_of(THRESHOLD, search, apical_point)
    )
    features = {objective.name: objective.features[0] for objective in objectives}
    holding_mv = features[f"{PREFIX}.{RIN}.{SOMA_V}.voltage_base"].exp_mean
    before = main.get("pre_protocols", [])
    features_before = {name: of for name, of in config.features.items() if name in before}
    return MainProtocol(
        rmp=steps[RMP],
        rmp_feature=features[f"{PREFIX}.{RMP}.{SOMA_V}.voltage_base"],
        holding_search=HoldingSearch(
            steps[RIN],
            features[f"{PREFIX}.{RIN}.{SOMA_V}.ohmic_input_resistance_vb_ssse"],
            voltage_mv=holding_mv,
            precision_mv=holding["holdi_precision"],
            max_depth=int(holding["holdi_max_depth"]),  # JSON may have 7.0
        ),
        threshold_search=ThresholdSearch(template, holding_mv),
        before=[steps[name] for name in before],
        others=[steps[name] for name in main["other_protocols"]],
        objectives_before=list(objectives_of(features_before, steps)),
        limit_before=main.get("preprot_score_threshold", 1),
    )
