"""A Slurm cluster for the tests of this folder; where none can be started, they skip."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster, running_cluster, why_not

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow"))  # runs, small_project


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if reason := why_not():
        pytest.skip(reason)
    with running_cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster
