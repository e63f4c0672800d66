"""A morphology in HDF5 is the same cell in NEURON as the .asc file that it was made from."""

from pathlib import Path

import numpy as np
import pytest
from cells import CELL, h5_of
from small_emodel import GENEROUS, PARAMS, scores, small_package

from megate.emodels.manifest import Manifest
from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import run_in_child
from megate.project.jobs import Job
from megate.scores.shards import JobResult
from megate.simulation.run import score_job

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).parents[2] / "config" / "example" / "morphologies"
CELL_IN_NEURON = f"{Path(__file__).stem}:cell_in_neuron"
KINDS = ("soma", "dend", "apic", "axon")


def cell_in_neuron(morph_path: str) -> dict[str, list]:
    """Runs in a child: of each section of the cell its last point and its length (um), as the
    e-model's evaluator builds it."""
    from megate.morphologies.simulated import for_neuron
    from megate.simulation.evaluator import load

    morph_path = str(for_neuron(Path(morph_path), convert=False).path)
    evaluator = load("small", morph_path, None).evaluator
    sim, cell_model = evaluator.sim, evaluator.cell_model
    cell_model.freeze(PARAMS)
    cell_model.instantiate(sim=sim)
    cell = {"file": cell_model.morphology.morphology_path}
    for kind in KINDS:
        sections = list(getattr(cell_model.icell, kind))
        cell[kind] = [
            [*(at(s.n3d() - 1) for at in (s.x3d, s.y3d, s.z3d)), s.L, s(0.5).diam] for s in sections
        ]
    return cell


def score_on(package: Path, morphology: Path) -> JobResult:
    job = Job("small/m", "small", "small", "small", "m", morphology, None)
    manifest = Manifest("small", "small", PARAMS, [], [], [], "0" * 64)
    return score_job(job, manifest, package, package.parent / "log", GENEROUS)


@pytest.mark.parametrize("name", ["small", "tpc140305-A1.asc", "tpc140301-A2.asc"])
def test_sections_have_the_same_places_and_numbers(name: str, tmp_path: Path):
    """So an apical point, which is the number of a section in apic, keeps its meaning."""
    package = small_package(tmp_path)
    asc = tmp_path / "m.x.asc"
    asc.write_text(CELL if name == "small" else (EXAMPLE / name).read_text())
    cells = [
        run_in_child(CELL_IN_NEURON, {"morph_path": str(path)}, package, tmp_path / "log")[0]
        for path in (asc, h5_of(asc))
    ]
    assert len(cells[0]["apic"]) in (5, 13)
    for kind in KINDS[1:]:
        np.testing.assert_allclose(cells[1][kind], cells[0][kind], rtol=0, atol=1e-4)
    # the soma's diameters are measured across its outline, which is sensitive to its last digits
    np.testing.assert_allclose(cells[1]["soma"], cells[0]["soma"], rtol=0, atol=0.1)
    converted = Path(cells[1]["file"])
    assert converted.name == "m.x.asc"
    assert not converted.parent.exists()  # gone with the child


def test_scores_are_those_of_the_asc_file(tmp_path: Path):
    package = small_package(tmp_path)
    asc = tmp_path / "m.asc"
    asc.write_text(CELL)
    h5 = h5_of(asc)
    of_asc = scores(score_on(package, asc))
    assert len(of_asc) == 12
    assert scores(score_on(package, h5)) == pytest.approx(of_asc, rel=1e-6)
    capital = h5.rename(tmp_path / "m.H5")
    assert scores(score_on(package, capital)) == pytest.approx(of_asc, rel=1e-6)


def test_an_h5_file_that_cannot_be_read_is_a_simulation_that_raised(tmp_path: Path):
    package = small_package(tmp_path)
    (tmp_path / "m.h5").write_text("no HDF5")
    result = score_on(package, tmp_path / "m.h5")
    assert result.status == "raised"
    assert "MorphologyError" in result.exception


def test_the_hoc_names_the_h5_file(tmp_path: Path):
    package = small_package(tmp_path)
    (tmp_path / "m.asc").write_text(CELL)
    arguments = {
        "emodel": "small",
        "params": PARAMS,
        "morph_path": str(h5_of(tmp_path / "m.asc")),
        "apical_point": None,
        "template": str(HOC_TEMPLATE),
        "cells": [["small", "m.h5"]],
        "directory": str(tmp_path),
    }
    run_in_child("write_hoc_files", arguments, package, tmp_path / "log")
    assert '"m.h5"' in (tmp_path / "small.hoc").read_text()
