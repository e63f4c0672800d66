"""The check of the morphologies before the first simulation, and its messages."""

import re
from pathlib import Path

import pytest
from cells import CELL

from megate.core.errors import MegateError
from megate.core.findings import Finding, stop_or_warn
from megate.emodels.manifest import Manifest
from megate.morphologies.check import read_table
from megate.project.preflight import check_release


def manifest(**needs: object) -> Manifest:
    return Manifest("e", "e", {}, [], [], [], "", needs=needs)


def test_all_morphologies_and_what_prepared_emodels_need(tmp_path: Path):
    for name, text in {
        "a": CELL,
        "b": CELL + ";\n",
        "soma": CELL[: CELL.index("((Axon")] + "((Axon)",
    }.items():
        (tmp_path / f"{name}.asc").write_text(text)
    a, b, soma = (str(tmp_path / f"{name}.asc") for name in ("a", "b", "soma"))
    found = check_release(
        {"pyr": {a: 4, b: 5, soma: None}, "bc": {a: None}, "not_prepared": {b: None}},
        {"pyr": manifest(apical_point=True), "bc": manifest(axon_segments=20)},
        use_apical_points=True,
        table=tmp_path / "results" / "m.tsv",
        log=tmp_path / "log",
        processes=2,
    )
    found = [finding for finding in found if finding.problems]
    assert [finding.headline.partition(" (")[0] for finding in found] == [
        "1 of 3 morphologies have problems",
        "e-model pyr: its morphologies lack what it needs",
        "e-model bc: its morphologies lack what it needs",
    ]
    named = [[re.match(r"\w+", problem).group() for problem in each.problems] for each in found]
    assert named == [["soma"], ["b"], ["a"]]
    assert [row.file for row in read_table(tmp_path / "results" / "m.tsv")] == [a, b, soma]


def test_without_a_reader_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "numpy.py").write_text("raise ImportError('no numpy here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(MegateError, match="cannot be checked: ImportError: no numpy here"):
        check_release({"e": {}}, {}, True, tmp_path / "m.tsv", tmp_path / "log", 1)


def test_all_findings_are_one_message_and_long_lists_are_cut():
    findings = [
        Finding("these are broken", [f"m{number}: broken" for number in range(30)]),
        Finding("these are fine", []),
        Finding("these lack something", ["x: nothing there"]),
    ]
    with pytest.raises(MegateError) as caught:
        stop_or_warn(findings, stop=True, warn=pytest.fail)
    lines = str(caught.value).splitlines()
    assert lines[:2] == ["these are broken:", "  - m0: broken"]
    assert lines[20:24] == [
        "  - m19: broken",
        "  ... and 10 more",
        "these lack something:",
        "  - x: nothing there",
    ]
    assert lines[24] == "(check_morphologies: warn continues the run)"
    warnings: list[str] = []
    stop_or_warn(findings, stop=False, warn=warnings.append)
    assert warnings == ["\n".join(lines[:24])]
    stop_or_warn(findings[1:2], stop=True, warn=pytest.fail)
