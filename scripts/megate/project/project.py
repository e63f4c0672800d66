"""A project: its input files read, joined and checked, ready for simulations."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from megate.builtin.package import config_problems
from megate.config.config import Config, Prepare
from megate.core.errors import MegateError, listing, run_checks
from megate.core.paths import Paths
from megate.core.vocabulary import Evaluator
from megate.core.wording import first_few
from megate.emodels.exemplar import Exemplar
from megate.emodels.git.repository import OnFetch
from megate.emodels.hoc_package import hoc_problems
from megate.emodels.hoc_template import check_template
from megate.emodels.kinds import evaluator_of
from megate.emodels.prepare import Emodel, package_files
from megate.emodels.sources import EmodelSources, Package
from megate.files.readers import local
from megate.inputs.bluepyemodel import emodel_files, package_problems
from megate.inputs.circuit import FORMATS, keep_cells, kept_cells, read_circuit
from megate.inputs.etype_map import MapEntry
from megate.inputs.neurondb import read_neurondb
from megate.inputs.recipe import read_recipe
from megate.project import combinations as combining
from megate.project.jobs import Job, Jobs
from megate.project.morphologies import Morphologies
from megate.project.sources import circuit_key, neurondb_of_release, neurondb_of_repaired

ReadNeurondb = Callable[[Path], pd.DataFrame]


class Project:
    """The content of a configuration's input files. Reading it checks everything that can be
    checked without simulating.

    Attributes:
        combos: the table of combinations, with the columns of `combinations.SCHEMA`
        types: the types of the recipe or the circuit's cells (`combinations.TYPES`)
        emodels: the e-models in use, by name
    """

    def __init__(self, config: Config, on_fetch: OnFetch | None = None) -> None:
        """
        Args:
            config: a configuration with `prepare`
            on_fetch: called with a message before something is fetched from a git repository, and
                with warnings about the inputs; None forbids fetching

        Raises:
            MegateError: naming the file and key or row.
        """
        prepare = config.inputs
        if prepare.template is not None:
            check_template(prepare.template, adapt=config.adapt is not None)
        neurondb: ReadNeurondb = cache(
            partial(read_neurondb, warn=on_fetch or bool)
        )  # release and repaired are often the same
        self._morphologies = Morphologies(config)
        sources = EmodelSources(config, on_fetch)

        self._kept_cells = Paths(Path(config.results)).circuit_cells
        self._circuit = _circuit(prepare)
        self._cells: pd.DataFrame | None = None
        if self._circuit:
            if on_fetch is None:  # a batch job
                self._cells = kept_cells(self._kept_cells, *self._circuit)
            if self._cells is None:
                self._cells = read_circuit(*self._circuit)
        typed, self.types, self._without_recipe = typed_morphologies(prepare, neurondb, self._cells)
        combos, in_use = combining.combine(typed, sources.entries)
        combos = combining.locate(combos, self._morphologies.release)
        self.emodels = read_emodels(config, in_use, sources.packages(in_use), self._morphologies)
        exemplars = exemplar_rows(prepare, in_use, self.emodels, neurondb)
        self.combos = combining.assemble(exemplars, combos, self._morphologies.release)
        sources.record()

    def keep_circuit(self) -> None:
        """Write the types of the circuit's cells, if there is a circuit, so that batch jobs do not
        read it.

        Raises:
            NotWrittenError: the table cannot be written.
        """
        if self._circuit and self._cells is not None:
            keep_cells(self._cells, self._kept_cells, *self._circuit)

    @cached_property
    def left_out(self) -> str:
        """The number of morphologies without a recipe row, and the first of them; empty if there
        are none."""
        names = self._without_recipe
        text = (
            "morphologies whose layer and m-type the recipe does not have: "
            f"{len(names)} ({first_few(names, '; ')})"
        )
        return text if names else ""

    @property
    def without_apical_points(self) -> Path | None:
        """The morphology release's first folder, if `use_apical_points` is set and the release has
        no apical points."""
        return self._morphologies.without_apical_points

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the tables of combinations and types: changes exactly when they do."""
        digest = hashlib.sha256()
        for table in (self.combos, self.types):
            digest.update(pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes())
        return digest.hexdigest()

    @cached_property
    def jobs(self) -> Mapping[str, Job]:
        """The simulations, by name."""
        folders = dict.fromkeys(map(os.path.dirname, self.combos["morph_path"].unique()))
        points = {Path(each): self._morphologies.apical_points(Path(each)) for each in folders}
        return Jobs(self.combos, points)

    @cached_property
    def exemplar_jobs(self) -> set[str]:
        """The simulations of exemplars."""
        return set(self.combos.loc[self.combos["is_exemplar"], "job"])

    def exemplar_job(self, emodel: str) -> str:
        """The simulation of an e-model on its unrepaired exemplar, on which it was optimised."""
        rows = self.combos[self.combos["is_exemplar"] & ~self.combos["is_original"]]
        rows = rows[(rows["emodel"] == emodel) & ~rows["is_repaired"]]
        return str(rows["job"].iloc[0])

    def emodel_sha256(self, emodel: str) -> str:
        """SHA-256 of an e-model's files and parameters, as in its manifest."""
        return self.emodels[emodel].sha256

    @cached_property
    def morphologies(self) -> dict[str, dict[str, int | None]]:
        """The morphology files (`files.local`) of each e-model, with their apical points."""
        files: dict[str, dict[str, int | None]] = {}
        for job in self.jobs.values():
            files.setdefault(job.package, {})[local(job.morph_path)] = job.apical_point
        return files


def _circuit(prepare: Prepare) -> tuple[Any, ...]:
    """The arguments of `read_circuit`; empty if a recipe is given."""
    key = circuit_key(prepare)
    return (key, *(getattr(prepare, name) for name in (key, *FORMATS[key].options))) if key else ()


def typed_morphologies(
    prepare: Prepare, neurondb: ReadNeurondb, cells: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Join recipe and neuronDB, or take a circuit's `cells` (as by `read_circuit`).

    Returns:
        The typed morphologies (as `combinations.join_recipe`), the types that combinations should
        cover (`combinations.types_of`), and a line for each morphology that is left out.

    Raises:
        MegateError: a file cannot be read; or as `combinations.join_recipe`.
    """
    if cells is not None:
        return cells.drop(columns="cells"), combining.types_of(cells), []
    assert prepare.recipe_path is not None  # the schema asks for one of recipe and circuit
    recipe = read_recipe(prepare.recipe_path)
    typed, left_out = combining.join_recipe(
        recipe,
        neurondb(neurondb_of_release(prepare)),
        leave_out=prepare.morphologies_without_recipe == "warn",
    )
    return typed, combining.types_of(typed, recipe), left_out


def read_emodels(
    config: Config,
    entries: Sequence[MapEntry],
    packages: Mapping[str, Package],
    morphologies: Morphologies,
) -> dict[str, Emodel]:
    """The e-models of these map entries, by name.

    Raises:
        MegateError: listing, for each final.json, the e-models that cannot be used.
    """
    emodels: dict[str, Emodel] = {}
    problems: dict[Path, list[str]] = {}
    for entry in entries:
        package = packages[entry.original_emodel]
        evaluator = evaluator_of(package.folder, config.scoring.evaluator)
        try:
            exemplar = _checked_exemplar(config, entry, package, evaluator, morphologies)
        except MegateError as error:
            problems.setdefault(package.final_path, []).extend(str(error).splitlines())
            continue
        points = morphologies.apical_points(exemplar.unrepaired.parent)
        if evaluator is Evaluator.BLUEPYEMODEL:
            files = emodel_files(package.folder, [entry.emodel, entry.original_emodel])
        else:
            files = package_files(package.folder, but=[*package.common, Path(config.results)])
        emodels[entry.emodel] = Emodel(
            name=entry.emodel,
            original=entry.original_emodel,
            source=package.folder,
            files=files,
            final=package.final,
            exemplar=exemplar,
            evaluator=evaluator,
            hoc_tests=config.scoring.hoc_tests_of(entry.emodel)
            if evaluator is Evaluator.HOC
            else None,
            exemplar_apical_point=points.get(exemplar.morph_name),
        )
    if problems:
        raise MegateError(
            "\n".join(f"e-models of {path}:{listing(of)}" for path, of in problems.items())
        )
    return emodels


def _checked_exemplar(
    config: Config,
    entry: MapEntry,
    package: Package,
    evaluator: Evaluator,
    morphologies: Morphologies,
) -> Exemplar:
    """An e-model's exemplar, once its package is checked. An error has a problem per line."""
    name, final = entry.original_emodel, package.final
    names, found = dict.fromkeys((entry.emodel, name)), []
    if evaluator is Evaluator.BUILTIN:
        found = config_problems(package.folder, names, final.params)
    elif evaluator is Evaluator.BLUEPYEMODEL:
        found = package_problems(package.folder, names)
    elif evaluator is Evaluator.HOC:
        found = hoc_problems(package.folder, entry.emodel)
        if config.adapt:
            found.append(
                "adapt scales AIS and soma of cells that megate builds, but this e-model is a hoc, "
                "which builds its own; set adapt: false, or leave this e-model out"
            )
    if found:
        raise MegateError("\n".join(f"{name}: {problem}" for problem in found))
    no_scores = evaluator is not Evaluator.HOC and not final.fitness
    if config.select.check_opt_scores and no_scores:
        raise MegateError(
            f"{name}: no 'fitness' to check the exemplar's scores with; add it, or set "
            "check_opt_scores: false"
        )
    return morphologies.exemplar(entry, final, package.folder)


def exemplar_rows(
    prepare: Prepare,
    entries: Sequence[MapEntry],
    emodels: Mapping[str, Emodel],
    neurondb: ReadNeurondb = read_neurondb,
) -> list[dict]:
    """The rows of all exemplars, in the order of the map entries.

    Raises:
        MegateError: listing the exemplars that the repaired neuronDB does not have.
    """
    skip = prepare.skip_repaired_exemplar
    path = None if skip else neurondb_of_repaired(prepare)
    repaired = pd.DataFrame() if path is None else neurondb(path)
    makes = []
    for entry in entries:
        emodel = emodels[entry.emodel]
        scores = json.dumps(emodel.final.fitness)
        makes.append(partial(combining.exemplar_rows, entry, emodel.exemplar, scores, repaired))
    rows = run_checks(makes, f"neuronDB of the repaired morphologies: {path}")
    return [row for of_emodel in rows for row in of_emodel]
