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

    if adapt is not None:
        keep_unadapted(finished_for(None), paths.unadapted_shard(name))
    of_settings, of_any = finished_for(adapt)
    for kept in (of_settings, of_any):
        if kept.take():
            return
        kept.remove()
    result = score_job(
        job,
        emodel,
        package,
        log,
        limits,
        scoring.rebuild_cell,
        of_settings.traces,
        convert,
        settings,
        main_pair(job.emodel, currents),
        adapt,
    )
    finished = of_settings if result.currents_measured else of_any
    if of_settings.traces is not None and finished.traces is not None:
        if of_settings.traces.exists():
            of_settings.traces.replace(finished.traces)
        else:  # a failed simulation
            from megate.simulation.traces import write_traces

            write_traces(finished.traces, {}, {})
    write_shard(finished.shard, result)
    finished.put_in_place()
    not_measured = result.resting_potential is None and result.measured_at_current is None
    if result.status == Status.CRASHED or (result.status == Status.SCORED and not_measured):
        # perhaps for lack of something outside of it, such as memory of its batch job, or time: a
        # retry simulates it again
        finished.remove()


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
        if kept.shard.exists():
            link(kept.shard, shard)
            return
