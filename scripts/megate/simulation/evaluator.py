"""Load an e-model's package, and use its evaluator: describe the e-model, or score it.

These functions run foreign code. Call them through `megate.processes.child`, with the package's
directory as working directory: there NEURON finds the compiled mechanisms when it is imported.
"""

import functools
import importlib.util
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import jinja2

from megate.builtin.checks import needs_apical_point
from megate.builtin.features import unknown_features
from megate.builtin.names import PREFIX
from megate.builtin.package import read_config_files
from megate.files.writing import writing
from megate.morphologies.h5 import readable_by_neuron
from megate.simulation.apical_recordings import record_at_apical_points
from megate.simulation.compat import adapt_older_packages
from megate.simulation.efel_core import make_efel_lean
from megate.simulation.neuron_state import mechanism_names


class HocTemplateError(Exception):
    """The template of the hoc does not render."""


@dataclass(frozen=True)
class Loaded:
    """An e-model on one morphology.

    Attributes:
        evaluator: BluePyOpt's CellEvaluator
        multieval: whether it takes the morphology, with its apical point, by the name "mm"
    """

    evaluator: Any
    multieval: bool

    @property
    def prefix(self) -> str:
        """What stands before the names of features and responses: "mm." or nothing."""
        return f"{PREFIX}." if self.multieval else ""


def load(emodel: str, morph_path: str, apical_point: int | None, builtin: bool = False) -> Loaded:
    """Create the evaluator of the package in the working directory.

    With `builtin`, it is megate's own, made from the package's configuration files. Otherwise the
    package's: one whose `setup` has `multieval` takes ``altmorph=[["mm", morph_path,
    apical_point]]`` and gives evaluators, of which the first counts. Any other is created for
    its own morphology, which is then replaced. One in HDF5 is handed on as .asc.
    """
    morph_path = str(readable_by_neuron(Path(morph_path)))
    make_efel_lean()
    if builtin:
        from megate.builtin.evaluator import create_evaluator

        evaluator = create_evaluator(Path.cwd(), emodel, morph_path, apical_point)
        return Loaded(evaluator, multieval=True)
    setup = _import_setup(Path.cwd())
    if hasattr(setup, "multieval"):
        evaluators = setup.evaluator.create(
            etype=emodel, altmorph=[[PREFIX, morph_path, apical_point]]
        )
        loaded = Loaded(_checked(evaluators.evaluators[0]), multieval=True)
    else:
        evaluator = _checked(setup.evaluator.create(etype=emodel))
        evaluator.cell_model.morphology.morphology_path = morph_path
        loaded = Loaded(evaluator, multieval=False)
    adapt_older_packages()
    return loaded


def _checked(evaluator: Any) -> Any:
    for attribute in ("cell_model", "fitness_protocols", "fitness_calculator"):
        if not hasattr(evaluator, attribute):
            raise TypeError(
                f"setup.evaluator.create() gave {evaluator!r}, expected BluePyOpt's CellEvaluator"
            )
    return evaluator


def describe(
    emodel: str,
    params: dict[str, float],
    morph_path: str,
    apical_point: int | None,
    template: str,
    builtin: bool = False,
) -> dict[str, Any]:
    """What the e-model consists of. It need not be compiled for this.

    Returns:
        `apical_points` (whether it takes them), `features` (names, as they will be scored),
        `unknown_features` (what is wrong with their names), `mechanisms` (suffixes of those that
        its cell model inserts and NEURON does not have built in), `needs` (of each morphology, see
        `morphology_needs.Needs`) and `hoc_problem` (why the hoc `template` does not render, or
        None).
    """
    loaded = load(emodel, morph_path, apical_point, builtin)
    evaluator, cell_model = loaded.evaluator, loaded.evaluator.cell_model
    inserted = {mechanism.suffix for mechanism in cell_model.mechanisms}
    hoc_problem = None
    try:
        _hoc(emodel, cell_model, params, Path(template))  # better now than when all is scored
    except HocTemplateError as error:
        hoc_problem = str(error)
    objectives = evaluator.fitness_calculator.objectives
    needs = _needs(emodel, evaluator, builtin)
    return {
        "hoc_problem": hoc_problem,
        "apical_points": needs["apical_point"] if builtin else loaded.multieval,
        "features": [objective.name for objective in objectives],
        "unknown_features": unknown_features(objectives) if builtin else [],
        "mechanisms": sorted(inserted - _built_in_mechanisms()),
        "needs": needs,
    }


def _needs(emodel: str, evaluator: Any, builtin: bool) -> dict[str, Any]:
    """What it needs of each morphology: arguments of `morphology_needs.Needs`."""
    if builtin:
        apical_point = needs_apical_point(read_config_files(Path.cwd(), emodel).protocols)
    else:
        apical_point = record_at_apical_points(evaluator.fitness_protocols.values())
    morphology = evaluator.cell_model.morphology
    axon_segments = getattr(morphology, "axon_segments_needed", 0)
    return {"apical_point": apical_point, "axon_segments": axon_segments}


def _hoc(name: str, cell_model: Any, params: dict[str, float], template: Path) -> str:
    """The hoc of a cell model, rendered by BluePyOpt. Stochastic mechanisms are written as
    non-deterministic."""
    cell_model.name = name
    cell_model.check_name()
    for mechanism in cell_model.mechanisms:
        if "Stoch" in mechanism.suffix:
            mechanism.deterministic = False
    # BluePyOpt's default stub axon takes its second diameter beyond 60 um from the soma: from its
    # middle in Python, but from its start in hoc. Let the hoc measure as the scores were made.
    morphology = cell_model.morphology
    if morphology.replace_axon_hoc == type(morphology).default_replace_axon_hoc:
        morphology.replace_axon_hoc = morphology.replace_axon_hoc.replace(
            "soma distance()", "soma distance(0, 0.5)"
        )
    try:
        return cell_model.create_hoc(
            params, template=template.name, template_dir=str(template.parent), disable_banner=True
        )
    except jinja2.TemplateError as error:
        raise HocTemplateError(f"hoc template {template}: {error}") from None


def write_hoc_files(
    emodel: str,
    params: dict[str, float],
    morph_path: str,
    apical_point: int | None,
    template: str,
    cells: list[list[str]],
    directory: str,
    builtin: bool = False,
) -> None:
    """Write the e-model's hoc once per cell, each as a NEURON template of its own.

    The evaluator is created once, for `morph_path`. As in BluePyMM's legacy tool, name and
    morphology of its cell model are then changed.

    Args:
        cells: per file the template's name and its morphology's file name
        directory: folder for `<template's name>.hoc`

    Raises:
        HocTemplateError: the template does not render.
        NotWrittenError: a file cannot be written.
    """
    cell_model = load(emodel, morph_path, apical_point, builtin).evaluator.cell_model
    _read_templates_once()
    for name, morphology in cells:
        cell_model.morphology.morphology_path = morphology
        hoc = _hoc(name, cell_model, params, Path(template))
        path = Path(directory, f"{name}.hoc")
        with writing(path):
            path.write_text(hoc)


def _read_templates_once() -> None:
    """BluePyOpt parses the template anew for every hoc: 98 % of the time that one takes."""
    from bluepyopt.ephys import create_hoc

    if hasattr(create_hoc, "_read_template"):  # not part of its interface
        create_hoc._read_template = functools.cache(create_hoc._read_template)


def _built_in_mechanisms() -> set[str]:
    import neuron

    return {name for kind in (False, True) for name in mechanism_names(neuron.h, kind)}


def score(
    emodel: str,
    params: dict[str, float],
    morph_path: str,
    apical_point: int | None,
    builtin: bool = False,
    rebuild_cell: bool = False,
    memory_mb: float | None = None,
    traces: str | None = None,
) -> dict[str, Any]:
    """Run all protocols and score the responses.

    Args:
        rebuild_cell: build the cell anew for every sweep
        memory_mb: the most that the process of the sweeps may hold, MB
        traces: file to write the responses to

    Returns:
        `features` (see `features.scored_features`), `holding_current` and `threshold_current` (nA,
        None where the e-model does not search them); `sweeps`, `cells_built`, `solver_steps`, and
        the CPU time of building, solving and computing features: `build_cpu_s`, `solve_cpu_s`,
        `features_cpu_s`.
    """
    # not at the top of the module: describing an e-model needs none of these
    from megate.simulation.features import number, scored_features
    from megate.simulation.sweeps import SweepRunner

    loaded = load(emodel, morph_path, apical_point, builtin)
    evaluator = loaded.evaluator
    runner = SweepRunner(Path.cwd(), rebuild_cell, memory_mb)
    with runner.in_place_of_bluepyopt():
        responses = evaluator.run_protocols(evaluator.fitness_protocols.values(), params)
    tally, started = runner.tally, time.process_time()
    features = scored_features(evaluator.fitness_calculator, responses)
    features_cpu_s = time.process_time() - started
    if traces is not None:
        from megate.simulation.traces import write_traces

        write_traces(Path(traces), responses, tally.variables)
    return {
        "features": features,
        "holding_current": number(responses.get(f"{loaded.prefix}bpo_holding_current")),
        "threshold_current": number(responses.get(f"{loaded.prefix}bpo_threshold_current")),
        "sweeps": tally.sweeps,
        "cells_built": tally.builds,
        "solver_steps": tally.steps,
        "build_cpu_s": tally.build_cpu_s,
        "solve_cpu_s": tally.solve_cpu_s,
        "features_cpu_s": features_cpu_s,
    }


def _import_setup(package: Path) -> ModuleType:
    """Import ``setup/`` of the package, and nothing else of that name."""
    spec = importlib.util.spec_from_file_location("setup", package / "setup" / "__init__.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["setup"] = module
    spec.loader.exec_module(module)
    return module
