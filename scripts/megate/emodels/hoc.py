"""An e-model as hoc: NEURON templates that BluePyOpt renders."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from megate.core.errors import MegateError
from megate.emodels.manifest import Manifest
from megate.files.atomic import write_text
from megate.processes.child import ChildError, run_in_child


def write_emodel_hoc(
    path: Path,
    manifest: Manifest,
    package: Path,
    exemplar: Path,
    apical_point: int | None,
    template: Path,
    log: Path,
) -> None:
    """Write the hoc of an e-model, the template of its name, with its exemplar as morphology; the
    file appears whole or not at all. Arguments and errors as in `write_hocs`."""
    with tempfile.TemporaryDirectory() as directory:
        cells = [(manifest.emodel, exemplar.name)]
        write_hocs(Path(directory), cells, manifest, package, exemplar, apical_point, template, log)
        write_text(path, Path(directory, f"{manifest.emodel}.hoc").read_text())


def write_hocs(
    directory: Path,
    cells: Sequence[tuple[str, str]],
    manifest: Manifest,
    package: Path,
    exemplar: Path,
    apical_point: int | None,
    template: Path,
    log: Path,
) -> None:
    """Write hoc files of an e-model, one per cell, into `directory`.

    Args:
        cells: per file the template's name and its morphology's file name
        manifest: the prepared e-model
        package: its staged directory
        exemplar: morphology to create its evaluator with
        apical_point: that one's, index of the section in ``apic``
        template: Jinja2 template of the hoc
        log: file that takes what the package prints

    Raises:
        MegateError: the package does not work, or the template does not render.
        NotWrittenError: the files cannot be written.
    """
    arguments = {
        "emodel": manifest.emodel,
        "params": manifest.params,
        "morph_path": str(exemplar.absolute()),
        "apical_point": apical_point,
        "template": str(template.absolute()),
        "cells": [list(cell) for cell in cells],
        "directory": str(directory.absolute()),
        "builtin": manifest.builtin,
    }
    try:
        run_in_child("write_hoc_files", arguments, cwd=package, log=log)
    except ChildError as error:
        raise MegateError(f"e-model {manifest.emodel}: its hoc: {error.reason}") from error
