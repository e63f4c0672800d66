"""Start the simulators."""

from pathlib import Path

import pytest

from megate.core.errors import MegateError
from megate.validation import run
from megate.validation.run import check_installed, compile_all, simulators


def test_neurodamus_is_needed_unless_its_sample_is_empty():
    assert simulators(None) == simulators(3) == ["BlueCelluLab", "neurodamus"]
    assert simulators(0) == ["BlueCelluLab"]


def test_a_missing_simulator_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run, "find_spec", lambda name: None if name == "neurodamus" else object())
    check_installed(["BlueCelluLab"])
    with pytest.raises(MegateError) as caught:
        check_installed(["BlueCelluLab", "neurodamus"])
    assert str(caught.value) == (
        "neurodamus not found, which the target validate runs; install megate with its extra "
        "circuit: pip install --constraint envs/constraints.txt --editable '.[circuit]'"
    )


def test_e_models_without_mechanisms_need_no_library(tmp_path: Path):
    mechanisms = tmp_path / "circuit" / "mechanisms"
    mechanisms.mkdir(parents=True)
    compile_all(mechanisms.parent, tmp_path / "compiled", ["BlueCelluLab"])
    folders = sorted(path.name for path in (tmp_path / "compiled").rglob("*"))
    assert folders == ["BlueCelluLab", "mechanisms"]
