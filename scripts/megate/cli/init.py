"""Make a project."""

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from megate.cli.check import as_json, checked, text_of
from megate.cli.output import add_json, print_json
from megate.core.errors import MegateError
from megate.core.paths import REPOSITORY
from megate.core.wording import counted
from megate.project_setup.config_text import THRESHOLDS
from megate.project_setup.recognise import FORMATS

if TYPE_CHECKING:  # other commands start faster without pandas
    from megate.project_setup.new_project import NewProject

NAME = "init"
HELP = "make a project from morphologies and e-models, or a copy of the example"
_FORMATS = "\n".join(f"  - {each.DESCRIPTION}" for each in FORMATS)
DESCRIPTION = f"""\
Make the folder of a project: configuration, recipe, e-type map and final.json. E-models and
exemplars are copied to it, morphologies are not. Then check the project, and print the command that
runs it. An existing folder is not changed. Without --morphologies and --emodel, copy the example.

    megate init my_project --morphologies cells --emodel emodels/cADpyr --layer 5 --mtype L5_TPC:A

The layers and m-types of the morphologies come from --types, or from --layer and --mtype, or from
their folder: a neuronDB, a table (.csv, .tsv) or SONATA nodes (nodes.h5).

Folders of e-models that are recognised:
{_FORMATS}"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where morphologies and e-models are, and their types."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the new folder")
    about = "folder of the morphologies (.asc, .swc, .h5), or with folders asc, swc, h5"
    parser.add_argument("--morphologies", type=Path, metavar="DIR", help=about)
    about = "folder of an e-model, or of several; may be repeated"
    parser.add_argument(
        "--emodel", type=Path, metavar="DIR", action="append", default=[], help=about
    )
    about = "layers and m-types: table (.csv, .tsv), neuronDB (.xml, .dat) or SONATA nodes (.h5)"
    parser.add_argument("--types", type=Path, metavar="FILE", help=about)
    about = "layer of all morphologies, or of those without one in the table"
    parser.add_argument("--layer", metavar="L", help=about)
    about = "full m-type of all morphologies, for example L5_TPC:A"
    parser.add_argument("--mtype", metavar="M", help=about)
    about = "e-type of the e-models (default: from their files, or their names)"
    parser.add_argument("--etype", metavar="E", help=about)
    limits = ", ".join(f"{name}: {limit}" for name, limit in THRESHOLDS.items())
    about = f"largest score that passes, in standard deviations ({limits})"
    parser.add_argument("--thresholds", choices=THRESHOLDS, default="default", help=about)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Make the project and check it; 1 if the checks find what would stop a run."""
    project = _made(options)
    if not options.json:
        print(_text_of(project), flush=True)  # the checks may take long
    found = checked([project.config], {})
    command = _command(project.config)
    if options.json:
        about = _as_json(project) | {"check": as_json(found), "command": command}
        print_json(about)
    else:
        then = "To run it" if found.passed else "Then run it"
        print(f"{text_of(found)}\n\n{then}:\n  {command}")
    return 0 if found.passed else 1


def _made(options: argparse.Namespace) -> "NewProject":
    from megate.project_setup.new_project import Request, copy_example, make_project

    if options.morphologies is None and not options.emodel:
        given = [name for name in ("types", "layer", "mtype", "etype") if getattr(options, name)]
        if given:
            raise MegateError(f"--{given[0]} is given without --morphologies and --emodel")
        return copy_example(options.folder)
    if options.morphologies is None or not options.emodel:
        missing = "--morphologies" if options.morphologies is None else "--emodel"
        raise MegateError(
            f"{missing} is missing; give --morphologies and --emodel, or none of them to copy the "
            "example"
        )
    return make_project(
        options.folder,
        Request(
            options.morphologies,
            options.emodel,
            options.types,
            options.layer,
            options.mtype,
            options.etype,
            options.thresholds,
        ),
    )


def _text_of(project: "NewProject") -> str:
    """What was made and assumed, for the screen."""
    lines = [
        f"made {project.folder}",
        f"  {', '.join(project.written)}",
        f"  {counted(project.morphologies, 'morphology', 'morphologies')}; "
        f"layers and m-types: {project.types_from}",
        *(f"  e-model {name}, from {folder}" for name, folder in project.emodels.items()),
    ]
    if project.assumed:
        lines += ["check what was assumed:", *(f"  - {text}" for text in project.assumed)]
    return "\n".join(lines)


def _as_json(project: "NewProject") -> dict[str, Any]:
    return {
        "folder": str(project.folder),
        "configfile": str(project.config),
        "written": project.written,
        "morphologies": project.morphologies,
        "types_from": project.types_from,
        "emodels": {name: str(folder) for name, folder in project.emodels.items()},
        "assumed": project.assumed,
    }


def _command(config: Path) -> str:
    """The command that runs the project from here."""
    words = [_program(), "--cores", str(len(os.sched_getaffinity(0)))]
    if Path("Snakefile").resolve() != REPOSITORY / "Snakefile":
        words += ["--snakefile", str(REPOSITORY / "Snakefile")]
    return shlex.join([*words, "--configfile", _short(config)])


def _program() -> str:
    """Snakemake of this environment: its name, if the shell finds it by that."""
    beside = Path(sys.executable).with_name("snakemake")
    found = [Path(folder, "snakemake") for folder in os.get_exec_path()]
    first = next((path for path in found if path.is_file()), None)
    return "snakemake" if first == beside else _short(beside)


def _short(path: Path) -> str:
    """A path from here, if it is below."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
