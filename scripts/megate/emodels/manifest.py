"""The manifest of a prepared e-model, emodel.json."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from megate.core.vocabulary import Evaluator
from megate.files.atomic import write_text
from megate.files.readers import read_json_object


@dataclass(frozen=True)
class Manifest:
    """A prepared e-model.

    Attributes:
        original_emodel: its name in the e-type map and final.json
        features: names of the features that will be scored
        mechanisms: suffixes of the mechanisms that its cell model inserts
        mod_files: names of the compiled .mod files
        emodel_sha256: SHA-256 of the package's files and the parameters, on which scores depend
        evaluator: what runs it
        needs: requirements on morphologies, arguments of `megate.morphologies.needs.Needs`
        global_parameters: NEURON's global parameters that it was optimised with, such as `celsius`
            (degree Celsius) and `v_init` (mV)
    """

    emodel: str
    original_emodel: str
    params: dict[str, float]
    features: list[str]
    mechanisms: list[str]
    mod_files: list[str]
    emodel_sha256: str
    evaluator: Evaluator = Evaluator.CODE
    needs: dict[str, Any] = field(default_factory=dict)
    global_parameters: dict[str, float] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the manifest as JSON."""
        write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read a manifest. Keys of earlier versions are left out."""
        content = read_json_object(path, "prepared e-model")
        if content.pop("builtin", False):  # until version 0.1.0
            content["evaluator"] = Evaluator.BUILTIN
        content["evaluator"] = Evaluator(content.get("evaluator", Evaluator.CODE))
        return cls(
            **{field.name: content[field.name] for field in fields(cls) if field.name in content}
        )
