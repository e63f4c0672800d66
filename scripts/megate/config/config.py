"""The configuration: config.yaml or BluePyMM's three files become one validated `Config`."""

# ruff: noqa: RUF009 (`default` makes a dataclass field)

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial, reduce
from pathlib import Path
from typing import Any

from megate.adaptation.resistance import LIMITS
from megate.config.bluepymm import PHASES, REPLACED, read_bluepymm
from megate.config.deprecated import with_current_names
from megate.config.git_address import check_address
from megate.config.schema import (
    SCHEMA,
    Source,
    default,
    refuse_unknown_keys,
    resolved,
    validate,
)
from megate.core.errors import MegateError, brief, listing, run_checks
from megate.core.names import input_problem
from megate.core.paths import Paths
from megate.core.patterns import last_match
from megate.files.json_schema import Schema, with_defaults
from megate.files.readers import read_yaml_mapping

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepare:
    """The inputs. The schema describes each key. All paths are absolute, except
    `emodel_etype_map_path` and `final_json_path`: they are relative to each folder of `emodels_dir`
    or to the root of `emodels_repo`."""

    morph_path: Path | dict[str, Path]
    rep_morph_path: Path | dict[str, Path]
    emodel_etype_map_path: Path
    final_json_path: Path
    recipe_path: Path | None = default("prepare.recipe_path")
    circuitmvd3_path: Path | None = default("prepare.circuitmvd3_path")
    sonata_nodes_path: Path | None = default("prepare.sonata_nodes_path")
    sonata_population: str | None = default("prepare.sonata_population")
    sonata_node_types_path: Path | None = default("prepare.sonata_node_types_path")
    unrep_morph_path: Path | None = default("prepare.unrep_morph_path")
    neurondb_path: Path | None = default("prepare.neurondb_path")
    morphologies_without_recipe: str = default("prepare.morphologies_without_recipe")
    check_morphologies: str = default("prepare.check_morphologies")
    accepted_morphologies: list[str] = default("prepare.accepted_morphologies")
    emodels_dir: list[Path] = default("prepare.emodels_dir")
    emodels_repo: str | None = default("prepare.emodels_repo")
    emodels_githash: str | None = default("prepare.emodels_githash")
    skip_repaired_exemplar: bool = default("prepare.skip_repaired_exemplar")
    template: Path | None = default("prepare.template")

    @property
    def convert_morphologies(self) -> bool:
        """Whether clean copies are simulated of files that NEURON misreads."""
        return self.check_morphologies == "convert"

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Prepare":
        """Make it from plain values; `emodels_dir` may be a single folder."""
        settings = {
            key: _mapped(value, str, Path)
            if key.endswith(("_path", "_dir")) or key == "template"
            else value
            for key, value in plain.items()
        }
        folders = settings.get("emodels_dir") or []
        settings["emodels_dir"] = [folders] if isinstance(folders, Path) else folders
        return cls(**settings)


@dataclass(frozen=True)
class Scoring:
    """How combinations are simulated. The schema describes each key."""

    evaluator: str = default("scoring.evaluator")
    use_apical_points: bool = default("scoring.use_apical_points")
    timeout_s: float | None = default("scoring.timeout_s")
    memory_mb: float | None = default("scoring.memory_mb")
    rebuild_cell: bool = default("scoring.rebuild_cell")
    stop_early: bool = default("scoring.stop_early")
    keep_traces: bool = default("scoring.keep_traces")
    currents: dict[str, Any] = default("scoring.currents")
    hoc_tests: dict[str, float] = default("scoring.hoc_tests")

    def hoc_tests_of(self, emodel: str) -> dict[str, float]:
        """The settings for an e-model that is a hoc: those of its tests and of its currents."""
        return self.hoc_tests | self.currents_of(emodel)

    def currents_of(self, emodel: str) -> dict[str, float]:
        """The settings of `currents` for an e-model: those of the last rule that matches it, else
        the common ones."""
        common = {key: value for key, value in self.currents.items() if key != "emodels"}
        rule = last_match(self.currents["emodels"], emodel) or {}
        return common | {key: rule[key] for key in common if key in rule}

    def changed_currents_of(self, emodel: str) -> dict[str, dict[str, float]]:
        """`currents`: those of `currents_of`, if they are not megate's defaults. With the defaults,
        results of earlier versions, which did not measure currents, stay up to date."""
        settings = self.currents_of(emodel)
        return {} if settings == Scoring().currents_of(emodel) else {"currents": settings}


@dataclass(frozen=True)
class Select:
    """How combinations are selected. The schema describes each key."""

    megate_thresholds: list[dict[str, Any]] = default("select.megate_thresholds")
    to_skip_features: list[str] = default("select.to_skip_features")
    skip_repaired_exemplar: bool | None = default("select.skip_repaired_exemplar")
    check_opt_scores: bool = default("select.check_opt_scores")
    opt_scores_tolerance: float = default("select.opt_scores_tolerance")
    uncomputable_exemplar_feature: str = default("select.uncomputable_exemplar_feature")
    borderline_margin: float = default("select.borderline_margin")
    select_perc_best: float | None = default("select.select_perc_best")
    currents: list[dict[str, Any]] = default("select.currents")
    release_without_threshold: bool = default("select.release_without_threshold")
    require_coverage: bool = default("select.require_coverage")
    make_names_neuron_compliant: bool = default("select.make_names_neuron_compliant")
    plot_emodels_per_morphology: bool = default("select.plot_emodels_per_morphology")


@dataclass(frozen=True)
class Adapt:
    """How axon initial segment and soma are scaled. The schema describes each key."""

    ais: bool = default("adapt.ais")
    soma: bool = default("adapt.soma")
    limits: list[float] = default("adapt.limits")
    rounds: int = default("adapt.rounds")


@dataclass(frozen=True)
class Circuit:
    """What the release gives to circuits. The schema describes each key. Paths are absolute."""

    copy_morphologies: bool = default("circuit.copy_morphologies")
    nodes_path: Path | None = default("circuit.nodes_path")
    nodes_population: str | None = default("circuit.nodes_population")
    seed: int = default("circuit.seed")
    emodel_weights: dict[str, float] = default("circuit.emodel_weights")
    cells_without_combination: str = default("circuit.cells_without_combination")
    validate_sample: int | None = default("circuit.validate_sample")
    validate_neurodamus_sample: int | None = default("circuit.validate_neurodamus_sample")

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Circuit":
        """Make it from plain values."""
        path = plain.get("nodes_path")
        return cls(**{**plain, "nodes_path": None if path is None else Path(path)})


@dataclass(frozen=True)
class Config:
    """The whole configuration. `results` is relative to the working directory. Either `prepare`
    names the inputs of simulations, or `scores_db` has the scores of an earlier BluePyMM run, whose
    hoc files may be in `emodels_hoc_dir`."""

    results: str
    prepare: Prepare | None
    scoring: Scoring
    select: Select
    circuit: Circuit = field(default_factory=Circuit)
    adapt: Adapt | None = None
    scores_db: Path | None = default("scores_db")
    emodels_hoc_dir: Path | None = default("emodels_hoc_dir")

    @property
    def inputs(self) -> Prepare:
        """`prepare`, of a configuration that has it."""
        assert self.prepare is not None
        return self.prepare

    def plain(self) -> dict[str, Any]:
        """The configuration as plain values, for a script in another process."""
        return _mapped(asdict(self), Path, str)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "Config":
        """Make a configuration from the plain values that `plain` returns."""
        prepare = plain.get("prepare")
        return cls(
            plain["results"],
            None if prepare is None else Prepare.from_plain(prepare),
            Scoring(**plain["scoring"]),
            Select(**plain["select"]),
            Circuit.from_plain(plain.get("circuit", {})),
            Adapt(**plain["adapt"]) if plain.get("adapt") else None,
            *(_mapped(plain.get(key), str, Path) for key in ("scores_db", "emodels_hoc_dir")),
        )


def _mapped(value: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """`value`, with `change(item)` for each item of `kind` in it."""
    if isinstance(value, Mapping):
        return {key: _mapped(item, kind, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, kind, change) for item in value]
    return change(value) if isinstance(value, kind) else value


def read_config(
    files: Iterable[Path], typed: Mapping[str, Any], warn: Callable[[str], None] = logger.warning
) -> Config:
    """Read configuration files and `typed`, the settings of the command line (``--config``). Paths
    in a file count from its folder, those of the command line from the working directory.

    Raises:
        MegateError: a file cannot be read; or as `load_config`.
    """
    files = [file.absolute() for file in files]
    sources = [Source(str(file), read_yaml_mapping(file, "config"), file.parent) for file in files]
    return load_config([*sources, Source("--config", typed, Path.cwd(), typed=True)], SCHEMA, warn)


def load_config(
    sources: Sequence[Source], schema_path: Path, warn: Callable[[str], None] = logger.warning
) -> Config:
    """Merge `sources` (later ones win), check them against the schema, fill in its defaults. `warn`
    is called with each deprecation warning.

    Raises:
        MegateError: listing unknown keys (each with the nearest known one), missing keys, values
            of the wrong type, invalid regexes.
    """
    schema = read_yaml_mapping(schema_path, "config schema")
    sources = [with_current_names(source, warn) for source in sources]
    run_checks(partial(refuse_unknown_keys, source, schema) for source in sources)
    sources = [resolved(source, schema) for source in sources]
    merged = _merged(sources)
    imports = merged.get("scores_db") is not None
    if "bluepymm" in merged:
        # scores of an earlier run need the thresholds only: its inputs may be gone
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
    circuit, prepare = settings["circuit"], settings.get("prepare") or {}
    if circuit["nodes_path"] is None:
        circuit["nodes_path"] = prepare.get("sonata_nodes_path")
        circuit["nodes_population"] = circuit["nodes_population"] or prepare.get(
            "sonata_population"
        )
    if settings["adapt"] is True:
        settings["adapt"] = with_defaults({}, schema["properties"]["adapt"])
    settings.pop("bluepymm", None)
    settings["results"] = os.path.normpath(os.path.expanduser(settings["results"]))  # noqa: PTH111
    config = Config.from_plain(settings)
    _check_together(config, schema)
    return config


def _check_together(config: Config, schema: Schema) -> None:
    """Raise if a path cannot be used, or if values contradict each other."""
    _check_paths(config)
    checks = [
        partial(_check_import, config),
        partial(_check_nodes, config),
        partial(_check_stop_early, config),
    ]
    if config.adapt:
        checks.append(partial(_check_adapt, config.adapt, config.prepare))
    if config.prepare:
        checks.append(partial(_check_exemplars, config.prepare, config.select))
        checks.append(partial(_check_sources, config.prepare, schema))
    run_checks(checks)


def _check_paths(config: Config) -> None:
    problems = []
    for key, path in _paths_of(config):
        if problem := input_problem(str(path)):
            problems.append(f"{key}: {brief(str(path))} {problem}")
        elif key == "results" and path.exists() and not path.is_dir():
            problems.append(f"{key}: {path} is not a folder")
    if problems:
        raise MegateError(f"config:{listing(problems)}")


def _check_nodes(config: Config) -> None:
    """Raise if the target `nodes` would overwrite its input."""
    path, written = config.circuit.nodes_path, Paths(Path(config.results)).nodes
    if path is not None and path.resolve() == written.resolve():
        raise MegateError(
            f"config: circuit.nodes_path: {path} is the file that the target nodes writes; "
            "expected another file"
        )


def _check_stop_early(config: Config) -> None:
    """Raise if a decision needs scores that `stop_early` leaves out."""
    if config.scoring.stop_early and config.select.select_perc_best is not None:
        raise MegateError(
            "config: both scoring.stop_early and select.select_perc_best are given, but the best "
            "combinations can only be selected from complete scores; remove one of them"
        )


def _check_adapt(adapt: Adapt, prepare: Prepare | None) -> None:
    """Raise if nothing is to be scaled, or if the scales cannot be limited like this."""
    if prepare is None:
        raise MegateError(
            "config: both 'adapt' and 'scores_db' are given, but imported scores cannot be "
            "adapted; remove one of them"
        )
    if not (adapt.ais or adapt.soma):
        raise MegateError(
            "config: adapt: both ais and soma are false, so nothing is scaled; set adapt: false to "
            "simulate all cells as they are"
        )
    smallest, largest = adapt.limits
    if not LIMITS[0] <= smallest <= 1 <= largest <= LIMITS[1]:
        raise MegateError(
            f"config: adapt.limits: {adapt.limits} found, expected 0 < smallest <= 1 <= largest, "
            f"both between {LIMITS[0]} and {LIMITS[1]}, where resistances are measured"
        )


def _check_exemplars(prepare: Prepare, select: Select) -> None:
    if prepare.skip_repaired_exemplar and not select.skip_repaired_exemplar:
        raise MegateError(
            "config: prepare.skip_repaired_exemplar is true, but select.skip_repaired_exemplar is "
            "false: the repaired exemplars do not run, so their scores cannot scale limits"
        )


def _check_sources(prepare: Prepare, schema: Schema) -> None:
    """Raise unless the combinations come from one key, and the e-models, too. The schema marks
    these keys with ``x-one-of``, and keys that are used only with another with ``x-requires``."""
    keys = schema["properties"]["prepare"]["properties"]
    groups: dict[str, list[str]] = {}
    for key, about in keys.items():
        if "x-one-of" in about:
            groups.setdefault(about["x-one-of"], []).append(key)
    for what, of_group in groups.items():
        given = [key for key in of_group if getattr(prepare, key)]
        if len(given) != 1:
            raise MegateError(
                f"config: prepare: {what} come from one of {', '.join(of_group)}; found "
                f"{' and '.join(given) or 'none of them'}"
            )
    for key, about in keys.items():
        of = about.get("x-requires")
        if of and getattr(prepare, key) and not getattr(prepare, of):
            raise MegateError(f"config: prepare: {key} is given, but {of} is not")
    if prepare.morphologies_without_recipe == "warn" and not prepare.recipe_path:
        raise MegateError(
            "config: prepare: morphologies_without_recipe is warn, but recipe_path is not given: "
            "all morphologies of a circuit's cells are scored"
        )
    if prepare.emodels_repo:
        check_address(prepare.emodels_repo, "config: prepare: emodels_repo")
    for key in ("emodel_etype_map_path", "final_json_path"):
        path = getattr(prepare, key)
        if path.is_absolute():
            raise MegateError(f"config: prepare: {key}: {path}: expected a path in emodels_dir")
        if prepare.emodels_repo and (".." in path.parts or not str(path).isprintable()):
            raise MegateError(
                f"config: prepare: {key}: {str(path)!r} is not a path in the repository"
            )


def _paths_of(config: Config) -> Iterator[tuple[str, Path]]:
    """The paths of a configuration, with their keys."""
    yield "results", Path(config.results)
    places = {
        "": vars(config),
        "prepare.": vars(config.prepare) if config.prepare else {},
        "circuit.": vars(config.circuit),
    }
    for prefix, settings in places.items():
        for key, value in settings.items():
            values = value.values() if isinstance(value, Mapping) else value
            for path in values if isinstance(value, Mapping | list) else [value]:
                if isinstance(path, Path):
                    yield prefix + key, path


def _check_import(config: Config) -> None:
    """Raise if the scores to import are missing, or if there are others."""
    if config.scores_db is None:
        if config.emodels_hoc_dir is not None:
            raise MegateError(
                "config: emodels_hoc_dir is for the hoc of an imported run, but 'scores_db' is not "
                "given; remove it: megate writes the hoc of the e-models that it simulates"
            )
        return
    if config.prepare is not None:
        raise MegateError(
            "config: both 'scores_db' and 'prepare' are given; scores_db replaces the simulations "
            "of prepare's combinations: remove one of them"
        )
    results = Path(config.results)
    if (results / "scores").is_dir():
        raise MegateError(
            f"config: results: {results} holds the simulations of another run, which an import "
            "would replace; choose another folder"
        )
    if not config.scores_db.is_file():
        raise MegateError(f"config: scores_db: file not found: {config.scores_db}")


def _with_bluepymm_sources(
    bluepymm: Any, phases: Sequence[str], sources: Sequence[Source], schema: Schema
) -> list[Source]:
    """`sources`, with BluePyMM's files as further sources before the last one that names them, so
    that what this one sets itself wins."""
    for source in sources:
        for section, replaced in REPLACED.items():
            given = source.settings.get(section)
            keys = [key for key in given if key in replaced] if isinstance(given, Mapping) else []
            if keys:
                raise MegateError(
                    f"{source.name}: 'bluepymm' is given, and in '{section}': {', '.join(keys)}; "
                    "these keys belong in BluePyMM's files; remove them here"
                )
    files = read_bluepymm(bluepymm, phases)
    run_checks(partial(refuse_unknown_keys, file, schema) for file in files)
    last = max(n for n, source in enumerate(sources) if "bluepymm" in source.settings)
    return [*sources[:last], *(resolved(file, schema) for file in files), *sources[last:]]


def _merged(sources: Sequence[Source]) -> dict[str, Any]:
    return reduce(_merge, (source.settings for source in sources), {})


def _merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(first)
    for key, value in second.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged
