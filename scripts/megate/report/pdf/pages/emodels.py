"""The pages of each e-model: outcomes per gated feature, failing features, outcomes per m-type."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from reportlab.platypus import Flowable, Paragraph

from megate.config.config import Select
from megate.core.vocabulary import Reason
from megate.core.wording import counted
from megate.gating.decide import Decisions, EmodelGates
from megate.gating.outcome import stopped_early
from megate.report.pdf.document import TEXT_SIZE, Page, paragraph, section_of
from megate.report.pdf.pages.overview import limit_note
from megate.report.pdf.tables import bar_table, outcome_table
from megate.report.style import COLOURS
from megate.report.summaries import count_outcomes, feature_table, ranked

_ALONE, _TOGETHER = "only this feature fails", "other features fail, too"
_COLOURS = {_ALONE: COLOURS[Reason.OVER_LIMIT], _TOGETHER: "#F2BF99"}


def emodels(decisions: Decisions, select: Select) -> Iterator[Page]:
    """The pages of all e-models."""
    for gates in decisions.gates:
        combos = decisions.combos[decisions.combos["emodel"] == gates.emodel]
        features = feature_table(gates, combos)
        title = f"{gates.emodel}: combinations per gated feature"
        note = f"{_feature_note(gates, features, decisions, select)} {stopped_early(combos)}"
        chart = _gated(features, combos, decisions.by_limits)
        yield Page(title, [chart], note.strip(), section_of(gates.emodel))
        if features["fails"].any():
            yield _failing(gates.emodel, features)
        mtypes = outcome_table(count_outcomes(combos, ["fullmtype"]))
        yield Page(f"{gates.emodel}: combinations per m-type", [mtypes])


def _gated(features: pd.DataFrame, combos: pd.DataFrame, by_limits: bool) -> Flowable:
    everything = count_outcomes(combos.assign(bar="passed all" if by_limits else "all"), ["bar"])
    of_features = features.reindex(columns=list(everything.columns), fill_value=0)
    columns: dict[str, Sequence[str | Paragraph]] = {}
    if by_limits and len(features):
        red = COLOURS[Reason.OVER_LIMIT]
        limits: list[str | Paragraph] = [""]
        for row in features.itertuples():
            limit = limits_text(row.lowest, row.highest)
            bold = paragraph(limit, TEXT_SIZE, True, red, "right")
            limits.append(bold if row.uncomputable else limit)
        columns["limit (SD)"] = limits
    return outcome_table(pd.concat([everything, of_features]), columns=columns, n_bold=1)


def _feature_note(
    gates: EmodelGates, features: pd.DataFrame, decisions: Decisions, select: Select
) -> str:
    if gates.scores.shape[1] == 0:
        return "No combination has scores, so no feature is gated."
    if features.empty:
        return "All features of this e-model are skipped."
    note = "Gated features, in the e-model's order, and their limits."
    if not decisions.by_limits:
        note = limit_note(select)
    if features["uncomputable"].any():
        note += " Bold red: the exemplar's feature could not be computed (score 250)."
    return note


def _failing(emodel: str, features: pd.DataFrame) -> Page:
    table = ranked(features[features["fails"] > 0])
    fails, alone = table["fails"], table["alone"]
    computed = table[Reason.PASSED] + fails
    ran = int((computed + table["not_computed"]).iloc[0])
    columns = {
        "fail": [f"{n:,}" for n in fails],
        "of those simulated": [f"{share:.1f} %" for share in 100 * fails / computed],
        "only by it": [f"{n:,}" for n in alone],
    }
    counts = pd.DataFrame({_ALONE: alone, _TOGETHER: fails - alone})
    note = (
        "Gated features by which combinations fail (over the limit, or missing score), the most "
        f"frequent first, of {counted(ran, 'simulated combination')}."
    )
    if table["not_computed"].any():
        note += " Percentages are of those that were not stopped before the feature was computed."
    return Page(f"{emodel}: failing features", [bar_table(counts, columns, colours=_COLOURS)], note)


def limits_text(lowest: float, highest: float) -> str:
    """A feature's limit (standard deviations), or the range of its combinations' limits."""
    low, high = _limit(lowest), _limit(highest)
    return low if low == high else f"{low} to {high}"


def _limit(value: float) -> str:
    if np.isnan(value):
        return "none passes"
    if value == np.inf:
        return "∞"
    return f"{value:.2g}" if 0 < value < 0.1 else f"{value:,.2f}"
