"""Parse the command line and call a command.

A command is a module with

- `NAME`, and `HELP`, a line about it;
- `DESCRIPTION`: the text of its ``--help``, with an example;
- `add_arguments`, which adds its arguments to a parser;
- `run`, which does it and returns its exit status: 0 if all is well, 1 if not.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from megate.cli import check, failed, init, rerun, status, why
from megate.core.errors import MegateError

COMMANDS = (init, check, status, why, failed, rerun)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit status. An error is one message, with status 1."""
    options, unknown = parser().parse_known_args(arguments)
    if unknown:
        hint = "; give options of snakemake after --" if options.command == rerun.NAME else ""
        options.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    try:
        exit_status = options.run(options)
        sys.stdout.flush()
        return exit_status
    except BrokenPipeError:  # such as by `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (MegateError, OSError) as error:
        if isinstance(error, OSError):
            if error.filename is None:
                raise
            error = MegateError(f"cannot read {error.filename}: {error.strerror}")
        print(f"megate: {error}", file=sys.stderr)
        return 1


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="megate",
        description="Set up a project, and ask about a run. Snakemake runs the workflow.",
        epilog="Exit status: 0: done; 1: an error, one message on stderr; 2: wrong options.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        own = commands.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(own)
        own.set_defaults(run=command.run, error=own.error)
    return parser
