"""Say where a run is."""

import argparse
from pathlib import Path

from megate.cli.output import add_json, add_results, print_json, print_lines
from megate.core.paths import Paths

NAME = "status"
HELP = "what is done, running, failed and left in a run"
DESCRIPTION = """\
Show where a run is: prepared e-models, simulations that are done, failed (with reasons), running or
left, and whether scores, decisions, release and report are up to date. It reads the results only,
so it works during a run and after a crash.

    megate status
    megate status --results results_2026 --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its options."""
    add_results(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the status."""
    from megate.release.status import describe_status, read_status, status_document

    status = read_status(Paths(Path(options.results)))
    if options.json:
        print_json(status_document(status))
    else:
        print_lines(describe_status(status))
    return 0
