"""revisions.json: the commits that a run's e-models come from. The next run takes them again."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from megate.core.errors import MegateError
from megate.core.paths import EMODELS_REVISIONS
from megate.files.atomic import write_text
from megate.files.json_schema import dotted, violations
from megate.files.readers import read_json_object

_SHOWN = 12  # digits of a commit
_LISTED = 10  # e-models


@dataclass(frozen=True)
class EmodelRevision:
    """Where an e-model's package is: the branch that final.json names, the full id and date (ISO
    8601) of a commit, a folder in the repository, and git's id of the folder's content."""

    branch: str
    commit: str
    date: str
    folder: str
    tree: str


@dataclass(frozen=True)
class Revisions:
    """All commits of a run: the one of `emodels_githash`, from which e-type map and final.json are
    read, and those of the e-models by original name. The address has no password."""

    repository: str
    emodels_githash: str
    commit: str
    date: str
    emodels: dict[str, EmodelRevision]

    def write(self, path: Path) -> None:
        """Write the record as JSON, if the file does not contain it already."""
        text = json.dumps(asdict(self), indent=1) + "\n"
        if not path.is_file() or path.read_text() != text:
            write_text(path, text)

    @classmethod
    def read(cls, path: Path) -> "Revisions":
        """Read a record that `write` wrote. It may have been edited.

        Raises:
            MegateError: the file cannot be read, or a value is missing or wrong.
        """
        content = read_json_object(path, "recorded revisions")
        for keys, reason in violations(content, _SCHEMA):
            where = f"{dotted(keys)}: " if keys else ""
            raise MegateError(
                f"recorded revisions: {path}: {where}{reason}; delete the file to take the newest "
                "commits"
            )
        emodels = {name: EmodelRevision(**entry) for name, entry in content["emodels"].items()}
        return cls(**content | {"emodels": emodels})

    def facts(self) -> Iterator[tuple[str, str]]:
        """The lines of a report about the e-models' origin, as (label, text)."""
        asked = "" if self.emodels_githash == self.commit else f"{self.emodels_githash}, "
        yield "e-models", f"{self.repository} at {asked}commit {self.commit} ({self.date})"
        for name, emodel in list(self.emodels.items())[:_LISTED]:
            about = f"branch {emodel.branch}, commit {emodel.commit[:_SHOWN]} ({emodel.date})"
            yield "e-model", f"{name}: {about}"
        if len(self.emodels) > _LISTED:
            yield "e-model", f"{len(self.emodels) - _LISTED} more: {EMODELS_REVISIONS}"


def _schema(kind: type, **properties: object) -> dict[str, object]:
    keys = [field.name for field in fields(kind)]
    texts = {key: {"type": "string"} for key in keys}
    closed = {"type": "object", "required": keys, "additionalProperties": False}
    return closed | {"properties": texts | properties}


_ID = {"type": "string", "pattern": "^([0-9a-f]{40}|[0-9a-f]{64})$"}
_EMODEL = _schema(EmodelRevision, commit=_ID, tree=_ID)
_EMODELS = {"type": "object", "additionalProperties": _EMODEL}
_SCHEMA = _schema(Revisions, commit=_ID, emodels=_EMODELS)


def is_commit_id(text: str) -> bool:
    """Whether `text` is the full id of a commit."""
    return re.fullmatch(_ID["pattern"], text) is not None


def iso_date(seconds: int) -> str:
    """A time, s since 1970, as ISO 8601 (UTC)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
