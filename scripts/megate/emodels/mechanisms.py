"""Find the .mod files that an e-model uses, and compile them."""

import logging
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from megate.core.errors import MegateError
from megate.emodels import node_voltages
from megate.emodels.nmodl import blanked
from megate.emodels.rates_once import compute_rates_once
from megate.processes.child import run_program

logger = logging.getLogger(__name__)

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_VERBATIM = re.compile(r"^[ \t]*VERBATIM\b(.*?)^[ \t]*ENDVERBATIM\b", re.DOTALL | re.MULTILINE)
_CPP_ERROR = re.compile(r"(\w+)\.cpp:\d+:\d+: ((?:fatal )?error: .*)\n *\d+ \| (.*)")
_PORTING = "https://nrn.readthedocs.io/en/latest/guide/porting_mechanisms_to_cpp.html"
_MAKE_OUTPUT = re.compile(r"\s*(-> |make[:[]|NOTE: If you are encountering|refer to the C\+\+)")
_BLOCK = re.compile(r"^[ \t]*NEURON\s*\{([^{}]*)\}", re.MULTILINE)
_NAME = re.compile(r"\b(SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)")


def mod_files_in_use(package: Path, inserted: Iterable[str]) -> list[Path]:
    """The .mod files of a package that must be compiled for its e-model.

    A density mechanism that the cell model does not insert (suffixes `inserted`) and the package's
    code does not mention is left out: such files are often not maintained and may not compile.

    Raises:
        MegateError: no file defines one of the inserted mechanisms.
    """
    inserted = set(inserted)
    code = "\n".join(path.read_text(errors="replace") for path in package.glob("setup/**/*.py"))
    named_in_code = set(re.findall(r"\w+", code))
    files = []
    names = _kinds_and_names(package)
    for path, (kind, name) in names.items():
        if kind == "SUFFIX" and name != "nothing" and name not in inserted | named_in_code:
            logger.info("%s is not compiled: the e-model does not use %s", path.name, name)
        else:
            files.append(path)
    refuse_undefined(inserted - {name for _, name in names.values()})
    return files


def defined_in(package: Path) -> set[str]:
    """Names of the mechanisms that a package's .mod files define.

    Raises:
        MegateError: a file cannot be read.
    """
    return {name for _, name in _kinds_and_names(package).values()}


def _kinds_and_names(package: Path) -> dict[Path, tuple[str, str]]:
    paths = sorted(path for path in package.glob("mechanisms/*.mod") if path.is_file())
    return {path: _kind_and_name(path) for path in paths}


def refuse_undefined(names: Iterable[str]) -> None:
    """Raise a MegateError if `names`, inserted mechanisms that no file defines, is not empty."""
    if names := sorted(names):
        raise MegateError(
            "it inserts mechanisms that no .mod file in its mechanisms/ defines, nor NEURON "
            f"itself: {', '.join(map(repr, names))}"
        )


def mechanism_name(path: Path) -> str:
    """Name of the mechanism that a .mod file defines.

    Raises:
        MegateError: the file cannot be read.
    """
    return _kind_and_name(path)[1]


def included_files(package: Path) -> list[Path]:
    """The files of a package's mechanisms that are no .mod files; .mod files may include them."""
    files = sorted((package / "mechanisms").rglob("*"))
    return [path for path in files if path.suffix != ".mod" and path.is_file()]


def _kind_and_name(path: Path) -> tuple[str, str]:
    try:
        text = path.read_text(errors="replace")
    except OSError as error:
        raise MegateError(f"cannot read {path}: {error.strerror}") from error
    block = _BLOCK.search(blanked(text))
    names = _NAME.findall(block.group(1)) if block else []
    return names[0] if names else ("SUFFIX", path.stem)


def compile_mechanisms(
    mod_files: Iterable[Path], package: Path, flags: str = "", unchanged: bool = False
) -> None:
    """Compile .mod files with NEURON's nrnivmodl, with `flags` for the compiler.

    Where it makes no difference, mechanisms are made faster (`megate.emodels.rates_once`,
    `megate.emodels.node_voltages`), unless `unchanged` is true.

    The library is built in a temporary folder, because nrnivmodl leaves files where it runs and
    does not support spaces in paths. It is then moved into the folder of `package` where NEURON
    looks for it (``x86_64``, ``arm64``, ...).

    Raises:
        MegateError: with the compiler's message.
    """
    beside_python = shutil.which("nrnivmodl", path=Path(sys.executable).parent)
    nrnivmodl = beside_python or shutil.which("nrnivmodl")
    if nrnivmodl is None:
        raise MegateError("nrnivmodl not found; install NEURON in this environment")
    with tempfile.TemporaryDirectory(prefix="megate-") as build:
        sources = Path(build, "mechanisms")
        # copy the files that the mechanisms include, too
        shutil.copytree(package / "mechanisms", sources, ignore=shutil.ignore_patterns("*.mod"))
        # (latin-1 keeps all bytes)
        mods = {path.name: path.read_bytes().decode("latin-1") for path in mod_files}
        if not unchanged:
            mods = {name: compute_rates_once(mod) for name, mod in mods.items()}
            if node_voltages.is_possible(mods.values()):
                header = Path(build, "node_voltages.h")
                header.write_text(node_voltages.HEADER)
                flags = f"{flags} -include {header}"
        for name, mod in mods.items():
            (sources / name).write_bytes(mod.encode("latin-1"))
        options = ["-incflags", flags] if flags else []
        status, printed = run_program([nrnivmodl, *options, "mechanisms"], Path(build))
        output = _COLOUR.sub("", printed).replace(f"{build}/", "")
        logger.info("nrnivmodl:\n%s", output)
        built = Path(build, platform.machine())
        libraries = list(built.glob("*nrnmech*"))
        if status != 0 or not libraries:
            reason = _verbatim_error(output, sources)
            reason = reason or f"nrnivmodl says:\n{_first_error(output)}"
            raise MegateError(f"its mechanisms do not compile; {reason}")
        # the folder appears in one step, for processes that run at the same time
        with tempfile.TemporaryDirectory(prefix=".", dir=package) as beside:
            partial = Path(beside, built.name)
            (partial / ".libs").mkdir(parents=True)
            for library in filter(Path.is_file, libraries):
                shutil.copy2(library, partial)
                # where NEURON 8 looks for it
                shutil.copy2(library, partial / ".libs")
            partial.rename(package / built.name)


def library_of(package: Path) -> Path | None:
    """The library that `compile_mechanisms` has made for this machine; None if there is none."""
    return next((package / platform.machine()).glob("libnrnmech.*"), None)


def compile_for_this_machine(
    mod_files: Iterable[str], package: Path, flags: str = "", unchanged: bool = False
) -> None:
    """Compile mechanisms if they were compiled only on machines with another architecture.

    The nodes of a cluster may have different architectures. `mod_files` are names of files in the
    package's folder mechanisms.

    Raises:
        MegateError: with the compiler's message.
    """
    sources = [package / "mechanisms" / name for name in mod_files]
    here = package / platform.machine()
    if not sources or here.is_dir():
        return
    try:
        compile_mechanisms(sources, package, flags, unchanged)
    except OSError:
        if not here.is_dir():  # else another job compiled them meanwhile
            raise


def _verbatim_error(output: str, sources: Path) -> str:
    """The first error in a VERBATIM block and its likely cause; an empty string if there is none.

    The compiler names lines of the C++ code that NEURON makes of a .mod file, and shows their text.
    VERBATIM blocks are copied to it without changes.
    """
    for name, error, text in _CPP_ERROR.findall(output):
        path = sources / f"{name}.mod"
        mod = path.read_text(errors="replace") if path.is_file() else ""
        for block in _VERBATIM.finditer(mod):
            lines = [line.strip() for line in block[1].split("\n")]
            if text.strip() in lines:
                number = mod.count("\n", 0, block.start(1)) + 1 + lines.index(text.strip())
                return (
                    f"mechanisms/{path.name}, line {number}, is in a VERBATIM block:\n"
                    f"    {text.strip()}\n"
                    f"    {error}\n"
                    "NEURON 9 and newer compile VERBATIM blocks as C++, older versions as C. "
                    f"NEURON's guide explains how to change them: {_PORTING}"
                )
    return ""


def _first_error(output: str, lines: int = 12) -> str:
    """Lines of the compiler's output, starting before the first error, without the output of make
    and the traceback of nrnivmodl (a Python script)."""
    output = output.partition("Traceback (most recent call last)")[0]
    text = [line for line in output.splitlines() if line.strip() and not _MAKE_OUTPUT.match(line)]
    errors = (i for i, line in enumerate(text) if re.search(r"\berror\b", line, re.IGNORECASE))
    first = next(errors, len(text) - lines + 1)
    start = max(0, first - 1)
    return "\n".join(f"    {line}" for line in text[start : start + lines])
