"""coverage: the types of a recipe or a circuit, and what is released of them. Counts by hand."""

from pathlib import Path

import pandas as pd
import pytest
from tables import combo, combos_table, decide, exemplar, scores_table, with_none

from megate.core.errors import MegateError
from megate.gating.outcome import Decisions
from megate.project.combinations import types_of
from megate.release.coverage import (
    check_coverage,
    coverage,
    headline,
    read_coverage,
    write_coverage,
)

RECIPE = pd.DataFrame(
    [
        ("5", "M", "cADpyr"),
        ("5", "M", "bNAC"),
        ("4", "M", "cADpyr"),
        ("6", "N", "cADpyr"),
        ("5", "K", "NA"),
    ],
    columns=["layer", "fullmtype", "etype"],
)
COLUMNS = [
    "layer",
    "fullmtype",
    "etype",
    "cells",
    "morphologies",
    "combinations",
    "released",
    "emodels",
]


def typed(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["morph_name", "layer", "fullmtype", "etype"])


TYPED = typed(
    ("a", "5", "M", "cADpyr"),
    ("a", "5", "M", "bNAC"),
    ("b", "5", "M", "cADpyr"),
    ("b", "5", "M", "bNAC"),
    ("c", "4", "M", "cADpyr"),
    ("k", "5", "K", "NA"),
)


@pytest.fixture
def decisions() -> Decisions:
    """Of (5, M, cADpyr) two e-models pass on a, one on b; of (4, M, cADpyr) c fails; K has no
    combination, because its e-model is for other morphologies."""
    table = combos_table(
        exemplar("ex", emodel="Z"),
        exemplar("ex", emodel="B"),
        combo("a", emodel="Z"),
        combo("a", emodel="B"),
        combo("b", emodel="B"),
        combo("b", emodel="Z"),
        combo("a", emodel="Z", etype="bNAC"),
        combo("b", emodel="Z", etype="bNAC"),
        combo("c", emodel="Z", layer="4"),
    )
    passes, fails = {"f": 1.0}, {"f": 9.0}
    scores = scores_table(
        {
            "Z/ex": passes,
            "B/ex": passes,
            "Z/a": passes,
            "B/a": passes,
            "B/b": passes,
            "Z/b": fails,
            "Z/c": fails,
        }
    )
    return decide(table, scores, [{"features": [".*"], "megate_threshold": 5}])


def test_types_of_the_recipe_without_released_combinations_stand_first(
    decisions: Decisions,
) -> None:
    table = coverage(decisions.combos, types_of(TYPED, RECIPE))
    assert list(table.columns) == COLUMNS
    assert with_none(table).to_numpy().tolist() == [
        ["4", "M", "cADpyr", None, 1, 1, 0, ""],
        ["5", "K", "NA", None, 1, 0, 0, ""],
        ["6", "N", "cADpyr", None, 0, 0, 0, ""],
        ["5", "M", "bNAC", None, 2, 2, 1, "Z"],
        ["5", "M", "cADpyr", None, 2, 4, 3, "B,Z"],
    ]
    assert headline(table) == "3 of 5 types"


def test_types_of_a_circuit_have_their_number_of_cells(decisions: Decisions) -> None:
    cells = TYPED.assign(cells=[10, 20, 30, 40, 50, 1000])
    table = coverage(decisions.combos, types_of(cells))
    assert table[["layer", "etype", "cells", "morphologies", "released"]].to_numpy().tolist() == [
        ["4", "cADpyr", 50, 1, 0],
        ["5", "NA", 1000, 1, 0],
        ["5", "bNAC", 60, 2, 1],
        ["5", "cADpyr", 40, 2, 3],
    ]
    assert headline(table) == "2 of 4 types (1,050 of 1,150 cells)"


def test_without_inputs_the_types_are_those_of_the_combinations(decisions: Decisions) -> None:
    table = coverage(decisions.combos)
    assert with_none(table).to_numpy().tolist() == [
        ["4", "M", "cADpyr", None, 1, 1, 0, ""],
        ["5", "M", "bNAC", None, 2, 2, 1, "Z"],
        ["5", "M", "cADpyr", None, 2, 4, 3, "B,Z"],
    ]


@pytest.mark.parametrize("cells", [None, [10, 20, 30, 40, 50, 1000]])
def test_file(decisions: Decisions, cells: list[int] | None, tmp_path: Path) -> None:
    types = types_of(TYPED, RECIPE) if cells is None else types_of(TYPED.assign(cells=cells))
    table = coverage(decisions.combos, types)
    path = tmp_path / "coverage.tsv"
    write_coverage(path, table)
    first = "4\tM\tcADpyr\t\t1\t1\t0\t" if cells is None else "4\tM\tcADpyr\t50\t1\t1\t0\t"
    assert path.read_text().splitlines()[:2] == ["\t".join(COLUMNS), first]
    pd.testing.assert_frame_equal(read_coverage(path), table)


def test_types_without_released_combinations_are_named_with_the_reason(
    decisions: Decisions, tmp_path: Path
) -> None:
    path = tmp_path / "coverage.tsv"
    write_coverage(path, coverage(decisions.combos, types_of(TYPED, RECIPE)))
    with pytest.raises(MegateError) as caught:
        check_coverage(path)
    head, *lines = str(caught.value).splitlines()
    assert head.startswith("select.require_coverage: no combination is released for 3 of 5 types.")
    assert str(path) in head
    assert lines == [
        "  - layer '4', m-type 'M', e-type 'cADpyr': 0 of 1 combinations are released",
        "  - layer '5', m-type 'K', e-type 'NA': no combination (morph_name in the e-type map "
        "excludes its morphologies)",
        "  - layer '6', m-type 'N', e-type 'cADpyr': no morphology",
    ]


def test_complete_coverage_is_no_error(decisions: Decisions, tmp_path: Path) -> None:
    path = tmp_path / "coverage.tsv"
    table = coverage(decisions.combos)
    write_coverage(path, table[table["released"] > 0])
    check_coverage(path)


def test_nothing_is_released(decisions: Decisions) -> None:
    table = coverage(decisions.combos.assign(passed=False))
    assert list(table["released"]) == [0, 0, 0]
    assert list(table["emodels"]) == ["", "", ""]
