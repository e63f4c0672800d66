"""Create an e-model's evaluator and use it: describe the e-model, score it, write it as hoc.

These functions run the code of e-model packages: call them through `megate.processes.child`, in the
package's directory, where NEURON finds the compiled mechanisms. Their arguments are:

- `emodel`: the e-model's name
- `params`: parameter name -> value
- `morph_path`: the morphology's file
- `apical_point`: index of the apical point's section in ``apic``, or None
- `template`: Jinja2 template of the hoc
- `kind`: what runs the e-model, a value of `Evaluator`
"""

import functools
import importlib.util
import math
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Real
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2
import psutil

from megate.adaptation import geometry
from megate.adaptation.emodel import EmodelAdaptation
from megate.builtin.features import unknown_features
from megate.builtin.names import PREFIX
from megate.core.vocabulary import Evaluator
from megate.emodels.hoc_package import read_hoc
from megate.files.writing import writing
from megate.scores.currents import DEFAULT
from megate.scores.limits import failed_at
from megate.simulation.apical_recordings import record_at_apical_points
from megate.simulation.compat import adapt_older_packages
from megate.simulation.efel_core import speed_up_efel
from megate.simulation.neuron_state import mechanism_names


class HocTemplateError(Exception):
    """The hoc template does not render."""


@dataclass(frozen=True)
class Loaded:
    """An e-model's CellEvaluator (BluePyOpt) on one morphology; with `multieval`, the names of its
    features and responses start with "mm."."""

    evaluator: Any
    multieval: bool


def load(
    emodel: str, morph_path: str, apical_point: int | None, kind: str = Evaluator.CODE
) -> Loaded:
    """Create the evaluator of the package in the working directory.

    With `CODE`, ``setup.evaluator.create`` of the package is called. If `setup` has
    `multieval`, it is called with ``altmorph=[["mm", morph_path, apical_point]]`` and the first of
    the evaluators is used. If not, the package's own morphology is replaced afterwards.

    Raises:
        TypeError: the package's function returns something else than an evaluator.
    """
    speed_up_efel()
    if kind == Evaluator.BUILTIN:
        from megate.builtin.evaluator import create_evaluator

        made = create_evaluator(Path.cwd(), emodel, morph_path, apical_point)
        return Loaded(made, multieval=True)
    if kind == Evaluator.BLUEPYEMODEL:
        from megate.simulation import bluepyemodel

        made = bluepyemodel.create_evaluator(Path.cwd(), emodel, morph_path)
        return Loaded(made, multieval=False)
    if kind == Evaluator.HOC:
        from megate.simulation.hoc.evaluator import create_evaluator as create_of_hoc

        made = create_of_hoc(Path.cwd(), read_hoc(Path.cwd(), emodel), emodel, morph_path)
        return Loaded(made, multieval=True)
    setup = _import_setup(Path.cwd())
    if hasattr(setup, "multieval"):
        evaluators = setup.evaluator.create(
            etype=emodel, altmorph=[[PREFIX, morph_path, apical_point]]
        )
        loaded = Loaded(_checked(evaluators.evaluators[0]), multieval=True)
    else:
        made = _checked(setup.evaluator.create(etype=emodel))
        made.cell_model.morphology.morphology_path = morph_path
        loaded = Loaded(made, multieval=False)
    adapt_older_packages()
    return loaded


def _checked(evaluator: Any) -> Any:
    for attribute in ("cell_model", "fitness_protocols", "fitness_calculator"):
        if not hasattr(evaluator, attribute):
            raise TypeError(
                f"setup.evaluator.create() returned {evaluator!r}, "
                "expected BluePyOpt's CellEvaluator"
            )
    return evaluator


def describe(
    emodel: str,
    params: dict[str, float],
    morph_path: str,
    apical_point: int | None,
    template: str,
    kind: str = Evaluator.CODE,
) -> dict[str, Any]:
    """Describe the e-model. Its mechanisms need not be compiled.

    Returns:
        `apical_points`: whether it uses apical points
        `features`: names of the features that will be scored
        `unknown_features`: problems with features that eFEL does not have
        `mechanisms`: suffixes of the mechanisms that the cell model inserts and that are not built
            into NEURON
        `global_parameters`: NEURON's global parameters, by name
        `needs`: requirements on each morphology, arguments of `megate.morphologies.needs.Needs`
        `hoc_problem`: why the hoc template does not render, or None
        or, of BluePyEModel's e-models, only `problems`: why it cannot run
    """
    if kind == Evaluator.BLUEPYEMODEL:
        from megate.simulation import bluepyemodel

        if problems := bluepyemodel.problems(Path.cwd(), emodel, morph_path, params):
            return {"problems": problems}
    loaded = load(emodel, morph_path, apical_point, kind)
    import neuron  # loads the compiled mechanisms

    evaluator, cell_model = loaded.evaluator, loaded.evaluator.cell_model
    inserted = {mechanism.suffix for mechanism in cell_model.mechanisms}
    inserted |= getattr(evaluator, "inserted_mechanisms", set())  # of a hoc
    built_in = {name for kind in (False, True) for name in mechanism_names(neuron.h, kind)}
    hoc_problem = None
    try:
        if kind != Evaluator.HOC:  # to find problems before the simulations
            _hoc(emodel, cell_model, params, Path(template))
    except HocTemplateError as error:
        hoc_problem = str(error)
    objectives = evaluator.fitness_calculator.objectives
    needs_point = getattr(evaluator, "needs_apical_point", None)  # of the built-in evaluator
    if needs_point is None:
        needs_point = record_at_apical_points(evaluator.fitness_protocols.values())
    axon_segments = getattr(cell_model.morphology, "axon_segments_needed", 0)
    return {
        "hoc_problem": hoc_problem,
        "apical_points": loaded.multieval if kind == Evaluator.CODE else needs_point,
        "features": [objective.name for objective in objectives],
        "unknown_features": unknown_features(objectives) if kind == Evaluator.BUILTIN else [],
        "mechanisms": sorted(inserted - built_in),
        "global_parameters": _global_parameters(cell_model, params),
        "needs": {"apical_point": needs_point, "axon_segments": axon_segments},
    }


def _global_parameters(cell_model: Any, params: dict[str, float]) -> dict[str, float]:
    """NEURON's global parameters of a cell model, fixed ones and those among `params`. Without
    `celsius` or `v_init`, NEURON's own values are used."""
    import neuron
    from bluepyopt.ephys.parameters import NrnGlobalParameter

    neuron.h.load_file("stdrun.hoc")  # defines v_init
    found = {name: float(getattr(neuron.h, name)) for name in ("celsius", "v_init")}
    for parameter in cell_model.params.values():
        if isinstance(parameter, NrnGlobalParameter):
            value = parameter.value if parameter.frozen else params.get(parameter.name)
            if isinstance(value, Real):
                found[parameter.param_name] = float(value)
    return found


def _hoc(
    name: str,
    cell_model: Any,
    params: dict[str, float],
    template: Path,
    variables: Mapping[str, Any] | None = None,
) -> str:
    """Render the hoc of a cell model, with stochastic mechanisms as non-deterministic ones.
    `variables` are further ones of the template."""
    from bluepyopt.ephys import create_hoc

    cell_model.name = name
    cell_model.check_name()
    for mechanism in cell_model.mechanisms:
        if "Stoch" in mechanism.suffix:
            mechanism.deterministic = False
    # BluePyOpt's default stub axon takes its second diameter beyond 60 um from the soma. Python
    # measures this distance from the middle of the soma, hoc from its start. Change the hoc: the
    # scores were computed in Python.
    morphology = cell_model.morphology
    if morphology.replace_axon_hoc == type(morphology).default_replace_axon_hoc:
        morphology.replace_axon_hoc = morphology.replace_axon_hoc.replace(
            "soma distance()", "soma distance(0, 0.5)"
        )
    # (BluePyOpt's cell models do not pass on `custom_jinja_params`)
    original = create_hoc.create_hoc
    create_hoc.create_hoc = functools.partial(original, custom_jinja_params=variables)
    try:
        return cell_model.create_hoc(
            params, template=template.name, template_dir=str(template.parent), disable_banner=True
        )
    except jinja2.TemplateError as error:
        raise HocTemplateError(f"hoc template {template}: {error}") from None
    finally:
        create_hoc.create_hoc = original


def write_hoc_files(
    emodel: str,
    params: dict[str, float],
    morph_path: str,
    apical_point: int | None,
    template: str,
    cells: list[list[Any]],
    directory: str,
    kind: str = Evaluator.CODE,
    adaptation: str | None = None,
    scales: dict[str, list[float]] | None = None,
) -> None:
    """Write one hoc file per cell, each with its own NEURON template.

    The evaluator is created once, for `morph_path`. As in BluePyMM's legacy tool, name and
    morphology of its cell model are then changed for every cell.

    Args:
        cells: per cell, the name of the NEURON template, the file name of the morphology and, if
            they are known, the numbers of its axon, basal and apical sections
        directory: folder for the files `<template name>.hoc`
        adaptation: file about the adaptation of the e-model's cells, or None
        scales: per NEURON template, the scales of AIS and soma; None: the hoc takes them

    Raises:
        HocTemplateError: the Jinja2 template does not render.
        NotWrittenError: a file cannot be written.
    """
    from bluepyopt.ephys import create_hoc

    if kind == Evaluator.HOC:
        own_hoc = read_hoc(Path.cwd(), emodel)
    else:
        cell_model = load(emodel, morph_path, apical_point, kind).evaluator.cell_model
    if hasattr(create_hoc, "_read_template"):  # not public; parsing takes 98 % of the time of a hoc
        create_hoc._read_template = functools.cache(create_hoc._read_template)
    variables = {}
    if adaptation is not None:
        exemplar = EmodelAdaptation.read(Path(adaptation))
        variables["adapt_cell"] = geometry.hoc(exemplar.ais, exemplar.soma)
    for name, morphology, *sections in cells:
        if kind == Evaluator.HOC:
            hoc = own_hoc.as_released(name, morphology)
        else:
            cell_model.morphology.morphology_path = morphology
            own = dict(zip(geometry.SCALERS, scales[name], strict=True)) if scales else {}
            hoc = _hoc(name, cell_model, params, Path(template), variables | own)
        if sections:
            known = f"check_sections({', '.join(map(str, sections))})"
            hoc = hoc.replace("check_sections(-1, -1, -1)", known)
        path = Path(directory, f"{name}.hoc")
        with writing(path):
            path.write_text(hoc)


def score(
    emodel: str,
    params: dict[str, float],
    morph_path: str,
    apical_point: int | None,
    kind: str = Evaluator.CODE,
    rebuild_cell: bool = False,
    memory_mb: float | None = None,
    traces: str | None = None,
    convert: bool = False,
    currents: dict[str, float] | None = None,
    main_pair: Sequence[str] = DEFAULT,
    timeout_s: float | None = None,
    adapt: dict[str, Any] | None = None,
    stop: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run all protocols and score the responses. Then measure currents and input resistance.

    Args:
        currents: settings of the measurement (`megate.simulation.currents.measure`); None for no
            measurement
        main_pair: names of the e-model's own holding and threshold current
        timeout_s: time that this process has, s, or None. The measurement ends in time, so that
            the scores are not lost.
        convert: simulate a clean copy of the morphology, if NEURON misreads the file
        adapt: `exemplar` (values of `EmodelAdaptation`), `limits` and `rounds`, to scale AIS and
            soma before the protocols; None for the cell as it is
        stop: `limits` and `known` of `megate.simulation.early_stop.EarlyStop`, to stop once all
            combinations have failed, at the latest before the measurement
        rebuild_cell: build a new cell for every sweep
        memory_mb: most memory that the process of the sweeps may use, MB
        traces: file to write the responses to, or None

    Returns:
        `features`: see `features.scored_features`
        `holding_current`, `threshold_current`: nA; None if the e-model does not search them
        `bpo_values`: all finite numbers among the responses that are called ``bpo_...``, by name
        `sweeps`, `cells_built`, `solver_steps`: counts
        `build_cpu_s`, `solve_cpu_s`, `features_cpu_s`: CPU time of building cells, of NEURON and
            of computing features, s
        `currents_cpu_s`: CPU time of NEURON and of building cells for the measurement, s; the other
            counts and times are without it
        `stopped_at`, `protocols`: with `stop`, see `EarlyStop`
        and the values of `megate.scores.currents.Measured` and, with `adapt`, those of
        `megate.simulation.adapt.adapt_to_exemplar`
    """
    # imported here, because describing an e-model does not need them
    from megate.morphologies.simulated import for_neuron
    from megate.simulation.adapt import adapt_to_exemplar
    from megate.simulation.cell_check import CellCheck
    from megate.simulation.currents import measured
    from megate.simulation.features import number, scored_features
    from megate.simulation.sweeps import SweepRunner

    simulated = for_neuron(Path(morph_path), convert)
    loaded = load(emodel, str(simulated.path), apical_point, kind)
    check = CellCheck(simulated.path, simulated.morphology)
    check.install()
    evaluator = loaded.evaluator
    runner = SweepRunner(Path.cwd(), rebuild_cell, memory_mb)
    adapted = {} if adapt is None else adapt_to_exemplar(evaluator, params, adapt, runner)
    with runner.replacing_bluepyopt():
        if stop is None:
            responses = evaluator.run_protocols(evaluator.fitness_protocols.values(), params)
            early: dict[str, Any] = {}
        else:
            from megate.simulation.early_stop import run_protocols

            responses, early = run_protocols(
                evaluator, params, runner, kind == Evaluator.BUILTIN, **stop
            )
        check.finish()
        started = time.process_time()
        scores = early.pop("scores", None)
        features = scored_features(evaluator.fitness_calculator, responses, scores)
        if stop is not None and early["stopped_at"] is None:
            of_all = {feature["feature"]: feature["score"] for feature in features}
            early["stopped_at"] = failed_at(of_all, stop["limits"])
        features_cpu_s = time.process_time() - started
        if traces is not None:
            from megate.simulation.traces import write_traces

            write_traces(Path(traces), responses, runner.variables)
        prefix = f"{PREFIX}." if loaded.multieval else ""
        values = {name.removeprefix(prefix): value for name, value in responses.items()}
        result = asdict(runner.cost) | {
            "features": features,
            "holding_current": number(values.get("bpo_holding_current")),
            "threshold_current": number(values.get("bpo_threshold_current")),
            "bpo_values": {
                name: float(value)
                for name, value in values.items()
                if name.startswith("bpo_") and isinstance(value, Real) and math.isfinite(value)
            },
            "sweeps": runner.sweeps,
            "features_cpu_s": features_cpu_s,
        }
        result |= adapted | early
        if currents is not None and early.get("stopped_at") is None:
            own = [result["bpo_values"].get(name) for name in main_pair]
            elapsed = time.time() - psutil.Process().create_time()
            left = None if timeout_s is None else 0.8 * timeout_s - elapsed
            result |= measured(evaluator, params, own, currents, runner, left)
    return result


def measure_hoc_exemplar(emodel: str, morph_path: str) -> dict[str, Any]:
    """Simulate the exemplar of a hoc.

    Returns:
        `values`: of the tests, by feature
        `problem`: why other cells cannot be compared with it, or None
    """
    from megate.morphologies.simulated import for_neuron
    from megate.simulation.sweeps import SweepRunner

    simulated = for_neuron(Path(morph_path), convert=True)
    evaluator = load(emodel, str(simulated.path), None, Evaluator.HOC).evaluator
    (protocol,) = evaluator.fitness_protocols.values()
    with SweepRunner(Path.cwd()).replacing_bluepyopt():
        responses = evaluator.run_protocols([protocol], {})
    values = {
        objective.name: objective.features[0].calculate_feature(responses)
        for objective in evaluator.fitness_calculator.objectives
    }
    return {"values": values, "problem": protocol.found.no_threshold}


def describe_exemplar(
    emodel: str,
    params: dict[str, float],
    morph_path: str,
    apical_point: int | None,
    kind: str = Evaluator.CODE,
    convert: bool = False,
    **settings: Any,
) -> dict[str, Any]:
    """Measure an e-model's exemplar for the adaptation of other cells.

    Args:
        convert: as in `score`
        settings: further arguments of `megate.simulation.adapt.measure_exemplar`, which also
            describes the result
    """
    from megate.morphologies.simulated import for_neuron
    from megate.simulation.adapt import measure_exemplar
    from megate.simulation.sweeps import SweepRunner

    simulated = for_neuron(Path(morph_path), convert)
    evaluator = load(emodel, str(simulated.path), apical_point, kind).evaluator
    return measure_exemplar(evaluator, params, runner=SweepRunner(Path.cwd()), **settings)


def _import_setup(package: Path) -> ModuleType:
    """Import the folder ``setup`` of the package, not another module with this name."""
    spec = importlib.util.spec_from_file_location("setup", package / "setup" / "__init__.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["setup"] = module
    spec.loader.exec_module(module)
    return module
