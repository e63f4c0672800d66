"""The page about coverage: the types, those without a released combination first."""

from collections.abc import Iterator

import pandas as pd

from megate.release.coverage import headline, uncovered
from megate.report.pdf.document import Page, heading
from megate.report.pdf.tables import Column, more, text_table

MAX_TYPES = 500


def coverage_pages(table: pd.DataFrame) -> Iterator[Page]:
    """The table of `megate.release.coverage`."""
    title = "Coverage"
    note = (
        "Types of the recipe or of the circuit's cells: their morphologies, their combinations, "
        "and the released ones with their e-models. (coverage.tsv)"
    )
    holes = len(uncovered(table))
    text = f"Nothing is released for {headline(table)}"
    content = heading(text if holes else f"All {len(table):,} types have released combinations")
    counts = ["cells", "morphologies", "combinations", "released"]
    if table["cells"].isna().all():
        counts.remove("cells")
    shown = table.head(MAX_TYPES)
    cells = [
        *(shown[name] for name in ("layer", "fullmtype", "etype")),
        *(shown[name].map("{:,}".format) for name in counts),
        shown["emodels"].str.replace(",", ", "),
    ]
    rows: list[tuple[str, ...]] = list(zip(*cells, strict=True))
    columns = [
        Column("layer", 0.08),
        Column("m-type", 0.16),
        Column("e-type", 0.14),
        *(Column(name, 0.09, "right") for name in counts),
        Column("e-models of released combinations", 0.62 - 0.09 * len(counts)),
    ]
    rows += more(len(table) - MAX_TYPES, len(columns))
    yield Page(
        title, [*content, text_table(columns, rows, n_bold=min(holes, MAX_TYPES))], note, title
    )
