"""megate's selection against BluePyMM's: random cases, and every difference is a known one.

Each seed makes a small table of combinations with scores and settings (`selection_cases`). BluePyMM
0.9.11 selects from it as a database, megate as its own tables. Both must write the same files, or
the inputs must be of a kind that is known to lead BluePyMM astray (`selection_model.LISTED`).
Where they differ, megate's release must be what the rules say, and BluePyMM's what its error
makes of them: so a new difference is seen also among known ones.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import bluepymm_select
import pandas as pd
import pytest
import selection_model as model
from selection_cases import SPICES, Case, make_case, spice_of

from megate.config.config import Select
from megate.core.errors import MegateError
from megate.gating.decide import Decisions, decide
from megate.gating.opt_scores import refuse_other_opt_scores
from megate.release.files import write_release

pytest.importorskip("bluepymm", reason="BluePyMM is not installed (extra: test)")

SEEDS = range(14 * len(SPICES))
# BluePyMM draws its report too, which takes a second, or more where there are several e-models
WITH_PLOTS = [seed for seed in SEEDS[::-2] if len(model.emodels(make_case(seed))) == 1][:8]
# a share is in the quick tier, with each spice twice
QUICK = 2 * len(SPICES)
BY_TIER = [pytest.param(seed, marks=[] if seed < QUICK else [pytest.mark.slow]) for seed in SEEDS]
MOSTLY = 0.5

COMBOS = {
    "layer": "layer",
    "fullmtype": "fullmtype",
    "mtype": "mtype",
    "msubtype": "msubtype",
    "etype": "etype",
    "morph_name": "morph_name",
    "emodel": "emodel",
    "original_emodel": "original_emodel",
    "is_exemplar": "is_exemplar",
    "is_repaired": "is_repaired",
    "is_original": "is_original",
    "opt_scores": "opt_scores",
    "job": "job",
}


@dataclass
class Result:
    """What one of the two made of a case: the files, or what it stopped with."""

    files: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None

    def lines(self, name: str, header: bool) -> list[str]:
        """A file's lines, sorted, without its header."""
        return sorted(self.files[name].splitlines()[header:])


@dataclass
class Compared:
    """A case after both have had it."""

    case: Case
    theirs: Result
    ours: Result
    decisions: Decisions | None
    columns: list[str]
    listed: set[str]
    facts: set[str]
    same: bool


@lru_cache(maxsize=1)
def modules() -> SimpleNamespace:
    return bluepymm_select.load()


@cache
def compared(seed: int) -> Compared:
    """Run a case through both."""
    case = make_case(seed)
    with TemporaryDirectory() as name:
        folder = Path(name)
        error = bluepymm_select.select(modules(), case, folder, plots=seed in WITH_PLOTS)
        theirs = Result(read(folder / "release"), error)
        columns = bluepymm_select.features_in_order(folder) if model.has_columns(case) else []
        ours, decisions = megate(case, folder / "megate")
    listed = model.listed(case)
    same = are_same(case, theirs, ours)
    return Compared(case, theirs, ours, decisions, columns, listed, facts(case), same)


def read(folder: Path) -> dict[str, str]:
    """The text files of a release, by their path in it."""
    kinds = (".dat", ".tsv", ".csv")
    files = [path for path in folder.rglob("*") if path.suffix in kinds]
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in files}


def megate(case: Case, folder: Path) -> tuple[Result, Decisions | None]:
    combos, scores = tables(case)
    select = case.select
    try:
        refuse_other_opt_scores(combos, scores, Select(**select))
        decisions = decide(combos, scores, Select(**select))
    except MegateError as error:
        return Result(error=error), None
    hoc = [folder / "emodels_hoc" / "E.hoc"]
    write_release(folder, decisions, hoc, select["make_names_neuron_compliant"])
    return Result(read(folder)), decisions


def tables(case: Case) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A case as megate's two tables."""
    combos = pd.DataFrame(
        [{name: getattr(row, name) for name in COMBOS} for row in case.rows], columns=list(COMBOS)
    )
    combos["combo"] = range(len(combos))
    combos["morph_path"] = combos["morph_name"] + ".asc"
    rows = []
    for job, run in case.runs.items():
        of_job = {
            "job": job,
            "holding_current": run.holding_current,
            "threshold_current": run.threshold_current,
            "exception": "Traceback: no axon" if run.scores is None else None,
        }
        for feature, score in (run.scores or {None: None}).items():
            rows.append(of_job | {"feature": feature, "score": score})
    numbers = dict.fromkeys(["holding_current", "threshold_current", "score"], float)
    return combos, pd.DataFrame(rows).astype(numbers | {"exception": object, "feature": object})


# ---- the same?

FILES = {"extneurondb.dat": False, "mecombo_emodel.tsv": True, "log_neuron_compliance.csv": True}


def are_same(case: Case, theirs: Result, ours: Result) -> bool:
    """Whether both released the same, to the byte, or both refused to."""
    if theirs.error or ours.error:
        return refused_opt_scores(theirs) and refused_opt_scores(ours)
    return all(
        same_file(case, name, header, theirs, ours)
        for name, header in FILES.items()
        if name in theirs.files or name in ours.files
    )


def refused_opt_scores(result: Result) -> bool:
    return result.error is not None and bool(
        re.search("Difference detected|check_opt_scores", str(result.error))
    )


def same_file(case: Case, name: str, header: bool, theirs: Result, ours: Result) -> bool:
    """Same bytes. Rows may be in another order where nothing says which: rows of the same name
    (BluePyMM's sorting is not stable), and, with `select_perc_best`, all rows of the log."""
    if {name} - theirs.files.keys() or {name} - ours.files.keys():
        return False
    if theirs.files[name] == ours.files[name]:
        return True
    names = [row.split("\t")[5] for row in ours.lines("mecombo_emodel.tsv", header=True)]
    free = len(set(names)) < len(names) or ("log" in name and "select_perc_best" in case.select)
    return free and theirs.lines(name, header) == ours.lines(name, header)


def facts(case: Case) -> set[str]:
    """What a case has that does not make a difference, but must be met."""
    found = {f"spice: {spice_of(case.seed)}"}
    scores = [case.scores(row) for row in case.combos.values()]
    if any(math.isnan(score) for one in scores for score in one.values()):
        found.add("a score is NaN")
    if any(250.0 in one.values() for one in scores):
        found.add("a score of 250")
    if case.select["make_names_neuron_compliant"]:
        found.add("names are made compliant")
    if "select_perc_best" in case.select:
        found.add("select_perc_best")
    if uncomputable_features(case):
        found.add("the exemplar's feature could not be computed")
    return found


# ---- one case


@pytest.mark.parametrize("seed", BY_TIER)
def test_both_release_the_same_but_for_known_errors_of_bluepymm(seed: int):
    one = compared(seed)
    if not one.same:
        assert one.listed, f"a difference that nothing explains: {one.theirs.error!r}"
    expect_ours(one)
    expect_theirs(one)


def expect_ours(one: Compared) -> None:
    """megate's release is what the rules say."""
    try:
        expected = model.rules(one.case)
    except model.RefusedError as refused:
        assert refused.fragment in str(one.ours.error)
        return
    assert one.ours.error is None
    expect_files(one, one.ours, expected.released)
    decided = one.decisions.combos
    assert decided["reason"].to_dict() == expected.reasons
    assert sorted(decided.index[decided["passed"]]) == sorted(expected.released)


def expect_theirs(one: Compared) -> None:
    """BluePyMM's release, or its crash, is what its known errors make of the case."""
    try:
        expected = model.bluepymm(one.case, one.columns)
    except Exception as error:
        assert type(one.theirs.error).__name__ == type(error).__name__, one.theirs.error
        return
    assert one.theirs.error is None
    if not expected.ties:
        expect_files(one, one.theirs, expected.released)
        return
    # which of equal ones are taken is up to its sorting, how many is not
    tied = set().union(*expected.ties)
    lines = one.theirs.lines("mecombo_emodel.tsv", header=True)
    assert len(lines) == len(expected.released)
    certain = model.files(one.case, set(expected.released) - tied).mecombo_emodel
    possible = model.files(one.case, set(expected.released) | tied).mecombo_emodel
    assert set(certain) <= set(lines) <= set(possible)


def expect_files(one: Compared, result: Result, released: list[int]) -> None:
    expected = model.files(one.case, released)
    assert result.lines("extneurondb.dat", header=False) == expected.extneurondb
    assert result.lines("mecombo_emodel.tsv", header=True) == expected.mecombo_emodel
    if one.case.select["make_names_neuron_compliant"]:
        assert result.lines("log_neuron_compliance.csv", header=True) == expected.names
    else:
        assert "log_neuron_compliance.csv" not in result.files


# ---- open gates


def uncomputable_features(case: Case) -> set[tuple[str, str]]:
    """(e-model, feature) whose limit an exemplar's uncomputable feature has opened."""
    if case.select["skip_repaired_exemplar"] or "select_perc_best" in case.select:
        return set()
    gates = set()
    for emodel in model.emodels(case):
        exemplar = model.exemplar_of(case, emodel)
        if exemplar is None or not model.rows_of(case, emodel):
            continue
        for feature in model.gated(case, case.scores(exemplar)):
            values = [
                model.threshold(case, row, feature) or 0.0
                for row in model.rows_of(case, emodel).values()
            ]
            if case.scores(exemplar)[feature] == 250.0 and max(values) >= 1:
                gates.add((emodel, feature))
    return gates


@pytest.mark.parametrize("seed", BY_TIER)
def test_gates_that_an_uncomputable_exemplar_feature_opens_are_told(seed: int):
    one = compared(seed)
    if one.decisions is None:
        return
    for emodel, feature in uncomputable_features(one.case):
        told = [text for text in one.decisions.warnings if emodel in text and feature in text]
        assert told, f"{emodel}, {feature}: {one.decisions.warnings}"


# ---- medians


@pytest.mark.parametrize("seed", BY_TIER)
def test_medians_are_on_their_own_rows(seed: int):
    """BluePyMM's tables of medians have right numbers on wrong rows, unless there are no
    exemplar rows and the combinations are sorted by e-model."""
    one = compared(seed)
    if one.theirs.error or one.ours.error:
        return
    expected = medians(one.case)
    table = read_medians(one.ours, "all")
    assert table == pytest.approx(expected, nan_ok=True)
    in_turn = [n for e in model.emodels(one.case) for n in model.rows_of(one.case, e)]
    theirs = {
        number: expected[in_turn[number]] if number < len(in_turn) else math.nan
        for number in expected
    }
    assert read_medians(one.theirs, "all") == pytest.approx(theirs, nan_ok=True)
    if in_turn == list(range(len(one.case.rows))):
        compare_medians(one)


def compare_medians(one: Compared) -> None:
    """Where BluePyMM's are right, both have the same."""
    all_medians = read_medians(one.theirs, "all")
    assert read_medians(one.ours, "all") == pytest.approx(all_medians, rel=0, abs=0, nan_ok=True)
    passed = list(read_medians(one.ours, "passed"))
    if one.same and passed == list(range(len(passed))):
        name = "extra_data/metype_median_scores.csv"
        theirs = read_medians(one.theirs, "passed")
        assert read_medians(one.ours, "passed") == pytest.approx(theirs, rel=0, abs=0, nan_ok=True)
        assert one.ours.files[name] == one.theirs.files[name]


def medians(case: Case) -> dict[int, float]:
    features = {e: model.gated(case, model.known_features(case, e)) for e in model.emodels(case)}
    return {n: model.median(case, row, features[row.emodel]) for n, row in case.combos.items()}


def read_medians(result: Result, which: str) -> dict[int, float]:
    lines = result.files[f"extra_data/{which}_median_scores.csv"].splitlines()[1:]
    cells = [line.split(",") for line in lines]
    return {int(row[0]): float(row[-1] or "nan") for row in cells}


# ---- all cases


@pytest.mark.slow
def test_every_known_difference_is_met_and_most_cases_have_none(capsys: pytest.CaptureFixture):
    every = [compared(seed) for seed in SEEDS]
    met = Counter(name for one in every for name in one.listed | one.facts)
    different = Counter(name for one in every if not one.same for name in one.listed)
    same = sum(one.same for one in every)
    with capsys.disabled():
        print(f"\n{len(every)} cases, {same} with the same release; known differences (met in):")
        for name in model.LISTED:
            print(f"  {different[name]:4} ({met[name]:3}) {name}")
    assert same >= MOSTLY * len(every)
    for name in model.LISTED:
        assert different[name] >= 2, f"never made a difference: {name}"
    assert all(met[name] for name in ("a score is NaN", "a score of 250", "select_perc_best"))


def test_select_perc_best_stops_with_pandas_2(tmp_path: Path):
    """BluePyMM as it is calls a method of DataFrame that is gone."""
    seed = next(seed for seed in SEEDS if spice_of(seed) == "best" and compared(seed).same)
    stopped = bluepymm_select.select(modules(), make_case(seed), tmp_path, False, mended=False)
    assert isinstance(stopped, AttributeError) and "append" in str(stopped)
    assert compared(seed).ours.error is None
