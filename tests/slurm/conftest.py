"""A Slurm cluster for the tests of this folder; where none can be started, they skip."""

from collections.abc import Iterator

import pytest
from cluster import Cluster, running_cluster, why_not


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if reason := why_not():
        pytest.skip(reason)
    with running_cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster
