"""Tests of the engine run NEURON, in processes of its own, without Snakemake."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch):
    """The child finds the functions of these tests."""
    here = Path(__file__).parent
    monkeypatch.setenv("PYTHONPATH", f"{here.parent}{os.pathsep}{here}")
