"""Prepare an e-model: stage its package, compile the mechanisms that it uses, render its hoc."""

import hashlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from megate.child import ChildError, run_in_child
from megate.errors import MegateError
from megate.files import read_json_object
from megate.mechanisms import compile_mechanisms, mod_files_in_use
from megate.morphologies import APICAL_POINTS

logger = logging.getLogger(__name__)

HOC_TEMPLATE = Path(__file__).resolve().parent / "templates" / "cell_template.jinja2"

# Not part of a package: compiled mechanisms of other runs, and caches.
_LEFT_OUT = {"x86_64", "aarch64", "arm64", "i686", "umac", "__pycache__"}


@dataclass(frozen=True)
class Manifest:
    """A prepared e-model.

    Attributes:
        params: parameter name -> value
        features: names of its features, as they will be scored
        mechanisms: suffixes of the mechanisms that its cell model inserts
        mod_files: names of the files that were compiled
        content: SHA-256 of the package's files and the parameters: what its scores depend on
    """

    emodel: str
    original_emodel: str
    params: dict[str, float]
    features: list[str]
    mechanisms: list[str]
    mod_files: list[str]
    content: str

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read what `write` wrote."""
        return cls(**read_json_object(path, "prepared e-model"))


def package_files(source: Path, but: Iterable[Path] = ()) -> list[Path]:
    """Files of an e-model's package, sorted: all below `source` but hidden ones, compiled
    mechanisms, caches, and those in `but`."""
    files: set[Path] = set()
    seen: set[Path] = set()  # a link may lead back to where the walk has been
    for directory, folders, names in os.walk(source, followlinks=True):
        if (here := Path(directory).resolve()) in seen:
            folders.clear()
            continue
        seen.add(here)
        folders[:] = [f for f in folders if f not in _LEFT_OUT and not f.startswith(".")]
        files.update(Path(directory, name) for name in names if not name.startswith("."))
    return sorted(files - set(but))


def prepare_emodel(
    emodel: str,
    original_emodel: str,
    source: Path,
    files: Iterable[Path],
    params: dict[str, float],
    exemplar: Path,
    apical_point: int | None,
    without_apical_points: Path | None,
    package: Path,
    template: Path | None,
    log: Path,
) -> tuple[Manifest, str]:
    """Stage `files` of the package `source` in the directory `package`, compile its mechanisms
    there, and render its hoc.

    Args:
        exemplar, apical_point: morphology that the e-model is created on
        without_apical_points: the release's directory, if apical points are to be used but it
            has no file with them
        template: Jinja2 template in place of megate's own
        log: file that takes what the package prints

    Returns:
        The manifest, and the hoc's text.

    Raises:
        MegateError: the package does not import or create its evaluator, a mechanism is missing
            or does not compile, the template does not render, there are no apical points for a
            package that takes them.
    """
    files = list(files)
    _stage(source, files, package)
    try:
        facts = run_in_child(
            "megate.evaluator:describe",
            {
                "emodel": emodel,
                "params": params,
                "morph_path": str(exemplar.absolute()),
                "apical_point": apical_point,
                "template": str(template or HOC_TEMPLATE),
            },
            cwd=package,
            log=log,
        )
        if facts["multieval"] and without_apical_points is not None:
            raise MegateError(
                "it takes apical points (setup.multieval), but there is no "
                f"{without_apical_points / APICAL_POINTS}; add it, or set use_apical_points: false"
            )
        mod_files = mod_files_in_use(package, facts["mechanisms"])
        if mod_files:
            compile_mechanisms(mod_files, package)
    except ChildError as error:
        logger.info("%s", error.details)
        where = _last_own_line(error.details, package, source)
        raise MegateError(
            f"e-model {emodel}: its package does not work: {where}{error.reason}"
        ) from error
    except MegateError as error:
        raise MegateError(f"e-model {emodel} ({source}): {error}") from error
    manifest = Manifest(
        emodel=emodel,
        original_emodel=original_emodel,
        params=params,
        features=facts["features"],
        mechanisms=facts["mechanisms"],
        mod_files=[path.name for path in mod_files],
        content=package_content(source, files, params),
    )
    return manifest, facts["hoc"]


def _stage(source: Path, files: Iterable[Path], package: Path) -> None:
    shutil.rmtree(package, ignore_errors=True)
    for path in files:
        target = package / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def package_content(source: Path, files: Iterable[Path], params: dict[str, float]) -> str:
    """SHA-256 of a package's files, by their path in it, and of the parameters."""
    digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode())
    for path in files:
        digest.update(f"\0{path.relative_to(source)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _last_own_line(details: str, package: Path, source: Path) -> str:
    """Where in the package's own files a traceback ends: "FILE, line N: ", or nothing."""
    for file, line in reversed(re.findall(r'File "([^"]+)", line (\d+)', details)):
        if Path(file).is_relative_to(package.absolute()):
            return f"{source / Path(file).relative_to(package.absolute())}, line {line}: "
    return ""
