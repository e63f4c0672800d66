"""Tables of the documentation that are made from the code.

    python tests/documents.py

writes them anew; tests/repository/test_documents.py sees that they are up to date.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
SCHEMAS = REPOSITORY / "scripts" / "megate" / "builtin" / "schemas"
EMODELS = REPOSITORY / "config" / "EMODELS.md"
_TABLE = re.compile(r"(<!-- keys: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """A document, its tables of keys made from the schemas."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{keys_table(found[2])}\n{found[3]}", text)


def keys_table(kind: str) -> str:
    """All keys of one kind of file, with what they mean; those without meaning in a last line."""
    schema = yaml.safe_load((SCHEMAS / f"{kind}.yaml").read_text())
    rows = list(_rows(schema.get("$defs", {}), schema))
    unused = [key for key, about in rows if about.startswith("Not used.")]
    lines = [f"| {key} | {about} |" for key, about in rows if key not in unused]
    table = "\n".join(["| key | meaning |", "| --- | --- |", *lines]) + "\n"
    names = sorted({key.strip("`").rpartition(".")[2] for key in unused})
    listed = ", ".join(f"`{name}`" for name in names)
    return table + (f"\nRead but not used: {listed}.\n" if names else "")


def _rows(definitions: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, definition in definitions.items():
        yield f"**{name}**", _cell(definition.get("description", ""))
        yield from _keys(definition, "")
    if not definitions:
        yield from _keys(schema, "")


def _keys(schema: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    """The keys below a part of a schema, with their places and meanings."""
    for key, value in schema.get("properties", {}).items():
        about = _about(value) + (" Required." if key in schema.get("required", ()) else "")
        yield f"`{prefix}{key}`", _cell(about)
        yield from _keys(value, f"{prefix}{key}.")
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict):
        name = schema["propertyNames"]["title"]
        yield from _keys(inner, f"{prefix}<{name}>.")
    if "properties" in schema.get("items", {}):
        yield from _keys(schema["items"], f"{prefix.removesuffix('.')}[].")


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


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")


if __name__ == "__main__":
    EMODELS.write_text(with_tables(EMODELS.read_text()))
