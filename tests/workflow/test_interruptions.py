"""A run whose main process is ended five times at random moments, and started again each time with
the same command, ends as one that was left alone, and simulates nothing twice."""

import contextlib
import hashlib
import random
import re
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from runs import Outcome, Project, copy_project, start_snakemake
from small_emodel import nothing_stays_in

pytestmark = pytest.mark.slow

SEED = 20251125
KILL, INT, TERM = signal.SIGKILL, signal.SIGINT, signal.SIGTERM
STARTED, FINISHED = r"^\w*rule {}:", r"^Finished jobid: \d+ \(Rule: {}\)"


@dataclass(frozen=True)
class Moment:
    """When to end a run: `least` to `most` seconds after its output has had `count` lines like
    `line`."""

    line: str
    count: int
    most: float
    least: float = 0


COMPILING = Moment(STARTED.format("prepare_emodel"), 1, 5, least=3)
SIMULATING = Moment(FINISHED.format("score_combo"), 1, 1.5)
# the example has 15 simulations, of which no interrupted run does more than four
INTERRUPTIONS = [
    (KILL, COMPILING),
    (INT, SIMULATING),
    (TERM, SIMULATING),
    (KILL, SIMULATING),
    (KILL, Moment(STARTED.format("aggregate"), 1, 1.5)),
]

# what a simulation took, and where it ran; not what it gave
PARTS = ("build", "solve", "features", "currents")
OF_A_RUN = ["runtime_s", "cpu_s", *(f"{part}_cpu_s" for part in PARTS)]
OF_A_RUN += ["peak_memory_mb", "host"]


class Shards:
    """All shards that are there at any time, by job: SHA-256 of what they hold, which includes how
    long they took."""

    def __init__(self, folder: Path) -> None:
        self.seen: dict[str, set[str]] = {}
        self._folder = folder
        self._known: set[tuple[int, int]] = set()

    def look(self, seconds: float) -> None:
        """Look for some time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for path in self._folder.glob("*/*.parquet"):
                with contextlib.suppress(FileNotFoundError):
                    self._note(path)
            time.sleep(0.01)

    def _note(self, path: Path) -> None:
        # Snakemake touches a finished job's outputs: when they were written says nothing
        found = path.stat()
        file = (found.st_ino, found.st_mtime_ns)
        if file not in self._known:
            self.seen.setdefault(f"{path.parent.name}/{path.stem}", set()).add(sha256(path))
            self._known.add(file)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass
class Run:
    """A run in the background."""

    project: Project
    shards: Shards
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.process = start_snakemake("--configfile", "config/config.yaml", cwd=self.project.root)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for(self, moment: Moment) -> None:
        while len(re.findall(moment.line, self.output, re.M)) < moment.count:
            assert self.process.poll() is None, f"it has ended before {moment}:\n{self.output}"
            self.shards.look(0.02)

    def wait(self, seconds: float = 120) -> int:
        """Wait for its end."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.output
            self.shards.look(0.02)
        self._reader.join(10)
        self.process.stdout.close()
        return self.process.returncode


@dataclass(frozen=True)
class Pair:
    """The results of a run that was left alone and of one that was not, and that one's shards."""

    alone: Path
    interrupted: Path
    seen: dict[str, set[str]]


@pytest.fixture(scope="module")
def pair(example: tuple[Project, Outcome], tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Both in the same place, one after the other, for the release names it."""
    folder = tmp_path_factory.mktemp("interrupted")
    root = folder / "project"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        # the example's scores, released from here; one of them names the place
        shutil.copytree(example[0].root, root)
        for path in (root / "results").rglob("tpc140312-B1.*parquet"):
            path.unlink()
        outcome = Project(root).snakemake()
        assert outcome.returncode == 0, outcome.output
        assert outcome.planned["score_combo"] == 1
        root.rename(folder / "alone")

        root.mkdir()
        project = copy_project(root)
        # one of the e-models is prepared already: to compile both would only take longer
        prepared = Path("results", "emodels", "cADpyr_TPC")
        shutil.copytree(example[0].root / prepared, root / prepared)
        shutil.copytree(example[0].root / ".snakemake", root / ".snakemake")
        seen = interrupt_and_finish(project)
    return Pair(folder / "alone" / "results", root / "results", seen)


def interrupt_and_finish(project: Project) -> dict[str, set[str]]:
    """Do what the module says; gives the shards that were seen."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    shards = Shards(project.results / "scores")
    for number, (end, moment) in enumerate(INTERRUPTIONS, 1):
        run = Run(project, shards)
        try:
            run.wait_for(moment)
            seconds = chance.uniform(moment.least, moment.most)
            shards.look(seconds)
            assert run.process.poll() is None, f"it has ended by itself:\n{run.output}"
            run.process.send_signal(end)
            started = time.monotonic()
            status = run.wait()
        finally:
            if run.process.poll() is None:
                run.process.kill()
        assert status != 0, run.output
        assert nothing_stays_in(project.root), f"processes stay after {end.name}"
        print(
            f"{number}. {end.name} {seconds:.2f} s after {moment.line!r}: status {status} "
            f"after {time.monotonic() - started:.1f} s; {len(shards.seen)} simulated"
        )
    run = Run(project, shards)
    assert run.wait() == 0, run.output
    return shards.seen


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_no_simulation_that_was_complete_is_done_again(pair: Pair):
    assert len(pair.seen) == 15
    assert {job: len(contents) for job, contents in pair.seen.items()} == dict.fromkeys(
        pair.seen, 1
    )
    for job, contents in pair.seen.items():
        assert {sha256(pair.interrupted / "scores" / f"{job}.parquet")} == contents


def test_the_release_is_the_same_to_the_byte(pair: Pair):
    alone, interrupted = (files(results / "release") for results in (pair.alone, pair.interrupted))
    for release in (alone, interrupted):
        assert release.pop("megating.pdf").startswith(b"%PDF-")  # it names the scores' hash: below
    assert len(alone) >= 10
    assert interrupted == alone


def test_the_report_says_the_same(pair: Pair):
    def text(results: Path) -> str:
        command = ["pdftotext", "-layout", str(results / "release" / "megating.pdf"), "-"]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        # of the file with all scores, and with the times that they took
        pattern = r"(scores\s+results/scores\.parquet \(SHA-256) [0-9a-f]{16}"
        found, count = re.subn(pattern, r"\1", found)
        assert count == 1, found
        return found

    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext")
    assert "2023-11-14" in text(pair.alone)  # SOURCE_DATE_EPOCH
    assert text(pair.interrupted) == text(pair.alone)


def test_decisions_and_combinations_are_the_same_to_the_byte(pair: Pair):
    for name in ("decisions.parquet", "combos.parquet", "report/release.html"):
        assert (pair.interrupted / name).read_bytes() == (pair.alone / name).read_bytes(), name


def test_scores_are_the_same_to_the_bit(pair: Pair):
    alone, interrupted = (
        pd.read_parquet(results / "scores.parquet").drop(columns=OF_A_RUN)
        for results in (pair.alone, pair.interrupted)
    )
    pd.testing.assert_frame_equal(interrupted, alone, check_exact=True)


def test_nothing_half_done_stays(pair: Pair):
    assert list(pair.interrupted.rglob("*partial*")) == []
    shards = {path.name for path in pair.interrupted.glob("scores/*/*")}
    kept = pair.interrupted.glob("finished/scores/*/*.parquet")
    assert sorted(f"{path.stem.rpartition('.')[0]}.parquet" for path in kept) == sorted(shards)
    for path in pair.interrupted.glob("scores/*/*"):
        assert path.stat().st_nlink == 2
    assert list((pair.interrupted.parent / ".snakemake" / "incomplete").iterdir()) == []
