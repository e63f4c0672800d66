"""Checks of names from input files, and the file names and NEURON names made from them.

Names from input files are used in paths, in hoc code, in space-separated tables and in messages.
Names that are unsafe there are refused when a file is read.
"""

import hashlib
import math
import re
import unicodedata
from typing import Any

from megate.core.errors import MegateError, brief

MAX_LENGTH = 200
_NAME_BYTES, _PATH_BYTES = 255, 4000  # Linux takes paths of 4096 bytes; megate appends to some
_UNPRINTABLE = {"Cc", "Cs", "Zl", "Zp"}  # control characters, surrogates, line ends
_LABEL = re.compile(r"\w[\w.+,:=@#%~()-]*")
_EMODEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,119}", re.ASCII)
_NEURON_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}", re.ASCII)
_MADE_TEMPLATE_NAME = re.compile(r".*__[0-9a-f]{12}", re.ASCII)


def is_name_or_number(value: Any) -> bool:
    """Whether a `value` from a YAML or JSON file can be used as a name: strings and finite numbers.
    Booleans are refused: YAML reads unquoted ``yes`` and ``NO`` as such."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int) and not isinstance(value, bool)


def label_problem(name: str, what: str) -> str | None:
    """Why `name` is not safe as a morphology name, layer, m-type or e-type; None if it is.

    A safe name has a letter, digit or underscore, then letters, digits and any of
    ``_ . + , : = @ # % ~ ( ) -``. White space would break extneurondb.dat, which is
    space-separated; a slash would leave the morphology's directory. Unicode must be in NFC:
    different spellings of a letter would look like the same name.
    """
    usable = _LABEL.fullmatch(name) and len(name) <= MAX_LENGTH and ".." not in name
    if usable and unicodedata.is_normalized("NFC", name):
        return None
    return (
        f"{what} {brief(name)} cannot be used: expected at most {MAX_LENGTH} letters, digits and "
        "any of _ . + , : = @ # % ~ ( ) - (first a letter, a digit or _; no '..'; Unicode in NFC)"
    )


def check_label(name: str, what: str, where: str) -> str:
    """Return `name` if it is safe, else raise the `label_problem` with `where` it was found."""
    problem = label_problem(name, what)
    if problem:
        raise MegateError(f"{where}: {problem}")
    return name


def path_problem(path: str) -> str | None:
    """Why `path` cannot be used as a path of a file; None if it can."""
    if any(unicodedata.category(letter) in _UNPRINTABLE for letter in path):
        return "has characters that cannot be shown"
    if len(path.encode()) > _PATH_BYTES:
        return f"is longer than {_PATH_BYTES} bytes"
    if any(len(part.encode()) > _NAME_BYTES for part in path.split("/")):
        return f"has a name longer than {_NAME_BYTES} bytes"
    return None


def input_problem(path: str) -> str | None:
    """Why `path` cannot be used as an input of a Snakemake rule; None if it can."""
    if set("{}") & set(path):
        return "has braces, which Snakemake reads as a wildcard"
    return path_problem(path)


def check_emodel_name(name: str, where: str) -> str:
    """Return `name` if it is safe as an e-model name, which is a hoc template's and a folder's
    name; else raise, naming `where` it was found."""
    problem = emodel_name_problem(name)
    if problem:
        raise MegateError(f"{where}: {problem}")
    return name


def emodel_name_problem(name: str) -> str | None:
    """Why `name` is not safe as an e-model name; None if it is."""
    if _EMODEL.fullmatch(name) and len(name) <= MAX_LENGTH:
        return None
    return (
        f"e-model name {brief(name)} cannot be used: it becomes a hoc template's name, so it must "
        "start with a letter and have only letters, digits and _"
    )


def split_mtype(fullmtype: str) -> tuple[str, str]:
    """Split ``mtype:msubtype`` or ``mtype`` into m-type and subtype (may be empty)."""
    mtype, _, msubtype = fullmtype.partition(":")
    return mtype, msubtype


def file_name(name: str) -> str:
    """A readable file name for `name`, unique for each name.

    A plain name is kept. Otherwise each unusual character becomes ``_``, followed by ``~`` and
    8 digits of the name's SHA-1.
    """
    if _PLAIN_FILE_NAME.fullmatch(name):
        return name
    readable = re.sub(r"[^A-Za-z0-9_.+-]", "_", name)[:100]
    return f"{readable}~{hashlib.sha1(name.encode()).hexdigest()[:8]}"


def neuron_compliant(name: str) -> str:
    """The NEURON template name that BluePyMM makes from `name`.

    A name that starts with a letter and has at most 50 letters, digits and ``_`` is kept. From any
    other, leading digits are removed and ``-`` is replaced by ``_``; if it still has more than
    50 characters, it is cut to 40 characters + ``_`` + the first 9 digits of its SHA-1.
    """
    if _NEURON_NAME.fullmatch(name):
        return name
    compliant = name.lstrip("0123456789").replace("-", "_")
    if len(compliant) <= 50:
        return compliant
    return f"{compliant[:40]}_{hashlib.sha1(compliant.encode()).hexdigest()[:9]}"


def template_name(name: str) -> str:
    """A NEURON template name for `name`, unique for each name.

    A template name has a letter, then letters, digits and ``_``, at most 50 characters in all. A
    valid name is kept. Otherwise at most 36 characters are kept from the first letter on, with
    ``_`` for invalid ones, followed by ``__`` and 12 digits of the name's SHA-1. A name that
    already ends in ``__`` and 12 such digits is treated as invalid.
    """
    if _NEURON_NAME.fullmatch(name) and not _MADE_TEMPLATE_NAME.fullmatch(name):
        return name
    readable = re.sub(r"[^A-Za-z0-9_]", "_", name).lstrip("_0123456789")[:36] or "cell"
    return f"{readable}__{hashlib.sha1(name.encode()).hexdigest()[:12]}"
