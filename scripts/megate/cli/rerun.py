"""Run failed simulations again."""

import argparse
import os
import sys
from pathlib import Path

from megate.cli import failed
from megate.cli.output import print_json, print_lines
from megate.core.errors import MegateError
from megate.core.paths import REPOSITORY, Paths

NAME = "rerun"
HELP = "run the failed simulations again, then aggregate; give options of snakemake after --"
DESCRIPTION = """\
Run failed simulations again, then aggregate: remove their results, and start Snakemake with the
options after --. With --dry-run among them, nothing is removed and nothing runs. The exit status is
Snakemake's.

    megate rerun --status timeout -- --cores 8 --configfile my_project.yaml
    megate rerun --job "cADpyr_TPC/*" -- --dry-run"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `failed`, and those of Snakemake."""
    failed.add_arguments(parser)
    parser.add_argument("snakemake", nargs="*", metavar="-- OPTIONS", help="options of snakemake")


def run(options: argparse.Namespace) -> int:
    """Remove the results of the selected simulations, and replace this process with Snakemake. With
    `--json`, what Snakemake prints goes to stderr."""
    from snakemake.cli import parse_args

    from megate.scores.failed import describe_failed, remove_results

    selected = failed.selected(options)
    if not options.json:
        print_lines(describe_failed(selected))
    if not options.snakemake:
        raise MegateError(
            "rerun: options of snakemake are missing; give them after --, for example: -- --cores 8"
        )
    snakemake = ["--snakefile", str(REPOSITORY / "Snakefile"), *options.snakemake]
    parsed = parse_args(snakemake)[1]  # (it exits if options are wrong)
    if not Path(parsed.snakefile).is_file():
        raise MegateError(
            f"rerun: file not found: {parsed.snakefile}; install megate from its folder (pip "
            "install -e), or name your workflow: -- --snakefile workflow/Snakefile"
        )
    if options.json:
        simulations = selected.to_dict("records")
        print_json({"dry_run": bool(parsed.dryrun), "simulations": simulations})
    if parsed.dryrun:
        if not options.json:
            print("dry run: nothing was removed; these simulations would run again")
        return 0
    remove_results(Paths(Path(options.results)), selected)
    sys.stdout.flush()
    if options.json:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *snakemake])
