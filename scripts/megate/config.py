"""Configuration: config.yaml or BluePyMM's three files -> one validated `Config`."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from megate.bluepymm import read_bluepymm
from megate.errors import MegateError
from megate.files import read_yaml_mapping
from megate.schema import (
    Source,
    refuse_unknown_keys,
    validate,
    with_absolute_paths,
    with_defaults,
    with_typed_values,
)


@dataclass(frozen=True)
class Prepare:
    """The inputs; see the schema for each key. All paths are absolute but
    `emodel_etype_map_path` and `final_json_path`, which are relative to `emodels_dir`."""

    recipe_path: Path
    morph_path: Path
    rep_morph_path: Path
    emodels_dir: Path
    emodel_etype_map_path: Path
    final_json_path: Path
    unrep_morph_path: Path | None = None
    skip_repaired_exemplar: bool = False
    template: Path | None = None


@dataclass(frozen=True)
class Scoring:
    """How a combination is simulated; see the schema for each key."""

    use_apical_points: bool = True
    timeout_s: float | None = 3600
    memory_mb: float | None = 2000
    fresh_cell: bool = False
    keep_traces: bool = False


@dataclass(frozen=True)
class Select:
    """The decision; see the schema for each key."""

    megate_thresholds: list[dict[str, Any]] = field(default_factory=list)
    to_skip_features: list[str] = field(default_factory=list)
    skip_repaired_exemplar: bool = False
    check_opt_scores: bool = True
    opt_scores_tolerance: float = 0.0
    open_gates: str = "warn"
    borderline_margin: float = 0.1
    select_perc_best: float | None = None
    make_names_neuron_compliant: bool = False
    plot_emodels_per_morphology: bool = False


@dataclass(frozen=True)
class Config:
    """The whole configuration. `results` is relative to the working directory."""

    results: str
    prepare: Prepare
    scoring: Scoring
    select: Select

    def plain(self) -> dict[str, Any]:
        """The configuration as plain values, for a script in another process."""
        plain = asdict(self)
        plain["prepare"] = {
            key: str(value) if isinstance(value, Path) else value
            for key, value in plain["prepare"].items()
        }
        return plain

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Config":
        """Make a configuration from what `plain` gave."""
        prepare = {
            key: Path(value) if isinstance(value, str) else value
            for key, value in plain["prepare"].items()
        }
        return cls(
            plain["results"],
            Prepare(**prepare),
            Scoring(**plain["scoring"]),
            Select(**plain["select"]),
        )


def load_config(sources: Sequence[Source], schema_path: Path) -> Config:
    """Merge `sources` (later ones win), check them against the schema, fill in its defaults.

    Raises:
        MegateError: listing unknown keys (each with the nearest known one), missing keys, values
            of the wrong kind, invalid regexes.
    """
    schema = read_yaml_mapping(schema_path, "config schema")
    for source in sources:
        refuse_unknown_keys(source, schema)
    sources = [with_absolute_paths(with_typed_values(source, schema), schema) for source in sources]
    merged = _merged(sources)
    if "bluepymm" in merged:
        sources = _with_bluepymm_sources(merged["bluepymm"], sources, schema)
        merged = _merged(sources)
    if "prepare" not in merged:
        raise MegateError(
            "config: neither 'prepare' (the inputs) nor 'bluepymm' (a BluePyMM project) is given"
        )
    validate(merged, schema, sources)
    settings = with_defaults(merged, schema)
    if settings["select"]["skip_repaired_exemplar"] is None:
        settings["select"]["skip_repaired_exemplar"] = settings["prepare"]["skip_repaired_exemplar"]
    settings.pop("bluepymm", None)
    settings["results"] = os.path.normpath(os.path.expanduser(settings["results"]))  # noqa: PTH111
    config = Config.from_plain(settings)
    _check_together(config)
    return config


def _check_together(config: Config) -> None:
    """Raise if values that are each right do not go together, or a path is unusable."""
    prepare, results = config.prepare, Path(config.results)
    if prepare.skip_repaired_exemplar and not config.select.skip_repaired_exemplar:
        raise MegateError(
            "config: prepare.skip_repaired_exemplar is true, but select.skip_repaired_exemplar is "
            "false: limits cannot be scaled by the scores of exemplars that do not run"
        )
    if results.exists() and not results.is_dir():
        raise MegateError(f"config: results: {results} is not a folder")
    paths = {"results": results} | {
        f"prepare.{key}": value for key, value in vars(prepare).items() if isinstance(value, Path)
    }
    for key, path in paths.items():
        if set("{}") & set(str(path)):
            raise MegateError(
                f"config: {key}: {path}: Snakemake reads braces in a path as a wildcard; use a "
                "path without"
            )


def _with_bluepymm_sources(
    bluepymm: Any, sources: Sequence[Source], schema: Mapping[str, Any]
) -> list[Source]:
    """`sources`, and before the last that names BluePyMM's files these files, as sources of the
    sections that they stand for: what the configuration says itself counts more."""
    for source in sources:
        for section in ("prepare", "select"):
            if section in source.settings:
                raise MegateError(
                    f"{source.name}: both 'bluepymm' and '{section}' are given; BluePyMM's files "
                    f"take the place of '{section}': remove one of them"
                )
    files = [Source(str(path), settings, path.parent) for path, settings in read_bluepymm(bluepymm)]
    for file in files:
        refuse_unknown_keys(file, schema)
    last = max(n for n, source in enumerate(sources) if "bluepymm" in source.settings)
    return [*sources[:last], *files, *sources[last:]]


def _merged(sources: Sequence[Source]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in sources:
        _merge(merged, source.settings)
    return merged


def _merge(target: dict[str, Any], update: Mapping[str, Any]) -> None:
    for key, value in update.items():
        if isinstance(value, Mapping) and isinstance(target.get(key), dict):
            _merge(target[key], value)
        else:
            target[key] = dict(value) if isinstance(value, Mapping) else value
