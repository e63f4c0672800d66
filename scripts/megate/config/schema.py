"""Check settings against the configuration's JSON schema, and complete them from it."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from megate.config.git_address import absolute_address
from megate.core.errors import MegateError, brief, listing, shortened, unknown_key
from megate.core.patterns import pattern_problem
from megate.files.yaml_loader import StrictLoader

_KINDS = {
    "string": "a text",
    "object": "keys with values",
    "array": "a list",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
_EXPECTED = {
    "const": "{}",
    "minimum": "{} or more",
    "exclusiveMinimum": "a number above {}",
    "maximum": "at most {}",
    "minItems": "a list of {} or more",
    "maxItems": "a list of at most {}",
    "minLength": "a text of {} or more characters",
    "maxLength": "a text of at most {} characters",
    "minProperties": "{} or more keys",
    "pattern": "a text of the form {}",
}
"""What a keyword of JSON schema asks for, by its value."""


@dataclass(frozen=True)
class Source:
    """One place that settings come from.

    Attributes:
        base: folder that its relative paths count from
        typed: typed on the command line, where nested values stay texts
    """

    name: str
    settings: Mapping[str, Any]
    base: Path
    typed: bool = False


def refuse_unknown_keys(source: Source, schema: Mapping[str, Any]) -> None:
    """Raise if `source` has a key that the schema does not have.

    Raises:
        MegateError: listing the unknown keys, each with the nearest known one.
    """
    problems = [
        unknown_key(key, known, where)
        for where, key, known in _unknown_keys(source.settings, schema, "")
    ]
    if problems:
        raise MegateError(f"{source.name}:{listing(problems)}")


def _unknown_keys(
    settings: Any, schema: Mapping[str, Any], where: str
) -> Iterator[tuple[str, str, list[str]]]:
    if isinstance(settings, list):
        items = _form(schema, "array").get("items", {})
        for number, item in enumerate(settings):
            yield from _unknown_keys(item, items, f"{where}[{number}]")
    properties = _form(schema, "object").get("properties")
    if properties is None or not isinstance(settings, Mapping):
        return
    for key, value in settings.items():
        if key not in properties:
            yield where, str(key), list(properties)
        else:
            yield from _unknown_keys(value, properties[key], f"{where}.{key}".lstrip("."))


def _form(schema: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The form that is of `kind` (a type of JSON) of a key that may take several."""
    return next((form for form in schema.get("oneOf", []) if form["type"] == kind), schema)


def with_typed_values(source: Source, schema: Mapping[str, Any]) -> Source:
    """`source`, as it is, or if it was typed on the command line: a text that stands for a number,
    a truth value or nothing becomes one where the schema has it."""
    return replace(source, settings=_typed(source.settings, schema)) if source.typed else source


def _typed(settings: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(settings, Mapping):
        properties = _form(schema, "object").get("properties", {})
        return {key: _typed(value, properties.get(key, {})) for key, value in settings.items()}
    if isinstance(settings, list):
        items = _form(schema, "array").get("items", {})
        return [_typed(item, items) for item in settings]
    types = schema.get("type", "string")
    if not isinstance(settings, str) or "string" in types:
        return settings
    try:
        return yaml.load(settings, StrictLoader)
    except (yaml.YAMLError, ValueError):
        return settings


def with_absolute_paths(source: Source, schema: Mapping[str, Any]) -> Source:
    """`source`, its paths (``format: path``, and what is one of ``path-or-url``) made absolute from
    its `base`."""
    return replace(source, settings=_absolute(source.settings, schema, source.base))


def _absolute(settings: Any, schema: Mapping[str, Any], base: Path) -> Any:
    properties = _form(schema, "object").get("properties", {})
    if isinstance(settings, Mapping) and properties:
        return {
            key: _absolute(value, properties.get(key, {}), base) for key, value in settings.items()
        }
    if isinstance(settings, list):
        items = _form(schema, "array").get("items", {})
        return [_absolute(item, items, base) for item in settings]
    if isinstance(settings, str) and _form(schema, "string").get("format") == "path":
        # not Path.resolve(): links stay links; not Path.expanduser(): it raises for unknown users
        return os.path.abspath(base / os.path.expanduser(settings))  # noqa: PTH100, PTH111
    if isinstance(settings, str) and _form(schema, "string").get("format") == "path-or-url":
        return absolute_address(settings, base)
    return settings


def validate(
    settings: Mapping[str, Any], schema: Mapping[str, Any], sources: Sequence[Source]
) -> None:
    """Raise if `settings`, merged from `sources`, are not what the schema says.

    Raises:
        MegateError: listing each wrong value with the file that it comes from.
    """
    problems = [
        f"{_origin(path, sources)}{dotted(path)}: {reason}"
        for path, reason in violations(settings, schema)
    ]
    if problems:
        raise MegateError("config:" + listing(problems))


def violations(content: Any, schema: Mapping[str, Any]) -> list[tuple[list[str | int], str]]:
    """Where `content` is not what the schema says: keys that lead there, and what is wrong."""
    checker = jsonschema.FormatChecker(formats=[])
    checker.checks("regex", raises=ValueError)(_is_regex)
    types = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("number", _is_finite_number)
    kind = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=types)
    found = kind(schema, format_checker=checker).iter_errors(content)
    errors = [error for whole in found for error in _of_the_kind_meant(whole)]
    return [
        (list(error.absolute_path), reason)
        for error in sorted(errors, key=lambda error: [str(key) for key in error.absolute_path])
        for reason in _reasons(error)
    ]


def _of_the_kind_meant(error: jsonschema.ValidationError) -> list[jsonschema.ValidationError]:
    """Where a value may take several forms, what is wrong with it in the one that has its
    type; else the error itself."""
    if error.validator not in ("anyOf", "oneOf"):
        return [error]
    forms: dict[int, list[jsonschema.ValidationError]] = {}
    for inner in error.context:
        forms.setdefault(inner.schema_path[0], []).append(inner)
    meant = [inner for inner in forms.values() if not any(map(_is_of_another_type, inner))]
    return meant[0] if len(meant) == 1 else [error]


def _is_of_another_type(inner: jsonschema.ValidationError) -> bool:
    """Whether this is why a form does not fit: the value is of another type altogether."""
    return inner.validator == "type" and not inner.path


def _reasons(error: jsonschema.ValidationError) -> list[str]:
    if error.validator == "additionalProperties" and error.validator_value is False:
        known = error.schema.get("properties", {})
        ignored = error.schema.get("patternProperties", {})
        return [
            unknown_key(key, known)
            for key in error.instance
            if key not in known and not any(re.search(pattern, key) for pattern in ignored)
        ]
    return [_reason(error)]


def _reason(error: jsonschema.ValidationError) -> str:
    found = brief(error.instance)
    if error.cause:
        return f"{found} is not a valid regular expression: {error.cause}"
    if error.validator == "required":
        return error.message.replace("a required property", "missing")
    number = isinstance(error.instance, int | float) and not isinstance(error.instance, bool)
    if number and not _is_finite_number(None, error.instance):
        return f"{found} found, expected a finite number"
    expected = _expected(error)
    return f"{found} found, expected {expected}" if expected else shortened(error.message, 300)


def _expected(error: jsonschema.ValidationError) -> str | None:
    wanted = error.validator_value
    if error.validator in ("oneOf", "anyOf"):
        types = [one.validator_value for one in error.context if _is_of_another_type(one)]
        return "one of: " + ", ".join(_KINDS[kind] for kind in dict.fromkeys(types))
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return " or ".join(_KINDS[kind] for kind in kinds)
    if error.validator == "enum":
        return "one of: " + ", ".join(map(str, wanted))
    return _EXPECTED.get(error.validator, "").format(wanted) or None


def _is_regex(value: Any) -> bool:
    problem = pattern_problem(value) if isinstance(value, str) else None  # `type` refuses others
    if problem:
        raise ValueError(problem)
    return True


def _is_finite_number(_: Any, value: Any) -> bool:
    """YAML and JSON, as Python reads them, have infinite numbers and NaN, which no limit stops, and
    whole ones that are larger than any float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max


def dotted(keys: Iterable[str | int]) -> str:
    """Keys that lead to a value, as a text: prepare.emodels_dir[0]."""
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


def with_defaults(settings: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """`settings`, with the schema's default for each key that they lack."""
    complete = dict(settings)
    for key, subschema in schema.get("properties", {}).items():
        if key not in complete and "default" in subschema:
            complete[key] = subschema["default"]
        if isinstance(complete.get(key), Mapping):
            complete[key] = with_defaults(complete[key], subschema)
    return complete
