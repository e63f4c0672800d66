"""Rules emodel_combos_hoc and combos_hoc: a hoc for each released combination."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from megate.core.paths import package_beside
from megate.emodels.combos_hoc import combos_hoc, read_release, write_emodel_hocs, write_table
from megate.emodels.manifest import Manifest

logger = logging.getLogger(__name__)


def write_emodel_combos_hoc(
    folder: Path,
    release: Path,
    combos: Path,
    emodels: Sequence[str],
    manifest: Path,
    exemplar: Path,
    apical_point: int | None,
    template: Path,
    log: Path,
) -> None:
    """Write the hoc of an e-model's released combinations.

    Args:
        folder: for the files
        release: mecombo_emodel.tsv
        combos: combos.parquet
        emodels: names of all e-models
        manifest: of the prepared e-model
        exemplar: its morphology
        apical_point: the exemplar's, index of the section in ``apic``
        template: Jinja2 template of the hoc
        log: file that takes what the package prints

    Raises:
        MegateError: the package does not work, or the template does not render.
    """
    number = write_emodel_hocs(
        folder,
        _table(release, combos, emodels),
        Manifest.read(manifest),
        package=package_beside(manifest.absolute()),
        exemplar=exemplar,
        apical_point=apical_point,
        template=template,
        log=log,
    )
    logger.info("%d hoc files", number)


def write_combos_hoc_table(path: Path, release: Path, combos: Path, emodels: Sequence[str]) -> None:
    """Write which hoc belongs to which released combination. Arguments as above."""
    write_table(path, _table(release, combos, emodels), emodels)


def _table(release: Path, combos: Path, emodels: Sequence[str]) -> pd.DataFrame:
    return combos_hoc(read_release(release), pd.read_parquet(combos), emodels)
