"""Write e-models as hoc: NEURON templates, rendered by BluePyOpt."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
    adaptation: Path | None = None,
) -> None:
    """Write an e-model's hoc file, with its exemplar as default morphology. The NEURON template
    has the e-model's name. For the other arguments and the errors see `write_hocs`."""
    with tempfile.TemporaryDirectory() as directory:
        write_hocs(
            Path(directory),
            [(manifest.emodel, exemplar.name)],
            manifest,
            package,
            exemplar,
            apical_point,
            template,
            log,
            adaptation,
        )
        write_text(path, Path(directory, f"{manifest.emodel}.hoc").read_text())


def write_hocs(
    directory: Path,
    cells: Sequence[tuple[Any, ...]],
    manifest: Manifest,
    package: Path,
    exemplar: Path,
    apical_point: int | None,
    template: Path,
    log: Path,
    adaptation: Path | None = None,
    scales: Mapping[str, Sequence[float]] | None = None,
) -> None:
    """Write hoc files of an e-model, one per cell, into `directory`.

    Args:
        cells: per cell, the name of the NEURON template, the file name of the morphology and, if
            they are known, the numbers of its axon, basal and apical sections. The hoc checks them
        package: the prepared e-model's directory
        exemplar: the morphology with which the evaluator is created
        apical_point: index of the exemplar's apical point in ``apic``, or None
        template: Jinja2 template of the hoc
        log: file for the output of the package
        adaptation: file about the adaptation of the e-model's cells; None if they are not adapted
        scales: per NEURON template, the scales of AIS and soma; None: the cells take them as
            arguments

    Raises:
        MegateError: the package raises an error, or the Jinja2 template does not render.
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
        "kind": manifest.evaluator,
        "adaptation": None if adaptation is None else str(adaptation.absolute()),
        "scales": None if scales is None else {name: list(of) for name, of in scales.items()},
    }
    try:
        run_in_child("write_hoc_files", arguments, cwd=package, log=log)
    except ChildError as error:
        raise MegateError(
            f"e-model {manifest.emodel}: cannot write its hoc: {error.reason}"
        ) from error
