"""Run failed simulations again."""

import argparse
import os
import sys
from pathlib import Path

from snakemake.cli import parse_args

from megate.cli import failed
from megate.core.errors import MegateError
from megate.core.paths import Paths
from megate.scores.failed import describe_failed, remove_results

NAME = "rerun"
HELP = "run the failed simulations again, then aggregate; give options of snakemake after --"
DESCRIPTION = """\
Run failed simulations again, then aggregate. Give the options of Snakemake after --.

    megate rerun --status timeout -- --cores 8 --configfile my_project.yaml"""
SNAKEFILE = Path(__file__).resolve().parents[3] / "Snakefile"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `failed`, and those of Snakemake."""
    failed.add_arguments(parser)
    parser.add_argument("snakemake", nargs="*", metavar="-- OPTIONS", help="options of snakemake")


def run(options: argparse.Namespace) -> int:
    """Remove the results of the selected simulations, and replace this process with Snakemake."""
    selected = failed.selected(options)
    print("\n".join(describe_failed(selected)))
    if not options.snakemake:
        raise MegateError(
            "rerun: options of snakemake are missing; give them after --, for example: -- --cores 8"
        )
    if not SNAKEFILE.is_file():
        raise MegateError(
            f"rerun: file not found: {SNAKEFILE}; install megate from its folder (pip install -e)"
        )
    snakemake = ["--snakefile", str(SNAKEFILE), *options.snakemake]
    if parse_args(snakemake)[1].dryrun:  # (it exits if options are wrong)
        print("dry run: nothing was removed; these simulations would run again")
        return 0
    remove_results(Paths(Path(options.results)), selected)
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *snakemake])
