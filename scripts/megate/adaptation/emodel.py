"""What the adaptation of an e-model's cells needs to know about its exemplar: the content of
results/adaptation/<emodel>.json."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from megate.adaptation.geometry import Ais, Soma
from megate.adaptation.resistance import ResistanceFit
from megate.files.atomic import write_text
from megate.files.readers import read_json_object


@dataclass(frozen=True)
class EmodelAdaptation:
    """An e-model's exemplar, as far as other cells are adapted to it.

    Attributes:
        emodel: name of the e-model
        morph_name: the exemplar's morphology
        holding_voltage: voltage at which all resistances are measured, mV
        ais: the exemplar's AIS, or None if it is not scaled
        rho_axon: input resistance of its AIS alone, divided by that of the cell without AIS
        ais_resistance: input resistance of the AIS alone at each scale
        soma, rho, soma_resistance: the same for the soma
    """

    emodel: str
    morph_name: str
    holding_voltage: float
    ais: Ais | None = None
    rho_axon: float | None = None
    ais_resistance: ResistanceFit | None = None
    soma: Soma | None = None
    rho: float | None = None
    soma_resistance: ResistanceFit | None = None

    @property
    def parts(self) -> list[str]:
        """What is scaled: "ais", "soma" or both, in this order."""
        return [part for part in ("ais", "soma") if getattr(self, part) is not None]

    def shape_of(self, part: str) -> Ais | Soma:
        """The AIS or the soma."""
        found: Ais | Soma = getattr(self, part)
        return found

    def rho_of(self, part: str) -> float:
        """`rho_axon` or `rho`."""
        found: float = getattr(self, {"ais": "rho_axon", "soma": "rho"}[part])
        return found

    def resistance_of(self, part: str) -> ResistanceFit:
        """The fit of the AIS or of the soma."""
        found: ResistanceFit = getattr(self, f"{part}_resistance")
        return found

    def plain(self) -> dict[str, Any]:
        """All values as plain ones."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "EmodelAdaptation":
        """Make it from the values that `plain` returns."""
        classes = {
            "ais": Ais,
            "ais_resistance": ResistanceFit,
            "soma": Soma,
            "soma_resistance": ResistanceFit,
        }
        return cls(
            **{
                name: classes[name](**value) if name in classes and value is not None else value
                for name, value in plain.items()
            }
        )

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        write_text(path, json.dumps(self.plain(), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "EmodelAdaptation":
        """Read it."""
        return cls.from_plain(read_json_object(path, "adaptation of an e-model"))
