"""Rule score_combo: simulate one combination, or take it from the finished simulations."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from megate.adaptation.emodel import EmodelAdaptation
from megate.config.config import Adapt, Scoring
from megate.core.errors import MegateError
from megate.core.paths import Paths, package_beside
from megate.core.vocabulary import Status
from megate.emodels.manifest import Manifest
from megate.processes.child import Limits
from megate.project.jobs import Job
from megate.scores.currents import Rules, main_pair
from megate.scores.finished import Finished, link, simulation_key
from megate.scores.shards import write_shard
from megate.simulation.run import score_job


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
) -> None:
    """Write the scores of one simulation (`shard`) and, unless `traces` is None, its traces.

    Args:
        name: of the job
        facts: what else it is, as `Job.plain` gives it
        scoring, currents: of the configuration (`select.currents`)
        log: file that takes what the simulation prints
        convert: simulate a clean copy of the morphology, if NEURON misreads the file
        adapt: how to scale AIS and soma (`settings_of`), or None

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

    def finished_for(adapt: dict[str, Any] | None) -> list[Finished]:
        # the results of e-models with currents of their own do not depend on the settings
        return [
            Finished(
                paths,
                name,
                simulation_key(job, emodel, limits, scoring.rebuild_cell, depends_on, adapt),
                shard,
                traces,
            )
            for depends_on in (settings, None)
        ]

    finished, any_limits = finished_for(adapt), []
    if adapt is not None:
        keep_unadapted(finished_for(None), paths.unadapted_shard(name))
        # a result does not depend on limits that do not limit its scales
        any_limits = finished_for(adapt | {"limits": None})
        exemplar = EmodelAdaptation.from_plain(adapt["exemplar"])
        if any(kept.take_with_limits(exemplar, adapt["limits"]) for kept in any_limits):
            return
    for kept in finished:
        if kept.take():
            return
        kept.remove()
    written = finished[0].traces
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
    )
    if result.at_limit is False:
        finished = any_limits
    of_settings, of_any = finished
    kept = of_settings if result.currents_measured else of_any
    if written is not None and kept.traces is not None:
        if written.exists():
            written.replace(kept.traces)
        else:  # a failed simulation
            from megate.simulation.traces import write_traces

            write_traces(kept.traces, {}, {})
    write_shard(kept.shard, result)
    kept.put_in_place()
    not_measured = result.resting_potential is None and result.measured_at_current is None
    if result.status == Status.CRASHED or (result.status == Status.SCORED and not_measured):
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
