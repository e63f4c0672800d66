"""Simulations that are stopped early: their decisions are those of whole ones, and a change runs
those again whose combinations may pass."""

from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from tables import combo, combos_table, decide, exemplar, scores_table

from megate.config.config import Select
from megate.gating.outcome import stopped_early
from megate.gating.stopping import Stops, limits_of_types
from megate.gating.threshold_scan import threshold_sweep
from megate.report.summaries import feature_table
from megate.scores.gather import gather
from megate.scores.limits import all_fail
from megate.scores.shards import JobResult, write_shard

FEATURES = ["f", "g", "h"]
FIVE = {"features": [".*"], "megate_threshold": 5}
TWO_FOR_N = {"fullmtype": ["N"], "features": ["f"], "megate_threshold": 2}


def stopped_scores(scores: pd.DataFrame, stopped_at: dict[str, str]) -> pd.DataFrame:
    """Scores whose column `stopped_at` has a feature for some jobs."""
    return scores.assign(stopped_at=scores["job"].map(stopped_at).astype(object))


# ---- decisions


SCORE = st.one_of(st.none(), st.sampled_from([0.0, 1.9, 2.0, 2.1, 5.0, 5.1, 9.0, 11.0, 250.0]))
JOB = st.fixed_dictionaries(
    {
        "scores": st.lists(SCORE, min_size=3, max_size=3),
        "types": st.sets(st.sampled_from(["M", "N"]), min_size=1),
        "order": st.permutations(FEATURES),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(JOB, min_size=1, max_size=6),
    st.lists(st.sampled_from([0.0, 1.0, 2.0, 250.0]), min_size=3, max_size=3),
    st.sampled_from([[], ["g"]]),
)
def test_decisions_are_those_of_whole_simulations(
    jobs: list[dict[str, Any]], exemplar_scores: list[float], skipped: list[str]
):
    """A simulation computes its features one by one, in any order, until one of each of its
    combinations is over its limit: max(t, t * exemplar's score)."""
    whole: dict[str, Any] = {"E/ex": dict(zip(FEATURES, exemplar_scores, strict=True))}
    short, stopped_at, rows = dict(whole), {}, [exemplar()]
    for number, job in enumerate(jobs):
        name = f"E/{number}"
        of_job = dict(zip(FEATURES, job["scores"], strict=True))
        whole[name], short[name] = of_job, {}
        rows += [combo(str(number), fullmtype=mtype) for mtype in sorted(job["types"])]
        alive = set(job["types"])
        for feature in job["order"]:
            score = of_job[feature]
            short[name][feature] = score
            if score is None or feature in skipped:
                continue
            scale = max(1.0, whole["E/ex"][feature])
            t = {"M": 5, "N": 2 if feature == "f" else 5}
            alive -= {mtype for mtype in alive if score > t[mtype] * scale}
            if not alive:
                stopped_at[name] = feature
                break
    table = combos_table(*rows)
    rules = [FIVE, TWO_FOR_N]
    expected = decide(table, scores_table(whole), rules, skipped).combos
    found = decide(table, stopped_scores(scores_table(short), stopped_at), rules, skipped).combos
    assert found["passed"].tolist() == expected["passed"].tolist()
    assert found["reason"].tolist() == expected["reason"].tolist()
    stopped = found["job"].isin(list(stopped_at))
    assert (found.loc[stopped, "reason"] == "over_limit").all()
    assert found.loc[stopped, "median_score"].isna().all()
    assert not found.loc[stopped, "borderline"].any()
    same = ["median_score", "n_failed", "limiting_feature", "margin"]
    pd.testing.assert_frame_equal(found.loc[~stopped, same], expected.loc[~stopped, same])


def stopped_decisions(threshold: float = 5):
    """a passes, b fails g, c was stopped at f and has no g."""
    table = combos_table(exemplar(), combo("a"), combo("b"), combo("c"))
    scores = scores_table(
        {
            "E/ex": {"f": 0.0, "g": 0.0},
            "E/a": {"f": 1.0, "g": 2.0},
            "E/b": {"f": 1.0, "g": 6.0},
            "E/c": {"f": 8.0},
        }
    )
    rules = [{"features": [".*"], "megate_threshold": threshold}]
    return decide(table, stopped_scores(scores, {"E/c": "f"}), rules)


def test_features_that_were_not_computed_are_not_missing():
    decisions = stopped_decisions()
    rows = decisions.combos.set_index("morph_name")
    assert rows["reason"].to_dict() == {"a": "passed", "b": "over_limit", "c": "over_limit"}
    assert rows["n_failed"].to_dict() == {"a": 0, "b": 1, "c": 1}
    assert rows.loc["c", ["limiting_feature", "margin"]].tolist() == ["f", -0.6]
    assert decisions.warnings == []
    table = feature_table(decisions.gates[0], decisions.combos)
    assert table["not_computed"].to_dict() == {"f": 0, "g": 1}
    assert table["missing_score"].to_dict() == {"f": 0, "g": 0}
    assert table["passed"].to_dict() == {"f": 2, "g": 1}
    assert table["fails"].to_dict() == {"f": 1, "g": 1}
    assert table["alone"].to_dict() == {"f": 0, "g": 1}  # c might fail by g, too
    assert stopped_early(decisions.combos).startswith("1 of 3 combinations were stopped early")
    assert stopped_early(decisions.combos.iloc[:2]) == ""


def test_the_sweep_counts_what_is_not_known():
    """c may pass from a factor of 8 / 5 on, or not."""
    sweep = threshold_sweep(stopped_decisions(), [0.3, 1.0, 1.2, 1.6, 2.0])
    assert sweep["released"].tolist() == [0, 1, 2, 2, 2]
    assert sweep["incomplete"].tolist() == [0, 0, 0, 1, 1]
    assert sweep["combinations"].tolist() == [3] * 5


def test_a_stopped_combination_that_would_pass_now_is_not_released():
    """It is simulated again before anything is decided; if it was not, for whatever reason, nobody
    knows whether it passes."""
    rows = stopped_decisions(threshold=9).combos.set_index("morph_name")
    assert rows["reason"].to_dict() == {"a": "passed", "b": "passed", "c": "missing_score"}


# ---- limits


def test_the_limits_of_each_type():
    select = Select([FIVE, TWO_FOR_N], ["h"], uncomputable_exemplar_feature="fail")
    types = [("M", "x"), ("N", "x")]
    limits = limits_of_types("E", types, FEATURES, {"f": 3.0, "g": 250.0, "h": 0.0}, select)
    assert limits == [{"f": 15.0, "g": None}, {"f": 6.0, "g": None}]
    no_exemplar = Select([FIVE], [], skip_repaired_exemplar=True)
    assert limits_of_types("E", types[:1], ["f"], None, no_exemplar) == [{"f": 5.0}]
    failed = limits_of_types("E", types[:1], ["f"], {}, Select([FIVE], []))
    assert failed == [{"f": 5.0}]  # an exemplar without scores does not scale


@pytest.mark.parametrize(
    ("scores", "fail"),
    [
        ({"f": 5.1}, True),
        ({"f": 5.0}, False),
        ({"f": 3.0}, False),  # only one of two
        ({"f": 3.0, "g": 5.1}, False),  # the first one passes
        ({"f": 5.1, "g": 0.0}, True),
        ({"f": None, "g": float("nan")}, False),
        ({"other": 99.0}, False),
        ({"f": 0.0, "h": 0.0}, True),  # no score passes h
        ({}, False),
    ],
)
def test_all_combinations_of_a_simulation_must_fail(scores: dict[str, float], fail: bool):
    limits = [{"f": 5.0, "h": None}, {"f": 2.0, "g": 5.0, "h": None}]
    assert all_fail(scores, limits) == fail


# ---- what runs again


SHA = "c" * 64
CURRENT = "current"


class Simulated:
    """One e-model: the exemplar (f scores 2) and simulations that were run with `before`."""

    def __init__(self, folder: Path, before: Select) -> None:
        self.folder = folder
        self.table = combos_table(
            exemplar(),
            combo("whole"),
            combo("at_8"),
            combo("at_12"),
            combo("both"),
            combo("both", fullmtype="N"),
            combo("plain"),
        )
        digests = Stops(self.table, before, on=True)
        self.shards: list[Path] = []
        self.add("ex", None, {"f": 2.0, "g": 0.0})
        self.add("whole", digests.digest("E/whole"), {"f": 1.0, "g": 99.0})
        self.add("at_8", digests.digest("E/at_8"), {"g": 8.0}, "g")
        self.add("at_12", digests.digest("E/at_12"), {"f": 12.0}, "f")
        self.add("both", digests.digest("E/both"), {"f": 12.0}, "f")
        self.add("plain", None, {"f": 1.0, "g": 99.0})
        self.scores = folder / "scores.parquet"
        gather(self.shards, self.scores)

    def add(
        self, name: str, digest: str | None, scores: dict[str, float], stopped_at: str | None = None
    ) -> None:
        features = [{"feature": feature, "score": score} for feature, score in scores.items()]
        path = self.folder / f"{name}.parquet"
        job = (f"E/{name}", "E", "E", name, SHA, "scored", 1.0, 1.0, 1.0, "h", "v")
        write_shard(
            path, JobResult(*job, stop_early=digest, stopped_at=stopped_at, features=features)
        )
        self.shards.append(path)

    def again(
        self, select: Select, on: bool = True, lost: tuple[str, ...] = (), sha256: str = SHA
    ) -> set[str]:
        """The simulations whose digest is another one than they were run with."""
        stops = Stops(self.table, select, on, self.scores, lambda: lost, lambda emodel: sha256)
        rows = pa.parquet.read_table(self.scores).to_pandas().drop_duplicates("job")
        recorded = dict(zip(rows["job"], rows["stop_early"], strict=True))
        return {
            job.removeprefix("E/")
            for job, digest in recorded.items()
            if (stops.digest(job) or "") != (digest or "")
        }


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return Simulated(tmp_path_factory.mktemp("stops"), Select([FIVE, TWO_FOR_N], []))


def test_without_a_change_nothing_runs(simulated: Simulated):
    assert simulated.again(Select([FIVE, TWO_FOR_N], [])) == set()


def test_tighter_limits_run_nothing(simulated: Simulated):
    assert simulated.again(Select([FIVE | {"megate_threshold": 4}, TWO_FOR_N], [])) == set()


@pytest.mark.parametrize(
    ("rules", "skipped", "again"),
    [
        ([FIVE | {"megate_threshold": 6}], [], {"both"} | {"at_12"}),  # 2 * 6: f passes at 12
        ([FIVE | {"megate_threshold": 5.9}], [], set()),
        ([FIVE, {"features": ["g"], "megate_threshold": 8}], [], {"at_8"}),
        ([FIVE], ["g"], {"at_8"}),
        ([FIVE], ["f"], {"at_12", "both"}),
        # one of two combinations suffices
        ([FIVE, {"fullmtype": ["N"], "features": ["f"], "megate_threshold": 6}], [], {"both"}),
        ([{"features": ["g"], "megate_threshold": 5}], [], set()),  # not a valid one
    ],
)
def test_looser_limits_run_those_that_may_pass(
    rules: list[dict], skipped: list[str], again: set[str], simulated: Simulated
):
    assert simulated.again(Select(rules, skipped)) == again


def test_a_lower_scale_or_none_runs_nothing_more(simulated: Simulated):
    assert simulated.again(Select([FIVE], [], skip_repaired_exemplar=True)) == set()


def test_off_runs_the_stopped_ones(simulated: Simulated):
    assert simulated.again(Select([FIVE, TWO_FOR_N], []), on=False) == {"at_8", "at_12", "both"}


def test_whole_simulations_may_be_stopped_when_they_must_be_run_again(simulated: Simulated):
    select = Select([FIVE, TWO_FOR_N], [])
    assert simulated.again(select, lost=("E/plain",)) == {"plain"}
    assert simulated.again(select, sha256="another") == {"plain"}
    assert simulated.again(select, on=False, sha256="another") == {"at_8", "at_12", "both"}


def test_batch_jobs_know_the_digests_that_the_main_process_has_found(
    simulated: Simulated, tmp_path: Path
):
    kept = tmp_path / "stop_digests.json"
    select = Select([FIVE, TWO_FOR_N], [])
    found = Stops(simulated.table, select, True, simulated.scores, emodel_sha256=lambda _: SHA)
    found.keep(kept)
    batch = Stops(simulated.table, select, True, kept=kept)  # its shard is removed
    jobs = set(simulated.table["job"])
    assert {job: batch.digest(job) for job in jobs} == {job: found.digest(job) for job in jobs}
    assert batch.digest("E/plain") is None
    Stops(simulated.table, select, on=True).keep(kept)
    assert not kept.exists()


def test_exemplars_are_not_stopped_and_others_wait_for_the_repaired_one():
    table = combos_table(
        exemplar(job="E/ex"),
        exemplar(job="E/ex@unrepaired", is_repaired=False),
        combo("ex"),
        combo("a"),
        combo("a", fullmtype="N"),
    )
    stops = Stops(table, Select([FIVE], []), on=True)
    assert stops.digest("E/ex") is stops.digest("E/ex@unrepaired") is None
    assert stops.types("E/ex") == [] and stops.exemplar_of("E/ex") is None
    assert stops.types("E/a") == [("M", "cADpyr"), ("N", "cADpyr")]
    assert stops.exemplar_of("E/a") == "E/ex"
    off = Stops(table, Select([FIVE], []), on=False)
    assert off.digest("E/a") is None and off.exemplar_of("E/a") is None


def test_another_type_of_combination_is_another_digest():
    one = Stops(combos_table(exemplar(), combo("a")), Select([FIVE], []), on=True)
    two = combos_table(exemplar(), combo("a"), combo("a", etype="bAC"))
    assert one.digest("E/a") != Stops(two, Select([FIVE], []), on=True).digest("E/a")


def test_scores_of_an_earlier_version_or_none_are_whole(tmp_path: Path, simulated: Simulated):
    old = pa.parquet.read_table(simulated.scores).drop_columns(["stop_early", "stopped_at"])
    path = tmp_path / "scores.parquet"
    pa.parquet.write_table(old, path)
    select = Select([FIVE], [])
    stops = Stops(simulated.table, select, True, path, emodel_sha256=lambda emodel: SHA)
    assert stops.digest("E/plain") is stops.digest("E/at_8") is None
    none = Stops(simulated.table, select, True, tmp_path / "missing.parquet")
    assert none.digest("E/plain") is not None
    off = Stops(simulated.table, select, False, tmp_path / "missing.parquet")
    assert off.digest("E/plain") is None
