"""Rule aggregate: decide which combinations pass, and write the release and its report."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd

from megate.adaptation.emodel import EmodelAdaptation
from megate.config.config import Select
from megate.core.errors import MegateError
from megate.core.paths import (
    ADAPTATION,
    COMBOS_HOC,
    COMPLIANCE_LOG,
    COVERAGE,
    EMODELS_REVISIONS,
    GATING_PDF,
    MORPHOLOGIES,
    SUMMARY,
    VALIDATION,
    Paths,
)
from megate.core.vocabulary import Reason
from megate.files.atomic import new_or_none, write_text
from megate.files.readers import local
from megate.files.writing import writing
from megate.gating.decide import Decisions, decide
from megate.gating.decisions import write_decisions
from megate.gating.opt_scores import refuse_other_opt_scores
from megate.morphologies.check import Checked, problems_in, read_table
from megate.processes.child import ChildError, run_in_child
from megate.release.adaptation import (
    Adaptation,
    compare,
    write_adaptation,
)
from megate.release.adaptation import headline as adaptation_headline
from megate.release.coverage import coverage, headline, uncovered, write_coverage
from megate.release.files import shared_names, summary, write_release
from megate.release.provenance import facts
from megate.report.pdf.report import write_report
from megate.scores.currents import missing_main_pairs, not_measured
from megate.scores.matrix import read_scores


def aggregate(
    config: Mapping[str, Any],
    combos: Path,
    scores: Path,
    hoc: Sequence[Path],
    revisions: Path | None,
    morphologies: Path,
    left_out: str,
    types: Path | None,
    exemplars: Sequence[Path],
    unadapted: Path,
    table: Path,
    release: Path,
    log: Path,
) -> None:
    """Write the table of decisions (`table`), and the release's files, the report and the summary
    (in the folder `release`).

    Args:
        config: the complete configuration, as plain values
        hoc: the e-models' hoc, all in one folder
        revisions: the commits of the e-models, if they come from a git repository
        morphologies: morphologies.tsv
        left_out: morphologies without combinations, in words
        types: types.parquet; None if the combinations are imported
        exemplars: what adaptation needs to know about them; none if `adapt` is off
        unadapted: with them, scores_unadapted.parquet
        log: file that takes what NEURON prints

    Raises:
        MegateError: a threshold or an exemplar's score is not as it should be.
        NotWrittenError: a file cannot be written.
    """
    select, combinations = Select(**config["select"]), pd.read_parquet(combos)
    decisions = _decide(combinations, scores, select)
    identity = facts(config, combos, scores)
    if left_out:
        identity.append(("left out", left_out))
    # not outputs of the rule in every case, so Snakemake would leave those of an earlier release
    sometimes = [
        release / name
        for name in (
            ADAPTATION,
            COMPLIANCE_LOG,
            COMBOS_HOC,
            EMODELS_REVISIONS,
            MORPHOLOGIES,
            VALIDATION,
        )
    ]
    results = Paths(release.parent)
    sometimes += [results.validation_page, results.covered]
    sometimes += [results.adaptation_page, results.unadapted_decisions]
    with (
        writing(release),
        new_or_none(*sometimes),
        ThreadPoolExecutor() as pool,  # Arrow writes while Python draws
    ):
        written = pool.submit(write_decisions, table, decisions)
        released = write_release(
            release,
            decisions,
            hoc,
            select.make_names_neuron_compliant,
            select.currents,
            adapted=bool(config["adapt"]),
        )
        decisions.warnings.extend(missing_main_pairs(decisions.combos, select.currents))
        decisions.warnings.extend(shared_names(released))
        if config["prepare"]:  # imported scores cannot be measured
            decisions.warnings.extend(not_measured(decisions.combos))
        inputs = config["prepare"] or {}
        convert = inputs.get("check_morphologies") == "convert"
        accepted = inputs.get("accepted_morphologies", ())
        used = _rows_of(combinations, morphologies)
        broken = problems_in(used, morphologies, convert, accepted)
        decisions.warnings.extend([broken.headline] if broken.problems else [])
        _write_copies(released, combinations, used, release / MORPHOLOGIES, log)
        covered = coverage(decisions.combos, pd.read_parquet(types) if types else None)
        write_coverage(release / COVERAGE, covered)
        adaptation = None
        if exemplars:
            limits = config["adapt"]["limits"]
            adaptation = _adaptation(
                combinations, decisions, select, exemplars, limits, unadapted, results
            )
            write_adaptation(release / ADAPTATION, adaptation.table)
        write_report(release / GATING_PDF, decisions, select, identity, covered, adaptation)
        holes = headline(covered) if len(uncovered(covered)) else ""
        adapted = adaptation_headline(adaptation.table) if adaptation else ""
        text = summary(decisions, release, left_out, holes, adapted)
        write_text(release / SUMMARY, text + "\n")
        if revisions is not None:
            write_text(release / EMODELS_REVISIONS, revisions.read_text())
        written.result()


def _decide(combos: pd.DataFrame, scores_path: Path, select: Select) -> Decisions:
    """The decisions. (The scores of 100,000 combinations take 200 MB, and are not needed again.)"""
    scores = read_scores(scores_path)
    refuse_other_opt_scores(combos, scores, select)
    return decide(combos, scores, select)


def _adaptation(
    combos: pd.DataFrame,
    decisions: Decisions,
    select: Select,
    exemplars: Sequence[Path],
    limits: Sequence[float],
    scores_path: Path,
    paths: Paths,
) -> Adaptation:
    """Decide without adaptation, and compare. Writes decisions_unadapted.parquet."""
    scores = read_scores(scores_path)
    is_exemplar, job = combos["is_exemplar"], combos["job"]
    both_ways = job.isin(scores["job"].unique()) & ~job.isin(job[is_exemplar])
    without = Decisions(decisions.combos.iloc[:0], [], decisions.by_limits, [])
    if both_ways.any():
        decided = decide(combos[is_exemplar | both_ways], scores, select)
        # stopped at limits that they may pass now: not known whether they would be released
        rows = decided.combos
        unknown = rows["stopped_at"].notna() & (rows["reason"] != Reason.OVER_LIMIT)
        both_ways &= ~combos["combo"].isin(rows.loc[unknown, "combo"])
        if not unknown.any():
            without = decided
        elif both_ways.any():
            without = decide(combos[is_exemplar | both_ways], scores, select)
    write_decisions(paths.unadapted_decisions, without)
    of_emodels = [EmodelAdaptation.read(path) for path in exemplars]
    return Adaptation(
        compare(decisions.combos, without.combos, of_emodels),
        without.combos,
        {gates.emodel: gates for gates in without.gates},
        {exemplar.emodel: exemplar for exemplar in of_emodels},
        limits,
    )


def _rows_of(combos: pd.DataFrame, table: Path) -> list[Checked]:
    """The rows of morphologies.tsv for the morphologies of these combinations."""
    used = {local(Path(file)) for file in combos["morph_path"].unique()}
    return [row for row in read_table(table) if row.file in used]


def _write_copies(
    released: pd.DataFrame,
    combos: pd.DataFrame,
    checked: Sequence[Checked],
    folder: Path,
    log: Path,
) -> None:
    """Write the clean copies of released morphologies that were simulated in place of the files, so
    that simulators build the cells that were scored."""
    own = combos[~combos["is_exemplar"] & combos["morph_name"].isin(released["morph_name"])]
    paths = {local(Path(file)) for file in own["morph_path"].unique()}
    files = [row.file for row in checked if row.is_converted and row.file in paths]
    if not files:
        return
    folder.mkdir()
    arguments = {"files": files, "folder": str(folder.absolute())}
    try:
        run_in_child("write_copies", arguments, Path.cwd(), log)
    except ChildError as error:
        raise MegateError(f"the morphologies cannot be converted: {error.reason}") from error
