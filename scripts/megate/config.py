"""Configuration: config.yaml or BluePyMM's three files -> one validated `Config`."""

import difflib
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from megate.bluepymm import read_bluepymm
from megate.errors import MegateError, listing
from megate.files import read_yaml_mapping


@dataclass(frozen=True)
class Source:
    """One place that settings come from, and the folder that its relative paths count from."""

    name: str
    settings: Mapping[str, Any]
    base: Path


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


@dataclass(frozen=True)
class Select:
    """The decision; see the schema for each key."""

    megate_thresholds: list[dict[str, Any]] = field(default_factory=list)
    to_skip_features: list[str] = field(default_factory=list)
    skip_repaired_exemplar: bool = False
    check_opt_scores: bool = True
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
        _refuse_unknown_keys(source, schema)
    sources = [_with_absolute_paths(source, schema) for source in sources]
    merged = _merged(sources)
    if "bluepymm" in merged:
        sources = _with_bluepymm_sources(merged["bluepymm"], sources, schema)
        merged = _merged(sources)
    if "prepare" not in merged:
        raise MegateError(
            "config: neither 'prepare' (the inputs) nor 'bluepymm' (a BluePyMM project) is given"
        )
    _validate(merged, schema, sources)
    settings = _with_defaults(merged, schema)
    if settings["select"]["skip_repaired_exemplar"] is None:
        settings["select"]["skip_repaired_exemplar"] = settings["prepare"]["skip_repaired_exemplar"]
    settings.pop("bluepymm", None)
    return Config.from_plain(settings)


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
        _refuse_unknown_keys(file, schema)
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


def _refuse_unknown_keys(source: Source, schema: Mapping[str, Any]) -> None:
    problems = [
        f"unknown key {key!r}{f' in {where!r}' if where else ''}; the nearest known one is "
        f"{_nearest(key, known)!r}"
        for where, key, known in _unknown_keys(source.settings, schema, "")
    ]
    if problems:
        raise MegateError(f"{source.name}:{listing(problems)}")


def _unknown_keys(
    settings: Any, schema: Mapping[str, Any], where: str
) -> Iterator[tuple[str, str, list[str]]]:
    schema = _object_schema(schema)
    if isinstance(settings, list) and "items" in schema:
        for number, item in enumerate(settings):
            yield from _unknown_keys(item, schema["items"], f"{where}[{number}]")
    properties = schema.get("properties")
    if properties is None or not isinstance(settings, Mapping):
        return
    for key, value in settings.items():
        if key not in properties:
            yield where, str(key), list(properties)
        else:
            yield from _unknown_keys(value, properties[key], f"{where}.{key}".lstrip("."))


def _nearest(key: str, known: list[str]) -> str:
    return difflib.get_close_matches(key, known, n=1, cutoff=0.0)[0]


def _object_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object form of a key that may be a plain value or an object."""
    return next((form for form in schema.get("oneOf", []) if form["type"] == "object"), schema)


def _with_absolute_paths(source: Source, schema: Mapping[str, Any]) -> Source:
    return Source(source.name, _absolute(source.settings, schema, source.base), source.base)


def _absolute(settings: Any, schema: Mapping[str, Any], base: Path) -> Any:
    properties = _object_schema(schema).get("properties", {})
    if isinstance(settings, Mapping) and properties:
        return {
            key: _absolute(value, properties.get(key, {}), base) for key, value in settings.items()
        }
    formats = {schema.get("format"), *(form.get("format") for form in schema.get("oneOf", []))}
    if isinstance(settings, str) and "path" in formats:
        # not Path.resolve(): links stay links; not Path.expanduser(): it raises for unknown users
        return os.path.abspath(base / os.path.expanduser(settings))  # noqa: PTH100, PTH111
    return settings


def _validate(
    settings: dict[str, Any], schema: Mapping[str, Any], sources: Sequence[Source]
) -> None:
    checker = jsonschema.FormatChecker(formats=[])
    checker.checks("regex", raises=re.error)(_is_regex)
    types = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("number", _is_finite_number)
    kind = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=types)
    validator = kind(schema, format_checker=checker)
    problems = []
    for error in sorted(validator.iter_errors(settings), key=lambda error: list(error.path)):
        reason = f"not a valid regular expression: {error.cause}" if error.cause else ""
        problems.append(
            f"{_origin(list(error.path), sources)}{_dotted(error.path)}: {reason or error.message}"
        )
    if problems:
        raise MegateError("config:" + listing(problems))


def _is_regex(value: Any) -> bool:
    if isinstance(value, str):  # the schema's `type` refuses others
        re.compile(value)
    return True


def _is_finite_number(_: Any, value: Any) -> bool:
    """YAML and JSON, as Python reads them, have infinite numbers and NaN, which no limit stops."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _dotted(keys: Any) -> str:
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.lstrip(".") or "(top level)"


def _origin(keys: list[Any], sources: Sequence[Source]) -> str:
    """The file that the value under `keys` comes from, for messages."""
    for source in reversed(sources):
        value: Any = source.settings
        try:
            for key in keys:
                value = value[key]
        except (KeyError, IndexError, TypeError):
            continue
        return f"{source.name}: "
    return ""


def _with_defaults(settings: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    complete = dict(settings)
    for key, subschema in schema.get("properties", {}).items():
        if key not in complete and "default" in subschema:
            complete[key] = subschema["default"]
        if isinstance(complete.get(key), Mapping):
            complete[key] = _with_defaults(complete[key], subschema)
    return complete
