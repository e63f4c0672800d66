"""Tests of the engine run NEURON, in processes of its own, without Snakemake."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch):
    """The child finds the functions of these tests."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
