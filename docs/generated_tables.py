"""Tables of the documentation that are generated from the code: a hook of MkDocs.

A page asks for a table with a comment, `<!-- table: NAME -->`; `TABLES` lists the names.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "scripts"))

from megate.config import deprecated  # noqa: E402
from megate.core.vocabulary import Reason, Status  # noqa: E402
from megate.gating.decisions import FAILURES_SCHEMA  # noqa: E402
from megate.gating.decisions import SCHEMA as DECISIONS  # noqa: E402
from megate.morphologies.check import COLUMNS as MORPHOLOGIES  # noqa: E402
from megate.project.combinations import SCHEMA as COMBOS  # noqa: E402
from megate.project_setup.recognise import FORMATS  # noqa: E402
from megate.project_setup.tables import COLUMNS as MORPHOLOGY_COLUMNS  # noqa: E402
from megate.release.adaptation import SCHEMA as ADAPTATION  # noqa: E402
from megate.release.circuit import CELLS, FILES  # noqa: E402
from megate.release.coverage import SCHEMA as COVERAGE  # noqa: E402
from megate.scores.shards import SCHEMA as SCORES  # noqa: E402
from megate.validation.table import COLUMNS as VALIDATION  # noqa: E402

CONFIG_SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
EMODEL_SCHEMAS = REPOSITORY / "scripts" / "megate" / "builtin" / "schemas"

_PLACEHOLDER = re.compile(r"<!-- table: (\w+) -->")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in the tables of a page (MkDocs calls this for each)."""
    return _PLACEHOLDER.sub(lambda found: TABLES[found[1]](), markdown)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(text: str) -> str:
    """A description as a cell of a table: only code in backticks is Markdown."""
    parts = " ".join(text.split()).split("`")
    parts[::2] = [re.sub(r"[*_|]", r"\\\g<0>", escape(part, quote=False)) for part in parts[::2]]
    parts[1::2] = [part.replace("|", "\\|") for part in parts[1::2]]
    return "`".join(parts)


def _columns(schema: pa.Schema) -> str:
    """The columns of a table: name, type and the schema's sentence."""
    rows = (
        (f"`{field.name}`", _type(field.type), _cell(field.metadata[b"about"].decode()))
        for field in schema
    )
    return _table(("column", "type", "content"), rows)


def _type(kind: pa.DataType) -> str:
    """The type of a column; for a dictionary, that of its values."""
    return str(kind.value_type if pa.types.is_dictionary(kind) else kind)


def _named_columns(about: Mapping[str, str], what: str = "column") -> str:
    """The columns of a text file, or the files of a folder."""
    return _table((what, "content"), ((f"`{name}`", _cell(about[name])) for name in about))


def _formats() -> str:
    """The formats of e-models that `megate init` recognises."""
    return "\n".join(f"- {_cell(each.DESCRIPTION)}" for each in FORMATS)


def _morphology_columns() -> str:
    """The names of columns that a table of morphologies may have."""
    about = {
        "morph_name": "name of the morphology",
        "path": "path of its file (only the file's name counts)",
        "layer": "layer, or region",
        "fullmtype": "m-type, with or without subtype",
        "msubtype": "subtype of the m-type",
        "etype": "e-type",
    }
    rows = (
        (about[key], ", ".join(f"`{name}`" for name in names))
        for key, names in MORPHOLOGY_COLUMNS.items()
    )
    return _table(("content", "name of the column"), rows)


def _words(words: type[StrEnum]) -> str:
    """The words of an enumeration."""
    return _table(("word", "meaning"), ((f"`{word}`", _cell(word.about)) for word in words))


def _deprecated() -> str:
    """Names of earlier versions and their current ones."""
    keys = [
        (f"`{section}.{old}`", f"`{section}.{new}`")
        for (section, old), new in deprecated.KEYS.items()
    ]
    values = [
        (f"`{section}.{key}: {old}`", f"`{section}.{key}: {new}`")
        for (section, key, old), new in deprecated.VALUES.items()
    ]
    return _table(("deprecated", "current"), [*keys, *values])


# --- keys of the configuration


def _config() -> str:
    """All keys of the configuration: top level, then a table for each section."""
    schema = yaml.safe_load(CONFIG_SCHEMA.read_text())
    sections = {
        key: value
        for key, value in schema["properties"].items()
        if value.get("type") == "object" and "properties" in value
    }
    parts = [f"## Top level\n\n{_config_keys(schema, schema)}"]
    for name, section in sections.items():
        about = " ".join(section["description"].split())
        parts.append(f"## `{name}`\n\n{about}\n\n{_config_keys(section, schema)}")
    return "\n\n".join(parts)


def _config_keys(section: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    return _table(("key", "type", "default", "description"), _config_rows(section, schema, ""))


def _config_rows(
    section: Mapping[str, Any], schema: Mapping[str, Any], prefix: str
) -> Iterator[tuple[str, str, str, str]]:
    for key, value in section["properties"].items():
        required = key in section.get("required", ())
        about = _cell(value.get("description", ""))
        yield f"`{prefix}{key}`", _types(value, schema), _default(value, required), about
        if not prefix and section is schema and value.get("type") == "object":
            continue  # a section: has a table of its own
        for form in [value, *value.get("oneOf", ())]:
            if "properties" in form:
                yield from _config_rows(form, schema, f"{prefix}{key}.")
            elif "properties" in form.get("items", {}):
                yield from _config_rows(form["items"], schema, f"{prefix}{key}[].")


def _types(value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """The types that a value may have, in words."""
    if "$ref" in value:
        value = schema["$defs"][value["$ref"].rpartition("/")[2]]
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"])
    if "oneOf" in value:
        return " or ".join(_types(form, schema) for form in value["oneOf"])
    kinds = value["type"] if isinstance(value["type"], list) else [value["type"]]
    return " or ".join(_value_type(kind, value, schema) for kind in kinds)


def _value_type(kind: str, value: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if kind == "array":
        return f"list of {_types(value['items'], schema)}s"
    words = {"object": "mapping", "boolean": "true or false", "null": "null"}
    if kind == "string":
        kinds = {"path": "path", "path-or-url": "path or address", "regex": "regular expression"}
        return kinds.get(value.get("format"), "string")
    return words.get(kind) or kind + _bounds(value)


def _bounds(value: Mapping[str, Any]) -> str:
    """The bounds of a number, in words."""
    words = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most"}
    bounds = [f"{words[name]} {value[name]}" for name in words if name in value]
    return f" ({', '.join(bounds)})" if bounds else ""


def _default(value: Mapping[str, Any], required: bool) -> str:
    if "default" not in value:
        return "required" if required else "-"
    return f"`{yaml.safe_dump(value['default'], default_flow_style=True).split(chr(10))[0]}`"


# --- keys of e-models without code


def emodel_keys(kind: str) -> str:
    """All keys of one kind of an e-model's files; those that are not used in a last line."""
    schema = yaml.safe_load((EMODEL_SCHEMAS / f"{kind}.yaml").read_text())
    rows = list(_emodel_rows(schema.get("$defs", {}), schema))
    used = [row for row in rows if not row[1].startswith("Not used.")]
    unused = sorted({key.strip("`").rpartition(".")[2] for key, _ in set(rows) - set(used)})
    listed = ", ".join(f"`{name}`" for name in unused)
    table = _table(("key", "meaning"), used)
    return f"{table}\n\nRead but not used: {listed}." if listed else table


def _emodel_rows(
    definitions: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for name, definition in definitions.items():
        yield f"**{name}**", _cell(definition.get("description", ""))
        yield from _emodel_keys(definition, "")
    if not definitions:
        yield from _emodel_keys(schema, "")


def _emodel_keys(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    """The keys below a part of a schema, with their places and meanings."""
    for key, value in schema.get("properties", {}).items():
        about = _about(value) + (" Required." if key in schema.get("required", ()) else "")
        yield f"`{prefix}{key}`", _cell(about)
        yield from _emodel_keys(value, f"{prefix}{key}.")
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict):
        name = schema["propertyNames"]["title"]
        yield from _emodel_keys(inner, f"{prefix}<{name}>.")
    if "properties" in schema.get("items", {}):
        yield from _emodel_keys(schema["items"], f"{prefix.removesuffix('.')}[].")


def _about(schema: Mapping[str, Any]) -> str:
    about = schema.get("description", "")
    if "$ref" in schema:
        about += f" See **{schema['$ref'].rpartition('/')[2]}** below."
    if "enum" in schema and not about:
        about = "One of " + ", ".join(f"`{choice}`" for choice in schema["enum"]) + "."
    if schema.get("default", []) != []:
        default = schema["default"]
        about += f" Default: `{str(default).lower() if isinstance(default, bool) else default}`."
    return about.strip()


TABLES = {
    "config": _config,
    "deprecated": _deprecated,
    "reasons": partial(_words, Reason),
    "statuses": partial(_words, Status),
    "combos": partial(_columns, COMBOS),
    "coverage": partial(_columns, COVERAGE),
    "adaptation": partial(_columns, ADAPTATION),
    "scores": partial(_columns, SCORES),
    "decisions": partial(_columns, DECISIONS),
    "failures": partial(_columns, FAILURES_SCHEMA),
    "morphologies": partial(_named_columns, MORPHOLOGIES),
    "circuit": partial(_named_columns, FILES, "file"),
    "cells": partial(_named_columns, CELLS),
    "validation": partial(_named_columns, VALIDATION),
    "emodel_formats": _formats,
    "morphology_columns": _morphology_columns,
    **{
        f"emodel_{kind}": partial(emodel_keys, kind)
        for kind in ("recipes", "params", "protocols", "features")
    },
}
"""Name of a placeholder -> what writes its table."""
