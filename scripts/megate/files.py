"""Read a JSON, YAML or XML file, or say in one sentence what is wrong with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from megate.errors import MegateError


def read_json(path: Path, what: str) -> Any:
    """Parse the JSON file `path`; `what` names its role in messages ("recipe", ...)."""
    return _read(path, what, "JSON", lambda: json.loads(path.read_text(encoding="utf-8")))


def read_json_object(path: Path, what: str) -> dict[str, Any]:
    """Parse the JSON file `path`, which must hold an object."""
    return _mapping(read_json(path, what), path, what, "a JSON object {...}")


def read_yaml_mapping(path: Path, what: str) -> dict[str, Any]:
    """Parse the YAML file `path`, which must hold a mapping."""
    content = _read(
        path, what, "YAML", lambda: yaml.safe_load(path.read_text(encoding="utf-8")), yaml.YAMLError
    )
    return _mapping(content, path, what, "a YAML mapping (key: value)")


def read_xml(path: Path, what: str) -> etree._Element:
    """Parse the XML file `path` and return its root. Entities are not resolved and nothing is
    loaded from elsewhere."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    return _read(
        path, what, "XML", lambda: etree.parse(path, parser=parser).getroot(), etree.XMLSyntaxError
    )


def _read(
    path: Path,
    what: str,
    language: str,
    parse: Callable[[], Any],
    syntax_error: type[Exception] = json.JSONDecodeError,
) -> Any:
    if not path.is_file():
        raise MegateError(f"{what}: file not found: {path}")
    try:
        return parse()
    except (syntax_error, UnicodeDecodeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise MegateError(f"{what}: {path} is not valid {language}: {reason}") from error
    except OSError as error:
        raise MegateError(f"{what}: cannot read {path}: {error.strerror}") from error


def _mapping(content: Any, path: Path, what: str, expected: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise MegateError(f"{what}: {path} holds {found}, expected {expected}")
    return content
