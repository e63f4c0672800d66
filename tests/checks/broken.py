"""The embedded example, broken in one way: what does megate say?"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from megate.config import Config, load_config
from megate.emodel import HOC_TEMPLATE, prepare_emodel
from megate.errors import MegateError
from megate.files import read_yaml_mapping
from megate.project import Project
from megate.schema import Source
from megate.thresholds import check_thresholds

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"

READ, PREPARE = "read", "prepare"
"""When a check is made: when the Snakefile is read (so by a dry run, too), or by a job
`prepare_emodel`, before the e-model's simulations."""


class Folder:
    """A copy of the example, to be broken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(REPOSITORY / "config" / "example", path)
        shutil.copy(REPOSITORY / "config" / "config.yaml", path)
        self.edit("config.yaml", "example/", "")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that is there."""
        path = self.path / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new))

    def write(self, file: str, content: str) -> None:
        """Write a file anew."""
        path = self.path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def remove(self, file: str) -> None:
        """Remove a file or folder."""
        path = self.path / file
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    def configure(self, section: str, **settings: object) -> None:
        """Set keys of a section of config.yaml; None takes one away."""
        path = self.path / "config.yaml"
        content = yaml.safe_load(path.read_text())
        content.setdefault(section, {}).update(settings)
        content[section] = {k: v for k, v in content[section].items() if v is not None}
        path.write_text(yaml.safe_dump(content))

    def config(self) -> Config:
        """The configuration, as the Snakefile reads it."""
        path = self.path / "config.yaml"
        source = Source(str(path), read_yaml_mapping(path, "config"), path.parent)
        return load_config([source], SCHEMA)


@dataclass(frozen=True)
class Case:
    """One check.

    Attributes:
        what: what is wrong, for the table
        change: makes it so
        names: texts that the message must have: file, key or row, what was found, what was expected
        when: READ or PREPARE
        emodel: the one to prepare
    """

    what: str
    change: Callable[[Folder], object]
    names: tuple[str, ...]
    when: str = READ
    emodel: str = "cNAC_LBC"


def message_of(case: Case, folder: Path) -> str:
    """What megate says about a broken project in `folder`, which does not exist yet; without the
    folder's own path."""
    project = Folder(folder)
    case.change(project)
    try:
        _run(project, case)
    except MegateError as error:
        return _without_place(str(error), folder)
    raise AssertionError(f"not refused: {case.what}")


def _run(folder: Folder, case: Case) -> None:
    config = folder.config()
    project = Project(config)
    if case.when == READ:
        return
    package = folder.path / "results" / "emodels" / case.emodel / "package"
    package.parent.mkdir(parents=True)
    manifest = prepare_emodel(
        project.emodels[case.emodel],
        package=package,
        template=config.prepare.template or HOC_TEMPLATE,
        without_apical_points=project.without_apical_points,
        log=package.parent / "log",
    )
    select = config.select
    check_thresholds(
        manifest.emodel,
        manifest.features,
        project.combos,
        select.megate_thresholds,
        select.to_skip_features,
    )


def _without_place(message: str, folder: Path) -> str:
    message = message.replace(f"{folder}/", "").replace(str(folder), ".")
    return re.sub(r"/\S*/(scripts/megate/)", r"\1", message)
