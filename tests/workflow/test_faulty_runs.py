"""Simulations that go wrong, and Snakemake that is killed: the others' results are there and right,
what went wrong is recorded, and the next call does what is missing only."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from runs import start_snakemake
from small_emodel import nothing_stays_in, processes_in
from small_project import EXEMPLAR, SmallProject

pytestmark = pytest.mark.slow

BAD = {
    "segfault": ("crashed", "was killed by SIGSEGV"),
    "exit": ("crashed", "exited with status 3"),
    "quit": ("crashed", "exited with status 0"),
    "hang": ("timeout", "s (timeout_s: 20)"),
    "deaf": ("timeout", "s (timeout_s: 20)"),
    "memory": ("memory", "MB of memory (memory_mb: 500)"),
    "create": ("raised", "ValueError: cannot be created"),
    "run": ("raised", "ValueError: cannot run"),
    "features": ("raised", "ValueError: cannot be computed"),
}
FAULT = """
    import ctypes, os, signal, time, neuron
    if (place, morphology) == ("sweep", "segfault"):
        ctypes.string_at(0)
    if (place, morphology) == ("sweep", "exit"):
        os._exit(3)
    if (place, morphology) == ("sweep", "quit"):
        neuron.h.quit()
    if (place, morphology) == ("sweep", "hang"):
        neuron.h("while (1) {}")
    if (place, morphology) == ("create", "deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    kept = []
    while (place, morphology) == ("sweep", "memory") and len(kept) < 400:
        kept.append(b"x" * 10_000_000)
        time.sleep(0.02)
    if (place, morphology) == ("create", "create"):
        raise ValueError("cannot be created")
    if (place, morphology) == ("sweep", "run"):
        raise ValueError("cannot run")
    if (place, morphology) == ("features", "features"):
        raise ValueError("cannot be computed")
    if (place, morphology) == ("sweep", "no_number"):
        objects[2].soma[0].e_pas = float("nan")
"""


def shard_of(project: SmallProject, morphology: str) -> pd.DataFrame:
    return pq.read_table(project.shard(morphology)).to_pandas()


def scores_of(project: SmallProject, morphology: str) -> dict[str, float]:
    table = shard_of(project, morphology)
    return dict(zip(table["feature"], table["score"], strict=True))


def test_bad_simulations_are_results_among_good_ones(tmp_path: Path):
    project = SmallProject(
        tmp_path, ["good", *BAD, "no_number", "well"], FAULT, timeout_s=20, memory_mb=500
    )
    outcome = project.snakemake()
    assert outcome.returncode == 0, outcome.output
    assert processes_in(tmp_path) == []
    for morphology, (status, reason) in BAD.items():
        (row,) = shard_of(project, morphology).to_dict("records")
        assert row["status"] == status, (morphology, row)
        assert reason in row["exception"], (morphology, row)
        assert pd.isna(row["feature"])
    good = scores_of(project, EXEMPLAR)
    assert scores_of(project, "good") == scores_of(project, "well") == good
    assert set(scores_of(project, "no_number").values()) == {250.0}

    failures = pd.read_csv(project.results / "release" / "failures.tsv", sep="\t")
    failures = failures.set_index("morph_name")
    assert set(failures.index) == {*BAD, "no_number"}
    assert set(failures.loc[list(BAD), "reason"]) == {"simulation_error"}
    for morphology, (_, reason) in BAD.items():
        assert reason in failures.loc[morphology, "message"]
    assert list(project.results.rglob("*partial*")) == []

    assert project.snakemake().planned == {}
    project.shard("hang").unlink()
    assert project.snakemake("--dry-run").planned["score_combo"] == 1


# Two simulations wait until they are let go, or for two minutes.
WAIT = """
    import pathlib, time
    waits, end = place == "sweep" and morphology.startswith("slow"), time.monotonic() + 120
    while waits and not pathlib.Path({go!r}).exists() and time.monotonic() < end:
        time.sleep(0.1)
"""


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=str)
def test_when_snakemake_ends_its_simulations_do(end: signal.Signals, tmp_path: Path):
    go = tmp_path / "go"
    project = SmallProject(tmp_path, ["good", "slow1", "slow2"], WAIT.format(go=str(go)))
    process = start_snakemake(  # with a core for each simulation
        "--configfile", "megate.yaml", cwd=tmp_path, cores=4, new_session=True
    )
    logs = project.results / "logs" / "score_combo" / "small"

    def all_at_work() -> bool:
        done = project.shard("good").exists() and project.shard(EXEMPLAR).exists()
        return done and all((logs / f"slow{n}.log").exists() for n in (1, 2))

    wait_for(all_at_work, 60)
    time.sleep(2)  # into their sweeps
    assert len(processes_in(project.results)) >= 4
    if end is signal.SIGINT:  # a terminal's Ctrl-C reaches the whole group
        os.killpg(process.pid, end)
    else:
        process.send_signal(end)
    if end is signal.SIGTERM:  # Snakemake waits for running jobs then
        go.touch()
    process.communicate(timeout=30)
    assert nothing_stays_in(tmp_path)
    if end is not signal.SIGTERM:
        assert not project.shard("slow1").exists()
        assert not project.shard("slow2").exists()
    assert list(project.results.rglob("*partial*")) == []

    go.touch()
    outcome = project.snakemake("--until", "score_combo")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned.get("score_combo", 0) == (0 if end is signal.SIGTERM else 2)
    assert scores_of(project, "slow1") == scores_of(project, "slow2") == scores_of(project, "good")
