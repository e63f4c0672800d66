"""No score comes from another cell than the file holds: the check of each simulation itself."""

from functools import cache
from pathlib import Path

import pytest
from cells import AXON, CELL, DENDRITE, SOMA
from small_emodel import GENEROUS, PARAMS, scores, small_package

from megate.emodels.manifest import Manifest
from megate.project.jobs import Job
from megate.scores.shards import JobResult
from megate.simulation.run import score_job

pytestmark = pytest.mark.slow

CASES = Path(__file__).parents[3] / "shared" / "cases" / "morphologies"
SAME_CELLS = {  # these hold the same sections
    "asc_guid_in_axon.asc": "asc_plain.asc",
    "asc_guid_in_dendrite.asc": "asc_plain.asc",
    "swc_bom.swc": "swc_plain.swc",
    "swc_child_before_parent.swc": "swc_plain.swc",
    "swc_float_ids.swc": "swc_plain.swc",
}
NOT_READ = {"h5_empty_axon.h5", "h5_empty_dendrite.h5"}
MISREAD = {  # by NEURON; and what the message of the simulation must have
    "asc_empty_branch.asc": "the file holds 1 axon, 2 basal and 3 apical sections",
    "asc_spine_in_brackets.asc": "line 22: <( (Color Green)",
    "asc_guid_in_axon.asc": "dend_0",
    "asc_guid_in_dendrite.asc": "dend_0",
    "swc_child_before_parent.swc": "check_pid",
    "swc_soma_last.swc": "Arg out of range",
    "swc_types_0_5_6_7.swc": "dend_0",
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_package(tmp_path_factory.mktemp("small"))


def score_on(package: Path, morphology: Path, convert: bool = False) -> JobResult:
    job = Job("small/m", "small", "small", "small", "m", morphology, None)
    manifest = Manifest("small", "small", PARAMS, [], [], [], "0" * 64)
    log = package.parent / "log"
    return score_job(job, manifest, package, log, GENEROUS, convert=convert)


@cache
def scored_case(package: Path, name: str, convert: bool) -> JobResult:
    return score_on(package, CASES / name, convert)


@pytest.mark.skipif(not CASES.is_dir(), reason=f"{CASES} is not there")
@pytest.mark.parametrize("name", sorted(path.name for path in CASES.glob("*")))
def test_cases_have_right_scores_or_say_why_not(name: str, package: Path):
    as_it_is = scored_case(package, name, convert=False)
    if name in MISREAD:
        assert as_it_is.status in ("raised", "crashed")
        assert MISREAD[name] in as_it_is.exception
    elif name in NOT_READ:
        assert "section 2 of its 3 has no points" in as_it_is.exception
        return
    else:
        assert as_it_is.status == "scored", as_it_is.exception
    converted = scored_case(package, name, convert=True)
    assert converted.status == "scored", converted.exception
    if name not in MISREAD:  # the same file is simulated
        assert scores(converted) == scores(as_it_is)
    if name in SAME_CELLS:
        assert scores(converted) == scores(scored_case(package, SAME_CELLS[name], convert=False))


def test_a_cut_off_file_has_no_scores(package: Path, tmp_path: Path):
    morphology = tmp_path / "m.asc"
    morphology.write_text(CELL[: CELL.index("(60 55")])
    result = score_on(package, morphology, convert=True)
    assert result.status == "raised"
    assert "'(' or '<' that is not closed" in result.exception


@pytest.mark.parametrize(
    ("base", "change"),
    [
        ("ephys.morphologies.NrnFileMorphology", "self.replace_axon(sim=sim, icell=icell)"),
        # not by a function that BluePyOpt has
        ("ephys.morphologies.NrnFileMorphology", "self.cut(h, icell)"),
        ("ephys.morphologies.NrnFileMorphology", "self.cut(h, icell); self.set_nseg(icell)"),
        # a class that BluePyOpt does not know
        ("Foreign", "self.cut(h, icell)"),
    ],
)
def test_a_package_that_builds_the_cell_itself(base: str, change: str, tmp_path: Path):
    package = small_package(tmp_path)
    setup = package / "setup" / "evaluator.py"
    setup.write_text(
        setup.read_text()
        + f"""

from bluepyopt import ephys


class Foreign:
    replace_axon_hoc = None

    def __init__(self, path):
        self.morphology_path = path

    def destroy(self, sim=None):
        pass


class Own({base}):
    def cut(self, h, icell):
        for section in list(icell.axonal):
            h.delete_section(sec=section)

    def instantiate(self, sim=None, icell=None):
        h = sim.neuron.h
        h.load_file("import3d.hoc")
        reader = h.Import3d_Neurolucida3()
        reader.quiet = 1
        reader.input(self.morphology_path)
        h.load_file("import3d.hoc")
        h.Import3d_GUI(reader, 0).instantiate(icell)
        {change}


_create = create


def create(*args, **kwargs):
    created = _create(*args, **kwargs)
    cell_model = created.evaluators[0].cell_model
    cell_model.morphology = Own(cell_model.morphology.morphology_path)
    return created
"""
    )
    whole, spine = tmp_path / "whole.asc", tmp_path / "spine.asc"
    whole.write_text(SOMA + AXON + DENDRITE)
    spine.write_text(
        SOMA + AXON + DENDRITE.replace("(20 0 0 2)", "(20 0 0 2) <((20 2 0 1) (20 3 0 1))>")
    )
    result = score_on(package, whole)
    assert result.status == "scored", result.exception
    result = score_on(package, spine)
    assert result.status == "raised"
    assert "NEURON built 3 axon, 0 basal and 0 apical sections" in result.exception


def test_a_package_that_reads_another_file(tmp_path: Path):
    package = small_package(tmp_path)
    (tmp_path / "other.asc").write_text(SOMA + DENDRITE)
    setup = package / "setup" / "evaluator.py"
    setup.write_text(
        setup.read_text()
        + f"""

_create = create


def create(*args, **kwargs):
    created = _create(*args, **kwargs)
    from bluepyopt import ephys
    cell_model = created.evaluators[0].cell_model
    cell_model.morphology = ephys.morphologies.NrnFileMorphology(
        "{tmp_path / "other.asc"}", do_set_nseg=False
    )
    return created
"""
    )
    (tmp_path / "m.asc").write_text(SOMA + AXON + DENDRITE)
    result = score_on(package, tmp_path / "m.asc")
    assert result.status == "raised"
    assert (
        "the file holds 3 axon, 3 basal and 0 apical sections, NEURON built 0" in result.exception
    )
