"""Check the morphologies of all simulations before the first one starts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError
from megate.core.findings import Finding
from megate.emodels.manifest import Manifest
from megate.processes.child import ChildError, run_in_child

Files = Mapping[str, int | None]
"""Morphology file -> apical point, or None."""


def check_release(
    files_of: Mapping[str, Files],
    prepared: Mapping[str, Manifest],
    use_apical_points: bool,
    table: Path,
    log: Path,
    processes: int,
    convert: bool = False,
    accepted: Sequence[str] = (),
) -> list[Finding]:
    """Check the morphologies in a child process, several at a time, and write what was found.

    Args:
        files_of: e-model -> the files of its morphologies
        prepared: e-model -> manifest, for e-models that are prepared: what they need is known
        use_apical_points: whether e-models get the release's apical points
        table: morphologies.tsv; files that have not changed since it was written are not read
        convert: whether clean copies are simulated where NEURON misreads a file
        accepted: names of morphologies whose problems are accepted

    Raises:
        MegateError: the check itself failed.
        NotWrittenError: the table cannot be written.
    """
    files = dict.fromkeys(file for of_emodel in files_of.values() for file in of_emodel)
    arguments = {
        "files": list(files),
        "emodels": {
            name: {"needs": manifest.needs, "files": dict(files_of[name])}
            for name, manifest in prepared.items()
        },
        "use_apical_points": use_apical_points,
        "table": str(table),
        "processes": processes,
        "convert": convert,
        "accepted": list(accepted),
    }
    try:
        found, _ = run_in_child("check_morphologies", arguments, Path.cwd(), log)
    except ChildError as error:
        raise MegateError(f"the morphologies cannot be checked: {error.reason}") from error
    return [Finding(*each) for each in found]


def check_files(
    files: Sequence[str],
    emodels: Mapping[str, Mapping[str, Any]],
    use_apical_points: bool,
    table: str,
    processes: int,
    convert: bool,
    accepted: Sequence[str],
) -> list[tuple[str, list[str], bool]]:
    """Do the same, in the child process; return headline, problems and weight of each
    finding."""
    # imported here: in other processes these take time and are not needed
    from megate.morphologies.check import (
        check,
        problems_in,
        read_table,
        remarks_on,
        write_table,
    )
    from megate.morphologies.needs import Needs, emodel_finding

    known = read_table(Path(table))
    rows = check(files, known, processes)
    if rows != known:
        write_table(Path(table), rows)
    findings = [
        problems_in(rows, Path(table), convert, accepted),
        *remarks_on(rows, Path(table), convert, accepted),
        *(
            emodel_finding(
                name, Needs(**each["needs"]), each["files"], rows, use_apical_points, accepted
            )
            for name, each in emodels.items()
        ),
    ]
    return [(finding.headline, finding.problems, finding.serious) for finding in findings]
