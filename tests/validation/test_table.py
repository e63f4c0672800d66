"""validation.tsv, its summary and its page."""

from pathlib import Path

import pandas as pd

from megate.report.html.page import render
from megate.report.html.validation_page import validation_page
from megate.validation.checks import Response
from megate.validation.table import COLUMNS, gather, read_table, row_of, summary, write_table

NAN = float("nan")


def cell(name: str, **other: object) -> dict[str, object]:
    return {
        "combo_name": name,
        "emodel": "NA",
        "morphology": f"morphologies/asc/{name}.asc",
        "holding_voltage": -80.0,
        "threshold_current": 0.1,
        "axon_sections": 1.0,
        "basal_sections": 2.0,
        "apical_sections": 3.0,
        **other,
    }


ROWS = [
    row_of(
        cell("one"), "BlueCelluLab", Response(-80.00004, (1, 2, 3), False, True, 12.3456), 1.234
    ),
    row_of(cell("two", threshold_current=NAN), "BlueCelluLab", Response(-80.5, (1, 2, 3)), 0.5),
    row_of(cell("three"), "BlueCelluLab", Response(-70.0, (1, 2, 3), True, True, 12.0), 1.0),
    row_of(cell("one"), "neurodamus", "it crashed"),
]


def test_failed_rows_stand_first(tmp_path: Path):
    path = tmp_path / "validation.tsv"
    write_table(path, pd.DataFrame(ROWS))
    head, *lines = (line.split("\t") for line in path.read_text().splitlines())
    assert head == list(COLUMNS)
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert [(row["combo_name"], row["passed"], row["message"]) for row in rows] == [
        ("one", "False", "it crashed"),
        (
            "three",
            "False",
            "the holding current holds it at -70.00 mV instead of -80.00 mV; it spikes at 95% of "
            "its threshold current",
        ),
        ("one", "True", ""),
        ("two", "True", "no threshold current: steps not tested"),
    ]
    assert rows[2] == {
        "combo_name": "one",
        "emodel": "NA",
        "morphology": "morphologies/asc/one.asc",
        "simulator": "BlueCelluLab",
        "passed": "True",
        "message": "",
        "holding_voltage": "-80.0",
        "simulated_voltage": "-80.0",
        "spikes_below": "False",
        "spikes_above": "True",
        "first_spike": "12.346",
        "axon_sections": "1",
        "basal_sections": "2",
        "apical_sections": "3",
        "cpu_s": "1.23",
    }
    assert (rows[0]["spikes_above"], rows[3]["spikes_above"]) == ("", "")


def test_tables_of_e_models_are_gathered(tmp_path: Path):
    for name, rows in (("a", ROWS[:1]), ("b", []), ("c", ROWS[1:])):
        write_table(tmp_path / name, pd.DataFrame(rows))
    table = gather([tmp_path / name for name in "abc"])
    write_table(tmp_path / "all", table)
    write_table(tmp_path / "once", pd.DataFrame(ROWS))
    assert (tmp_path / "all").read_bytes() == (tmp_path / "once").read_bytes()
    assert set(read_table(tmp_path / "all")["emodel"]) == {"NA"}


def test_the_summary_counts_failures():
    assert summary(pd.DataFrame(ROWS), 3, Path("release/validation.tsv")).splitlines() == [
        "megate: validated 3 combinations in BlueCelluLab: 1 failed",
        "megate: validated 1 of 3 combinations in neurodamus: 1 failed",
        "megate: see release/validation.tsv",
    ]
    assert summary(pd.DataFrame(ROWS[:2]), 2, Path("validation.tsv")) == (
        "megate: validated 2 combinations in BlueCelluLab: all passed"
    )
    empty = gather_nothing = pd.DataFrame(columns=list(COLUMNS))
    assert summary(gather_nothing, 0, Path("x")) == "megate: no combinations to validate"
    assert "0 of 0" in render(validation_page(empty, 0))


def test_the_page_lists_failures_first():
    html = render(validation_page(pd.DataFrame(ROWS), 5))
    assert "3 of 5 released combinations" in html
    failed, passed = html.index("<h2>Failed"), html.index("<h2>Passed")
    assert failed < html.index("it crashed") < passed < html.index("steps not tested")
