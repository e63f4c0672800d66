"""The configuration's JSON schema: settings are checked against it, and completed from it."""

import os
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from megate.config.git_address import absolute_address
from megate.core.errors import MegateError, listing
from megate.files.json_schema import (
    Keys,
    Schema,
    dotted,
    form,
    unknown_keys,
    violations,
    with_defaults,
)
from megate.files.readers import read_yaml_mapping
from megate.files.yaml_loader import StrictLoader

SCHEMA = Path(__file__).parent / "config.schema.yaml"  # a link to that of the workflow


@dataclass(frozen=True)
class Source:
    """One place that settings come from: a file, or the command line (`typed`), where Snakemake
    leaves nested values strings. Relative paths count from the folder `base`."""

    name: str
    settings: Mapping[str, Any]
    base: Path
    typed: bool = False


def default(key: str) -> Any:
    """A dataclass field with the default that the schema has for `key` ("section.key"). The schema
    is read when a default is first used; `load_config` gives all values, and uses none."""

    def value() -> Any:
        schema = _schema()
        for part in key.split("."):
            schema = schema["properties"][part]
        given = copy(schema["default"])
        return with_defaults(given, schema) if isinstance(given, Mapping) else given

    return field(default_factory=value)


@cache
def _schema() -> Schema:
    return read_yaml_mapping(SCHEMA, "config schema")


def refuse_unknown_keys(source: Source, schema: Schema) -> None:
    """Raise for keys that the schema does not have, listing each with the nearest known one."""
    problems = unknown_keys(source.settings, schema)
    if problems:
        raise MegateError(f"{source.name}:{listing(problems)}")


def resolved(source: Source, schema: Schema) -> Source:
    """`source` with absolute paths (``format: path`` and ``path-or-url``), which count from its
    `base`; on the command line, with the numbers, booleans and nulls that strings stand for."""

    def change(value: Any, subschema: Schema) -> Any:
        value = _typed(value, subschema) if source.typed else value
        return _absolute(value, subschema, source.base)

    return replace(source, settings=_changed(source.settings, schema, change))


def _changed(settings: Any, schema: Schema, change: Callable[[Any, Schema], Any]) -> Any:
    """`settings`, with `change(value, subschema)` in place of each value that is neither a section
    nor a list."""
    shape = form(schema, "object")
    properties, others = shape.get("properties", {}), shape.get("additionalProperties")
    others = others if isinstance(others, Mapping) else {}  # of a mapping whose keys are names
    if isinstance(settings, Mapping) and (properties or others):
        return {
            key: _changed(value, properties.get(key, others), change)
            for key, value in settings.items()
        }
    if isinstance(settings, list):
        items = form(schema, "array").get("items", {})
        return [_changed(item, items, change) for item in settings]
    return change(settings, schema)


def _typed(value: Any, schema: Schema) -> Any:
    if not isinstance(value, str) or "string" in schema.get("type", "string"):
        return value
    try:
        return yaml.load(value, StrictLoader)
    except (yaml.YAMLError, ValueError):
        return value


def _absolute(value: Any, schema: Schema, base: Path) -> Any:
    kind = form(schema, "string").get("format")
    if isinstance(value, str) and kind == "path":
        # not Path.resolve(): links stay links; not Path.expanduser(): it raises for unknown users
        return os.path.abspath(base / os.path.expanduser(value))  # noqa: PTH100, PTH111
    if isinstance(value, str) and kind == "path-or-url":
        return absolute_address(value, base)
    return value


def validate(settings: Mapping[str, Any], schema: Schema, sources: Sequence[Source]) -> None:
    """Raise if `settings`, merged from `sources`, do not follow the schema; list each wrong value
    with the file that it comes from."""
    problems = [
        f"{_origin(keys, sources)}{dotted(keys)}: {reason}"
        for keys, reason in violations(settings, schema)
    ]
    if problems:
        raise MegateError("config:" + listing(problems))


def _origin(keys: Keys, sources: Sequence[Source]) -> str:
    """The last source that has a value under `keys`, for messages."""
    for source in reversed(sources):
        value: Any = source.settings
        try:
            for key in keys:
                value = value[key]
        except (KeyError, IndexError, TypeError):
            continue
        return f"{source.name}: "
    return ""
