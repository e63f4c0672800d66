"""Functions that `megate.processes.child.run_in_child` calls by name in child processes.

Each imports its module when it is called: the calling process does not load NEURON, HDF5 and
MorphIO.
"""

from contextlib import suppress
from typing import Any

from megate.processes.child import main


def import_libraries() -> None:
    """Import what jobs with simulations need, except NEURON: it loads an e-model's mechanisms when
    it is imported."""
    import megate.builtin.evaluator
    import megate.morphologies.simulated
    import megate.simulation.adapt
    import megate.simulation.cell_check
    import megate.simulation.currents
    import megate.simulation.features
    import megate.simulation.sweeps
    import megate.steps.score_combo  # noqa: F401
    from megate.simulation.efel_core import speed_up_efel

    speed_up_efel()
    with suppress(ImportError):
        import IPython  # noqa: F401 (NEURON imports it where it is installed)


def describe_emodel(**arguments: Any) -> dict[str, Any]:
    """Describe an e-model's features and needs; see `megate.simulation.evaluator.describe`."""
    from megate.simulation.evaluator import describe

    return describe(**arguments)


def score(**arguments: Any) -> dict[str, Any]:
    """Score an e-model on a morphology; see `megate.simulation.evaluator.score`."""
    from megate.simulation.evaluator import score

    return score(**arguments)


def measure_hoc_exemplar(**arguments: Any) -> dict[str, Any]:
    """Simulate the exemplar of a hoc; see `megate.simulation.evaluator.measure_hoc_exemplar`."""
    from megate.simulation.evaluator import measure_hoc_exemplar

    return measure_hoc_exemplar(**arguments)


def describe_exemplar(**arguments: Any) -> dict[str, Any]:
    """Measure an e-model's exemplar; see `megate.simulation.evaluator.describe_exemplar`."""
    from megate.simulation.evaluator import describe_exemplar

    return describe_exemplar(**arguments)


def write_hoc_files(**arguments: Any) -> None:
    """Write an e-model as hoc; see `megate.simulation.evaluator.write_hoc_files`."""
    from megate.simulation.evaluator import write_hoc_files

    write_hoc_files(**arguments)


def read_circuit(**arguments: Any) -> dict[str, Any]:
    """Read the cells of a circuit; see `megate.inputs.circuit.read_plain`."""
    from megate.inputs.circuit import read_plain

    return read_plain(**arguments)


def write_nodes(**arguments: Any) -> dict[str, Any]:
    """Write a circuit's nodes with combinations; see `megate.release.nodes.write_plain`."""
    from megate.release.nodes import write_plain

    return write_plain(**arguments)


def check_morphologies(**arguments: Any) -> list[tuple[str, list[str], bool]]:
    """Read and check morphologies; see `megate.project.preflight.check_files`."""
    from megate.project.preflight import check_files

    return check_files(**arguments)


def write_copies(**arguments: Any) -> None:
    """Write clean copies of morphologies; see `megate.morphologies.simulated.write_copies`."""
    from megate.morphologies.simulated import write_copies

    write_copies(**arguments)


def validate_cells(**arguments: Any) -> list[dict[str, Any]]:
    """Simulate released cells in other programs; see `megate.validation.run.validate_cells`."""
    from megate.validation.run import validate_cells

    return validate_cells(**arguments)


if __name__ == "__main__":
    main()
