"""Rule score_combo: simulate one combination, or take it from the finished simulations."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from megate.adaptation.emodel import EmodelAdaptation
from megate.config.config import Adapt, Scoring, Select
from megate.core.errors import MegateError
from megate.core.paths import Paths, package_beside
from megate.core.vocabulary import Status
from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.scores.currents import Rules, main_pair
from megate.scores.finished import Finished, link, simulation_key
from megate.scores.limits import all_fail
from megate.scores.protocols import add_protocols, read_protocols
from megate.scores.shards import read_shard, write_shard
from megate.simulation.run import score_job

logger = logging.getLogger(__name__)

NOT_OF_JOB = ("currents", "adapt", "stop_early")
"""Keys of the rule's param `job` that are not facts about the job."""


def score_combo(
    name: str,
    facts: Mapping[str, Any],
    morphology: Path,
    manifest: Path,
    scoring: Scoring,
    currents: Rules,
    paths: Paths,
    shard: Path,
    traces: Path | None,
    log: Path,
    convert: bool,
    adapt: dict[str, Any] | None = None,
    stop_limits: list[dict[str, float | None]] | None = None,
    stop_early: str | None = None,
) -> None:
    """Write the scores of one simulation (`shard`) and, unless `traces` is None, its traces.

    Args:
        name: of the job
        facts: what else it is, as `Job.plain` gives it
        scoring, currents: of the configuration (`select.currents`)
        log: file that takes what the simulation prints
        convert: simulate a clean copy of the morphology, if NEURON misreads the file
        adapt: how to scale AIS and soma (`settings_of`), or None
        stop_limits: the limits at which to stop (`limits_to_stop`); None without `stop_early`
        stop_early: digest of the settings of limits, to be recorded

    Raises:
        MegateError: the prepared e-model is incomplete, or its mechanisms do not compile here.
    """
    emodel, package = Manifest.read(manifest), package_beside(manifest.absolute())
    if not package.is_dir():
        raise MegateError(
            f"directory not found: {package}; delete {manifest}, so that the e-model is prepared "
            "and simulated again"
        )
    job = Job(name=name, package=emodel.emodel, morph_path=morphology.absolute(), **facts)
    limits = Limits(scoring.timeout_s, scoring.memory_mb)
    settings = scoring.currents_of(job.emodel)

    def finished_for(adapt: dict[str, Any] | None, stopped: bool = False) -> list[Finished]:
        # the results of e-models with currents of their own do not depend on the settings
        return [
            Finished(
                paths,
                name,
                simulation_key(
                    job, emodel, limits, scoring.rebuild_cell, depends_on, adapt, stopped
                ),
                shard,
                traces,
            )
            for depends_on in (settings, None)
        ]

    kinds = (False, True) if stop_limits else (False,)  # whole, and stopped early
    if adapt is not None:
        unadapted = [kept for kind in kinds for kept in finished_for(None, kind)]
        keep_unadapted(unadapted, paths.unadapted_shard(name))
    finished = {kind: finished_for(adapt, kind) for kind in kinds}
    # a result does not depend on limits that do not limit its scales
    any_limits = {
        kind: [] if adapt is None else finished_for(adapt | {"limits": None}, kind)
        for kind in kinds
    }
    for stopped in kinds:

        def usable(kept: Finished, stopped: bool = stopped) -> bool:
            return not stopped or all_fail(kept.scores(), stop_limits or [])

        if adapt is not None:
            exemplar = EmodelAdaptation.from_plain(adapt["exemplar"])
            for kept in filter(usable, any_limits[stopped]):
                if kept.take_with_limits(exemplar, adapt["limits"], stop_early=stop_early):
                    return
        for kept in filter(usable, finished[stopped]):
            if kept.take(stop_early=stop_early):
                return
            kept.remove()
    stop = None
    if stop_limits is not None:
        known = read_protocols(paths.protocols_of(job.package), emodel.emodel_sha256)
        stop = {"limits": stop_limits, "known": known}
    written = finished[False][0].traces
    result = score_job(
        job,
        emodel,
        package,
        log,
        limits,
        scoring.rebuild_cell,
        written,
        convert,
        settings,
        main_pair(job.emodel, currents),
        adapt,
        stop,
    )
    result = replace(result, stop_early=stop_early)
    stopped = result.stopped_at is not None
    if stopped:
        logger.info("stopped early at %s", result.stopped_at)
    of_settings, of_any = (any_limits if result.at_limit is False else finished)[stopped]
    kept = of_settings if result.currents_measured else of_any
    if written is not None and kept.traces is not None:
        if written.exists():
            written.replace(kept.traces)
        else:  # a failed simulation
            from megate.simulation.traces import write_traces

            write_traces(kept.traces, {}, {})
    write_shard(kept.shard, result)
    kept.put_in_place()
    if result.protocols:
        told_in = paths.protocols_of(job.package)
        add_protocols(told_in, emodel.emodel_sha256, result.protocols)
    measured = result.resting_potential is not None or result.measured_at_current is not None
    incomplete = result.status == Status.SCORED and not (measured or stopped)
    if result.status == Status.CRASHED or incomplete:
        # perhaps for lack of something outside of it, such as memory of its batch job, or time: a
        # retry simulates it again
        kept.remove()


def settings_of(exemplar: Path, adapt: Adapt) -> dict[str, Any]:
    """How AIS and soma are scaled: what is known of the exemplar (a file of `EmodelAdaptation`),
    and the configuration."""
    return {
        "exemplar": EmodelAdaptation.read(exemplar).plain(),
        "limits": list(adapt.limits),
        "rounds": adapt.rounds,
    }


def keep_unadapted(finished: Iterable[Finished], shard: Path) -> None:
    """Put the result without adaptation in place, if it is kept, to compare both."""
    shard.unlink(missing_ok=True)
    for kept in finished:
        if kept.first_row() is not None:
            link(kept.shard, shard)
            return


def limits_to_stop(
    manifest: Path,
    types: Sequence[Sequence[str]],
    exemplar_scores: Path | None,
    select: Mapping[str, Any],
) -> list[dict[str, float | None]]:
    """The limits of a simulation's combinations (`megate.gating.stopping.limits_of_types`); none if
    it must not be stopped.

    Args:
        types: m-type and e-type of each kind of combination
        exemplar_scores: the shard of the e-model's repaired exemplar, if it has one
        select: `Stops.SETTINGS` of the section of the configuration, as plain values
    """
    if not types:
        return []
    from megate.gating.stopping import limits_of_types  # pandas

    emodel, scores = Manifest.read(manifest), None
    if exemplar_scores:
        shard = read_shard(exemplar_scores)
        names, values = (shard[name].to_pylist() for name in ("feature", "score"))
        scores = dict(zip(names, values, strict=True))
    return limits_of_types(emodel.emodel, types, emodel.features, scores, Select(**select))
