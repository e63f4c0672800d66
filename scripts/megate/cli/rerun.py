"""Run failed simulations again."""

import argparse
import os
import sys
from pathlib import Path

from megate.cli import failed
from megate.cli.configuration import files_read, parsed
from megate.cli.output import print_json, print_lines
from megate.core.errors import MegateError
from megate.core.paths import REPOSITORY, Paths

NAME = "rerun"
HELP = "run the failed simulations again, then aggregate; give options of snakemake after --"
DESCRIPTION = """\
Run failed simulations again, then aggregate: remove their results, and start Snakemake with the
options after --, those of the run. With --dry-run among them, nothing is removed and nothing runs.
The exit status is Snakemake's.

    megate rerun --status timeout -- --cores 8 --configfile my_project/megate.yaml
    megate rerun --job "cADpyr_TPC/*" -- --dry-run"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which of the failed simulations, and the options of Snakemake."""
    failed.add_selection(parser)
    about = "folder of the results, with a --snakefile of your own (default: results)"
    parser.add_argument("--results", metavar="FOLDER", help=about)
    parser.add_argument("snakemake", nargs="*", metavar="-- OPTIONS", help="options of snakemake")


def run(options: argparse.Namespace) -> int:
    """Remove the results of the selected simulations, and replace this process with Snakemake. With
    `--json`, what Snakemake prints goes to stderr."""
    from snakemake.cli import parse_args

    from megate.scores.failed import describe_failed, remove_results

    if not options.snakemake:
        raise MegateError(
            "rerun: options of snakemake are missing; give those of the run after --, for example: "
            "-- --cores 8 --configfile my_project/megate.yaml"
        )
    snakemake = ["--snakefile", str(REPOSITORY / "Snakefile"), *options.snakemake]
    of_snakemake = parse_args(snakemake)[1]  # (it exits if options are wrong)
    if not Path(of_snakemake.snakefile).is_file():
        raise MegateError(
            f"rerun: file not found: {of_snakemake.snakefile}; install megate from its folder (pip "
            "install -e), or name your workflow: -- --snakefile workflow/Snakefile"
        )
    paths = Paths(_results(options.results, of_snakemake))
    selected = failed.selected(paths, options)
    if options.json:
        simulations = selected.to_dict("records")
        print_json({"dry_run": bool(of_snakemake.dryrun), "simulations": simulations})
    else:
        print_lines(describe_failed(selected))
    if of_snakemake.dryrun:
        if not options.json:
            print("dry run: nothing was removed; these simulations would run again")
        return 0
    remove_results(paths, selected)
    sys.stdout.flush()
    if options.json:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    os.execv(sys.executable, [sys.executable, "-m", "snakemake", *snakemake])


def _results(given: str | None, of_snakemake: argparse.Namespace) -> Path:
    """The folder of the results of a run with these options of Snakemake."""
    from megate.config.config import read_config

    folder = Path(of_snakemake.directory or ".")
    if Path(of_snakemake.snakefile).resolve() != (REPOSITORY / "Snakefile").resolve():
        return Path(given) if given else folder / "results"  # its configuration is not known
    typed = parsed(of_snakemake.config)
    configured = folder / read_config(files_read(of_snakemake.configfile, typed), typed).results
    if given is not None and Path(given).resolve() != configured.resolve():
        raise MegateError(
            f"rerun: --results {given} found, but the run of these options of snakemake writes to "
            f"{configured}; add the --configfile of the run"
        )
    return configured
