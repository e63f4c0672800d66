"""The page of traces: which simulations and responses are chosen, and what it says about it."""

from pathlib import Path

import pandas as pd
import pytest

from megate.report.html.page import render
from megate.report.html.trace_page import (
    chosen_combos,
    chosen_responses,
    exemplar_job,
    read_traces,
    trace_page,
)
from megate.simulation.traces import write_traces

RESPONSE = {"time": [0.0, 1.0, 2.0], "voltage": [-80.0, 20.0, -75.0]}


def decided(medians: dict[str, float | None], passed: bool = True) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "combo": range(len(medians)),
            "morph_name": list(medians),
            "job": [f"E/{name}" for name in medians],
            "passed": passed,
            "median_score": pd.array(list(medians.values()), dtype=float),
        }
    )


def exemplars(*repaired: bool) -> pd.DataFrame:
    rows = [
        {"is_exemplar": True, "is_original": original, "is_repaired": kind, "morph_name": "x"}
        for kind in repaired
        for original in (True, False)
    ]
    table = pd.DataFrame(rows)
    return table.assign(job=table["is_repaired"].map({True: "E/x", False: "E/x@unrepaired"}))


def chosen(medians: dict[str, float | None]) -> list[str]:
    return [shown.job for shown in chosen_combos(decided(medians), "E/x")]


def test_lowest_middle_and_highest_median_score():
    medians = {"a": 3.0, "b": 1.0, "c": 2.0, "d": 5.0, "e": 4.0, "x": 0.1, "none": None}
    assert chosen(medians) == ["E/b", "E/a", "E/d"]
    titles = [shown.title for shown in chosen_combos(decided(medians), "E/x")]
    assert titles[0] == "b\nlowest median score: 1.00 SD"
    assert titles[2] == "d\nhighest median score: 5.00 SD"


def test_few_or_no_released_combinations():
    assert chosen({"a": 1.0}) == ["E/a"]
    assert chosen({"a": 2.0, "b": 1.0}) == ["E/b", "E/a"]
    assert chosen({"x": 1.0}) == []
    assert chosen_combos(decided({"a": 1.0}, passed=False), None) == []


def test_combinations_that_share_a_simulation_count_once():
    table = pd.concat([decided({"a": 1.0})] * 3, ignore_index=True)
    assert [shown.job for shown in chosen_combos(table, None)] == ["E/a"]


def test_the_repaired_exemplar_if_there_is_one():
    assert exemplar_job(exemplars(False, True)).job == "E/x"
    unrepaired = exemplar_job(exemplars(False))
    assert unrepaired.job == "E/x@unrepaired"
    assert unrepaired.title == "unrepaired exemplar\nx"
    assert exemplar_job(exemplars(True).iloc[:0]) is None


def test_responses_of_different_protocols_from_the_soma():
    steps = [f"mm.Step_{current}.soma.v" for current in (80, 120, 200, 40)]
    others = ["mm.bAP.soma.v", "mm.bAP.apic1.v", "mm.IV_-100.soma.v", "mm.IV_-20.soma.v"]
    assert chosen_responses(steps + others) == [
        "mm.IV_-100.soma.v",
        "mm.IV_-20.soma.v",
        "mm.Step_40.soma.v",
        "mm.Step_80.soma.v",
        "mm.Step_120.soma.v",
        "mm.bAP.soma.v",
    ]
    assert chosen_responses(["A_1.dend.v"]) == ["A_1.dend.v"]


def test_only_voltages_are_read(tmp_path: Path):
    responses = {"S.soma.v": RESPONSE, "S.soma.cai": RESPONSE}
    write_traces(tmp_path / "a.parquet", responses, {"S.soma.v": "v", "S.soma.cai": "cai"})
    traces = read_traces(tmp_path / "a.parquet")
    assert list(traces) == ["S.soma.v"]
    assert traces["S.soma.v"].tolist() == [[0.0, 1.0, 2.0], [-80.0, 20.0, -75.0]]


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    for name in ("x", "a", "b"):
        path = tmp_path / "E" / f"{name}.parquet"
        write_traces(path, {"S.soma.v": RESPONSE, "S.dend.v": RESPONSE}, {"S.soma.v": "v"})
    write_traces(tmp_path / "E" / "raised.parquet", {}, {})
    return tmp_path


def test_page(traces: Path):
    table = decided({"a": 1.0, "b": 2.0})
    page = trace_page("E", table, exemplars(True), lambda job: traces / f"{job}.parquet")
    assert page.lead[0].startswith("The exemplar beside 2 of 2 released combinations")
    text = render(page)
    for words in ("S.soma.v", "exemplar", "lowest median score: 1.00 SD", "V (mV)", "t (ms)"):
        assert words in text


def test_page_without_released_combinations_or_traces(traces: Path):
    nothing = decided({"a": 1.0}, passed=False)
    page = trace_page("E", nothing, exemplars(True), lambda job: traces / f"{job}.parquet")
    assert page.lead == [
        "This e-model has no released combination; the page shows its exemplar only."
    ]
    raised = trace_page("E", nothing, exemplars(True), lambda job: traces / "E/raised.parquet")
    assert raised.lead == ["The chosen simulations recorded no voltage."]
