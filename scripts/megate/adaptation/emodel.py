"""What the adaptation of an e-model's cells needs to know about its exemplar: the content of
results/adaptation/<emodel>.json."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from megate.adaptation.geometry import SCALERS, Ais, Soma
from megate.adaptation.resistance import SCALES, ResistanceFit
from megate.core.errors import MegateError
from megate.files.atomic import write_text
from megate.files.readers import read_json_object


@dataclass(frozen=True)
class Part:
    """What is scaled: the AIS or the soma.

    Attributes:
        key: its name among the attributes of `EmodelAdaptation`, and in what is measured
        name: as texts write it
        shape: class of its geometry
        scale, rho: columns of scores and decisions
    """

    key: str
    name: str
    shape: type[Ais | Soma]
    scale: str
    rho: str


AIS = Part("ais", "AIS", Ais, SCALERS[0], "rho_axon")
SOMA = Part("soma", "soma", Soma, SCALERS[1], "rho")
PARTS = (AIS, SOMA)


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

    @classmethod
    def measured(
        cls, emodel: str, morph_name: str, holding_voltage: float, found: Mapping[str, Any]
    ) -> "EmodelAdaptation":
        """Make it from what was measured (`megate.simulation.adapt.measure_exemplar`).

        Raises:
            MegateError: a fit fails.
        """
        values: dict[str, Any] = {}
        for part in PARTS:
            if part.key not in found:
                continue
            try:
                fit = ResistanceFit.to(SCALES.tolist(), found[f"rin_of_{part.key}"])
            except MegateError as error:
                raise MegateError(f"{part.name}: {error}") from error
            values |= {
                part.key: part.shape(**found[part.key]),
                part.rho: found[f"rin_{part.key}"] / found[f"rin_without_{part.key}"],
                f"{part.key}_resistance": fit,
            }
        return cls(emodel, morph_name, holding_voltage, **values)

    @property
    def parts(self) -> list[Part]:
        """What is scaled: AIS, soma or both, in this order."""
        return [part for part in PARTS if getattr(self, f"{part.key}_resistance")]

    def shape_of(self, part: Part) -> Ais | Soma:
        """The AIS or the soma."""
        found: Ais | Soma = getattr(self, part.key)
        return found

    def rho_of(self, part: Part) -> float:
        """`rho_axon` or `rho`."""
        found: float = getattr(self, part.rho)
        return found

    def resistance_of(self, part: Part) -> ResistanceFit:
        """The fit of the AIS or of the soma."""
        found: ResistanceFit = getattr(self, f"{part.key}_resistance")
        return found

    def plain(self) -> dict[str, Any]:
        """All values as plain ones."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "EmodelAdaptation":
        """Make it from the values that `plain` returns."""
        classes: dict[str, Any] = {part.key: part.shape for part in PARTS}
        classes |= {f"{part.key}_resistance": ResistanceFit for part in PARTS}
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
