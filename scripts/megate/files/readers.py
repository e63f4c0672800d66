"""Read JSON, YAML, XML and text files. Every error is one `MegateError` that names the file.

The size of a file and the depth of its nesting are limited, and keys must not be repeated.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from lxml import etree

from megate.core.errors import MegateError, brief, listing, shortened
from megate.files.yaml_loader import MAX_DIGITS, NamesLoader, RefusedError, StrictLoader

T = TypeVar("T")

SMALL_MB = 10
"""Largest configuration or e-type map, MB (10^6 bytes)."""
LARGE_MB = 500
"""Largest file of a whole release (neuronDB, recipe, final.json), MB."""
MAX_DEPTH = 100
"""How deep lists and mappings may nest."""

_OWN_ENTITY = re.compile("&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)[^;]*;")


def local(path: Path) -> str:
    """The path of an input, relative to the working directory if it is below it. Nothing runs again
    then after a project and its results were moved together."""
    return str(path).removeprefix(f"{Path.cwd()}/")


def read_json(path: Path, what: str, max_mb: float = SMALL_MB) -> Any:
    """Parse a JSON file (UTF-8, also with byte order mark) of at most `max_mb` MB. If it cannot be
    read or is not valid, raise a `MegateError` that names its role `what` ("recipe", ...)."""
    return _read(path, what, "JSON", max_mb, _parsed_json)


def read_json_object(path: Path, what: str, max_mb: float = SMALL_MB) -> dict[str, Any]:
    """Parse the JSON file `path`, which must hold an object; otherwise as `read_json`."""
    return _mapping(read_json(path, what, max_mb), path, what, "a JSON object {...}")


def read_text(path: Path, what: str, max_mb: float = LARGE_MB) -> str:
    """Return the content of the text file `path`; otherwise as `read_json`."""
    return _read(path, what, "UTF-8 text", max_mb, _text)


def read_yaml_mapping(
    path: Path, what: str, max_mb: float = SMALL_MB, names: bool = False
) -> dict[str, Any]:
    """Parse the YAML file `path`, which must hold a mapping; otherwise as `read_json`. With
    `names`, plain scalars stay strings, as they are written."""
    loader = NamesLoader if names else StrictLoader
    content = _read(path, what, "YAML", max_mb, lambda text: yaml.load(_text(text), loader))
    return _mapping(content, path, what, "a YAML mapping (key: value)")


def read_xml(
    path: Path, what: str, max_mb: float = LARGE_MB, within: str | None = None
) -> etree._Element:
    """Parse the XML file `path` and return its root; otherwise as `read_json`. Other files are
    never opened. Entities are not expanded, so they are refused; with `within`, only inside the
    root's first child of that name (anywhere, if there is none)."""
    root = _read(path, what, "XML", max_mb, _parsed_xml)
    if root.getroottree().docinfo.doctype:
        part = root.find(within) if within else None
        text = etree.tostring(root if part is None else part, encoding="unicode", with_tail=False)
        entity = _OWN_ENTITY.search(text)
        if entity:
            place = "" if part is None else f" in <{within}>"
            raise MegateError(
                f"{what}: {path} uses the entity {shortened(entity.group(), 100)}{place}, which is "
                "not read: write out what it stands for"
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
        problems = [f"the key {brief(key)} occurs twice in one object" for key in repeated]
        raise RefusedError(listing(problems))
    return value


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise RefusedError(f" it has a whole number of {len(digits)} digits")
    return int(digits)


def _parsed_xml(content: bytes) -> etree._Element:
    # networks, external DTDs and huge trees are off by default
    parser = etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)
    return etree.fromstring(content, parser=parser)


def _depth(value: Any, known: dict[int, int]) -> int:
    """How deep lists and mappings nest. `known`: those visited, as YAML aliases share them."""
    if not isinstance(value, dict | list):
        return 0
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + max((_depth(item, known) for item in items), default=0)
    return known[id(value)]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8 text ({error.reason})") from error


def _read(path: Path, what: str, language: str, max_mb: float, parse: Callable[[bytes], T]) -> T:
    try:
        content = _content(path, what, max_mb)
    except OSError as error:
        raise MegateError(f"{what}: cannot read {path}: {error.strerror}") from error
    try:
        value = parse(content)
        too_deep = _depth(value, {}) > MAX_DEPTH
    except RecursionError:
        too_deep = True
    except RefusedError as error:
        raise MegateError(f"{what}: {path}:{error}") from error
    except (etree.XMLSyntaxError, yaml.YAMLError, ValueError) as error:  # ValueError: also a date
        reason = error.msg if isinstance(error, etree.XMLSyntaxError) else str(error)
        words = (reason or "no reason given").replace(' in "<unicode string>",', "").split()
        reason = shortened(" ".join(words), 300)
        raise MegateError(f"{what}: {path} is not valid {language}: {reason}") from error
    if too_deep:
        raise MegateError(f"{what}: {path}: it nests more than {MAX_DEPTH} deep")
    return value


def _content(path: Path, what: str, max_mb: float) -> bytes:
    """The bytes of a regular file: reading a pipe or a device might never end."""
    if not path.exists():
        broken = " is a broken link" if path.is_symlink() else ""
        raise MegateError(f"{what}: file not found: {path}{broken}")
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "not a regular file"
        raise MegateError(f"{what}: {path} is {kind}, expected a file")
    size = path.stat().st_size
    if size > max_mb * 1e6:
        raise MegateError(
            f"{what}: {path} has {size / 1e6:,.1f} MB, expected at most {max_mb:g} MB; is it the "
            "right file?"
        )
    return path.read_bytes()


def _mapping(content: Any, path: Path, what: str, expected: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise MegateError(f"{what}: {path} holds {found}, expected {expected}")
    return content
