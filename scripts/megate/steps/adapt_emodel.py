"""Rule adapt_emodel: measure an e-model's exemplar, to which its other cells are adapted."""

from pathlib import Path

from megate.adaptation.emodel import EmodelAdaptation
from megate.adaptation.geometry import OtherAxonError
from megate.config.config import Adapt
from megate.core.errors import MegateError
from megate.core.paths import package_beside
from megate.core.vocabulary import Status
from megate.emodels.manifest import Manifest
from megate.emodels.mechanisms import compile_for_this_machine
from megate.processes.child import ChildError, run_in_child
from megate.scores.shards import read_shard


def adapt_emodel(
    manifest: Path,
    shard: Path,
    morphology: Path,
    apical_point: int | None,
    adapt: Adapt,
    convert: bool,
    log: Path,
) -> EmodelAdaptation:
    """Measure an e-model's exemplar.

    Args:
        shard: the exemplar's scores
        morphology: the exemplar's file
        adapt: what is scaled
        convert: measure a clean copy of the morphology, if NEURON misreads the file
        log: file that takes what NEURON prints

    Raises:
        MegateError: the exemplar has no holding voltage, its axon is not one whose AIS can be
            scaled, or a fit fails.
    """
    emodel, package = Manifest.read(manifest), package_beside(manifest.absolute())
    where = f"e-model {emodel.emodel}: adapt"
    exemplar = read_shard(shard).slice(0, 1).to_pylist()[0]
    if exemplar["status"] != Status.SCORED:
        raise MegateError(
            f"{where}: its exemplar {exemplar['morph_name']} has no scores ({exemplar['status']}), "
            "so its cells cannot be adapted to it"
        )
    voltage = exemplar["holding_voltage"]
    if voltage is None:
        reason = exemplar["no_threshold"] or (
            "it spikes with its holding current, or an earlier version of megate simulated it "
            "(then simulate again: --forcerun score_combo)"
        )
        raise MegateError(
            f"{where}: its exemplar {exemplar['morph_name']} has no holding voltage: {reason}"
        )
    compile_for_this_machine(emodel.mod_files, package)
    try:
        found, _ = run_in_child(
            "describe_exemplar",
            {
                "emodel": emodel.emodel,
                "params": emodel.params,
                "morph_path": str(morphology.absolute()),
                "apical_point": apical_point,
                "kind": emodel.evaluator,
                "convert": convert,
                "ais": adapt.ais,
                "soma": adapt.soma,
                "voltage": voltage,
            },
            cwd=package,
            log=log,
        )
    except ChildError as error:
        reason = error.reason.removeprefix(f"{OtherAxonError.__module__}.OtherAxonError: ")
        raise MegateError(f"{where}: {morphology}: {reason}") from error
    try:
        return EmodelAdaptation.measured(emodel.emodel, exemplar["morph_name"], voltage, found)
    except MegateError as error:
        raise MegateError(f"{where}: {error}") from error
