"""Packages of e-models that consist of a hoc, mechanisms and a morphology, as portals publish them.

The hoc defines a NEURON template whose ``init`` takes (gid, morphology_dir, morphology_name), as
neurodamus and BlueCelluLab call it, or (morphology_dir, morphology_name), as BluePyOpt's own
template does. The latter is changed for circuits. It is read as text here; NEURON is not needed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from megate.core.errors import MegateError
from megate.files.readers import SMALL_MB, read_text

MECHANISM_FOLDERS = ("mechanisms", "mod")
"""Folders of a package that may have its .mod files. It is staged with the first one."""

HOC_FOLDERS = (".", "hoc", "electrophysiology")
"""Folders of a package that may have its hoc."""

ARGUMENTS = "(gid, morphology_dir, morphology_name)"

_SCALERS = ("$4", "$5")  # AIS_scaler, soma_scaler, if init takes them
_SCALER_NAMES = {"AIS_scaler", "soma_scaler"}

# strings are matched to skip what looks like a comment in them
_STRING_OR_COMMENT = re.compile(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_BEGIN = re.compile(r"^[ \t]*begintemplate[ \t]+(\w+)", re.MULTILINE)
_INIT = re.compile(r"\bproc[ \t]+init[ \t]*\([^)]*\)[ \t]*\{")
_INSERT = re.compile(r"\binsert[ \t]+(\w+)")
_ARGUMENT = re.compile(r"\$([so]?)(\d+)")
_NUMBER = r"([-+]?\d+\.?\d*(?:[eE][-+]?\d+)?)"
_CHECKED = re.compile(
    rf'\bcheck\w*parameter\("(\w+)",\s*(?:{_NUMBER}|\w+),\s*(?:{_NUMBER}|\w+)\)', re.IGNORECASE
)
_PUBLIC = re.compile(r"^[ \t]*public[ \t]+([^\n]*)", re.MULTILINE)
_MORPHOLOGY = re.compile(r'"[^"\n]+\.(?:asc|swc|h5)"', re.IGNORECASE)
_NEEDED = re.compile(r'(\w+_NeededAttributes)\s*=\s*"([^"]*)"')

_COUNTS = tuple(
    f"nSec{kind}"
    for kind in ("All", "Soma", "Basal", "Apical", "Axonal", "AxonalOrig", "Myelinated")
)
_LISTS = ("synlist", "synHelperList")
_FUNCTIONS = {
    "getCell": "obfunc getCell() {\n  return this\n}\n",
    "clear": "proc clear() { localobj nothing\n  CellRef = nothing\n}\n",
    "connect2target": "proc connect2target() {\n  soma[0] $o2 = new NetCon(&v(1), $o1)\n"
    "  $o2.threshold = -30\n}\n",
    "getThreshold": "func getThreshold() {\n  return 0\n}\n",
}
"""What circuits use of a cell, and BluePyOpt's own template does not have."""


@dataclass(frozen=True)
class Hoc:
    """A hoc file with the NEURON template of a cell.

    Attributes:
        path: the file
        text: its content
        template: the template's name
    """

    path: Path
    text: str
    template: str

    @cached_property
    def code(self) -> str:
        """The text without its comments."""
        return _without_comments(self.text)

    @property
    def mechanisms(self) -> set[str]:
        """Suffixes of the mechanisms that it inserts."""
        return set(_INSERT.findall(self.code))

    @property
    def global_parameters(self) -> dict[str, float]:
        """NEURON's global parameters that it checks (``check_simulator``), by name."""
        found = {}
        for name, first, second in _CHECKED.findall(self.code):
            if first or second:
                found[name] = float(first or second)
        return found

    @property
    def default_morphology(self) -> str | None:
        """The file name of the morphology that ``init`` takes if it gets none."""
        found = _MORPHOLOGY.search(_init(self.code) or "")
        return None if found is None else found[0].strip('"')

    @property
    def needed_attributes(self) -> set[str]:
        """Names of the attributes of a cell that ``init`` takes behind the morphology."""
        found = _NEEDED.search(self.code)
        return set(filter(None, found[2].split(";"))) if found else set()

    def problems(self) -> Iterator[str]:
        """Why it cannot be simulated, if it cannot."""
        init = _init(self.code)
        if init is None:
            yield f"{self.path}: template {self.template} has no proc init()"
            return
        used, others = _arguments(init), self.needed_attributes - _SCALER_NAMES
        if not (_of_circuits(used) or _of_bluepyopt(used)):
            found = ", ".join(f"${kind}{number}" for kind, number in sorted(used, key=_by_number))
            yield (
                f"{self.path}: init of template {self.template} takes other arguments "
                f"({found or 'none'}), expected {ARGUMENTS}: $1, $s2, $s3, or "
                "(morphology_dir, morphology_name): $s1, $s2"
            )
        elif others:
            yield (
                f"{self.path}: init of template {self.template} takes "
                f"{', '.join(sorted(others))} ({self.template}_NeededAttributes), expected "
                f"{ARGUMENTS} and, if any, AIS_scaler and soma_scaler"
            )

    def as_released(self, name: str, morphology: str | None = None) -> str:
        """The text, with the template's name `name` and, unless `morphology` is None, this file as
        the default morphology. A template that takes scales of AIS and soma gets scales of 1, with
        which it is simulated. BluePyOpt's own template gets what circuits need."""
        text = re.sub(
            rf"^([ \t]*(?:begin|end)template[ \t]+){self.template}\b",
            rf"\g<1>{name}",
            self.text,
            flags=re.MULTILINE,
        )
        init = _init(text)
        if init is None:
            return text
        changed = init
        if self.needed_attributes:
            text = "\n".join(
                line for line in text.split("\n") if f"{self.template}_NeededAttributes" not in line
            )
            for argument in _SCALERS:
                changed = re.sub(rf"{re.escape(argument)}\b", "1", changed)
            changed = re.sub(r"(numarg\(\)\s*(?:<|>=)\s*)[45]\b", r"\g<1>3", changed)
        if morphology is not None:
            changed = _MORPHOLOGY.sub(lambda _: f'"{morphology}"', changed)
        if _of_bluepyopt(_arguments(init)):
            return self._for_circuits(text.replace(init, _with_gid(changed)), name)
        return text.replace(init, changed)

    def _for_circuits(self, text: str, name: str) -> str:
        """The text of BluePyOpt's own template, with what circuits use of a cell."""
        public = {each.strip() for line in _PUBLIC.findall(self.code) for each in line.split(",")}
        wanted = ("gid", "CellRef", *_LISTS, *_FUNCTIONS, *_COUNTS)
        lists = [each for each in _LISTS if not re.search(rf"objref\b.*\b{each}\b", self.code)]
        functions = [
            code
            for function, code in _FUNCTIONS.items()
            if not re.search(rf"(?:proc|func|obfunc)[ \t]+{function}\b", self.code)
        ]
        added = [f"public {', '.join(each for each in wanted if each not in public)}"]
        added += [f"objref {', '.join(lists)}"] if lists else []
        begin, end = f"begintemplate {name}", f"endtemplate {name}"
        text = re.sub(rf"{begin}\b", lambda _: "\n".join([begin, *added, ""]), text, count=1)
        return re.sub(rf"{end}\b", lambda _: "\n" + "\n".join([*functions, end]), text)


def has_hoc(package: Path) -> bool:
    """Whether a package has a hoc file that defines a NEURON template."""
    return any(_templates_in(path) for path in _hoc_files(package))


def read_hoc(package: Path, emodel: str) -> Hoc:
    """Find and read a package's hoc. Of several, the one that is named as the e-model is taken.

    Raises:
        MegateError: there is no such file, or there are several; or it cannot be simulated.
    """
    files = _hoc_files(package)
    found = [
        Hoc(path, read_text(path, "hoc", SMALL_MB), name)
        for path in files
        for name in _templates_in(path)
    ]
    if not files:
        raise MegateError(f"{package} has no .hoc file, expected one with a NEURON template")
    if not found:
        names = ", ".join(str(path.relative_to(package)) for path in files)
        raise MegateError(
            f"{package}: no NEURON template (begintemplate NAME) in its hoc ({names}), expected one"
        )
    if len(found) > 1:
        named = [hoc for hoc in found if emodel in (hoc.path.stem, hoc.template)]
        if len(named) != 1:
            listed = ", ".join(f"{hoc.path.relative_to(package)} ({hoc.template})" for hoc in found)
            raise MegateError(
                f"{package} has several hoc templates ({listed}), expected one, or one that is "
                f"named {emodel}; remove the others"
            )
        found = named
    if problem := next(found[0].problems(), None):
        raise MegateError(problem)
    return found[0]


def hoc_problems(package: Path, emodel: str) -> list[str]:
    """Problems that `read_hoc` raises, as a list."""
    try:
        read_hoc(package, emodel)
    except MegateError as error:
        return [str(error)]
    return []


def staged(path: Path) -> Path:
    """Where a file of a package (`path` relative to it) is staged: .mod files in one folder."""
    first, *others = path.parts
    return Path(MECHANISM_FOLDERS[0], *others) if first in MECHANISM_FOLDERS and others else path


def _hoc_files(package: Path) -> list[Path]:
    found = (path for folder in HOC_FOLDERS for path in (package / folder).glob("*.hoc"))
    return sorted(path for path in found if path.is_file())


def _templates_in(path: Path) -> list[str]:
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return []
    return _BEGIN.findall(_without_comments(text))


def _without_comments(text: str) -> str:
    return _STRING_OR_COMMENT.sub(lambda found: found[1] or " ", text)


def _init(text: str) -> str | None:
    """``proc init() {...}``, or None."""
    begin = _INIT.search(text)
    if begin is None:
        return None
    depth = 0
    for found in re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/|[{}]', re.DOTALL).finditer(
        text, begin.end() - 1
    ):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return text[begin.start() : found.end()]
    return None


def _arguments(init: str) -> set[tuple[str, int]]:
    """The arguments that ``init`` uses: kind ("s" for strings) and number."""
    return {(kind, int(number)) for kind, number in _ARGUMENT.findall(_without_comments(init))}


def _of_circuits(used: set[tuple[str, int]]) -> bool:
    return {("s", 2), ("s", 3)} <= used and ("s", 1) not in used


def _of_bluepyopt(used: set[tuple[str, int]]) -> bool:
    return used == {("s", 1), ("s", 2)}


def _with_gid(init: str) -> str:
    """``init`` with gid as a further, first argument."""
    init = _ARGUMENT.sub(lambda found: f"${found[1]}{int(found[2]) + 1}", init)
    init = re.sub(r"(numarg\(\)\s*(?:>=|==)\s*)2\b", r"\g<1>3", init)
    init = re.sub(r"\bgid[ \t]*=[ \t]*0\b", "gid = $1", init)
    first, _, rest = init.partition("\n")  # the first line may declare local variables
    lists = "".join(f"  {name} = new List()\n" for name in _LISTS)
    return f"{first}\n  gid = $1\n{lists}{rest}"


def _by_number(argument: tuple[str, int]) -> tuple[int, str]:
    return argument[1], argument[0]
