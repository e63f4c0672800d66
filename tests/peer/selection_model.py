"""What must come out of a case: by the rules, and of BluePyMM, with its known errors.

Plain Python, row by row, that shares nothing with megate. `rules` is the decision as
docs/decisions.md states it. `bluepymm` is the same with the deviations that a test must be able to
predict; each has a name and a predicate of its own, on the inputs alone, in `listed`.
"""

import hashlib
import json
import math
import re
import sqlite3
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from selection_cases import UNCOMPUTABLE, Case, Row

NONE = math.nan
TYPES = ("emodel", "fullmtype", "etype")

Match = Callable[[list[str], str], bool]


class RefusedError(Exception):
    """The selection stops, with a message of which `fragment` is a part."""

    def __init__(self, fragment: str) -> None:
        super().__init__(fragment)
        self.fragment = fragment


@dataclass
class Outcome:
    """What a selection gives.

    Attributes:
        released: numbers of the released rows
        reasons: of every combination, as in the column `reason`
        ties: groups of rows of equal medians of which only some are released
    """

    released: list[int] = field(default_factory=list)
    reasons: dict[int, str] = field(default_factory=dict)
    ties: list[set[int]] = field(default_factory=list)


# ---- what is asked of a case


def emodels(case: Case) -> list[str]:
    return sorted({row.emodel for row in case.rows if not row.is_original})


def rows_of(case: Case, emodel: str) -> dict[int, Row]:
    return {number: row for number, row in case.combos.items() if row.emodel == emodel}


def has_scores(case: Case, row: Row) -> bool:
    return any(not math.isnan(score) for score in case.scores(row).values())


def has_columns(case: Case) -> bool:
    """Whether any row names a feature."""
    return any(case.scores(row) for row in case.rows)


def known_features(case: Case, emodel: str) -> set[str]:
    """Features that any row of an e-model names, also without a score."""
    own = [row for row in case.rows if row.emodel == emodel and not row.is_original]
    return {feature for row in own for feature in case.scores(row)}


def scored_features(case: Case, emodel: str) -> set[str]:
    """Features that any combination of an e-model has a score of."""
    own = rows_of(case, emodel).values()
    return {f for row in own for f, score in case.scores(row).items() if not math.isnan(score)}


def gated(case: Case, features: Iterable[str]) -> list[str]:
    skips = case.select["to_skip_features"]
    return [name for name in features if not any(re.match(skip, name) for skip in skips)]


def exemplar_of(case: Case, emodel: str) -> Row | None:
    """The repaired exemplar that scales an e-model's limits."""
    for row in case.rows:
        if row.emodel == emodel and row.is_exemplar and row.is_repaired and not row.is_original:
            return row
    return None


def score_of(case: Case, row: Row, feature: str) -> float:
    return case.scores(row).get(feature, NONE)


def raised(case: Case, row: Row) -> bool:
    return case.runs[row.job].scores is None


def is_matched(patterns: list[str], name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in patterns)


def threshold(case: Case, row: Row, feature: str, match: Match = is_matched) -> float | None:
    """The last matching rule's."""
    found = None
    for rule in case.select["megate_thresholds"]:
        of_type = all(match(rule[key], getattr(row, key)) for key in TYPES if key in rule)
        if of_type and match(rule["features"], feature):
            found = rule["megate_threshold"]
    return found


def limit(case: Case, emodel: str, feature: str, value: float) -> float:
    """A threshold, scaled by the exemplar's score."""
    exemplar = exemplar_of(case, emodel)
    if case.select["skip_repaired_exemplar"] or exemplar is None:
        return value
    score = score_of(case, exemplar, feature)
    return value if math.isnan(score) else max(value, value * score)


def median(case: Case, row: Row, features: Iterable[str]) -> float:
    scores = [score_of(case, row, feature) for feature in features]
    scores = [score for score in scores if not math.isnan(score)]
    return statistics.median(scores) if scores else NONE


def opt_scores_differ(case: Case, emodel: str) -> bool:
    """Whether an e-model's unrepaired exemplar does not score as its optimisation did."""
    return any(
        row.emodel == emodel
        and row.is_exemplar
        and not row.is_repaired
        and not raised(case, row)
        and json.loads(row.opt_scores) != case.scores(row)
        for row in case.rows
    )


# ---- by the rules


def rules(case: Case) -> Outcome:
    """The right outcome.

    Raises:
        RefusedError: with part of the message that a user should get.
    """
    outcome = Outcome()
    fraction = case.select.get("select_perc_best")
    if case.select["check_opt_scores"] and any(
        opt_scores_differ(case, emodel) for emodel in emodels(case)
    ):
        raise RefusedError("check_opt_scores")
    for emodel in emodels(case):
        rows, complete = rows_of(case, emodel), {}
        features = gated(case, known_features(case, emodel))
        scaled = fraction is None and not case.select["skip_repaired_exemplar"]
        if rows and scaled and not exemplar_of(case, emodel):
            raise RefusedError("exemplar")
        for number, row in rows.items():
            complete[number] = _is_complete(case, row, features)
            outcome.reasons[number] = _reason(case, row, features, complete[number], fraction)
        if fraction is not None:
            eligible = {n: median(case, row, features) for n, row in rows.items() if complete[n]}
            best = _best(rows, eligible, fraction, outcome, lambda row: (row.etype, row.fullmtype))
            outcome.reasons.update(dict.fromkeys(best, "passed"))
    outcome.released = [number for number, why in outcome.reasons.items() if why == "passed"]
    return outcome


def _is_complete(case: Case, row: Row, features: list[str]) -> bool:
    return has_scores(case, row) and not any(
        math.isnan(score_of(case, row, name)) for name in features
    )


def _reason(
    case: Case, row: Row, features: list[str], complete: bool, fraction: float | None
) -> str:
    if fraction is not None:
        if raised(case, row):
            return "simulation_error"
        return "not_among_best" if complete else "missing_score"
    over = False
    for name in features:
        value = threshold(case, row, name)
        if value is None:
            raise RefusedError(name)
        over |= score_of(case, row, name) > limit(case, row.emodel, name, value)
    if raised(case, row):
        return "simulation_error"
    if over:
        return "over_limit"
    return "passed" if complete else "missing_score"


def _best(
    rows: dict[int, Row],
    medians: dict[int, float],
    fraction: float,
    outcome: Outcome,
    group_of: Callable[[Row], object],
) -> list[int]:
    """The best of each group by median; groups whose cut goes through a tie are noted."""
    groups = defaultdict(list)
    for number, value in medians.items():
        if value < UNCOMPUTABLE:
            groups[group_of(rows[number])].append(number)
    best = []
    for members in groups.values():
        members.sort(key=lambda number: medians[number])  # stable: the first of equal ones
        count = math.ceil(fraction * len(members))
        best += members[:count]
        last = medians[members[count - 1]]
        tied = {number for number in members if medians[number] == last}
        if tied & set(members[count:]):
            outcome.ties.append(tied)
    return best


# ---- by BluePyMM


def bluepymm(case: Case, columns: list[str]) -> Outcome:
    """What BluePyMM 0.9.11 makes of a case.

    Args:
        columns: features, in the order of its table

    Raises:
        Exception: of the type that it stops with.
    """
    outcome = Outcome()
    fraction = case.select.get("select_perc_best")
    if not columns:
        raise sqlite3.OperationalError("a table without columns")
    for rule in case.select["megate_thresholds"]:
        for key in {*TYPES, "features"} & rule.keys():
            joined_pattern(rule[key])
    for emodel in emodels(case):
        if case.select["check_opt_scores"] and opt_scores_differ(case, emodel):
            raise Exception("Difference detected")
        if not case.select["skip_repaired_exemplar"] and not _exemplar_is_found(case, emodel):
            raise TypeError("cannot unpack")
        rows = rows_of(case, emodel)
        scored = scored_features(case, emodel)
        features = gated(case, [name for name in columns if name in scored])
        if rows and any(re.match(skip, THRESHOLD_COLUMN) for skip in _skips(case)):
            raise KeyError(THRESHOLD_COLUMN)
        passed = [n for n, row in rows.items() if _bluepymm_passes(case, row, features)]
        if fraction is not None:
            medians = {number: median(case, row, features) for number, row in rows.items()}
            passed = _best(
                rows, medians, fraction, outcome, lambda row: f"{row.etype}{row.fullmtype}"
            )
        outcome.released += passed
    if not outcome.released:
        raise KeyError("combo_name")
    return outcome


THRESHOLD_COLUMN = "megate_feature_threshold"


def _skips(case: Case) -> list[str]:
    return case.select["to_skip_features"]


def _exemplar_is_found(case: Case, emodel: str) -> bool:
    """BluePyMM looks for the morphology of the first row that has the e-model's name."""
    exemplar = exemplar_of(case, emodel)
    first = next(row for row in case.rows if row.emodel == emodel)
    return exemplar is not None and exemplar.morph_name == first.morph_name


def joined_pattern(patterns: list[str]) -> re.Pattern:
    """A list of regexes as one pattern, that is matched at the start. Each ends with the name, but
    for all alternatives of a regex save the last; one that says so itself counts as the one
    before."""
    ended: list[str] = []
    for pattern in patterns:
        if not pattern.endswith("$"):
            ended.append(f"{pattern}$")
        elif ended:
            ended.append(ended[-1])
        else:
            raise UnboundLocalError("nothing before it")
    return re.compile("|".join(f"({pattern})" for pattern in ended))


def _joined_match(patterns: list[str], name: str) -> bool:
    return joined_pattern(patterns).match(name) is not None


def _bluepymm_passes(case: Case, row: Row, features: list[str]) -> bool:
    exemplar, passes, value = exemplar_of(case, row.emodel), True, None
    of_type = [
        rule
        for rule in case.select["megate_thresholds"]
        if all(_joined_match(rule[key], getattr(row, key)) for key in TYPES if key in rule)
    ]
    if features and not of_type:
        raise TypeError("no rule for the row")
    for name in features:
        found = threshold(case, row, name, _joined_match)
        value = value if found is None else found  # else the feature before it lends its own
        if value is None:
            raise UnboundLocalError("no rule for the first feature")
        scaled = value
        if not case.select["skip_repaired_exemplar"]:
            score = score_of(case, exemplar, name)
            if math.isnan(score):
                raise KeyError(name)
            scaled = max(value, value * score)
        passes &= score_of(case, row, name) <= scaled
    return passes


# ---- known differences


def listed(case: Case) -> set[str]:
    """The known differences that the inputs of a case can bring about."""
    return {name for name, applies in LISTED.items() if applies(case)}


def _of_emodels(predicate: Callable[[Case, str, dict[int, Row]], bool]) -> Callable[[Case], bool]:
    """Whether something holds for an e-model that has combinations."""

    def applies(case: Case) -> bool:
        groups = ((emodel, rows_of(case, emodel)) for emodel in emodels(case))
        return any(predicate(case, emodel, rows) for emodel, rows in groups if rows)

    return applies


def _by_thresholds(case: Case) -> bool:
    return case.select.get("select_perc_best") is None


def _emodel_raised(case: Case, emodel: str, rows: dict[int, Row]) -> bool:
    """Or has no scores for another reason, which is the same to BluePyMM."""
    return _by_thresholds(case) and not scored_features(case, emodel)


def _feature_missing(case: Case, emodel: str, rows: dict[int, Row]) -> bool:
    lacking = known_features(case, emodel) - scored_features(case, emodel)
    return _by_thresholds(case) and bool(gated(case, lacking))


def _nothing_gated(case: Case, emodel: str, rows: dict[int, Row]) -> bool:
    nothing = not gated(case, known_features(case, emodel))
    scoreless = any(not has_scores(case, row) for row in rows.values())
    return _by_thresholds(case) and nothing and scoreless


def _exemplar_lacks(case: Case, emodel: str, rows: dict[int, Row]) -> bool:
    exemplar = exemplar_of(case, emodel)
    if case.select["skip_repaired_exemplar"] or exemplar is None:
        return False
    features = gated(case, scored_features(case, emodel))
    return any(math.isnan(score_of(case, exemplar, name)) for name in features)


def _no_threshold(case: Case, emodel: str, rows: dict[int, Row]) -> bool:
    """BluePyMM applies thresholds, and stops for want of one, also where they do not decide."""
    features = gated(case, known_features(case, emodel))
    return any(threshold(case, row, name) is None for row in rows.values() for name in features)


def _lists(case: Case) -> list[list[str]]:
    keys = (*TYPES, "features")
    return [rule[key] for rule in case.select["megate_thresholds"] for key in keys if key in rule]


def _alternation(case: Case) -> bool:
    """A regex of several alternatives, at its top level."""
    without_groups = [re.sub(r"\([^()]*\)", "", one) for many in _lists(case) for one in many]
    return any("|" in pattern for pattern in without_groups)


def _joined(case: Case) -> bool:
    """A regex with a flag or a group number, which does not stand being put into another."""
    return any(re.search(r"\(\?i\)|\\\d", one) for many in _lists(case) for one in many)


def _no_repaired_exemplar(case: Case) -> bool:
    needed = not case.select["skip_repaired_exemplar"]
    return needed and any(exemplar_of(case, emodel) is None for emodel in emodels(case))


def _borrowed_name(case: Case) -> bool:
    needed = not case.select["skip_repaired_exemplar"]
    return needed and any(
        exemplar_of(case, emodel) is not None and not _exemplar_is_found(case, emodel)
        for emodel in emodels(case)
    )


def _best_with_gaps(case: Case, emodel: str, rows: dict[int, Row]) -> bool:
    features = gated(case, known_features(case, emodel))
    return not _by_thresholds(case) and any(
        not math.isnan(median(case, row, features)) and not _is_complete(case, row, features)
        for row in rows.values()
    )


def _types_run_together(case: Case, emodel: str, rows: dict[int, Row]) -> bool:
    types = {(row.etype, row.fullmtype) for row in rows.values()}
    return not _by_thresholds(case) and len({"".join(pair) for pair in types}) < len(types)


def _ties(case: Case) -> bool:
    """Equal medians at the cut: BluePyMM's sorting is not stable."""
    try:
        return not _by_thresholds(case) and bool(rules(case).ties)
    except RefusedError:
        return False


def _nothing_passes(case: Case) -> bool:
    try:
        return not rules(case).released
    except RefusedError:
        return False


LISTED: dict[str, Callable[[Case], bool]] = {
    # the table of design
    "every combination of an e-model raised": _of_emodels(_emodel_raised),
    "a feature is missing for all combinations of an e-model": _of_emodels(_feature_missing),
    "a regex that ends in $": lambda case: any(
        one.endswith("$") for many in _lists(case) for one in many
    ),
    "the exemplar lacks a feature's score": _of_emodels(_exemplar_lacks),
    "no threshold matches a feature": _of_emodels(_no_threshold),
    "all combinations and exemplars raised": lambda case: not has_columns(case),
    "an e-model without repaired exemplar": _no_repaired_exemplar,
    # found beside it
    "a regex with alternatives": _alternation,
    "a regex with a flag or a group number": _joined,
    "a skip pattern that matches megate_feature_threshold": lambda case: any(
        re.match(skip, THRESHOLD_COLUMN) for skip in _skips(case)
    ),
    "nothing is gated, and a combination has no scores": _of_emodels(_nothing_gated),
    "nothing passes": _nothing_passes,
    "best of combinations that lack a score": _of_emodels(_best_with_gaps),
    "best of me-types whose names run together": _of_emodels(_types_run_together),
    "best of equal medians": _ties,
    "an e-model named as another's original": _borrowed_name,
}


# ---- files


def neuron_name(name: str) -> str:
    """A combination's name as NEURON takes it."""
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,49}", name):
        return name
    name = re.sub(r"^[0-9]+", "", name).replace("-", "_")
    digest = hashlib.sha1(name.encode()).hexdigest()
    return name if len(name) <= 50 else f"{name[:40]}_{digest[:9]}"


@dataclass(frozen=True)
class Files:
    """Lines of the release's files, each as a set of rows may stand in it: sorted."""

    extneurondb: list[str]
    mecombo_emodel: list[str]
    names: list[str]


def files(case: Case, released: Iterable[int]) -> Files:
    """The files of a release."""
    database, table, names = [], [], []
    for number in released:
        row = case.rows[number]
        run = case.runs[row.job]
        original = f"{row.emodel}_{row.fullmtype}_{row.layer}_{row.morph_name}"
        name = neuron_name(original) if case.select["make_names_neuron_compliant"] else original
        currents = [
            "" if value is None else repr(value)
            for value in (run.threshold_current, run.holding_current)
        ]
        types = [row.morph_name, row.layer, row.fullmtype, row.etype]
        database.append(" ".join([*types, name]))
        table.append("\t".join([*types, row.emodel, name, *currents]))
        names.append(f"{original},{name}")
    return Files(sorted(database), sorted(table), sorted(names))
