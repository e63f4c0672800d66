"""The page to explore a release in: one HTML file that needs neither a server nor a network.

It consists of a template, a style sheet and JavaScript (`explore/`), and the data of
`megate.report.html.explore_data`: each array is compressed and written as text. All names are in
the compressed data, and the page shows them as text only.
"""

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from megate.config.config import Select
from megate.files.atomic import written_whole
from megate.report.html.explore_data import Exploration, exploration, read_exemplars
from megate.report.html.page import ENVIRONMENT
from megate.report.html.trace_page import read_traces
from megate.report.results import Results

_SOURCES = Path(__file__).resolve().parent / "explore"
_SCRIPTS = ("data.js", "decide.js", "configuration.js", "table.js", "details.js", "page.js")
_BINS = 120


class Part(NamedTuple):
    """An array as text: `type` is the JavaScript class of its numbers, or "json"."""

    name: str
    type: str
    text: str


def write_explore_page(
    path: Path,
    results: Results,
    select: Select,
    combos: Path,
    scores: Path,
    traces: Path | None = None,
) -> None:
    """Write the page, whole or not at all.

    Args:
        combos, scores: combos.parquet and scores.parquet, for the exemplars
        traces: folder with the simulations' traces; None if none are kept
    """
    exemplars = read_exemplars(combos, scores)
    read = (lambda job: read_traces(traces / f"{job}.parquet", _BINS)) if traces else None
    data = exploration(results, select, exemplars, read)
    stream = ENVIRONMENT.get_template("explore.html.jinja2").stream(
        parts=parts(data),
        style=Markup((_SOURCES / "style.css").read_text()),
        script=Markup("\n".join((_SOURCES / name).read_text() for name in _SCRIPTS)),
    )
    with written_whole(path) as partial:
        stream.dump(str(partial), encoding="utf-8")


def parts(data: Exploration) -> Iterator[Part]:
    """The data as texts. The bytes of numbers are sorted by their place in the number, which makes
    them smaller when compressed."""
    yield Part("head", "json", _text(json.dumps(data.head, separators=(",", ":")).encode()))
    for name, array in data.arrays.items():
        kind = {"f": "Float", "i": "Int", "u": "Uint"}[array.dtype.kind]
        size = array.dtype.itemsize
        columns = array.astype(array.dtype.newbyteorder("<")).view(np.uint8).reshape(-1, size)
        yield Part(name, f"{kind}{8 * size}Array", _text(columns.T.tobytes()))


def _text(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 1)).decode()
