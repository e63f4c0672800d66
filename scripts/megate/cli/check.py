"""Check a project."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from megate.cli.configuration import files_read, parsed
from megate.cli.output import add_json, print_json
from megate.core.wording import counted

if TYPE_CHECKING:  # other commands start faster without Snakemake and pandas
    from megate.steps.check_project import ProjectCheck

NAME = "check"
HELP = "check configuration, inputs, e-models and morphologies of a project"
DESCRIPTION = """\
Check a project as Snakemake does before the first simulation, and list all problems: of the
configuration, input files, morphologies and e-models. Mechanisms are not compiled. The
morphologies that it has read are listed in morphologies.tsv, in the folder of the results; a run
does not read them again.

    megate check --configfile my_project/megate.yaml"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, as for Snakemake."""
    about = "configuration files, as for snakemake (default: the example's, config/config.yaml)"
    parser.add_argument("--configfile", nargs="+", type=Path, metavar="FILE", help=about)
    about = "settings that replace those of the files, as for snakemake"
    parser.add_argument("--config", nargs="+", metavar="KEY=VALUE", help=about)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print what is found; 1 if anything stops a run."""
    typed = parsed(options.config)
    files = files_read(options.configfile, typed)
    found = checked(files, typed)
    if options.json:
        print_json(as_json(found))
    else:
        print(f"configuration: {', '.join(map(str, [*files, *(options.config or [])]))}")
        print(text_of(found))
    return 0 if found.passed else 1


def checked(files: Sequence[Path], typed: Mapping[str, Any]) -> "ProjectCheck":
    """Check the project of these configuration files and settings; messages go to stderr."""
    from megate.steps.check_project import check_project

    return check_project(files, typed, _say, processes=len(os.sched_getaffinity(0)))


def text_of(found: "ProjectCheck") -> str:
    """What was found, for the screen."""
    lines = [f"{'' if remark.serious else 'warning: '}{remark.message}" for remark in found.remarks]
    numbers = {
        "combination": found.combinations,
        "simulation": found.simulations,
        "e-model": found.emodels,
    }
    texts = [counted(number, noun) for noun, number in numbers.items() if number is not None]
    if texts:
        lines.append(", ".join(texts))
    lines.append(
        "all checks passed" if found.passed else "fix these problems before you start a run"
    )
    return "\n".join(lines)


def as_json(found: "ProjectCheck") -> dict[str, Any]:
    """What was found, as plain values."""
    return {"passed": found.passed, **asdict(found)}


def _say(text: str) -> None:
    print(f"megate: {text}", file=sys.stderr)
