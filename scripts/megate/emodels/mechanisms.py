"""An e-model's mechanisms: which .mod files it uses, and compiling them."""

import logging
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from megate.core.errors import MegateError
from megate.processes.child import run_program

logger = logging.getLogger(__name__)

_COMMENT = re.compile(
    r"^[ \t]*COMMENT\b.*?(?:^[ \t]*ENDCOMMENT\b|\Z)|[:?][^\n]*", re.DOTALL | re.MULTILINE
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HIDDEN_STATE = re.compile(
    r"\b(scop_random|normrand|exprand|poisrand|set_seed|nrnran123\w*|nrn_random\w*|static"
    r"|RANDOM|BBCOREPOINTER|POINTER)\b"
)
_OF_MAKE = re.compile(r"\s*(-> |make[:[]|NOTE: If you are encountering|refer to the C\+\+)")
_BLOCK = re.compile(r"^[ \t]*NEURON\s*\{([^{}]*)\}", re.MULTILINE)
_NAME = re.compile(r"\b(SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)")


def mod_files_in_use(package: Path, inserted: Iterable[str]) -> list[Path]:
    """The .mod files of a package that its e-model needs compiled.

    All but the density mechanisms that neither the cell model inserts (`inserted`: suffixes) nor
    the package's code names: such files are often left over, and need not compile.

    Raises:
        MegateError: a mechanism of `inserted` is in none of the files.
    """
    inserted = set(inserted)
    code = "\n".join(path.read_text(errors="replace") for path in package.glob("setup/**/*.py"))
    named_in_code = set(re.findall(r"\w+", code))
    files, defined = [], set()
    for path in _mod_files(package):
        kind, name = _kind_and_name(path)
        defined.add(name)
        if kind == "SUFFIX" and name != "nothing" and name not in inserted | named_in_code:
            logger.info("%s: not compiled, the e-model does not use %s", path.name, name)
        else:
            files.append(path)
    refuse_undefined(inserted - defined)
    return files


def defined_in(package: Path) -> set[str]:
    """Names of the mechanisms that a package's .mod files define.

    Raises:
        MegateError: a file cannot be read.
    """
    return {_kind_and_name(path)[1] for path in _mod_files(package)}


def _mod_files(package: Path) -> list[Path]:
    return sorted(path for path in package.glob("mechanisms/*.mod") if path.is_file())


def refuse_undefined(names: Iterable[str]) -> None:
    """Raise if there are any: mechanisms that are inserted but not defined.

    Raises:
        MegateError: naming them.
    """
    if names := sorted(names):
        raise MegateError(
            f"it inserts {', '.join(map(repr, names))}, which no .mod file in its mechanisms/ "
            "defines and NEURON does not have"
        )


def _kind_and_name(path: Path) -> tuple[str, str]:
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        raise MegateError(f"cannot read {path}: {error.strerror}") from error
    block = _BLOCK.search(_COMMENT.sub("", text))
    names = _NAME.findall(block.group(1)) if block else []
    return names[0] if names else ("SUFFIX", path.stem)


def with_hidden_state(mod_files: Iterable[Path]) -> list[str]:
    """Names of those files whose mechanisms may remember what no variable of theirs shows: random
    numbers, C code with static variables. A cell with them starts each run differently.

    Not among them are channels with "Stoch" in their name: BluePyOpt switches their randomness.
    """
    names = []
    for path in mod_files:
        _, name = _kind_and_name(path)
        text = _COMMENT.sub("", path.read_text(errors="replace"))
        if "Stoch" not in name and _HIDDEN_STATE.search(text):
            names.append(path.name)
    return names


def compile_mechanisms(mod_files: Iterable[Path], package: Path) -> None:
    """Compile `mod_files` with NEURON's nrnivmodl; the library lands in `package`, in the folder
    where NEURON looks for it (``x86_64``, ``arm64``, ...).

    It is built elsewhere: nrnivmodl leaves files where it runs, and its makefile cannot cope
    with spaces in paths.

    Raises:
        MegateError: with the compiler's message.
    """
    beside_python = shutil.which("nrnivmodl", path=Path(sys.executable).parent)
    nrnivmodl = beside_python or shutil.which("nrnivmodl")
    if nrnivmodl is None:
        raise MegateError("nrnivmodl not found: is NEURON installed in this environment?")
    with tempfile.TemporaryDirectory(prefix="megate-") as build:
        sources = Path(build, "mechanisms")
        # files that the mechanisms include come along
        shutil.copytree(package / "mechanisms", sources, ignore=shutil.ignore_patterns("*.mod"))
        for path in mod_files:
            shutil.copyfile(path, sources / path.name)
        status, printed = run_program([nrnivmodl, "mechanisms"], Path(build))
        output = _COLOUR.sub("", printed).replace(f"{build}/", "")
        logger.info("nrnivmodl:\n%s", output)
        built = Path(build, platform.machine())
        libraries = list(built.glob("*nrnmech*"))
        if status != 0 or not libraries:
            raise MegateError(
                f"its mechanisms do not compile; nrnivmodl says:\n{_first_error(output)}"
            )
        _put_in_place(filter(Path.is_file, libraries), package / platform.machine())


def _put_in_place(libraries: Iterable[Path], folder: Path) -> None:
    """Fill a folder that appears whole; there must not be one yet."""
    with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as beside:
        partial = Path(beside, folder.name)
        partial.mkdir()
        for library in libraries:
            shutil.copy2(library, partial)
        partial.rename(folder)


def compile_for_this_machine(mod_files: Iterable[str], package: Path) -> None:
    """Compile mechanisms where those there are were compiled on another architecture: clusters
    have nodes of several.

    Args:
        mod_files: names of files in the package's mechanisms/

    Raises:
        MegateError: as `compile_mechanisms`.
    """
    sources = [package / "mechanisms" / name for name in mod_files]
    here = package / platform.machine()
    if not sources or here.is_dir():
        return
    try:
        compile_mechanisms(sources, package)
    except OSError:
        if not here.is_dir():  # another job was first
            raise


def _first_error(output: str, lines: int = 12) -> str:
    """The compiler's lines from just before the first error on; without what make says, and the
    traceback with which nrnivmodl, a Python script, ends."""
    output = output.partition("Traceback (most recent call last)")[0]
    text = [line for line in output.splitlines() if line.strip() and not _OF_MAKE.match(line)]
    errors = (i for i, line in enumerate(text) if re.search(r"\berror\b", line, re.IGNORECASE))
    first = next(errors, len(text) - lines + 1)
    start = max(0, first - 1)
    return "\n".join(f"    {line}" for line in text[start : start + lines])
