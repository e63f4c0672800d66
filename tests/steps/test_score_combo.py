"""Which results a job keeps and takes with `stop_early`. Nothing is simulated here."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from megate.config.config import Scoring
from megate.core.paths import Paths
from megate.emodels.manifest import Manifest
from megate.scores.protocols import read_protocols
from megate.scores.shards import JobResult, read_shard, write_shard
from megate.steps import score_combo as step

SHA = "c" * 64
FACTS = {"emodel": "e", "original_emodel": "e", "morph_name": "m", "apical_point": None}
WHOLE = JobResult("e/m", "e", "e", "m", SHA, "scored", 1.0, 1.0, 1.0, "h", "v")
WHOLE = replace(
    WHOLE,
    resting_potential=-75.0,
    features=[{"feature": "f", "score": 6.0}, {"feature": "g", "score": 1.0}],
)
STOPPED = replace(
    WHOLE,
    resting_potential=None,
    stopped_at="f",
    features=WHOLE.features[:1],
    protocols={"Step": {"failed": True, "cpu_s": 2.0}},
)
FIVE, SEVEN = [{"f": 5.0, "g": 5.0}], [{"f": 7.0, "g": 5.0}]


class Jobs:
    """Runs jobs of one simulation, whose result is `result`; `asked` has what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder / "results")
        self.manifest = self.paths.manifest("e")
        self.paths.package("e").mkdir(parents=True)
        Manifest("e", "e", {"g": 1.0}, ["f", "g"], [], [], SHA).write(self.manifest)
        self.morphology = folder / "m.asc"
        self.morphology.write_text("a cell")
        self.result = WHOLE
        self.asked: list[Any] = []

    def score_job(self, *arguments: Any) -> JobResult:
        self.asked.append(arguments[-1])
        return self.result

    def run(self, limits: list[dict] | None, digest: str | None = None) -> dict[str, Any]:
        """Run a job; the first row of its shard."""
        shard = self.paths.shard("e/m")
        step.score_combo(
            name="e/m",
            facts=FACTS,
            morphology=self.morphology,
            manifest=self.manifest,
            scoring=Scoring(),
            currents=[],
            paths=self.paths,
            shard=shard,
            traces=None,
            log=self.paths.log("score_combo/e/m"),
            convert=False,
            stop_limits=limits,
            stop_early=digest,
        )
        return read_shard(shard).slice(0, 1).to_pylist()[0]


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    made = Jobs(tmp_path)
    monkeypatch.setattr(step, "score_job", made.score_job)
    return made


def test_a_stopped_result_is_kept_for_limits_that_it_fails(jobs: Jobs):
    jobs.result = STOPPED
    row = jobs.run(FIVE, "a")
    assert (row["stopped_at"], row["stop_early"]) == ("f", "a")
    assert jobs.asked == [{"limits": FIVE, "known": {}}]
    # taken, with the new digest
    assert jobs.run([{"f": 4.0}], "b")["stop_early"] == "b"
    assert len(jobs.asked) == 1
    # f passes: simulated; the limits of the first one hold for the kept result
    jobs.result = WHOLE
    assert jobs.run(SEVEN, "c")["stopped_at"] is None
    assert len(jobs.asked) == 2
    # the whole result is taken in any case
    row = jobs.run(FIVE, "a")
    assert (row["stopped_at"], row["stop_early"]) == (None, "a")
    assert len(jobs.asked) == 2


def test_without_stop_early_only_whole_results_are_taken(jobs: Jobs):
    jobs.result = STOPPED
    jobs.run(FIVE, "a")
    jobs.result = WHOLE
    row = jobs.run(None)
    assert (row["stopped_at"], row["stop_early"]) == (None, None)
    assert jobs.asked[1] is None
    assert jobs.run(FIVE, "a")["stop_early"] == "a"  # no simulation
    assert jobs.run(None)["stop_early"] is None
    assert len(jobs.asked) == 2


def test_what_protocols_told_orders_the_next_simulation(jobs: Jobs):
    jobs.result = STOPPED
    jobs.run(FIVE, "a")
    known = {"Step": {"runs": 1, "failed": 1, "cpu_s": 2.0}}
    assert read_protocols(jobs.paths.protocols_of("e"), SHA) == known
    jobs.run(SEVEN, "b")
    assert jobs.asked[1] == {"limits": SEVEN, "known": known}


def test_an_exemplar_has_no_limits(jobs: Jobs):
    jobs.result = STOPPED
    jobs.run(FIVE, "a")
    jobs.result = WHOLE
    assert jobs.run([])["stopped_at"] is None
    assert jobs.asked[1]["limits"] == []


def test_limits_come_from_the_exemplars_shard(tmp_path: Path, jobs: Jobs):
    exemplar = tmp_path / "exemplar.parquet"
    scores = [{"feature": "f", "score": 2.0}, {"feature": "g", "score": None}]
    write_shard(exemplar, replace(WHOLE, features=scores))
    select = {"megate_thresholds": [{"features": [".*"], "megate_threshold": 5}]}
    found = step.limits_to_stop(jobs.manifest, [("M", "E")], exemplar, select)
    assert found == [{"f": 10.0, "g": 5.0}]
    skip = select | {"skip_repaired_exemplar": True}
    assert step.limits_to_stop(jobs.manifest, [("M", "E")], None, skip) == [{"f": 5.0, "g": 5.0}]
    assert step.limits_to_stop(jobs.manifest, [], None, select) == []
