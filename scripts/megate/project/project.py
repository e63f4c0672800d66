"""A project: its input files read, joined and checked, ready to be run."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

import pandas as pd

from megate.builtin.package import config_problems
from megate.config.config import Config, Prepare
from megate.core.errors import MegateError, listing
from megate.emodels.exemplar import find_exemplar
from megate.emodels.git.repository import OnFetch
from megate.emodels.hoc_template import check_template
from megate.emodels.prepare import Emodel, has_code, package_files
from megate.emodels.sources import EmodelSources, Package
from megate.files.readers import local
from megate.inputs.etype_map import MapEntry
from megate.inputs.neurondb import read_neurondb
from megate.inputs.recipe import read_recipe
from megate.morphologies.release import (
    APICAL_POINTS,
    MorphologyDirectory,
    MorphologyRelease,
)
from megate.project import combinations as combining
from megate.project.jobs import Job, Jobs, morphology_folders
from megate.project.sources import neurondb_of_release, neurondb_of_repaired

_MAX_LEFT_OUT = 5


class Project:
    """What a Config's input files amount to. Reading it checks everything that can be checked
    without simulating.

    Raises (on construction):
        MegateError: naming file and key or row.
    """

    def __init__(self, config: Config, on_fetch: OnFetch | None = None) -> None:
        """`on_fetch`: called with what is about to be fetched, where that may be done."""
        prepare = config.prepare
        if prepare.template is not None:
            check_template(prepare.template)
        self._evaluator = config.scoring.evaluator
        self._use_apical_points = config.scoring.use_apical_points
        self._check_opt_scores = config.select.check_opt_scores
        self._directories: dict[Path, MorphologyDirectory] = {}
        self._morphs = MorphologyRelease(prepare.morph_path, self._directory)
        self._rep_morphs = MorphologyRelease(prepare.rep_morph_path, self._directory)
        sources = EmodelSources(config, on_fetch)
        self._read_neurondb = cache(read_neurondb)  # release and repaired are often the same
        self._morphologies_without_recipe: list[str] = []
        combos, in_use = combining.combine(self._typed_morphologies(prepare), sources.entries)
        combos = combining.locate(combos, self._morphs)
        self.emodels = self._read_emodels(prepare, in_use, sources.packages(in_use))
        self.combos = combining.assemble(self._exemplar_rows(prepare, in_use), combos, self._morphs)
        sources.record()

    def _typed_morphologies(self, prepare: Prepare) -> pd.DataFrame:
        """The morphologies with m-type, layer and e-type: from recipe and neuronDB, or as a
        circuit's cells have them."""
        if prepare.circuitmvd3_path or prepare.sonata_nodes_path:
            from megate.inputs.circuit import (
                read_circuit,  # each job's Snakemake would import HDF5
            )

            if prepare.circuitmvd3_path:
                return read_circuit("mvd3", prepare.circuitmvd3_path)
            return read_circuit("SONATA", prepare.sonata_nodes_path, prepare.sonata_population)
        typed, self._morphologies_without_recipe = combining.join_recipe(
            read_recipe(prepare.recipe_path),
            self._read_neurondb(neurondb_of_release(prepare)),
            skip=prepare.morphologies_without_recipe == "warn",
        )
        return typed

    def _directory(self, path: Path) -> MorphologyDirectory:
        return self._directories.setdefault(path, MorphologyDirectory(path))

    def _read_emodels(
        self, prepare: Prepare, entries: list[MapEntry], packages: Mapping[str, Package]
    ) -> dict[str, Emodel]:
        unrep = prepare.unrep_morph_path
        emodels: dict[str, Emodel] = {}
        problems: dict[Path, list[str]] = {}
        for entry in entries:
            package = packages[entry.original_emodel]
            final, source = package.final, package.folder
            of_source = problems.setdefault(package.final_path, [])
            builtin = self._evaluator == "builtin" or not has_code(source)
            if builtin:
                names = dict.fromkeys((entry.emodel, entry.original_emodel))
                wrong = config_problems(source, names, final.params)
                of_source += [f"{entry.original_emodel}: {problem}" for problem in wrong]
                if wrong:
                    continue
            if self._check_opt_scores and not final.fitness:
                of_source.append(
                    f"{entry.original_emodel}: no 'fitness' to check the exemplar's scores with; "
                    "add it, or set check_opt_scores: false"
                )
                continue
            try:
                exemplar = find_exemplar(
                    entry,
                    final,
                    source,
                    self._rep_morphs,
                    None if unrep is None else self._directory(unrep),
                    prepare.skip_repaired_exemplar,
                )
            except MegateError as error:
                of_source.append(str(error))
                continue
            emodels[entry.emodel] = Emodel(
                name=entry.emodel,
                original=entry.original_emodel,
                source=source,
                files=package_files(source, but=package.common),
                final=final,
                exemplar=exemplar,
                builtin=builtin,
                exemplar_apical_point=self._apical_points(exemplar.unrepaired.parent).get(
                    exemplar.morph_name
                ),
            )
        texts = [f"e-models of {path}:{listing(of)}" for path, of in problems.items() if of]
        if texts:
            raise MegateError("\n".join(texts))
        return emodels

    def _exemplar_rows(self, prepare: Prepare, entries: list[MapEntry]) -> list[dict]:
        place, rep_neurondb = None, pd.DataFrame()
        if not prepare.skip_repaired_exemplar:
            place = neurondb_of_repaired(prepare)
            rep_neurondb = self._read_neurondb(place)
        rows, lacking = [], []
        for entry in entries:
            emodel = self.emodels[entry.emodel]
            try:
                opt_scores = json.dumps(emodel.final.fitness)
                rows += combining.exemplar_rows(entry, emodel.exemplar, opt_scores, rep_neurondb)
            except MegateError as error:
                lacking.append(str(error))
        if lacking:
            raise MegateError(f"neuronDB of the repaired morphologies: {place}:{listing(lacking)}")
        return rows

    def _apical_points(self, directory: Path) -> dict[str, int]:
        """Those of a morphology directory. One without a file of its own has the release's:
        BluePyMM reads a single file for all rows."""
        if not self._use_apical_points:
            return {}
        morphs = self._directory(directory)
        return (morphs if morphs.has(APICAL_POINTS) else self._morphs).apical_points

    @cached_property
    def left_out(self) -> str:
        """How many morphologies the recipe does not have, and the first of them; empty if none."""
        names = self._morphologies_without_recipe
        if not names:
            return ""
        shown = "; ".join(names[:_MAX_LEFT_OUT])
        rest = "; ..." if len(names) > _MAX_LEFT_OUT else ""
        return (
            "morphologies whose layer and m-type the recipe does not have: "
            f"{len(names)} ({shown}{rest})"
        )

    @cached_property
    def without_apical_points(self) -> Path | None:
        """The morphology release's (first) folder, if apical points are to be used but it has
        none."""
        lacking = self._use_apical_points and not self._morphs.has_apical_points
        return self._morphs.folders[0] if lacking else None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the table of combinations: changes exactly when the table does."""
        rows = pd.util.hash_pandas_object(self.combos, index=False)
        return hashlib.sha256(rows.to_numpy().tobytes()).hexdigest()

    @cached_property
    def jobs(self) -> Mapping[str, Job]:
        """The simulations to run, by name."""
        folders = morphology_folders(self.combos)
        return Jobs(self.combos, {folder: self._apical_points(folder) for folder in folders})

    @cached_property
    def morphologies(self) -> dict[str, dict[str, int | None]]:
        """Of each e-model the files of its morphologies (`files.local`), with their apical
        points."""
        files: dict[str, dict[str, int | None]] = {}
        for job in self.jobs.values():
            files.setdefault(job.package, {})[local(job.morph_path)] = job.apical_point
        return files
