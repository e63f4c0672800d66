"""A copy of the embedded example, to be broken."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import circuits
import h5py
import scores_sqlite
import yaml
from git_repositories import Repository

from megate.config.config import Config, load_config
from megate.config.schema import Source
from megate.files.readers import read_yaml_mapping

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
SMALL_EMODEL = REPOSITORY / "tests" / "data" / "small_emodel"

CONFIG = "config.yaml"
RECIPE = "recipe.yaml"
NEURONDB = "morphologies/neuronDB.xml"
APICAL_POINTS = "morphologies/apical_points_isec.json"
ETYPE_MAP = "emodels/emodel_etype_map.json"
FINAL_JSON = "emodels/final.json"
SCORES_DB = "old/scores.sqlite"
CIRCUIT_CELLS = "results/release/circuit/cells.tsv"

_CELLS = [
    ("5", "L5_TPC:A", "cADpyr", "tpc140301-A1"),
    ("5", "L5_TPC:A", "cADpyr", "tpc140301-A2"),
    ("4", "L4_LBC", "cNAC", "lbc140503.1"),
]
_BLUEPYMM_PREPARE = (
    "recipe_path",
    "morph_path",
    "rep_morph_path",
    "emodels_dir",
    "emodel_etype_map_path",
    "final_json_path",
)


class Folder:
    """The copy. `config.yaml` lies in it, beside the inputs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._typed: dict[str, Any] = {}
        shutil.copytree(REPOSITORY / "config" / "example", path)
        shutil.copy(REPOSITORY / "config" / "config.yaml", path)
        self.edit(CONFIG, "example/", "")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that is there."""
        path = self.path / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new))

    def write(self, file: str, content: str | bytes) -> None:
        """Write a file anew."""
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def write_json(self, file: str, content: Any) -> None:
        """Write a JSON file anew."""
        self.write(file, json.dumps(content, indent=2))

    def grow(self, file: str, size_mb: float) -> None:
        """Make a file so large, with nothing in it (which takes no room on a disk)."""
        with (self.path / file).open("ab") as grown:
            grown.truncate(int(size_mb * 1e6))

    def remove(self, *files: str) -> None:
        """Remove files and folders."""
        for file in files:
            path = self.path / file
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def set(self, file: str, *keys: str | int, to: Any) -> None:
        """Set the value under `keys` of a JSON file."""
        self._change(file, keys, lambda parent, key: parent.__setitem__(key, to))

    def drop(self, file: str, *keys: str | int) -> None:
        """Take the value under `keys` out of a JSON file."""
        self._change(file, keys, lambda parent, key: parent.__delitem__(key))

    def _change(self, file: str, keys: Iterable[str | int], change: Any) -> None:
        content = json.loads((self.path / file).read_text())
        *parents, last = keys
        parent = content
        for key in parents:
            parent = parent[key]
        change(parent, last)
        self.write_json(file, content)

    def configure(self, section: str | None, **settings: Any) -> None:
        """Set keys of a section of config.yaml (None: of its top level); None takes one away."""
        content = yaml.safe_load((self.path / CONFIG).read_text())
        if section is not None and not isinstance(content.get(section), dict):
            content[section] = {}  # (adapt: false)
        place = content if section is None else content[section]
        place.update(settings)
        for key in [key for key, value in place.items() if value is None]:
            del place[key]
        self.write(CONFIG, yaml.safe_dump(content))

    def type_in(self, **settings: Any) -> None:
        """Give settings on the command line."""
        self._typed = settings

    def as_mvd3(self, change: Callable[[h5py.File], object] = bool) -> "Folder":
        """Have the combinations from a circuit.mvd3, and change that."""
        circuits.write_mvd3(self.path / "circuit.mvd3", _CELLS)
        self.change_circuit("circuit.mvd3", change)
        self.configure("prepare", recipe_path=None, circuitmvd3_path="circuit.mvd3")
        return self

    def as_sonata(self, change: Callable[[h5py.File], object] = bool, **options: Any) -> "Folder":
        """Have the combinations from SONATA nodes, and change these."""
        circuits.write_sonata(self.path / "nodes.h5", _CELLS, **options)
        self.change_circuit("nodes.h5", change)
        self.configure("prepare", recipe_path=None, sonata_nodes_path="nodes.h5")
        return self

    def as_nodes(self, change: Callable[[h5py.File], object] = bool, **options: Any) -> "Folder":
        """Have a release and a circuit's nodes, and change these; `options`: of section circuit."""
        circuits.write_sonata(self.path / "circuit.h5", _CELLS)
        self.change_circuit("circuit.h5", change)
        self.configure("circuit", nodes_path="circuit.h5", **options)
        columns = "combo_name\temodel\tlayer\tfullmtype\tetype\tmorph_name\t"
        emodels = {"cNAC": "cNAC_LBC", "cADpyr": "cADpyr_TPC"}
        rows = [
            "\t".join([f"combo{number}", emodels[cell[2]], *cell])
            for number, cell in enumerate(_CELLS)
        ]
        currents = "holding_current\tthreshold_current\tinput_resistance\n"
        text = columns + currents + "".join(f"{row}\t0.0\t0.1\t100.0\n" for row in rows)
        self.write(CIRCUIT_CELLS, text)
        return self

    def change_circuit(self, file: str, change: Callable[[h5py.File], object]) -> None:
        """Change what an HDF5 file holds."""
        with h5py.File(self.path / file, "a") as opened:
            change(opened)

    def as_repository(self) -> Repository:
        """Have the e-models from a git repository: e-type map and final.json on its branch main,
        each e-model on one of its own; the repository."""
        repository = Repository(self.path / "repo")
        for file in (ETYPE_MAP, FINAL_JSON):
            shutil.copy(self.path / file, repository.root)
        repository.commit()
        for emodel in ("cADpyr_TPC", "cNAC_LBC"):
            repository.branch(emodel)
            shutil.copytree(self.path / "emodels" / emodel, repository.root / emodel)
            repository.commit()
        repository.switch("main")
        self.configure("prepare", emodels_dir=None, emodels_repo="repo", emodels_githash="main")
        self.configure(None, results=str(self.path / "results"))
        return repository

    def as_bluepymm(self) -> "Folder":
        """Make it a BluePyMM project: prepare.json, run.json and select.json."""
        config = yaml.safe_load((self.path / CONFIG).read_text())
        prepare = {key: config["prepare"][key] for key in _BLUEPYMM_PREPARE}
        select = {key: config["select"][key] for key in ("megate_thresholds", "check_opt_scores")}
        self.write_json("prepare.json", prepare)
        self.write_json("run.json", {})
        self.write_json("select.json", select)
        self.configure(None, prepare=None, scoring=None, select=None, bluepymm=".")
        return self

    def as_import(self, *statements: str, **differs: Any) -> "Folder":
        """Make it an import of the scores of an earlier run: two combinations and the exemplars.

        Args:
            statements: SQL that changes the file
            differs: what differs from an ordinary row in the second combination
        """
        rows = [
            *scores_sqlite.exemplars(),
            scores_sqlite.combination("m1", original_emodel="E_original"),
            scores_sqlite.combination("m2", original_emodel="E_original", **differs),
        ]
        path = self.path / SCORES_DB
        path.parent.mkdir()
        scores_sqlite.write_scores_sqlite(path, rows)
        with closing(sqlite3.connect(path)) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()
        self.configure(None, prepare=None, scores_db=SCORES_DB)
        return self

    def with_small_emodel(self) -> Path:
        """Have the tests' small e-model, with code and without .mod files, for cNAC_LBC; its
        package's folder."""
        self.remove("emodels/cNAC_LBC/config")
        shutil.copytree(SMALL_EMODEL, self.path / "emodels" / "cNAC_LBC", dirs_exist_ok=True)
        self.set(FINAL_JSON, "cNAC_LBC", "params", to={"gnabar_hh.all": 0.12})
        return self.path / "emodels" / "cNAC_LBC"

    def with_passive_emodel(self) -> None:
        """Have no mechanisms but NEURON's own in cNAC_LBC: there is nothing to compile."""
        params = "emodels/cNAC_LBC/config/params/lbc.json"
        self.set(params, "mechanisms", to={"all": {"mech": ["pas"]}})
        for where in ("somatic", "basal", "axonal"):
            self.set(params, "parameters", where, to=[])
        self.set(FINAL_JSON, "cNAC_LBC", "params", to={"g_pas.all": 0.0002})

    def config(self) -> Config:
        """The configuration, as the Snakefile reads it."""
        path = self.path / CONFIG
        file = Source(str(path), read_yaml_mapping(path, "config"), path.parent)
        typed = Source("--config", self._typed, self.path, typed=True)
        with mock.patch("megate.config.config.read_yaml_mapping", _read_once):
            return load_config([file, typed], SCHEMA)


_read_once = cache(read_yaml_mapping)  # the schema is half the time of a case
