"""BluePyMM's own examples, run from its own files: the release files are those that it expects.

They are in BluePyMM's repository, which is not ours to copy: name a clone of it in
MEGATE_BLUEPYMM_REPOSITORY.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from runs import snakemake

from megate.inputs.circuit import read_circuit

pytestmark = pytest.mark.slow

FILES = {phase: f"simple1_conf_{phase}.json" for phase in ("prepare", "run", "select")}
"""The example's three files."""
VARIANTS = {
    "folder": {},
    "git": {"prepare": "simple1_conf_prepare_git.json"},
    "select_2": {"select": "simple1_conf_select_2.json"},
}
"""Files that the example has in place of one of the three."""


@pytest.fixture(scope="module")
def examples() -> Path:
    """The folder tests/examples of the repository."""
    repository = os.environ.get("MEGATE_BLUEPYMM_REPOSITORY")
    if not repository:
        pytest.skip("MEGATE_BLUEPYMM_REPOSITORY does not name a clone of BlueBrain/BluePyMM")
    return Path(repository).resolve() / "tests" / "examples"


@pytest.fixture(scope="module", params=VARIANTS)
def simple1(
    examples: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Path:
    """A copy of the example simple1 that megate has run."""
    root = tmp_path_factory.mktemp("bluepymm") / "simple1"
    shutil.copytree(examples / "simple1", root)
    if request.param == "git":
        subprocess.run([sys.executable, "build_git.py"], cwd=root, check=True)
    files = ", ".join(
        f"{phase}: {file}" for phase, file in (FILES | VARIANTS[request.param]).items()
    )
    outcome = snakemake("--config", f"bluepymm={{{files}}}", cwd=root)
    assert outcome.returncode == 0, outcome.output
    return root


@pytest.mark.parametrize("name", ["extneurondb.dat", "mecombo_emodel.tsv"])
def test_simple1_gives_the_release_that_bluepymm_expects(name: str, simple1: Path) -> None:
    expected = simple1 / "output_megate_expected" / name
    assert (simple1 / "results" / "release" / name).read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("layers", ["int", "str"])
def test_cells_of_cmvd3a(layers: str, examples: Path) -> None:
    """The distinct cells of the file, read with h5py."""
    path = examples / "cmvd3a" / f"circuit_{layers}layers.mvd3"
    with h5py.File(path) as file:
        names = ("mtype", "etype", "morphology")
        labels = [file[f"library/{name}"].asstr()[()] for name in names]
        indices = [file[f"cells/properties/{name}"][()] for name in names]
        of_layers = file["cells/properties/layer"][()].tolist()
        if "library/layer" in file:
            library = file["library/layer"].asstr()[()]
            of_layers = [library[index] for index in of_layers]
    columns = [values[index] for values, index in zip(labels, indices, strict=True)]
    cells = set(
        zip(map(str, of_layers), *(np.asarray(column).tolist() for column in columns), strict=True)
    )
    table = read_circuit("circuitmvd3_path", path)
    found = table[["layer", "fullmtype", "etype", "morph_name"]].itertuples(index=False, name=None)
    assert set(found) == cells
