"""A prepared e-model's manifest, emodel.json."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from megate.files.atomic import write_text
from megate.files.readers import read_json_object


@dataclass(frozen=True)
class Manifest:
    """A prepared e-model.

    Attributes:
        params: parameter name -> value
        features: names of its features, as they will be scored
        builtin: whether megate's own evaluator runs it, not the package's code
        mechanisms: suffixes of the mechanisms that its cell model inserts
        mod_files: names of the files that were compiled
        hidden_state: those of them whose mechanisms may remember earlier runs
        emodel_sha256: SHA-256 of the package's files and the parameters: what its scores depend on
        needs: what it needs of a morphology: arguments of `morphology_needs.Needs`
    """

    emodel: str
    original_emodel: str
    params: dict[str, float]
    features: list[str]
    mechanisms: list[str]
    mod_files: list[str]
    emodel_sha256: str
    builtin: bool = False
    hidden_state: list[str] = field(default_factory=list)
    needs: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read what `write` wrote."""
        return cls(**read_json_object(path, "prepared e-model"))
