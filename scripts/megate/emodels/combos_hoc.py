"""Hoc per released combination: a NEURON template of its own for each, its morphology named.

What BluePyMM's legacy tool writes, but for the names: they are valid in NEURON, and unique.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from megate.core.errors import MegateError
from megate.core.names import template_name
from megate.emodels.hoc import write_hocs
from megate.emodels.manifest import Manifest
from megate.files.atomic import folder_written_whole, written_whole

FOLDER = "combos_hoc"

COLUMNS = [
    "combo_name",
    "template_name",
    "hoc",
    "emodel",
    "morphology",
    "morph_name",
    "layer",
    "fullmtype",
    "etype",
    "holding_current",
    "threshold_current",
]


def read_release(mecombo_emodel: Path) -> pd.DataFrame:
    """mecombo_emodel.tsv, every field as the text that it is in the file."""
    return pd.read_csv(mecombo_emodel, sep="\t", dtype=str, keep_default_na=False)


def combos_hoc(release: pd.DataFrame, combos: pd.DataFrame, emodels: Iterable[str]) -> pd.DataFrame:
    """Which hoc belongs to which released combination.

    Combinations that are the same cell (a morphology with two e-types, say) share a hoc.

    Args:
        release: the table that `read_release` gave
        combos: combos.parquet
        emodels: names that are taken: those of the e-models' own templates

    Returns:
        `COLUMNS`, a row per row of `release`, in its order: `hoc` is the file, seen from the folder
        of all; `morphology` the file's name in the morphology release, with its extension.

    Raises:
        MegateError: two cells would have one template's name.
    """
    morphologies = combos[~combos["is_exemplar"]].drop_duplicates("morph_name")
    files = morphologies.set_index("morph_name")["morph_path"].map(lambda path: Path(path).name)
    names = template_names(release, emodels)
    return release.assign(
        template_name=names,
        hoc=release["emodel"] + "/" + names + ".hoc",
        morphology=release["morph_name"].map(files),
    )[COLUMNS]


def template_names(release: pd.DataFrame, emodels: Iterable[str]) -> pd.Series:
    """The name of each released combination's template.

    It follows from the combination's name; where that is an e-model's too, or two cells have the
    same one (as ``m-1`` and ``m_1`` with make_names_neuron_compliant), also from e-model and
    morphology.
    """
    cell = release["emodel"] + "/" + release["morph_name"]
    name = release["combo_name"]
    several = cell.groupby(name).transform("nunique") > 1
    identity = name.where(~(several | name.isin(list(emodels))), name + "/" + cell)
    names = identity.map(template_name)
    for same, identities in identity.groupby(names).unique().items():
        if len(identities) > 1:
            raise MegateError(
                f"{FOLDER}: the combinations {' and '.join(identities)} have the same template "
                f"name {same}; give one of their morphologies another name"
            )
    return names


def write_emodel_hocs(
    folder: Path,
    table: pd.DataFrame,
    manifest: Manifest,
    package: Path,
    exemplar: Path,
    apical_point: int | None,
    template: Path,
    log: Path,
) -> int:
    """Write the hoc of an e-model's released combinations; `folder` appears whole or not at all,
    and without any that was there before.

    Args:
        table: what `combos_hoc` gave
        manifest: the prepared e-model
        package: its staged directory
        exemplar: morphology to create its evaluator with
        apical_point: that one's, index of the section in ``apic``
        template: Jinja2 template of the hoc
        log: file that takes what the package prints

    Returns:
        The number of files.

    Raises:
        MegateError: the package does not work, or the template does not render.
        NotWrittenError: the files cannot be written.
    """
    cells = table.loc[table["emodel"] == manifest.emodel, ["template_name", "morphology"]]
    cells = cells.drop_duplicates().to_numpy().tolist()
    with folder_written_whole(folder) as partial:
        if cells:
            write_hocs(partial, cells, manifest, package, exemplar, apical_point, template, log)
    return len(cells)


def write_table(path: Path, table: pd.DataFrame, emodels: Iterable[str]) -> None:
    """Write the table of all hoc into their common folder. What an earlier release left there, the
    folders of other than `emodels`, goes."""
    for left_over in path.parent.iterdir():
        if left_over.is_dir() and left_over.name not in set(emodels):
            shutil.rmtree(left_over)
    with written_whole(path) as partial:
        table.to_csv(partial, sep="\t", index=False)
