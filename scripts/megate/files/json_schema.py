"""Check values against a JSON schema, with messages that a user can act on, and fill in defaults.

In schemas of megate, ``format: regex`` marks Python's regular expressions, and numbers are finite.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema

from megate.core.errors import brief, shortened
from megate.core.errors import unknown_keys as unknown_key_messages
from megate.core.patterns import pattern_problem

Schema = Mapping[str, Any]
Keys = list[str | int]
"""The keys and indices that lead to a value."""

_TYPES = {
    "string": "a string",
    "object": "a mapping",
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
    "minLength": "a string of {} or more characters",
    "maxLength": "a string of at most {} characters",
    "minProperties": "{} or more keys",
    "pattern": "a string of the form {}",
}
"""What a keyword of JSON schema asks for, by its value."""


def violations(content: Any, schema: Schema) -> list[tuple[Keys, str]]:
    """Where `content` does not follow `schema`: the keys that lead there, and the problem."""
    return [
        (list(error.absolute_path), reason)
        for error in _errors(content, schema)
        for reason in (_unknown(error) if _forbids_keys(error) else [_reason(error)])
    ]


def unknown_keys(content: Any, schema: Schema) -> list[str]:
    """The keys that `schema` does not have, each with its section and the nearest known key."""
    return [
        problem
        for error in _errors(content, schema)
        if error.validator == "additionalProperties"
        for problem in _unknown(error, dotted(error.absolute_path))
    ]


def with_defaults(content: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """`content`, with the default of `schema` for each missing key, in all sections."""
    complete = dict(content)
    for key, subschema in schema.get("properties", {}).items():
        if key not in complete and "default" in subschema:
            complete[key] = subschema["default"]
        if isinstance(complete.get(key), Mapping):
            complete[key] = with_defaults(complete[key], subschema)
    return complete


def form(schema: Schema, kind: str) -> Schema:
    """The subschema for values of the JSON type `kind`, where `schema` allows several types."""
    return next((each for each in schema.get("oneOf", []) if each["type"] == kind), schema)


def dotted(keys: Iterable[str | int]) -> str:
    """Keys that lead to a value, as messages show them: prepare.emodels_dir[0]."""
    text = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)
    return text.lstrip(".") or "(top level)"


def _errors(content: Any, schema: Schema) -> list[jsonschema.ValidationError]:
    checker = jsonschema.FormatChecker(formats=[])
    checker.checks("regex", raises=ValueError)(_is_regex)
    types = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("number", _is_finite_number)
    validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=types)
    found = validator(schema, format_checker=checker).iter_errors(content)
    errors = [error for whole in found for error in _of_the_type_meant(whole)]
    return sorted(errors, key=lambda error: [str(key) for key in error.absolute_path])


def _of_the_type_meant(error: jsonschema.ValidationError) -> list[jsonschema.ValidationError]:
    """The errors of the subschema for the type that the value has, if it may have several."""
    if error.validator not in ("anyOf", "oneOf"):
        return [error]
    forms: dict[Any, list[jsonschema.ValidationError]] = {}
    for inner in error.context:
        forms.setdefault(inner.schema_path[0], []).append(inner)
    meant = [inner for inner in forms.values() if not any(map(_is_of_another_type, inner))]
    return meant[0] if len(meant) == 1 else [error]


def _is_of_another_type(inner: jsonschema.ValidationError) -> bool:
    return inner.validator == "type" and not inner.path


def _forbids_keys(error: jsonschema.ValidationError) -> bool:
    return error.validator == "additionalProperties" and error.validator_value is False


def _unknown(error: jsonschema.ValidationError, section: str = "") -> Iterator[str]:
    known = error.schema.get("properties", {})
    ignored = error.schema.get("patternProperties", {})
    unknown = [
        key
        for key in error.instance
        if key not in known and not any(re.search(pattern, key) for pattern in ignored)
    ]
    yield from unknown_key_messages(unknown, known, "" if section == dotted([]) else section)


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
        return "one of: " + ", ".join(_TYPES[kind] for kind in dict.fromkeys(types))
    if error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return " or ".join(_TYPES[kind] for kind in kinds)
    if error.validator == "enum":
        return "one of: " + ", ".join(map(str, wanted))
    return _EXPECTED.get(error.validator, "").format(wanted) or None


def _is_regex(value: Any) -> bool:
    problem = pattern_problem(value) if isinstance(value, str) else None  # `type` refuses others
    if problem:
        raise ValueError(problem)
    return True


def _is_finite_number(_: Any, value: Any) -> bool:
    """YAML and JSON, as Python reads them, have infinite numbers and NaN, and whole numbers that
    are larger than any float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max
