"""Read a JSON, YAML, XML or text file, or say in one sentence what is wrong with it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from megate.errors import MegateError

_OWN_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)[^;]*;")


def read_json(path: Path, what: str) -> Any:
    """Parse the JSON file `path`; `what` names its role in messages ("recipe", ...)."""
    return _read(path, what, "JSON", lambda: json.loads(path.read_text(encoding="utf-8")))


def read_json_object(path: Path, what: str) -> dict[str, Any]:
    """Parse the JSON file `path`, which must hold an object."""
    return _mapping(read_json(path, what), path, what, "a JSON object {...}")


def read_text(path: Path, what: str) -> str:
    """The content of the text file `path` (UTF-8)."""
    return _read(path, what, "UTF-8 text", lambda: path.read_text(encoding="utf-8-sig"))


def read_yaml_mapping(path: Path, what: str) -> dict[str, Any]:
    """Parse the YAML file `path`, which must hold a mapping."""
    content = _read(
        path, what, "YAML", lambda: yaml.safe_load(path.read_text(encoding="utf-8")), yaml.YAMLError
    )
    return _mapping(content, path, what, "a YAML mapping (key: value)")


def read_xml(path: Path, what: str) -> etree._Element:
    """Parse the XML file `path` and return its root. Nothing is loaded from elsewhere, and a
    file that uses entities of its own is refused: a text would lose what follows one."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    root = _read(
        path,
        what,
        "XML",
        lambda: etree.fromstring(path.read_bytes(), parser=parser),
        etree.XMLSyntaxError,
    )
    if root.getroottree().docinfo.doctype:
        entity = _OWN_ENTITY.search(etree.tostring(root, encoding="unicode"))
        if entity:
            raise MegateError(
                f"{what}: {path} uses the entity {entity.group()}; write out what it stands for"
            )
    return root


def _read(
    path: Path,
    what: str,
    language: str,
    parse: Callable[[], Any],
    syntax_error: type[Exception] = json.JSONDecodeError,
) -> Any:
    try:
        if not path.is_file():
            raise MegateError(f"{what}: file not found: {path}")
        return parse()
    except (syntax_error, ValueError, RecursionError) as error:  # an impossible date: ValueError
        reason = " ".join(str(error).split())
        raise MegateError(f"{what}: {path} is not valid {language}: {reason}") from error
    except OSError as error:
        raise MegateError(f"{what}: cannot read {path}: {error.strerror}") from error


def _mapping(content: Any, path: Path, what: str, expected: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise MegateError(f"{what}: {path} holds {found}, expected {expected}")
    return content
