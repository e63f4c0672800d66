"""Random small selections: combinations, scores and settings, the same every time for a seed.

Half of the seeds draw everything at random; each of the others is given one more thing (`SPICES`)
that is rare, or that BluePyMM is known to trip over.
"""

import itertools
import json
import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

Scores = dict[str, float]

MTYPES = [("L5_TPC", "A"), ("L5_TPC", "B"), ("L5_TPC", ""), ("L23_PC", ""), ("L1_DAC", "x")]
LAYERS = ["1", "23", "5", "str1"]
ETYPES = ["cADpyr", "cAC", "bAC", "cACint"]
EMODELS = ["cADpyr_L5TPC", "bAC_L23BTC", "cNAC_L6", "dSTUT", "E"]
FEATURES = [
    "Step_150.soma.v.AP_amplitude",
    "Step_1500.soma.v.AP_amplitude",
    "Step_150.soma.v.AP2_amp",
    "RMP.soma.v.voltage_base",
    "bAP.dend1.v.maximum_voltage",
    "Threshold.soma.v.bpo_threshold_current",
    "f",
    "f2",
]
MORPHOLOGIES = [
    "C060114A5",
    "m-1",
    "m2",
    "7cell",
    "12-rat_idA",
    "rp110616_C1_idB",
    "rp110616_C1_idB_-_Scale_x1.000_y0.975_z1.000_-_Clone_1",
    "rp110616_C1_idB_-_Scale_x1.000_y0.975_z1.000_-_Clone_2",
    "tkb060509a2_ch3_mc_n_el_100x_1",
]
THRESHOLDS = [0.0, 0.3, 1.0, 2.0, 2.5, 5.0]
EXEMPLAR_SCORES = [0.0, 0.4, 0.9, 1.0, 1.3, 2.0, 3.7]
UNCOMPUTABLE = 250.0
REGEXES = {
    "emodel": [".*", "cADpyr_.*", "dSTUT", "E", "[bc].*", ".*L[56].*"],
    "fullmtype": [".*", "L5_TPC:A", "L5_TPC", "L5_.*", ".*:[AB]"],
    "etype": [".*", "cAC", "c.*", "bAC", "cADpyr"],
    "features": [".*", "Step_150.*", "(Step|RMP).*", ".*AP.*", "f", "f.", "bAP", ".*_amp", "Step"],
}
SKIPS = ["bAP", ".*AP2", "Step_150", "f$", ".*_current", "(f|RMP)"]
SPICES = [
    "emodel raised",
    "feature missing",
    "dollar",
    "dollar first",
    "alternation",
    "joined regexes",
    "best",
    "best with gaps",
    "best with ties",
    "best of types that run together",
    "exemplar lacks",
    "exemplar raised",
    "exemplar 250",
    "no threshold",
    "everything raised",
    "no repaired exemplar",
    "skip pattern of a column",
    "all skipped",
    "nothing passes",
    "borrowed name",
    "no exemplars",
    "other optimum",
    "unused e-model",
]


@dataclass(frozen=True)
class Row:
    """A row of the table of combinations. `job` is the simulation that scores it."""

    emodel: str
    original_emodel: str
    morph_name: str
    etype: str
    job: str
    layer: str | None = None
    mtype: str | None = None
    msubtype: str | None = None
    is_exemplar: bool = False
    is_repaired: bool = True
    is_original: bool = False
    opt_scores: str | None = None

    @property
    def fullmtype(self) -> str | None:
        return f"{self.mtype}:{self.msubtype}" if self.msubtype else self.mtype


@dataclass(frozen=True)
class Run:
    """What a simulation gave: scores (NaN where a feature has none; None if it raised), and
    currents (nA; None where the e-model does not search them)."""

    scores: Scores | None
    holding_current: float | None = None
    threshold_current: float | None = None


@dataclass(frozen=True)
class Case:
    """One selection: the rows, in order, the runs by job, and the keys of select.json."""

    seed: int
    rows: tuple[Row, ...]
    runs: dict[str, Run]
    select: dict[str, Any]

    @property
    def combos(self) -> dict[int, Row]:
        """The combinations, without exemplar rows, by row number."""
        return {number: row for number, row in enumerate(self.rows) if not row.is_exemplar}

    def scores(self, row: Row) -> Scores:
        return self.runs[row.job].scores or {}


def spice_of(seed: int) -> str | None:
    return SPICES[seed // 2 % len(SPICES)] if seed % 2 else None


@dataclass
class _Draft:
    """A case in the making."""

    random: random.Random
    spice: str | None
    select: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=dict)


def make_case(seed: int) -> Case:
    """The case of a seed."""
    draw = random.Random(seed)
    spice = spice_of(seed)
    draft = _Draft(draw, spice, _select(draw, spice))
    several = spice in ("borrowed name", "unused e-model")
    names = draw.sample(EMODELS, 2 if several else draw.randint(1, 3))
    exemplars, combos = [], []
    for number, emodel in enumerate(names):
        first, others = _emodel(draft, emodel, names, number)
        exemplars += first
        combos += others
    # the order of a morphology release, as far as one e-model after the other goes
    combos.sort(key=lambda row: (row.emodel if spice == "no exemplars" else "", row.morph_name))
    if spice == "no exemplars":
        exemplars = []
    rows = [*exemplars, *combos]
    runs = {row.job: draft.runs[row.job] for row in rows}
    if spice == "everything raised":
        runs = dict.fromkeys(runs, Run(None))
    return Case(seed, tuple(rows), runs, draft.select)


# ---- settings


def _select(draw: random.Random, spice: str | None) -> dict[str, Any]:
    rules = [{"features": [".*"], "megate_threshold": draw.choice(THRESHOLDS[2:])}]
    rules += [_rule(draw) for _ in range(draw.randint(0, 4))]
    if spice == "no threshold":
        rules = rules[1:] or [_rule(draw)]
    select: dict[str, Any] = {
        "megate_thresholds": rules,
        "to_skip_features": draw.sample(SKIPS, draw.choice([0, 0, 1, 2])),
        "skip_repaired_exemplar": draw.random() < 0.25,
        "check_opt_scores": spice == "other optimum" or draw.random() < 0.5,
        "make_names_neuron_compliant": draw.random() < 0.4,
    }
    if draw.random() < 0.1 or (spice or "").startswith("best"):
        select["select_perc_best"] = draw.choice([0.1, 1 / 3, 0.5, 0.5, 2 / 3, 1.0])
    _spoil_rules(draw, spice, rules)
    if spice == "nothing passes":
        select.pop("select_perc_best", None)
        select["megate_thresholds"] = [{"features": [".*"], "megate_threshold": 0.0}]
    if spice in ("exemplar lacks", "exemplar raised", "exemplar 250", "no repaired exemplar"):
        select["skip_repaired_exemplar"] = False
    if spice in ("no exemplars", "borrowed name"):
        select["skip_repaired_exemplar"] = spice == "no exemplars"
    if spice == "skip pattern of a column":
        select["to_skip_features"] = [draw.choice([".*threshold.*", "m", "megate"])]
    if spice == "all skipped":
        select["to_skip_features"] = [feature.replace(".", r"\.") for feature in FEATURES]
    return select


def _rule(draw: random.Random) -> dict[str, Any]:
    rule: dict[str, Any] = {
        key: draw.sample(REGEXES[key], draw.randint(1, 2))
        for key in ("emodel", "fullmtype", "etype")
        if draw.random() < 0.3
    }
    rule["features"] = draw.sample(REGEXES["features"], draw.randint(1, 3))
    return rule | {"megate_threshold": draw.choices(THRESHOLDS, [1, 2, 4, 4, 4, 4])[0]}


def _spoil_rules(draw: random.Random, spice: str | None, rules: list[dict[str, Any]]) -> None:
    strict = {"megate_threshold": draw.choice(THRESHOLDS[:3])}
    pair = draw.sample(FEATURES[:4], 2)
    extra = {
        "dollar": {"features": [pair[0], f"{pair[1]}$"]},
        "dollar first": {"features": [".*$"]},
        "alternation": {"features": ["nothing", draw.choice(["Step|RMP.*", "f|bAP.*", "S|b|R|T"])]},
        "joined regexes": {"features": [draw.choice([r"(.).*\1", "(?i)STEP.*"])]},
    }
    if spice in extra:
        rules.append(extra[spice] | strict)


# ---- one e-model


def _emodel(
    draft: _Draft, emodel: str, names: list[str], number: int
) -> tuple[list[Row], list[Row]]:
    """Exemplar rows and combinations of an e-model; their runs go into the draft."""
    draw, spice = draft.random, draft.spice
    chosen = number == 0  # the one that a spice is put on
    original = draw.choice([emodel, f"{emodel}_legacy", f"{emodel}_legacy"])
    if spice == "borrowed name" and chosen:
        original = names[1]
    features = draw.sample(FEATURES, draw.randint(1, len(FEATURES)))
    searches = draw.random() < 0.8
    ran = (features, searches)
    # two e-models need different exemplars for a borrowed name to matter
    exemplar = MORPHOLOGIES[number] if spice == "borrowed name" else draw.choice(MORPHOLOGIES)
    combos = _combos(draft, emodel, original, chosen)
    repaired = _exemplar_run(draft, *ran)
    exemplars = _exemplars(draft, emodel, original, exemplar, repaired, ran)
    limits = {f: t * max(1.0, _of(repaired, f)) for f in features for t in [_any_threshold(draft)]}
    for row in combos:
        if row.job not in draft.runs:
            draft.runs[row.job] = _combo_run(draft, limits, searches)
    if chosen:
        _spoil_runs(draft, combos, f"{emodel}/{exemplar}", features)
        if spice == "no repaired exemplar":
            exemplars = [row for row in exemplars if not row.is_repaired]
    return exemplars, combos


def _of(run: Run, feature: str) -> float:
    score = (run.scores or {}).get(feature, 0.0)
    return 0.0 if math.isnan(score) else score


def _any_threshold(draft: _Draft) -> float:
    return draft.random.choice(draft.select["megate_thresholds"])["megate_threshold"]


def _combos(draft: _Draft, emodel: str, original: str, chosen: bool) -> list[Row]:
    draw, spice = draft.random, draft.spice
    etypes = draw.sample(ETYPES, draw.choice([1, 1, 1, 2]))
    mtypes = draw.sample(MTYPES, draw.randint(1, 3))
    if spice == "best of types that run together":
        etypes, mtypes = ["cAC", "cACint"], [("intL5", ""), ("L5", "")]
    places = list(
        itertools.product(MORPHOLOGIES, draw.sample(LAYERS, draw.choice([1, 1, 2])), mtypes, etypes)
    )
    number = 9 if (spice or "").startswith("best") else draw.randint(2, 9)
    if spice == "unused e-model" and chosen:
        number = 0
    return [
        Row(
            emodel,
            original,
            morph_name,
            etype,
            job=f"{emodel}/{morph_name}",
            layer=layer,
            mtype=mtype,
            msubtype=msubtype,
        )
        for morph_name, layer, (mtype, msubtype), etype in draw.sample(
            places, min(number, len(places))
        )
    ]


def _exemplars(
    draft: _Draft,
    emodel: str,
    original: str,
    morph_name: str,
    repaired: Run,
    ran: tuple[list[str], bool],
) -> list[Row]:
    """The four exemplar rows, or the two unrepaired ones where the settings need no others."""
    draw = draft.random
    unrepaired = _exemplar_run(draft, *ran)
    optimum = dict(unrepaired.scores or {"f": 1.0})
    if draft.spice == "other optimum":
        changed = draw.choice(list(optimum))
        change = draw.choice([None, math.nextafter(optimum[changed], 300.0), 17.0])
        optimum = {**optimum, "new": 1.0} if change is None else {**optimum, changed: change}
    rows = []
    for is_repaired, run in ((True, repaired), (False, unrepaired)):
        if is_repaired and draft.select["skip_repaired_exemplar"] and draw.random() < 0.5:
            continue
        for name, is_original in ((emodel, False), (original, True)):
            job = f"{emodel}/{morph_name}" + ("" if is_repaired else "@unrepaired")
            if name != emodel:
                job += "@original"
            draft.runs[job] = run
            rows.append(
                Row(
                    name,
                    original,
                    morph_name,
                    "c.*",
                    job,
                    mtype="L5_TPC",
                    msubtype="A",
                    is_exemplar=True,
                    is_repaired=is_repaired,
                    is_original=is_original,
                    opt_scores=None if is_repaired else json.dumps(optimum),
                )
            )
    return rows


# ---- runs


def _currents(draft: _Draft, searches: bool) -> dict[str, float | None]:
    draw = draft.random
    if not searches:
        return {}
    return {
        "holding_current": draw.choice([-0.1, -draw.random(), 0.0, -1e-05]),
        "threshold_current": draw.choice([0.1 + 0.2, draw.random(), None]),
    }


def _exemplar_run(draft: _Draft, features: list[str], searches: bool) -> Run:
    draw = draft.random
    if draw.random() < 0.02:
        return Run(None)
    scores = {
        feature: UNCOMPUTABLE if draw.random() < 0.02 else draw.choice(EXEMPLAR_SCORES)
        for feature in features
    }
    return Run(scores, **_currents(draft, searches))


def _combo_run(draft: _Draft, limits: Scores, searches: bool) -> Run:
    draw = draft.random
    if draw.random() < 0.08:
        return Run(None)
    if draw.random() < 0.01:
        return Run({})
    scores = {feature: _score(draw, limit) for feature, limit in limits.items()}
    if draft.spice == "nothing passes":
        scores = dict.fromkeys(scores, 17.0)
    if draw.random() < 0.04:
        del scores[draw.choice(list(scores))]
    return Run(scores, **_currents(draft, searches))


def _score(draw: random.Random, limit: float) -> float:
    kind = draw.choices(
        ["small", "half", "at limit", "above limit", "large", "uncomputable", "none"],
        [52, 20, 16, 1, 2, 1.5, 0.7],
    )[0]
    return {
        "small": draw.uniform(0, 0.3),
        "half": draw.choice([0.0, 0.25, 0.5]),
        "at limit": limit,
        "above limit": math.nextafter(limit, math.inf),
        "large": draw.uniform(1, 30),
        "uncomputable": UNCOMPUTABLE,
        "none": math.nan,
    }[kind]


def _spoil_runs(draft: _Draft, combos: list[Row], exemplar: str, features: list[str]) -> None:
    """Put the spice on the runs of one e-model."""
    draw, runs = draft.random, draft.runs
    jobs = {row.job for row in combos}
    feature = draw.choice(features)
    match draft.spice:
        case "emodel raised":
            runs.update(dict.fromkeys(jobs - {exemplar}, Run(None)))
        case "feature missing":
            for job in sorted(jobs - {exemplar}):
                _set(runs, job, feature, draw.choice([math.nan, None]))
        case "exemplar lacks" if exemplar in runs:
            _set(runs, exemplar, feature, draw.choice([math.nan, None]))
        case "exemplar raised" if exemplar in runs:
            runs[exemplar] = Run(None)
        case "exemplar 250" if exemplar in runs:
            _set(runs, exemplar, feature, UNCOMPUTABLE)
        case "best with gaps":
            for job in sorted(jobs)[::2]:
                _set(runs, job, feature, None)
        case "best with ties":
            for job in sorted(jobs):
                runs[job] = replace(runs[job], scores=dict.fromkeys(features, 0.5))
        case "all skipped" if jobs:
            runs[sorted(jobs)[0]] = Run(None)


def _set(runs: dict[str, Run], job: str, feature: str, score: float | None) -> None:
    """Give a feature of a job another score, or None: none at all."""
    scores = {**(runs[job].scores or {}), feature: score}
    kept = {name: value for name, value in scores.items() if value is not None}
    runs[job] = replace(runs[job], scores=kept)
