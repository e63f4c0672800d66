"""What the adaptation of AIS and soma changes: which combinations are released with it, and which
of them would be released without.

A combination can be compared if its cell was also simulated without adaptation and this result is
still kept. Cells that are not adapted, because their morphology is the exemplar's, do not count.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from megate.adaptation.emodel import AIS, PARTS, SOMA, EmodelAdaptation
from megate.adaptation.geometry import SCALERS
from megate.core.tables import field_about
from megate.files.atomic import written_whole
from megate.gating.outcome import EmodelGates

_NUMBER, _COUNT = pa.float64(), pa.int64()
_SCALED = {AIS: "the AIS's diameters", SOMA: "the soma's length"}
_STATISTICS = {"min": "smallest", "median": "median of the", "max": "largest"}

SCHEMA = pa.schema(
    [
        field_about("emodel", pa.string(), "e-model", False),
        field_about("combinations", _COUNT, "number of combinations", False),
        field_about("released", _COUNT, "number of them that are released", False),
        field_about("adapted", _COUNT, "number of them whose cell is adapted", False),
        field_about("at_limit", _COUNT, "number of those with a scale at a limit", False),
        field_about(
            "compared",
            _COUNT,
            "number of combinations that were simulated with and without adaptation",
            False,
        ),
        field_about("released_without", _COUNT, "of those, released without adaptation", False),
        field_about("released_with", _COUNT, "of those, released with adaptation", False),
        field_about("gained", _COUNT, "of those, released only with adaptation", False),
        field_about("lost", _COUNT, "of those, released only without adaptation", False),
        *(
            field_about(f"{part.scale}_{statistic}", _NUMBER, f"{which} scale of {what}")
            for part, what in _SCALED.items()
            for statistic, which in _STATISTICS.items()
        ),
        *(
            field_about(
                f"{part.rho}_exemplar",
                _NUMBER,
                f"input resistance of the exemplar's {part.name} alone, divided by that of the "
                f"exemplar without {part.name}",
            )
            for part in PARTS
        ),
        *(
            field_about(
                f"{part.rho}_error",
                _NUMBER,
                f"largest relative difference of {part.rho} from the exemplar's, among the cells "
                "whose scales are within the limits",
            )
            for part in PARTS
        ),
        *(
            field_about(
                f"{part.key}_fit_error",
                _NUMBER,
                f"largest relative difference of the fit of the {part.name}'s input resistance "
                "from the measured values",
            )
            for part in PARTS
        ),
    ]
)
"""adaptation.tsv: one row per e-model. Null: not scaled (`adapt.ais`, `adapt.soma`), or no adapted
cell."""


@dataclass(frozen=True)
class Adaptation:
    """The adaptation of a project's cells, and what it changes.

    Attributes:
        table: the table of `compare`
        without: the combinations that can be compared, index `combo`, as decided without
            adaptation
        gates_without: the same, per e-model
        exemplars: per e-model
        limits: smallest and largest scale
    """

    table: pd.DataFrame
    without: pd.DataFrame
    gates_without: Mapping[str, EmodelGates]
    exemplars: Mapping[str, EmodelAdaptation]
    limits: Sequence[float]


def adapted(combos: pd.DataFrame) -> pd.Series:
    """Whether the cell of each combination is adapted. False if it failed before it had scales."""
    return combos[list(SCALERS)].notna().any(axis=1)


def compare(
    combos: pd.DataFrame, without: pd.DataFrame, exemplars: Iterable[EmodelAdaptation]
) -> pd.DataFrame:
    """Count the combinations of each e-model that are released with and without adaptation.

    Args:
        combos: the table of `megate.gating.outcome.Decisions`
        without: the same without adaptation, of the combinations that can be compared

    Returns:
        A table with the columns of `SCHEMA`, sorted by e-model.
    """
    of_emodels = {exemplar.emodel: exemplar for exemplar in exemplars}
    before = without["passed"].astype(bool)
    rows = []
    for emodel, own in combos.groupby("emodel", sort=True):
        cells = own[adapted(own)]
        passed = own.loc[own.index.intersection(before.index), "passed"].astype(bool)
        passed_before = before.loc[passed.index]
        counts = {
            "emodel": str(emodel),
            "combinations": len(own),
            "released": own["passed"].sum(),
            "adapted": len(cells),
            "at_limit": _at_limit(cells).sum(),
            "compared": len(passed),
            "released_without": passed_before.sum(),
            "released_with": passed.sum(),
            "gained": (passed & ~passed_before).sum(),
            "lost": (~passed & passed_before).sum(),
        }
        rows.append(counts | _quality(cells, of_emodels.get(str(emodel))))
    return pd.DataFrame(rows, columns=SCHEMA.names)


def _at_limit(cells: pd.DataFrame) -> pd.Series:
    return cells["at_limit"].astype("boolean").fillna(False).astype(bool)


def _quality(cells: pd.DataFrame, exemplar: EmodelAdaptation | None) -> dict[str, float | None]:
    """The scales, and how well rho and the fits agree with the exemplar."""
    found: dict[str, float | None] = {}
    if exemplar is None:
        return found
    within = cells[~_at_limit(cells)]
    for part in exemplar.parts:
        wanted, values = exemplar.rho_of(part), cells[part.scale].astype(float)
        found |= {f"{part.scale}_{name}": values.agg(name) for name in _STATISTICS}
        found[f"{part.rho}_exemplar"] = wanted
        found[f"{part.rho}_error"] = (within[part.rho].astype(float) / wanted - 1).abs().max()
        found[f"{part.key}_fit_error"] = exemplar.resistance_of(part).error
    return found


def headline(table: pd.DataFrame) -> str:
    """How many combinations are released without and with adaptation, and how many have a scale at
    a limit; `table` is that of `compare`."""
    total = table.sum(numeric_only=True)
    limited = (
        f"{total['at_limit']:,.0f} of {total['adapted']:,.0f} adapted cells have a scale at a limit"
    )
    if not total["compared"]:
        return f"no combination was simulated without adaptation; {limited}"
    return (
        f"of {total['compared']:,.0f} combinations simulated both ways, "
        f"{total['released_with']:,.0f} are released with adaptation and "
        f"{total['released_without']:,.0f} without ({total['gained']:,.0f} gained, "
        f"{total['lost']:,.0f} lost); {limited}"
    )


def write_adaptation(path: Path, table: pd.DataFrame) -> None:
    """Write adaptation.tsv, whole or not at all."""
    with written_whole(path) as partial:
        table.to_csv(partial, sep="\t", index=False)


def read_adaptation(path: Path) -> pd.DataFrame:
    """Read adaptation.tsv."""
    numbers = {field.name: float for field in SCHEMA if field.type == _NUMBER}
    table = pd.read_csv(
        path,
        sep="\t",
        dtype={"emodel": str} | numbers,
        na_values=dict.fromkeys(numbers, ""),
        keep_default_na=False,
        float_precision="round_trip",
    )
    return table[SCHEMA.names]
