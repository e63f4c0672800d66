"""Configuration: config.yaml or BluePyMM's three files -> one validated `Config`."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from megate.config.bluepymm import PHASES, read_bluepymm
from megate.config.deprecated import with_current_names
from megate.config.git_address import check_address
from megate.config.schema import (
    Source,
    refuse_unknown_keys,
    validate,
    with_absolute_paths,
    with_defaults,
    with_typed_values,
)
from megate.core.errors import MegateError, brief, listing, make_all
from megate.core.names import input_problem
from megate.files.readers import read_yaml_mapping

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepare:
    """The inputs; see the schema for each key. All paths are absolute but `emodel_etype_map_path`
    and `final_json_path`, which are relative to each of `emodels_dir`, or in `emodels_repo`."""

    morph_path: Path | dict[str, Path]
    rep_morph_path: Path | dict[str, Path]
    emodel_etype_map_path: Path
    final_json_path: Path
    recipe_path: Path | None = None
    circuitmvd3_path: Path | None = None
    sonata_nodes_path: Path | None = None
    sonata_population: str | None = None
    unrep_morph_path: Path | None = None
    neurondb_path: Path | None = None
    morphologies_without_recipe: str = "error"
    check_morphologies: str = "error"
    emodels_dir: list[Path] = field(default_factory=list)
    emodels_repo: str | None = None
    emodels_githash: str | None = None
    skip_repaired_exemplar: bool = False
    template: Path | None = None

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Prepare":
        """Make it from plain values; a single `emodels_dir` may stand by itself."""
        settings = {
            key: _with_paths(value)
            if key.endswith(("_path", "_dir")) or key == "template"
            else value
            for key, value in plain.items()
        }
        folders = settings.get("emodels_dir") or []
        return cls(
            **settings | {"emodels_dir": [folders] if isinstance(folders, Path) else folders}
        )


@dataclass(frozen=True)
class Scoring:
    """How a combination is simulated; see the schema for each key."""

    evaluator: str = "auto"
    use_apical_points: bool = True
    timeout_s: float | None = 3600
    memory_mb: float | None = 2000
    rebuild_cell: bool = False
    keep_traces: bool = False


@dataclass(frozen=True)
class Select:
    """The decision; see the schema for each key."""

    megate_thresholds: list[dict[str, Any]] = field(default_factory=list)
    to_skip_features: list[str] = field(default_factory=list)
    skip_repaired_exemplar: bool = False
    check_opt_scores: bool = True
    opt_scores_tolerance: float = 0.0
    uncomputable_exemplar_feature: str = "warn"
    borderline_margin: float = 0.1
    select_perc_best: float | None = None
    make_names_neuron_compliant: bool = False
    plot_emodels_per_morphology: bool = False


@dataclass(frozen=True)
class Config:
    """The whole configuration. `results` is relative to the working directory. Either `prepare`
    says what to simulate, or `scores_db` has the scores of an earlier BluePyMM run, whose hoc
    files may be in `emodels_hoc_dir`."""

    results: str
    prepare: Prepare | None
    scoring: Scoring
    select: Select
    scores_db: Path | None = None
    emodels_hoc_dir: Path | None = None

    def plain(self) -> dict[str, Any]:
        """The configuration as plain values, for a script in another process."""
        return _without_paths(asdict(self))

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Config":
        """Make a configuration from what `plain` gave."""
        prepare = plain.get("prepare")
        return cls(
            plain["results"],
            None if prepare is None else Prepare.from_plain(prepare),
            Scoring(**plain["scoring"]),
            Select(**plain["select"]),
            scores_db=_with_paths(plain.get("scores_db")),
            emodels_hoc_dir=_with_paths(plain.get("emodels_hoc_dir")),
        )


def _with_paths(value: Any) -> Any:
    """`value`, the texts in it as paths."""
    return _mapped(value, str, Path)


def _without_paths(value: Any) -> Any:
    """`value`, the paths in it as texts."""
    return _mapped(value, Path, str)


def _mapped(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        return {key: _mapped(item, kind, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, kind, change) for item in value]
    return change(value) if isinstance(value, kind) else value


def load_config(
    sources: Sequence[Source], schema_path: Path, warn: Callable[[str], None] = logger.warning
) -> Config:
    """Merge `sources` (later ones win), check them against the schema, fill in its defaults.

    Raises:
        MegateError: listing unknown keys (each with the nearest known one), missing keys, values
            of the wrong kind, invalid regexes.
    """
    schema = read_yaml_mapping(schema_path, "config schema")
    sources = [_with_current_names(source, warn) for source in sources]
    make_all(partial(refuse_unknown_keys, source, schema) for source in sources)
    sources = [with_absolute_paths(with_typed_values(source, schema), schema) for source in sources]
    merged = _merged(sources)
    imports = merged.get("scores_db") is not None
    if "bluepymm" in merged:
        # of an earlier run, only what decides is needed: its inputs may be gone
        phases = ("select",) if imports else PHASES
        sources = _with_bluepymm_sources(merged["bluepymm"], phases, sources, schema)
        merged = _merged(sources)
    if "prepare" not in merged and not imports:
        raise MegateError(
            "config: none of 'prepare' (the inputs), 'bluepymm' (a BluePyMM project) and "
            "'scores_db' (the scores of a BluePyMM run) is given"
        )
    validate(merged, schema, sources)
    settings = with_defaults(merged, schema)
    if settings["select"]["skip_repaired_exemplar"] is None:
        prepare = settings.get("prepare") or {}
        skip = prepare.get("skip_repaired_exemplar", False)
        settings["select"]["skip_repaired_exemplar"] = skip
    settings.pop("bluepymm", None)
    settings["results"] = os.path.normpath(os.path.expanduser(settings["results"]))  # noqa: PTH111
    config = Config.from_plain(settings)
    _check_together(config)
    return config


def _with_current_names(source: Source, warn: Callable[[str], None]) -> Source:
    settings, warnings = with_current_names(source.settings, source.name)
    for warning in warnings:
        warn(warning)
    return replace(source, settings=settings)


def _check_together(config: Config) -> None:
    """Raise if values that are each right do not go together, or a path is unusable."""
    _check_paths(config)
    checks = [_check_import, _check_exemplars]
    make_all(
        [
            *(partial(check, config) for check in checks),
            *([partial(_check_sources, config.prepare)] if config.prepare else []),
        ]
    )


def _check_paths(config: Config) -> None:
    problems = []
    for key, path in _paths_of(config):
        problem = input_problem(str(path))
        if problem:
            problems.append(f"{key}: {brief(str(path))} {problem}")
        elif key == "results" and path.exists() and not path.is_dir():
            problems.append(f"{key}: {path} is not a folder")
    if problems:
        raise MegateError(f"config:{listing(problems)}")


def _check_exemplars(config: Config) -> None:
    prepare = config.prepare
    if prepare and prepare.skip_repaired_exemplar and not config.select.skip_repaired_exemplar:
        raise MegateError(
            "config: prepare.skip_repaired_exemplar is true, but select.skip_repaired_exemplar is "
            "false: limits cannot be scaled by the scores of exemplars that do not run"
        )


def _check_sources(prepare: Prepare) -> None:
    """Raise unless the combinations come from one place, and the e-models, too."""
    for what, keys in (
        ("the combinations", ("recipe_path", "circuitmvd3_path", "sonata_nodes_path")),
        ("the e-models", ("emodels_dir", "emodels_repo")),
    ):
        given = [key for key in keys if getattr(prepare, key)]
        if len(given) != 1:
            raise MegateError(
                f"config: prepare: {what} come from one of {', '.join(keys)}; found "
                f"{' and '.join(given) or 'none of them'}"
            )
    for key, of in (
        ("emodels_githash", "emodels_repo"),
        ("sonata_population", "sonata_nodes_path"),
    ):
        if getattr(prepare, key) and not getattr(prepare, of):
            raise MegateError(f"config: prepare: {key} is given, but {of} is not")
    if prepare.morphologies_without_recipe == "warn" and not prepare.recipe_path:
        raise MegateError(
            "config: prepare: morphologies_without_recipe is warn, but recipe_path is not given: "
            "all morphologies of a circuit's cells are scored"
        )
    if prepare.emodels_repo and not prepare.emodels_githash:
        raise MegateError(
            "config: prepare: emodels_repo is given, but emodels_githash is not: the commit, tag "
            "or branch with the e-type map and final.json"
        )
    if prepare.emodels_repo:
        check_address(prepare.emodels_repo, "config: prepare: emodels_repo")
    for key in ("emodel_etype_map_path", "final_json_path"):
        path = getattr(prepare, key)
        if path.is_absolute():
            raise MegateError(f"config: prepare: {key}: {path}: expected a path in emodels_dir")
        if prepare.emodels_repo and (".." in path.parts or not str(path).isprintable()):
            raise MegateError(f"config: prepare: {key}: {str(path)!r} is no path in the repository")


def _paths_of(config: Config) -> Iterator[tuple[str, Path]]:
    """The paths of a configuration, with their keys."""
    yield "results", Path(config.results)
    places = {"": vars(config), "prepare.": vars(config.prepare) if config.prepare else {}}
    for prefix, settings in places.items():
        for key, value in settings.items():
            values = value.values() if isinstance(value, Mapping) else value
            for path in values if isinstance(value, Mapping | list) else [value]:
                if isinstance(path, Path):
                    yield prefix + key, path


def _check_import(config: Config) -> None:
    """Raise if the scores to import are not there, or are not the only ones."""
    if config.scores_db is None:
        if config.emodels_hoc_dir is not None:
            raise MegateError(
                "config: emodels_hoc_dir is for the hoc of an imported run, but 'scores_db' is not "
                "given; remove it: prepare writes the e-models' hoc"
            )
        return
    if config.prepare is not None:
        raise MegateError(
            "config: both 'scores_db' and 'prepare' are given; scores_db takes the place of "
            "simulating the combinations that prepare names: remove one of them"
        )
    results = Path(config.results)
    if (results / "scores").is_dir():
        raise MegateError(
            f"config: results: {results} holds the simulations of another run, which an import "
            "would take the place of; choose another folder"
        )
    if not config.scores_db.is_file():
        raise MegateError(f"config: scores_db: file not found: {config.scores_db}")


def _with_bluepymm_sources(
    bluepymm: Any, phases: Sequence[str], sources: Sequence[Source], schema: Mapping[str, Any]
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
    files = [
        Source(str(path), settings, path.parent)
        for path, settings in read_bluepymm(bluepymm, phases)
    ]
    make_all(partial(refuse_unknown_keys, file, schema) for file in files)
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
