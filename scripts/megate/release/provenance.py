"""The inputs and versions that a release was made with, for the report's first page."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from megate.config.config import Config
from megate.core.paths import Paths
from megate.core.versions import versions
from megate.emodels.git.revisions import Revisions
from megate.emodels.sources import emodel_sources
from megate.project.sources import combination_sources

_LIBRARIES = ("neuron", "bluepyopt", "efel", "snakemake", "pandas", "pyarrow")
_DIGITS = 16


def facts(config: Mapping[str, Any], combos: Path, scores: Path) -> list[tuple[str, str]]:
    """Date, versions, and inputs with their hashes, as (label, text).

    The date is now, or that of the environment variable SOURCE_DATE_EPOCH, which makes reports
    reproducible. `config` is the complete configuration, as plain values.
    """
    select = json.dumps(config["select"], sort_keys=True)
    return [
        ("date", _date()),
        ("made with", ", ".join(versions(*_LIBRARIES))),
        *(("scored with", text) for text in _scoring_versions(scores)),
        *((key, _with_hash(path)) for key, path in _inputs(config)),
        *_revisions(config),
        ("combinations", _with_hash(combos)),
        ("scores", _with_hash(scores)),
        ("select options", _digest(hashlib.sha256(select.encode()))),
    ]


def _date() -> str:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = (
        datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now().astimezone()
    )
    return now.isoformat(timespec="seconds")


def _inputs(config: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """The input files that define combinations and parameters."""
    if config.get("scores_db"):
        yield "imported from", Path(config["scores_db"])
    if not config.get("prepare"):
        return
    complete = Config.from_plain(config)
    yield from combination_sources(complete.inputs)
    for source in emodel_sources(complete):
        for label, path in (("e-type map", source.map_path), ("parameters", source.final_path)):
            if path.is_file():
                yield label, path


def _revisions(config: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The commits of e-models that come from a git repository."""
    if not (config.get("prepare") or {}).get("emodels_repo"):
        return []
    return Revisions.read(Paths(Path(config["results"])).revisions).facts()


def _scoring_versions(scores: Path) -> list[str]:
    """The versions that simulations ran with (several, if they ran at different times)."""
    if "versions" not in pq.read_schema(scores).names:
        return []
    column = pq.read_table(scores, columns=["versions"], read_dictionary=["versions"])
    return sorted(str(text) for text in column.column(0).unique().to_pylist() if text is not None)


def _with_hash(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path} ({_digest(hashlib.file_digest(file, 'sha256'))})"


def _digest(sha256: Any) -> str:
    return f"SHA-256 {sha256.hexdigest()[:_DIGITS]}"
