"""Write a release: the files that circuit builders read, and why combinations are not in it.

Formats and names are BluePyMM's, so that its users' tools read them unchanged.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from megate.adaptation.geometry import SCALERS
from megate.core.names import neuron_compliant
from megate.core.paths import (
    ADAPTATION,
    COMPLIANCE_LOG,
    COVERAGE,
    EMODELS_HOC,
    EXTNEURONDB,
    EXTRA_DATA,
    FAILURES,
    GATING_PDF,
    MECOMBO_EMODEL,
    MECOMBO_RELEASE,
    THRESHOLD_SWEEP,
    Paths,
)
from megate.core.tracebacks import root_cause
from megate.core.vocabulary import Reason
from megate.core.wording import counted
from megate.gating.decide import Decisions
from megate.gating.decisions import FAILURES_SCHEMA
from megate.gating.outcome import stopped_early
from megate.gating.threshold_scan import threshold_sweep
from megate.scores.currents import Rules, further_values

logger = logging.getLogger(__name__)

_MAX_BORDERLINE = 10
_STOPPED = "stopped early; what remained was not computed"

TYPED = ["morph_name", "layer", "fullmtype", "etype"]
"""The columns that both tables of a release begin with."""

# The file has the e-models' own currents only, as BluePyMM's.
_OWN = {f"own_{name}": name for name in ("threshold_current", "holding_current")}


def released(decisions: Decisions, make_names_neuron_compliant: bool = False) -> pd.DataFrame:
    """The combinations that passed, sorted by `combo_name`. With `make_names_neuron_compliant`
    these are names that NEURON accepts, and `original_combo_name` has the others."""
    table = decisions.combos[decisions.combos["passed"]]
    names = table["combo_name"]
    table = table.assign(original_combo_name=names)
    table["combo_name"] = names.map(neuron_compliant) if make_names_neuron_compliant else names
    return table.sort_values("combo_name", kind="stable").reset_index(drop=True)


def shared_names(table: pd.DataFrame) -> list[str]:
    """A warning for each name in `released` that several cells have: circuits, which look cells up
    by name, would find only one of them."""
    several = table[table["combo_name"].duplicated(keep=False)]
    cells = several[["combo_name", "emodel", "morph_name"]].drop_duplicates()
    shared = cells[cells["combo_name"].duplicated(keep=False)]
    texts = shared["emodel"] + " on " + shared["morph_name"]
    return [
        f"{len(of_name)} cells share the name {name}: {', '.join(of_name)}"
        for name, of_name in texts.groupby(shared["combo_name"])
    ]


def failures(decisions: Decisions) -> pd.DataFrame:
    """The combinations that did not pass, with the reason: for a failed simulation the first
    exception of its traceback, or why there is no threshold current (`message`), else the gated
    feature with the smallest margin (of those that were computed, if it was stopped early)."""
    table = decisions.combos[~decisions.combos["passed"]]
    messages = table["exception"].map(root_cause, na_action="ignore")
    messages = messages.where(table["reason"] != Reason.NO_THRESHOLD, table["no_threshold"])
    messages = messages.where(table["stopped_at"].isna(), _STOPPED)
    messages = messages.replace("\t", " ", regex=True)
    table = table.assign(message=messages).sort_values(["combo_name", "combo"])
    return table[FAILURES_SCHEMA.names].reset_index(drop=True)


def write_release(
    directory: Path,
    decisions: Decisions,
    hoc_files: Sequence[Path],
    make_names_neuron_compliant: bool,
    currents: Rules = (),
    adapted: bool = False,
) -> pd.DataFrame:
    """Write extneurondb.dat, mecombo_emodel.tsv, mecombo_release.json, failures.tsv and
    extra_data/ into `directory`, and remove files of an earlier release that this one lacks.
    mecombo_emodel.tsv has further columns if released combinations have values beyond the main pair
    of currents (`currents`: `select.currents`), and the scales of AIS and soma if cells are
    `adapted`.

    Returns:
        The released combinations, as `released` gives them.
    """
    table = released(decisions, make_names_neuron_compliant)
    directory.mkdir(parents=True, exist_ok=True)
    write_extneurondb(directory / EXTNEURONDB, table)
    further = further_values(table, currents)
    own = table[[*TYPED, "emodel", "combo_name", *_OWN]].rename(columns=_OWN)
    scales = table[list(SCALERS)].fillna(1.0) if adapted else own[[]]
    mecombos = own.join([further, scales])
    # BluePyMM leaves missing values empty; with further columns, programs that split rows at white
    # space would then take values of one column for those of another
    missing = "nan" if len(mecombos.columns) > len(own.columns) else ""
    mecombos.to_csv(directory / MECOMBO_EMODEL, sep="\t", index=False, na_rep=missing)
    failures(decisions).to_csv(directory / FAILURES, sep="\t", index=False)
    (directory / COMPLIANCE_LOG).unlink(missing_ok=True)
    if make_names_neuron_compliant:
        log = table.sort_values(["emodel", "combo"])[["original_combo_name", "combo_name"]]
        log.columns = ["original_combo_name", "neuron_compliant_combo_name"]
        log.to_csv(directory / COMPLIANCE_LOG, index=False)
    hoc_directory = directory / EMODELS_HOC
    for left_over in set(hoc_directory.glob("*.hoc")) - set(hoc_files):
        left_over.unlink()
    if not hoc_files:
        logger.warning("the release has no hoc files: emodels_hoc_dir is not given")
    listed = [*([EMODELS_HOC] if hoc_files else []), EXTNEURONDB, MECOMBO_EMODEL]
    content = {
        "version": "1.0",
        "output_paths": {name: str((directory / name).absolute()) for name in listed},
    }
    (directory / MECOMBO_RELEASE).write_text(json.dumps(content, indent=2, sort_keys=True))
    _write_medians(directory / EXTRA_DATA, decisions.combos)
    threshold_sweep(decisions).to_csv(directory / EXTRA_DATA / THRESHOLD_SWEEP, index=False)
    return table


def write_extneurondb(path: Path, table: pd.DataFrame) -> None:
    """Write extneurondb.dat, as brainbuilder reads it."""
    table.to_csv(path, sep=" ", columns=[*TYPED, "combo_name"], index=False, header=False)


def _write_medians(directory: Path, combos: pd.DataFrame) -> None:
    """Median scores (standard deviations) of all combinations, of the released ones, and of the
    released ones by m-type (rows) and e-type (columns)."""
    directory.mkdir(parents=True, exist_ok=True)
    columns = ["fullmtype", "etype", "emodel", "median_score"]
    passed = combos[combos["passed"]]
    combos.to_csv(directory / "all_median_scores.csv", columns=columns, index_label="combo")
    passed.to_csv(directory / "passed_median_scores.csv", columns=columns, index_label="combo")
    metypes = passed.pivot_table(
        index="mtype", columns="etype", values="median_score", aggfunc="median"
    )
    metypes.to_csv(directory / "metype_median_scores.csv")


def summary(
    decisions: Decisions,
    directory: Path,
    left_out: str = "",
    uncovered: str = "",
    adaptation: str = "",
) -> str:
    """The outcome of a run in a few lines.

    Args:
        left_out: morphologies without combinations
        uncovered: types without released combinations
        adaptation: what the adaptation of cells changes
    """
    counts: Mapping[str, int] = decisions.combos["reason"].value_counts()
    always = (Reason.PASSED, Reason.OVER_LIMIT) if decisions.by_limits else (Reason.PASSED,)
    parts = [
        f"{counts.get(reason, 0)} {reason.label}"
        for reason in Reason
        if reason in always or counts.get(reason, 0)
    ]
    lines = [
        f"{counted(len(decisions.combos), 'combination')}: {', '.join(parts)}",
        f"release: {directory}",
        f"explore: {Paths(directory.parent).explore_page}",
        f"report:  {directory / GATING_PDF}",
    ]
    if not decisions.combos["passed"].all():
        lines.append(f"why not: {directory / FAILURES}")
    if stopped := stopped_early(decisions.combos):
        lines.append(stopped)
    if adaptation:
        lines.append(f"adaptation: {adaptation}, see {directory / ADAPTATION}")
    if left_out:
        lines.append(f"left out: {left_out}")
    if uncovered:
        lines.append(f"without a released combination: {uncovered}, see {directory / COVERAGE}")
    lines += _borderline_lines(decisions.combos)
    return "\n".join(lines + [f"warning: {warning}" for warning in decisions.warnings])


def borderline(combos: pd.DataFrame) -> pd.DataFrame:
    """The borderline combinations of the table of `Decisions`, the nearest to its limit first."""
    rows = combos[combos["borderline"]]
    return rows.iloc[rows["margin"].abs().argsort(kind="stable")]


def _borderline_lines(combos: pd.DataFrame) -> list[str]:
    rows = borderline(combos)
    if rows.empty:
        return []
    lines = [f"borderline: {len(rows)}, within borderline_margin of the limit"]
    lines += [
        f"  {row.combo_name} {row.reason} by {100 * row.margin:+.1f} %: {row.limiting_feature} "
        f"scores {row.limiting_feature_score:.4g}, limit {row.limiting_feature_limit:.4g}"
        for row in rows.head(_MAX_BORDERLINE).itertuples()
    ]
    if len(rows) > _MAX_BORDERLINE:
        lines.append(f"  ... and {len(rows) - _MAX_BORDERLINE} more: decisions.parquet")
    return lines
