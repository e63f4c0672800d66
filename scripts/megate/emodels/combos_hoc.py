"""Write one hoc file per released combination, with its own NEURON template and its morphology.

Unlike those of BluePyMM's legacy tool, the template names are unique and valid in NEURON.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from megate.adaptation.geometry import SCALERS
from megate.core.errors import MegateError
from megate.core.names import template_name
from megate.core.paths import COMBOS_HOC
from megate.emodels.hoc import write_hocs
from megate.emodels.manifest import Manifest
from megate.files.atomic import folder_written_whole, written_whole
from megate.files.readers import local
from megate.morphologies.check import Checked

SECTIONS = ["axon_sections", "basal_sections", "apical_sections"]
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
    *SECTIONS,
]


def read_release(mecombo_emodel: Path) -> pd.DataFrame:
    """Read mecombo_emodel.tsv, with all fields as strings."""
    return pd.read_csv(mecombo_emodel, sep="\t", dtype=str, keep_default_na=False)


def combos_hoc(
    release: pd.DataFrame,
    combos: pd.DataFrame,
    emodels: Iterable[str],
    checked: Iterable[Checked] = (),
) -> pd.DataFrame:
    """The table of hoc files, one row per released combination, with `COLUMNS` and, if the release
    has them, the scales of AIS and soma.

    Combinations with the same cell (such as a morphology with two e-types) share a hoc file. `hoc`
    is its path relative to the common folder, `morphology` the file name with extension, and the
    numbers of sections are those that were scored, before the axon is replaced (empty if they are
    not known).

    Args:
        release: result of `read_release`
        combos: combos.parquet
        emodels: names of the e-models
        checked: rows of morphologies.tsv

    Raises:
        MegateError: two cells would have the same template name.
    """
    names = _template_names(release, emodels)
    return release.assign(
        template_name=names,
        hoc=release["emodel"] + "/" + names + ".hoc",
        **simulated_morphologies(release["morph_name"], combos, checked),
    )[[*COLUMNS, *(name for name in SCALERS if name in release)]]


def simulated_morphologies(
    names: pd.Series, combos: pd.DataFrame, checked: Iterable[Checked]
) -> dict[str, pd.Series]:
    """What was simulated of each released morphology (`names`): `morphology`, the name of its file
    or of the clean copy, and `SECTIONS`, missing where they are not known. The other arguments are
    those of `combos_hoc`."""
    paths = morphology_paths(combos)
    rows = {row.file: row for row in checked}
    known = {name: rows.get(local(Path(path))) for name, path in paths.items()}
    files = {
        name: Path(path).with_suffix(row.facts.copy).name
        if (row := known[name]) is not None and row.is_converted
        else Path(path).name
        for name, path in paths.items()
    }
    facts = {name: row.facts for name, row in known.items() if row and row.facts.points}
    sections = {
        column: names.map({name: getattr(of, column) for name, of in facts.items()}).astype("Int64")
        for column in SECTIONS
    }
    return {"morphology": names.map(files)} | sections


def morphology_paths(combos: pd.DataFrame) -> dict[str, str]:
    """The file of each morphology of the release, by name; `combos` is combos.parquet."""
    rows = combos[~combos["is_exemplar"]].drop_duplicates("morph_name")
    return dict(zip(rows["morph_name"], rows["morph_path"], strict=True))


def _template_names(release: pd.DataFrame, emodels: Iterable[str]) -> pd.Series:
    """The template name of each released combination.

    It is made from the combination's name. If this name is also an e-model's, or if two cells have
    it (such as ``m-1`` and ``m_1`` with make_names_neuron_compliant), e-model and morphology are
    added.
    """
    cell = release["emodel"] + "/" + release["morph_name"]
    name = release["combo_name"]
    ambiguous = (cell.groupby(name).transform("nunique") > 1) | name.isin(list(emodels))
    identity = name.where(~ambiguous, name + "/" + cell)
    names = identity.map(template_name)
    for same, identities in identity.groupby(names).unique().items():
        if len(identities) > 1:
            raise MegateError(
                f"{COMBOS_HOC}: the combinations {' and '.join(identities)} have the same template "
                f"name {same}; rename one of their morphologies"
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
    adaptation: Path | None = None,
) -> int:
    """Write the hoc files of an e-model's combinations in `table` (see `combos_hoc`) and return
    their number. They replace `folder`. For the other arguments and the errors see `write_hocs`.
    """
    own = table[table["emodel"] == manifest.emodel].drop_duplicates("template_name")
    cells = [
        (name, morphology, *(() if pd.isna(sections[0]) else map(int, sections)))
        for name, morphology, *sections in own[
            ["template_name", "morphology", *SECTIONS]
        ].itertuples(index=False, name=None)
    ]
    scales = None
    if adaptation is not None:
        values = own[list(SCALERS)].astype(float).to_numpy().tolist()
        scales = dict(zip(own["template_name"], values, strict=True))
    with folder_written_whole(folder) as partial:
        if cells:
            write_hocs(
                partial,
                cells,
                manifest,
                package,
                exemplar,
                apical_point,
                template,
                log,
                adaptation,
                scales,
            )
    return len(cells)


def write_table(path: Path, table: pd.DataFrame, emodels: Iterable[str]) -> None:
    """Write the table of all hoc files (see `combos_hoc`) to `path`, in their common folder.
    Folders of e-models other than `emodels`, from an earlier release, are removed."""
    for folder in path.parent.iterdir():
        if folder.is_dir() and folder.name not in set(emodels):
            shutil.rmtree(folder)
    with written_whole(path) as partial:
        table.to_csv(partial, sep="\t", index=False)
