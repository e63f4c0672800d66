"""Before simulations start: look through the morphologies of all of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError
from megate.core.findings import Finding
from megate.emodels.manifest import Manifest
from megate.processes.child import ChildError, run_in_child

Files = Mapping[str, int | None]
"""Morphologies' files, with their apical points."""


def check_release(
    files_of: Mapping[str, Files],
    prepared: Mapping[str, Manifest],
    use_apical_points: bool,
    table: Path,
    log: Path,
    processes: int,
) -> list[Finding]:
    """Look through the morphologies, in a process of its own, and write what they hold.

    Args:
        files_of: the files of each e-model's morphologies
        prepared: those of the e-models that are prepared: what they need is known
        table: morphologies.tsv, of which rows are taken whose files have not changed
        log: file that takes what is printed
        processes: to read so many at a time

    Raises:
        MegateError: they cannot be looked through.
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
    }
    try:
        found, _ = run_in_child("check_morphologies", arguments, Path.cwd(), log)
    except ChildError as error:
        raise MegateError(f"the morphologies cannot be looked through: {error.reason}") from error
    return [Finding(*each) for each in found]


def check_files(
    files: Sequence[str],
    emodels: Mapping[str, Mapping[str, Any]],
    use_apical_points: bool,
    table: str,
    processes: int,
) -> list[tuple[str, list[str]]]:
    """Runs in the child.

    Returns:
        The arguments of each finding.
    """
    # where Snakemake starts a simulation it need not import these
    from megate.morphologies.check import check, problems_in, read_table, write_table
    from megate.morphologies.needs import Needs, emodel_finding

    known = read_table(Path(table))
    rows = check(files, known, processes)
    if rows != known:
        write_table(Path(table), rows)
    findings = [
        problems_in(rows, Path(table)),
        *(
            emodel_finding(name, Needs(**each["needs"]), each["files"], rows, use_apical_points)
            for name, each in emodels.items()
        ),
    ]
    return [(finding.headline, finding.problems) for finding in findings]
