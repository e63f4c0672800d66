"""revisions.json: the commits that a run's e-models come from, and that its next one takes."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief
from megate.emodels.git.git_repository import is_commit_id
from megate.files.atomic import write_text
from megate.files.readers import read_json_object

FILE_NAME = "revisions.json"
RELEASED_NAME = "emodels_revisions.json"  # the same, in a release
_SHOWN = 12  # digits of a commit
_LISTED = 10  # e-models


@dataclass(frozen=True)
class EmodelRevision:
    """Where an e-model's package is.

    Attributes:
        branch: as final.json names it
        commit: of that branch, full id
        date: when it was made, ISO 8601
        folder: in the repository
        tree: git's id of what the folder holds
    """

    branch: str
    commit: str
    date: str
    folder: str
    tree: str


@dataclass(frozen=True)
class Revisions:
    """All commits of a run.

    Attributes:
        repository: the address, without password
        emodels_githash: as the configuration has it
        commit: that this stood for; it has e-type map and final.json
        date: when it was made, ISO 8601
        emodels: by original name
    """

    repository: str
    emodels_githash: str
    commit: str
    date: str
    emodels: dict[str, EmodelRevision]

    def write(self, path: Path) -> None:
        """Write it as JSON, unless that is what the file has."""
        text = json.dumps(asdict(self), indent=1) + "\n"
        if not path.is_file() or path.read_text() != text:
            write_text(path, text)

    @classmethod
    def read(cls, path: Path) -> "Revisions":
        """Read what `write` wrote, or a person.

        Raises:
            MegateError: it cannot be read, or something in it is not what it should be.
        """
        content = read_json_object(path, "recorded revisions")
        problem = _problem(content, cls)
        emodels = content.get("emodels")
        if not problem and not isinstance(emodels, dict):
            problem = "'emodels' is no object {...}"
        for name, entry in {} if problem else emodels.items():
            about = _problem(entry, EmodelRevision)
            problem = problem or (about and f"{name}: {about}")
        if problem:
            raise MegateError(
                f"recorded revisions: {path}: {problem}; without the file, the newest commits are "
                "taken"
            )
        known = {name: EmodelRevision(**entry) for name, entry in emodels.items()}
        return cls(**content | {"emodels": known})

    def facts(self) -> Iterator[tuple[str, str]]:
        """The lines of a report that say where the e-models come from, as (label, text)."""
        asked = "" if self.emodels_githash == self.commit else f"{self.emodels_githash}, "
        yield "e-models", f"{self.repository} at {asked}commit {self.commit} ({self.date})"
        for name, emodel in list(self.emodels.items())[:_LISTED]:
            about = f"branch {emodel.branch}, commit {emodel.commit[:_SHOWN]} ({emodel.date})"
            yield "e-model", f"{name}: {about}"
        if len(self.emodels) > _LISTED:
            yield "e-model", f"{len(self.emodels) - _LISTED} more: {RELEASED_NAME}"


def _problem(content: Any, kind: type) -> str:
    """What keeps `content` from being made a `kind`, or nothing."""
    if not isinstance(content, dict):
        return f"{brief(content)} found, expected an object {{...}}"
    keys = [field.name for field in fields(kind)]
    if set(content) != set(keys):
        return f"found the keys {brief(sorted(content))}, expected {sorted(keys)}"
    for key, value in content.items():
        if key in ("commit", "tree") and not is_commit_id(value):
            return f"{key} is {brief(value)}, expected the full id"
        if key != "emodels" and not isinstance(value, str):
            return f"{key} is {brief(value)}, expected a text"
    return ""


def iso_date(seconds: int) -> str:
    """A time, s since 1970, as ISO 8601 (UTC)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
