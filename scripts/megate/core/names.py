"""Names: which ones are safe, as file names and for NEURON.

Names come from input files and end up in paths, in hoc code, in space-separated tables and on
the screen. What could be misread there is refused where it comes in; what is left is turned into
a readable file name.
"""

import hashlib
import math
import re
import unicodedata
from typing import Any

from megate.core.errors import MegateError, brief

MAX_LENGTH = 200
_NAME_BYTES, _PATH_BYTES = 255, 4000  # a little less than Linux takes, for what follows
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}  # control characters, bytes that are no text, line ends
_LABEL = re.compile(r"\w[\w.+,:=@#%~()-]*")
_EMODEL = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_PLAIN_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,119}", re.ASCII)
_NEURON_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,49}", re.ASCII)
_MADE_TEMPLATE_NAME = re.compile(r".*__[0-9a-f]{12}", re.ASCII)


def is_name_or_number(value: Any) -> bool:
    """Whether `value`, as a YAML or JSON file has it, can stand for a name. YAML makes truth values
    of bare ``yes`` and ``NO``, which are no numbers here; neither are NaN and infinity."""
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, str | int) and not isinstance(value, bool)


def label_problem(name: str, what: str) -> str | None:
    """Why `name` is not safe as a morphology name, layer, m-type or e-type; None if it is.

    Safe is a letter, digit or underscore, then letters, digits and any of
    ``_ . + , : = @ # % ~ ( ) -``. White space would break extneurondb.dat, which is
    space-separated; a slash would leave the morphology's directory; quotes and shell characters
    have no business in a name; two spellings of one letter (not NFC) would look like one name.
    """
    usable = _LABEL.fullmatch(name) and len(name) <= MAX_LENGTH and ".." not in name
    if usable and unicodedata.is_normalized("NFC", name):
        return None
    return (
        f"{what} {brief(name)} cannot be used: expected at most {MAX_LENGTH} letters, digits and "
        "any of _ . + , : = @ # % ~ ( ) - (first a letter, a digit or _; no '..'; Unicode in NFC)"
    )


def check_label(name: str, what: str, where: str) -> str:
    """Return `name` if it is safe (see `label_problem`).

    Raises:
        MegateError: naming `where` the name was found.
    """
    problem = label_problem(name, what)
    if problem:
        raise MegateError(f"{where}: {problem}")
    return name


def path_problem(path: str) -> str | None:
    """Why no file can have this path, or none whose path is safe to show; None if one can."""
    if any(unicodedata.category(letter) in _UNSEEN for letter in path):
        return "has characters that cannot be shown"
    if len(path.encode()) > _PATH_BYTES:
        return f"is longer than {_PATH_BYTES} bytes"
    if any(len(part.encode()) > _NAME_BYTES for part in path.split("/")):
        return f"has a name longer than {_NAME_BYTES} bytes"
    return None


def input_problem(path: str) -> str | None:
    """Why no input of a rule can have this path; None if one can."""
    if set("{}") & set(path):
        return "has braces, which Snakemake reads as a wildcard"
    return path_problem(path)


def check_emodel_name(name: str, where: str) -> str:
    """Return `name` if it is safe as an e-model name: it becomes a hoc template and a folder.

    Raises:
        MegateError: naming `where` the name was found.
    """
    if not _EMODEL.fullmatch(name) or len(name) > MAX_LENGTH:
        raise MegateError(
            f"{where}: e-model name {brief(name)} cannot be used: it becomes a hoc template's "
            "name, so it must start with a letter and have only letters, digits and _"
        )
    return name


def split_mtype(fullmtype: str) -> tuple[str, str]:
    """m-type and subtype (empty where there is none) of ``mtype:msubtype`` or ``mtype``."""
    mtype, _, msubtype = fullmtype.partition(":")
    return mtype, msubtype


def file_name(name: str) -> str:
    """A readable file name for `name`, different for different names.

    A plain name is kept. In any other, each unusual character becomes ``_`` and 8 digits of the
    name's SHA-1 follow.
    """
    if _PLAIN_FILE_NAME.fullmatch(name):
        return name
    readable = re.sub(r"[^A-Za-z0-9_.+-]", "_", name)[:100]
    return f"{readable}~{hashlib.sha1(name.encode()).hexdigest()[:8]}"


def neuron_compliant(name: str) -> str:
    """`name` as BluePyMM makes it compliant with NEURON's rules for template names.

    A name that starts with a letter and has at most 50 letters, digits and ``_`` is kept. Any
    other loses leading digits, its ``-`` become ``_``, and one that is still longer than 50
    keeps 40 characters + ``_`` + the first 9 digits of their SHA-1.
    """
    if _NEURON_NAME.fullmatch(name):
        return name
    compliant = name.lstrip("0123456789").replace("-", "_")
    if len(compliant) <= 50:
        return compliant
    return f"{compliant[:40]}_{hashlib.sha1(compliant.encode()).hexdigest()[:9]}"


def template_name(name: str) -> str:
    """A NEURON template name for `name`: always the same one, and different for different names.

    It is a letter, then letters, digits and ``_``, at most 50 in all. A name that is one already is
    kept. Of any other at most 36 characters are kept, from its first letter, with ``_`` for those
    that NEURON does not take; ``__`` and 12 digits of the name's SHA-1 follow. A name that looks
    like one made so is treated as any other.
    """
    if _NEURON_NAME.fullmatch(name) and not _MADE_TEMPLATE_NAME.fullmatch(name):
        return name
    readable = re.sub(r"[^A-Za-z0-9_]", "_", name).lstrip("_0123456789")[:36] or "cell"
    return f"{readable}__{hashlib.sha1(name.encode()).hexdigest()[:12]}"
