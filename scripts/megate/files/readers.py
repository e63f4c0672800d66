"""Read a JSON, YAML, XML or text file, or say in one sentence what is wrong with it.

However broken or hostile a file is, reading it costs neither much time nor much memory: its size,
how deep it nests and what its aliases or entities stand for are bounded, nothing that it names is
opened, and nothing in it is run.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from megate.core.errors import MegateError, brief, listing, shortened
from megate.files.yaml_loader import MAX_DEPTH, MAX_DIGITS, RefusedError, StrictLoader

SMALL_MB = 10
"""Largest configuration or e-type map."""
LARGE_MB = 500
"""Largest file of a whole release: neuronDB, recipe, final.json."""

_OWN_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)[^;]*;")


def local(path: Path) -> str:
    """An input, seen from the working directory if it lies below: a project that is moved with its
    results is then still the same, and nothing runs again."""
    return str(path).removeprefix(f"{Path.cwd()}/")


def read_json(path: Path, what: str, max_mb: float = SMALL_MB) -> Any:
    """Parse the JSON file `path` of at most `max_mb` MB; `what` names its role in messages
    ("recipe", ...). UTF-8, with or without byte order mark."""
    return _read(path, what, "JSON", max_mb, _parsed_json)


def read_json_object(path: Path, what: str, max_mb: float = SMALL_MB) -> dict[str, Any]:
    """Parse the JSON file `path`, which must hold an object."""
    return _mapping(read_json(path, what, max_mb), path, what, "a JSON object {...}")


def read_text(path: Path, what: str, max_mb: float = LARGE_MB) -> str:
    """The content of the text file `path` of at most `max_mb` MB. UTF-8, with or without byte
    order mark."""
    return _read(path, what, "UTF-8 text", max_mb, _text)


def read_yaml_mapping(path: Path, what: str, max_mb: float = SMALL_MB) -> dict[str, Any]:
    """Parse the YAML file `path` of at most `max_mb` MB, which must hold a mapping. UTF-8, with or
    without byte order mark."""
    content = _read(path, what, "YAML", max_mb, _parsed_yaml)
    return _mapping(content, path, what, "a YAML mapping (key: value)")


def read_xml(path: Path, what: str, max_mb: float = LARGE_MB) -> etree._Element:
    """Parse the XML file `path` of at most `max_mb` MB and return its root. Nothing is loaded from
    elsewhere, and a file that uses entities of its own is refused: a text would lose what follows
    one."""
    root = _read(path, what, "XML", max_mb, _parsed_xml)
    if root.getroottree().docinfo.doctype:
        entity = _OWN_ENTITY.search(etree.tostring(root, encoding="unicode"))
        if entity:
            raise MegateError(
                f"{what}: {path} uses the entity {shortened(entity.group(), 100)}; write out what "
                "it stands for"
            )
    return root


def _parsed_json(content: bytes) -> Any:
    repeated: list[str] = []

    def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            repeated.extend(key for key, n in Counter(key for key, _ in pairs).items() if n > 1)
        return found

    value = json.loads(_text(content), object_pairs_hook=unrepeated, parse_int=_integer)
    if repeated:
        problems = [f"the key {brief(key)} stands twice in one object" for key in repeated]
        raise RefusedError(listing(problems))
    _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            item
            for holder in level
            if isinstance(holder, dict | list)
            for item in (holder.values() if isinstance(holder, dict) else holder)
        ]
        if not level:
            return
    raise RefusedError(f" it nests more than {MAX_DEPTH} deep")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise RefusedError(f" it has a whole number of {len(digits)} digits")
    return int(digits)


def _parsed_yaml(content: bytes) -> Any:
    return yaml.load(_text(content), StrictLoader)


def _parsed_xml(content: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(content, parser=parser)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8 text ({error.reason})") from error


def _read(
    path: Path, what: str, language: str, max_mb: float, parse: Callable[[bytes], Any]
) -> Any:
    try:
        content = _content(path, what, max_mb)
    except OSError as error:
        raise MegateError(f"{what}: cannot read {path}: {error.strerror}") from error
    try:
        return parse(content)
    except RefusedError as error:
        raise MegateError(f"{what}: {path}:{error}") from error
    except MemoryError as error:
        raise MegateError(f"{what}: {path} does not fit into the memory there is") from error
    except RecursionError as error:
        raise MegateError(f"{what}: {path}: it nests more than {MAX_DEPTH} deep") from error
    except (etree.XMLSyntaxError, yaml.YAMLError, ValueError) as error:  # ValueError: also a date
        reason = error.msg if isinstance(error, etree.XMLSyntaxError) else str(error)
        words = (reason or "no reason given").replace(' in "<unicode string>",', "").split()
        reason = shortened(" ".join(words), 300)
        raise MegateError(f"{what}: {path} is not valid {language}: {reason}") from error


def _content(path: Path, what: str, max_mb: float) -> bytes:
    """The bytes of a regular file. A pipe could wait for ever, a device never end."""
    if not path.is_file():
        if path.is_symlink() and not path.exists():
            raise MegateError(f"{what}: file not found: {path} is a link to nothing")
        if not path.exists():
            raise MegateError(f"{what}: file not found: {path}")
        kind = "a folder" if path.is_dir() else "no regular file"
        raise MegateError(f"{what}: {path} is {kind}, expected a file")
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > max_mb * 1e6:
            raise MegateError(
                f"{what}: {path} has {size / 1e6:,.1f} MB, expected at most {max_mb:g} MB; is it "
                "the right file?"
            )
        content = file.read(size + 1)
    if len(content) > size:
        raise MegateError(f"{what}: {path} grows while it is read")
    return content


def _mapping(content: Any, path: Path, what: str, expected: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise MegateError(f"{what}: {path} holds {found}, expected {expected}")
    return content
