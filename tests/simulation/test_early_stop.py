"""Real simulations of an e-model without code that are stopped at a limit: the scores so far are
those of the whole simulation, to the bit, and no further sweep is run."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from builtin_child import APICAL_POINT
from config_emodel import MORPHOLOGIES, NAME, Files, values
from small_emodel import GENEROUS, scores

from megate.core.vocabulary import Evaluator
from megate.emodels.manifest import Manifest
from megate.project.jobs import Job
from megate.scores.currents import DEFAULT
from megate.scores.protocols import Protocols
from megate.scores.shards import JobResult
from megate.simulation.run import score_job

pytestmark = pytest.mark.slow

CURRENTS = {"holding_voltage_mV": -80, "threshold_precision_nA": 0.05, "max_current_nA": 1}


def run(
    package: Path,
    limits: list[dict[str, float]],
    known: Protocols,
    traces: Path,
    changed: Mapping[str, float] = {},
) -> JobResult:
    job = Job("pyr/cell", NAME, NAME, NAME, "cell", MORPHOLOGIES / "tpc140301-A2.asc", APICAL_POINT)
    manifest = Manifest(
        NAME, NAME, values() | changed, [], [], [], "0" * 64, evaluator=Evaluator.BUILTIN
    )
    stop = {"limits": limits, "known": known}
    log = package.parent / "log"
    options = (traces, False, CURRENTS, DEFAULT, None, stop)
    return score_job(job, manifest, package, log, GENEROUS, False, *options)


def responses(path: Path) -> list[str]:
    return list(dict.fromkeys(pq.read_table(path)["response"].to_pylist()))


@pytest.fixture(scope="module")
def whole(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, JobResult, Path]:
    package = shutil.copytree(compiled, tmp_path_factory.mktemp("whole") / "package")
    Files().write(package)
    traces = package.parent / "traces"
    return package, run(package, [], {}, traces), traces


def test_a_simulation_without_limits_is_whole(whole: tuple[Path, JobResult, Path]):
    _, result, _ = whole
    assert result.stopped_at is None
    assert len(scores(result)) == 13
    assert result.holding_voltage is not None
    assert list(result.protocols) == ["Step_0.02", "Step_150", "bAP"]
    assert all(told["cpu_s"] > 0 and not told["failed"] for told in result.protocols.values())


BEFORE = ["RMP", "Rin", "RinHoldCurrent", "Threshold", "Step_0.02"]


@pytest.mark.parametrize(
    ("feature", "protocols", "searched"),
    [
        ("RMP.soma.v.voltage_base", ["RMP"], ()),
        ("RinHoldCurrent.soma.v.bpo_holding_current", BEFORE[:3], ("holding",)),
        ("Threshold.soma.v.bpo_threshold_current", BEFORE[:4], ("holding", "threshold")),
        ("Step_0.02.soma.v.voltage_base", BEFORE, ("holding", "threshold")),
        ("bAP.soma.v.Spikecount", [*BEFORE, "bAP"], ("holding", "threshold")),
    ],
)
def test_stops_at_the_limit(
    feature: str,
    protocols: list[str],
    searched: tuple[str, ...],
    whole: tuple[Path, JobResult, Path],
    tmp_path: Path,
):
    """bAP, which would be the last one, has failed most often so far."""
    package, expected, traces = whole
    known = {"bAP": {"runs": 9, "failed": 9, "cpu_s": 0.1}}
    largest = scores(expected)[f"mm.{feature}"]
    result = run(package, [{f"mm.{feature}": 0.99 * largest - 0.01}], known, tmp_path / "traces")
    assert result.status == "scored", result.exception
    assert result.stopped_at == f"mm.{feature}"
    of_all = scores(expected)
    of_protocols = tuple(f"mm.{protocol}." for protocol in protocols)
    computed = [name for name in of_all if name.startswith(of_protocols)]
    assert scores(result) == {name: of_all[name] for name in computed}
    assert list(scores(result)) == computed
    assert result.sweeps < expected.sweeps
    assert (result.holding_current is not None) == ("holding" in searched)
    assert (result.threshold_current is not None) == ("threshold" in searched)
    assert result.resting_potential is None and result.no_threshold is None
    recorded = [name for name in responses(traces) if name.startswith(of_protocols)]
    assert responses(tmp_path / "traces") == recorded


def test_a_cell_without_threshold_current_is_not_measured(compiled: Path, tmp_path: Path):
    """No sweep follows the searches, and the missing features are over their limits."""
    package = shutil.copytree(compiled, tmp_path / "package")
    Files().write(package)
    silent = {name: 0.0 for name in values() if name.startswith("gbar_NaP08.")}
    limits = {"mm.bAP.soma.v.Spikecount": 3.0}
    measured, stopped = (
        run(package, given, {}, tmp_path / "traces", silent) for given in ([], [limits])
    )
    assert measured.threshold_current is None and measured.no_threshold is not None
    assert (measured.stopped_at, stopped.stopped_at) == (None, "mm.bAP.soma.v.Spikecount")
    assert scores(stopped) == scores(measured)
    assert stopped.sweeps == measured.sweeps
    assert stopped.no_threshold is None and stopped.currents_cpu_s is None


def test_a_simulation_that_passes_its_limits_is_whole(
    whole: tuple[Path, JobResult, Path], tmp_path: Path
):
    package, expected, _ = whole
    of_all = scores(expected)
    result = run(package, [of_all, dict.fromkeys(of_all, 0.0)], {}, tmp_path / "traces")
    assert result.stopped_at is None
    assert scores(result) == of_all
    assert result.measured_at_current == expected.measured_at_current
