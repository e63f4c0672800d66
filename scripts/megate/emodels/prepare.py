"""Prepare an e-model: copy its package, check it, and compile the mechanisms that it uses."""

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError, brief, listing
from megate.core.names import input_problem
from megate.core.vocabulary import Evaluator
from megate.emodels.exemplar import Exemplar
from megate.emodels.hoc_package import staged
from megate.emodels.hoc_tests import TESTS, HocSettings, HocTests
from megate.emodels.manifest import Manifest
from megate.emodels.mechanisms import compile_mechanisms, mod_files_in_use
from megate.inputs.final_json import FinalEmodel
from megate.morphologies.release import APICAL_POINTS
from megate.processes.child import ChildError, run_in_child

logger = logging.getLogger(__name__)

HOC_TEMPLATE = Path(__file__).resolve().parent / "templates" / "cell_template.jinja2"

# Folders that do not belong to a package: mechanisms compiled by other runs, and caches.
_IGNORED = {"x86_64", "aarch64", "arm64", "i686", "umac", "__pycache__"}

_MAX_FILES, _MAX_MB = 10_000, 1_000


@dataclass(frozen=True)
class Emodel:
    """One e-model in use.

    Attributes:
        name, original: its name in scores and hoc, and in the e-type map and final.json
        source: its package's directory in the input
        files: the package's files
        exemplar_apical_point: index of the exemplar's apical point in ``apic``, or None
        evaluator: what runs it
        hoc_tests: settings of the tests (`HocSettings`), if only its hoc is known
    """

    name: str
    original: str
    source: Path
    files: list[Path]
    final: FinalEmodel
    exemplar: Exemplar
    exemplar_apical_point: int | None
    evaluator: Evaluator = Evaluator.CODE
    hoc_tests: dict[str, Any] | None = None

    @property
    def made_from(self) -> list[Path]:
        """All files on which its scores depend: those of its package and, if it is compared with
        its exemplar, the exemplar."""
        exemplar = [] if self.hoc_tests is None else [self.exemplar.unrepaired]
        return list(dict.fromkeys([*self.files, *exemplar]))

    @property
    def sha256(self) -> str:
        """SHA-256 of its package, see `emodel_sha256`."""
        made_from = self.final.params, self.evaluator, self.hoc_tests
        return emodel_sha256(self.source, self.made_from, *made_from)


def package_files(source: Path, but: Iterable[Path] = ()) -> list[Path]:
    """The files of an e-model's package, sorted.

    These are all regular files below `source`, except hidden files, compiled mechanisms, caches,
    and the files and folders in `but`. Links are followed, because mechanisms and morphologies may
    be linked.

    Raises:
        MegateError: there are too many files, or too large ones (such as after a link to a whole
            disk); a file name cannot be the name of a rule's input; a folder cannot be read.
    """
    but, files, size = set(but), [], 0
    not_entered = frozenset(path.resolve() for path in (source, *but))
    problems: list[str] = []
    try:
        for number, path in enumerate(_below(source, not_entered)):
            if problem := input_problem(path.name):
                problems.append(f"{brief(str(path))} {problem}")
            if path.is_file() and path not in but:
                files.append(path)
                size += path.stat().st_size
            if number >= _MAX_FILES or size > _MAX_MB * 1e6:
                raise MegateError(
                    f"{source} has more than {_MAX_FILES:,} files and folders, or more than "
                    f"{_MAX_MB:,} MB; all of it would be copied as the e-model's package. Remove "
                    "files and links that do not belong to the package"
                )
    except OSError as error:
        raise MegateError(f"cannot read {error.filename}: {error.strerror}") from error
    if problems:
        raise MegateError(f"{source} has files that cannot be used:{listing(sorted(problems))}")
    return sorted(files)


def _below(directory: Path, not_entered: frozenset[Path]) -> Iterator[Path]:
    """All files and folders below `directory`, without those in `not_entered`. Links to itself and
    its parents are not followed: they would lead to an endless loop."""
    for path in directory.iterdir():
        if path.name.startswith(".") or path.name in _IGNORED:
            continue
        yield path
        if path.is_dir() and (target := path.resolve()) not in not_entered:
            yield from _below(path, not_entered | {target})


def prepare_emodel(
    emodel: Emodel,
    package: Path,
    template: Path,
    without_apical_points: Path | None,
    log: Path,
    compiled: bool = True,
) -> Manifest:
    """Copy an e-model's files to the directory `package` and compile its mechanisms there.

    Args:
        package: the directory, which is replaced
        template: Jinja2 template of the hoc, to check that it renders
        without_apical_points: the directory of the morphology release, if apical points are to be
            used but the release has no file with them; otherwise None
        log: file for the package's output
        compiled: False only checks the e-model, and compiles and simulates nothing

    Raises:
        MegateError: the package does not create its evaluator; a mechanism is missing or does not
            compile; the template does not render; apical points or features of eFEL are missing.
    """
    params = emodel.final.params
    if package.exists():
        shutil.rmtree(package)  # files of an earlier package would be used otherwise
    for path in emodel.files:
        target = package / staged(path.relative_to(emodel.source))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    if emodel.hoc_tests is not None:
        HocTests(HocSettings(**emodel.hoc_tests)).write(package)
    try:
        facts, _ = run_in_child(
            "describe_emodel",
            {
                "emodel": emodel.name,
                "params": params,
                "morph_path": str(emodel.exemplar.unrepaired.absolute()),
                "apical_point": emodel.exemplar_apical_point,
                "template": str(template.absolute()),
                "kind": emodel.evaluator,
            },
            cwd=package,
            log=log,
        )
        if facts.get("problems"):
            raise MegateError(f"BluePyEModel cannot run it:{listing(facts['problems'])}")
        if facts["unknown_features"]:
            raise MegateError(
                "eFEL does not have these features or settings:"
                + listing(facts["unknown_features"])
            )
        if facts["apical_points"] and without_apical_points is not None:
            raise MegateError(
                "it takes apical points, but there is no "
                f"{without_apical_points / APICAL_POINTS}; add it, or set use_apical_points: false"
            )
        if facts["hoc_problem"]:
            raise MegateError(facts["hoc_problem"])
        mod_files = mod_files_in_use(package, facts["mechanisms"])
        if mod_files and compiled:
            compile_mechanisms(mod_files, package)
        if emodel.hoc_tests is not None and compiled:
            _measure_exemplar(emodel, package, log)
    except ChildError as error:
        logger.info("%s", error.details)
        where = _error_location(error.details, package, emodel.source)
        problem = f"e-model {emodel.name}: its package does not work: {where}: {error.reason}"
        raise MegateError(problem) from error
    except MegateError as error:
        raise MegateError(f"e-model {emodel.name} ({emodel.source}): {error}") from error
    return Manifest(
        emodel=emodel.name,
        original_emodel=emodel.original,
        params=params,
        features=list(dict.fromkeys(facts["features"])),  # code may repeat names
        mechanisms=facts["mechanisms"],
        mod_files=[path.name for path in mod_files],
        emodel_sha256=emodel.sha256,
        evaluator=emodel.evaluator,
        needs=facts["needs"],
        global_parameters=facts["global_parameters"],
    )


def _measure_exemplar(emodel: Emodel, package: Path, log: Path) -> None:
    """Simulate the exemplar of a hoc; its values are those with which other cells are compared.

    Raises:
        ChildError: the simulation fails.
        MegateError: the exemplar does not spike.
    """
    exemplar = emodel.exemplar.unrepaired.absolute()
    measured, _ = run_in_child(
        "measure_hoc_exemplar",
        {"emodel": emodel.name, "morph_path": str(exemplar)},
        cwd=package,
        log=log,
    )
    if measured["problem"]:
        raise MegateError(f"its exemplar {exemplar.name} cannot be compared: {measured['problem']}")
    for test in TESTS:
        value = measured["values"][test.feature]
        if value is None or (test.tolerance is None and value != 1):
            logger.warning(
                "e-model %s: its exemplar %s %s, so this test excludes no cell: %s",
                emodel.name,
                exemplar.name,
                "has no value" if value is None else "does not pass",
                test.feature,
            )
    HocTests(HocSettings(**(emodel.hoc_tests or {})), measured["values"]).write(package)


def emodel_sha256(
    source: Path,
    files: Iterable[Path],
    params: dict[str, float],
    evaluator: Evaluator = Evaluator.CODE,
    hoc_tests: dict[str, Any] | None = None,
) -> str:
    """SHA-256 of a package: its files with their paths, the parameters, what runs it and, for a
    hoc, the settings of its tests. `files` may be outside of the folder `source`."""
    digest = hashlib.sha256(json.dumps(params, sort_keys=True).encode())
    if evaluator is not Evaluator.CODE:
        digest.update(evaluator.encode())
    if hoc_tests is not None:
        digest.update(json.dumps(hoc_tests, sort_keys=True).encode())
    for path in files:
        name = path.relative_to(source) if path.is_relative_to(source) else path.name
        digest.update(f"\0{name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _error_location(details: str, package: Path, source: Path) -> str:
    """The last place of a traceback in the package's files ("FILE, line N"), or the package."""
    for file, line in reversed(re.findall(r'File "([^"]+)", line (\d+)', details)):
        if Path(file).is_relative_to(package.absolute()):
            return f"{source / Path(file).relative_to(package.absolute())}, line {line}"
    return str(source)
