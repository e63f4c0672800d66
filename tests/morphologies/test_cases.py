"""Morphologies from practice: what the check says about each."""

from pathlib import Path

import pytest

from megate.morphologies.check import Checked, check

CASES = Path(__file__).parents[3] / "shared" / "cases" / "morphologies"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"{CASES} is not there")

# status, format of the clean copy, numbers of axon, basal and apical sections that the file holds,
# counted by hand; a piece of the message
EXPECTED = {
    "asc_commas.asc": ("ok", "", (0, 1, 0), ""),
    "asc_empty_branch.asc": ("misread", ".asc", (1, 2, 3), "line 22: an empty branch"),
    "asc_guid_in_axon.asc": ("misread", ".asc", (1, 3, 3), "line 13: (GUID ...)"),
    "asc_guid_in_dendrite.asc": ("misread", ".asc", (1, 3, 3), "line 20: (GUID ...)"),
    "asc_plain.asc": ("ok", "", (1, 3, 3), ""),
    "asc_root_of_one_point.asc": ("ok", "", (1, 3, 2), ""),
    "asc_soma_stack.asc": ("ok", "", (1, 3, 3), ""),
    "asc_spine_in_brackets.asc": ("misread", ".asc", (1, 3, 3), "line 22: a spine in brackets"),
    "h5_axon_on_dendrite.h5": ("ok", ".swc", (1, 3, 0), ""),
    "h5_empty_axon.h5": ("problem", "", (0, 0, 0), "section 2 of its 3 has no points"),
    "h5_empty_dendrite.h5": ("problem", "", (0, 0, 0), "section 2 of its 3 has no points"),
    "swc_axon_on_dendrite.swc": ("ok", "", (1, 3, 0), ""),
    "swc_bom.swc": ("ok", "", (1, 3, 0), ""),
    "swc_child_before_parent.swc": ("misread", ".swc", (1, 3, 0), "line 7: ids in disorder"),
    "swc_float_ids.swc": ("ok", "", (1, 3, 0), ""),
    "swc_plain.swc": ("ok", "", (1, 3, 0), ""),
    "swc_soma_branches.swc": ("ok", "", (1, 2, 0), ""),
    "swc_soma_last.swc": ("misread", ".swc", (1, 3, 0), "the first point is not the soma"),
    "swc_soma_only.swc": ("ok", "", (0, 0, 0), ""),
    "swc_types_0_5_6_7.swc": ("misread", ".swc", (1, 3, 0), "line 12: a point of type 5"),
    "swc_zero_length_section.swc": ("ok", "", (0, 1, 0), ""),
}


@pytest.fixture(scope="module")
def rows() -> dict[str, Checked]:
    files = sorted(map(str, CASES.iterdir()))
    return {Path(row.file).name: row for row in check(files, [], processes=2)}


def test_each_case_is_known(rows: dict[str, Checked]):
    assert rows.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_what_the_check_says(name: str, rows: dict[str, Checked]):
    status, copy, sections, message = EXPECTED[name]
    row, facts = rows[name], rows[name].facts
    assert (row.status, facts.copy) == (status, copy)
    assert (facts.axon_sections, facts.basal_sections, facts.apical_sections) == sections
    assert message in row.problems()
    assert bool(row.problems()) == bool(message)
    assert bool(row.problems(convert=True)) == (status == "problem")
