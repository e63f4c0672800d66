"""Create the evaluators of BluePyEModel's e-models.

BluePyEModel reads the configuration files and defines protocols, features and the cell model. Its
protocols search the resting potential, the holding current, the input resistance and the threshold
current of each cell. They are BluePyOpt's sweeps, and run as those of other e-models.

Source: bluepyemodel.evaluation.evaluation.get_evaluator_from_access_point, bluepyemodel 1.0.50.
"""

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bluepyemodel.access_point.local import LocalAccessPoint
from bluepyemodel.ecode import eCodes
from bluepyemodel.emodel_pipeline.emodel_settings import EModelPipelineSettings
from bluepyemodel.evaluation.evaluation import get_evaluator_from_access_point
from bluepyopt.ephys.parameterscalers import NrnSegmentSomaDistanceStepScaler

from megate.core.errors import brief, unknown_keys
from megate.files.readers import read_json_object
from megate.inputs.bluepyemodel import read_recipe, recipes_path


def create_evaluator(package: Path, emodel: str, morph_path: str) -> Any:
    """Create the evaluator (BluePyOpt's CellEvaluator) of an e-model on a morphology.

    It also runs the protocols that BluePyEModel uses for validation only. BluePyEModel's limits for
    the time of a sweep are not used: scores would depend on the computer.

    Args:
        package: the e-model's folder, which is the working directory
    """
    access_point = _access_point(package, emodel, morph_path)
    settings = access_point.pipeline_settings
    settings.optimisation_timeout = settings.spikecount_timeout = None
    settings.start_from_emodel = None  # where the optimisation started
    evaluator = get_evaluator_from_access_point(access_point, include_validation_protocols=True)
    morphology = evaluator.cell_model.morphology
    morphology.morph_modifiers = morphology.morph_modifiers or None  # else no hoc can be written
    return evaluator


def _access_point(package: Path, emodel: str, morph_path: str) -> LocalAccessPoint:
    """Where BluePyEModel reads the e-model."""
    if str(package) not in sys.path:
        sys.path.append(str(package))  # for the modules of morph_modifiers
    name, _ = read_recipe(package, emodel)
    access_point = LocalAccessPoint(
        emodel=name, emodel_dir=package, recipes_path=recipes_path(package)
    )
    access_point.morph_path = Path(morph_path)  # instead of the recipe's
    return access_point


def problems(package: Path, emodel: str, morph_path: str, params: Mapping[str, float]) -> list[str]:
    """Why BluePyEModel cannot run an e-model with these parameters on its exemplar, in one line
    each: unknown settings or eCodes; parameters without a value, or unknown ones; a hoc that cannot
    be written. Other errors are raised by `create_evaluator`."""
    name, recipe = read_recipe(package, emodel)
    where = f"{recipes_path(package).relative_to(package)}: {name}"
    found = list(_unknown_settings(package, recipe, f"{where}.pipeline_settings"))
    if found:
        return found
    access_point = _access_point(package, emodel, morph_path)
    found = [
        f"{recipe['features']}: protocol {brief(protocol.name)}: BluePyEModel has no eCode for it; "
        f"the name must contain one of {', '.join(sorted(eCodes))}"
        for protocol in access_point.get_fitness_calculator_configuration().protocols
        if not any(code in protocol.name.lower() for code in eCodes)
    ]
    if found:
        return found
    return list(_model_problems(create_evaluator(package, emodel, morph_path), params, where))


def _unknown_settings(package: Path, recipe: Mapping[str, Any], where: str) -> Iterator[str]:
    settings = recipe.get("pipeline_settings", {})
    if isinstance(settings, str):
        where, settings = settings, read_json_object(package / settings, where)
    known = set(inspect.signature(EModelPipelineSettings).parameters)
    unknown = [key for key in settings if key not in known]
    for problem in unknown_keys(unknown, known):
        yield f"{where}: {problem}"


def _model_problems(evaluator: Any, params: Mapping[str, float], where: str) -> Iterator[str]:
    model = evaluator.cell_model
    optimised = dict.fromkeys(evaluator.param_names)
    for name in optimised:
        if name not in params:
            yield f"final.json has no value of the parameter {name!r}"
    for name in params:
        if name not in optimised:
            yield f"final.json: {name!r} is not one of the optimised parameters"
    for name, parameter in model.params.items():
        if name not in optimised and parameter.value is None:
            yield f"the parameter {name!r} has no value"
        if isinstance(getattr(parameter, "value_scaler", None), NrnSegmentSomaDistanceStepScaler):
            yield (
                f"the parameter {name!r} has the distribution 'step', whose place depends on each "
                "morphology: an e-model's hoc cannot have it"
            )
    modifiers = model.morphology.morph_modifiers or []
    hocs = model.morphology.morph_modifiers_hoc or []
    for modifier, hoc in zip(modifiers, hocs, strict=True):
        if not callable(modifier) or not isinstance(hoc, str):
            what = getattr(modifier, "__name__", modifier)
            yield (
                f"{where}.morph_modifiers: {brief(what)} or its hoc was not found; expected "
                '["MODULE", "FUNCTION", "STRING WITH ITS HOC"]'
            )
