"""Write the folder of a release that circuits take as it is: release/circuit/.

`FILES` lists what it contains. Names and formats are those that circuit-build, brainbuilder,
neurodamus and BlueCelluLab read.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePath

import pandas as pd
import pyarrow.parquet as pq

import megate
from megate.adaptation.geometry import SCALERS
from megate.core.errors import MegateError, listing
from megate.core.names import neuron_compliant
from megate.core.paths import (
    CIRCUIT_CELLS,
    CIRCUIT_EXTNEURONDB,
    CIRCUIT_HOC,
    CIRCUIT_MECHANISMS,
    CIRCUIT_MECOMBO_EMODEL,
    CIRCUIT_MORPHOLOGIES,
    CIRCUIT_README,
)
from megate.core.wording import counted
from megate.emodels.combos_hoc import morphology_paths, simulated_morphologies
from megate.emodels.manifest import Manifest
from megate.emodels.mechanisms import included_files, mechanism_name
from megate.files.atomic import folder_written_whole
from megate.files.readers import local
from megate.morphologies.check import Checked
from megate.release.files import TYPED, write_extneurondb

FILES = {
    CIRCUIT_EXTNEURONDB: "morphology, layer, m-type, e-type and combination name, separated by "
    "spaces; for `brainbuilder cells assign-emodels`",
    CIRCUIT_MECOMBO_EMODEL: "e-model, currents (nA) and input resistance (MOhm) of each "
    "combination; for `brainbuilder sonata provide-me-info`",
    f"{CIRCUIT_HOC}/": "the e-models, `<emodel>.hoc`",
    f"{CIRCUIT_MECHANISMS}/": "the .mod files that they use; `nrnivmodl mechanisms` compiles them",
    f"{CIRCUIT_MORPHOLOGIES}/": "the morphologies as they were simulated, in a folder per format",
    CIRCUIT_CELLS: "all that is known about the cell of each combination",
}
"""The files of the folder, with their descriptions."""

_CURRENTS = ["threshold_current", "holding_current", "input_resistance"]
_MECOMBO_COLUMNS = [*TYPED, "emodel", "combo_name", *_CURRENTS]

CELLS = {
    "combo_name": "name of the combination, unique",
    "emodel": "e-model",
    "morph_name": "morphology",
    "layer": "layer",
    "fullmtype": "m-type",
    "etype": "e-type",
    "morphology": "its file in this folder, if the morphologies are copied",
    "holding_current": "nA",
    "threshold_current": "nA; the smallest step on top of the holding current that makes the cell "
    "spike",
    "input_resistance": "MOhm, at the holding voltage",
    "holding_voltage": "mV; where the holding current holds the cell",
    "resting_potential": "mV, without current",
    "axon_sections": "number of axon sections of the morphology, before the e-model replaces its "
    "axon",
    "basal_sections": "number of basal sections",
    "apical_sections": "number of apical sections",
    "celsius": "degree Celsius; the temperature of the e-model",
    "v_init": "mV; initial voltage of the e-model",
    "AIS_scaler": "with `adapt`: scale of the AIS's diameters; 1 for the AIS of the morphology",
    "soma_scaler": "with `adapt`: scale of the soma's length; 1 for the soma of the morphology",
}
"""The columns of cells.tsv, with their descriptions. Missing values are written as ``nan``."""

_TEXTS = ("combo_name", "emodel", *TYPED, "morphology")
_OF_EMODEL = ["celsius", "v_init"]
_FROM_DECISIONS = [
    "combo",
    "combo_name",
    *TYPED,
    "emodel",
    *_CURRENTS,
    "holding_voltage",
    "resting_potential",
]


def write_circuit(
    folder: Path,
    decisions: Path,
    combos: pd.DataFrame,
    hoc: Iterable[Path],
    packages: Mapping[Path, Manifest],
    checked: Iterable[Checked],
    copies: Path,
    make_names_neuron_compliant: bool = False,
    copy_morphologies: bool = True,
    adapted: bool = False,
) -> None:
    """Write the folder; it replaces an earlier one.

    Args:
        decisions: decisions.parquet
        combos: combos.parquet
        hoc: the e-models' hoc files
        packages: the staged packages of the e-models; empty if scores were imported
        checked: rows of morphologies.tsv
        copies: folder with the clean copies of morphologies that NEURON misreads
        make_names_neuron_compliant: as `select.make_names_neuron_compliant`
        copy_morphologies: whether to copy the morphologies
        adapted: whether the scales of AIS and soma are written, which the hoc then takes

    Raises:
        MegateError: two e-models have different .mod files of the same name, or two .mod files
            define the same mechanism; a morphology cannot be read.
        NotWrittenError: a file cannot be written.
    """
    released = released_cells(decisions, make_names_neuron_compliant, adapted)
    table = circuit_cells(released, combos, checked)
    used = {
        manifest.emodel: (package, manifest)
        for package, manifest in packages.items()
        if manifest.emodel in set(table["emodel"])
    }
    for column in _OF_EMODEL:
        values = {name: of.global_parameters.get(column) for name, (_, of) in used.items()}
        table[column] = table["emodel"].map(values).astype(float)
    mechanisms = _mechanisms(used)
    with folder_written_whole(folder) as partial:
        write_extneurondb(partial / CIRCUIT_EXTNEURONDB, table)
        options = {"sep": "\t", "index": False, "na_rep": "nan"}
        # brainbuilder cannot use a column without values
        known = [name for name in _MECOMBO_COLUMNS if table.empty or table[name].notna().any()]
        scales = SCALERS if adapted else ()
        table.to_csv(partial / CIRCUIT_MECOMBO_EMODEL, columns=[*known, *scales], **options)
        table.to_csv(
            partial / CIRCUIT_CELLS, columns=[name for name in CELLS if name in table], **options
        )
        emodels = set(table["emodel"])
        files = {CIRCUIT_HOC: {path.name: path for path in hoc if path.stem in emodels}}
        if packages:
            files[CIRCUIT_MECHANISMS] = mechanisms
        for folder_name, sources in files.items():
            (partial / folder_name).mkdir()
            _copy_all((path, partial / folder_name / name) for name, path in sources.items())
        if copy_morphologies:
            _copy_all(
                (source, partial / target)
                for target, source in _morphologies(table, combos, copies).items()
            )
        (partial / CIRCUIT_README).write_text(_readme(table, partial))


def read_cells(path: Path, columns: Sequence[str] = tuple(CELLS)) -> pd.DataFrame:
    """Read `columns` of cells.tsv; the scales of AIS and soma only if the file has them. Names are
    strings, all others are numbers.

    Raises:
        MegateError: the file or some of these columns are missing.
    """
    if not path.is_file():
        raise MegateError(f"release: file not found: {path}")
    numbers = [name for name in CELLS if name not in _TEXTS]
    table = pd.read_csv(
        path,
        sep="\t",
        dtype=dict.fromkeys(_TEXTS, str) | dict.fromkeys(numbers, float),
        float_precision="round_trip",
        keep_default_na=False,  # "NA" is a name
        na_values={name: ["", "nan"] for name in numbers},
    )
    columns = [name for name in columns if name not in SCALERS or name in table]
    lacking = [name for name in columns if name not in table]
    if lacking:
        raise MegateError(
            f"release: {path} has no column {', '.join(lacking)}: another version of megate wrote "
            "it; write the folder again with this version (--forcerun circuit)"
        )
    return table[columns]


def released_cells(
    decisions: Path, make_names_neuron_compliant: bool = False, adapted: bool = False
) -> pd.DataFrame:
    """The released combinations of decisions.parquet, sorted by their names, which are unique; with
    the scales of AIS and soma if cells are `adapted`."""
    columns = [*_FROM_DECISIONS, *(SCALERS if adapted else ())]
    rows = pq.read_table(decisions, columns=columns, filters=[("passed", "=", True)])
    table = rows.to_pandas().drop_duplicates("combo").fillna(dict.fromkeys(SCALERS, 1.0))
    texts = [*TYPED, "emodel", "combo_name"]
    table = table.astype(dict.fromkeys(texts, object))
    table["combo_name"] = unique_names(table)
    if make_names_neuron_compliant:
        table["combo_name"] = table["combo_name"].map(neuron_compliant)
        table["combo_name"] = unique_names(table)  # such as m-1 and m_1
    return table.sort_values("combo_name", kind="stable").reset_index(drop=True)


def unique_names(table: pd.DataFrame) -> pd.Series:
    """The names of combinations (`combo_name`). To those that several have, the e-type is added
    and, if that is not enough, the number of the combination."""
    names = table["combo_name"]
    for suffix in (table["etype"], table["combo"].astype(str)):
        names = names.where(~names.duplicated(keep=False), names + "_" + suffix)
    return names


def circuit_cells(
    released: pd.DataFrame, combos: pd.DataFrame, checked: Iterable[Checked]
) -> pd.DataFrame:
    """`released_cells` with the columns of `CELLS`, except those about the e-models."""
    table = released.assign(**simulated_morphologies(released["morph_name"], combos, checked))
    files = [PurePath(file) for file in table["morphology"]]
    extensions = [file.suffix.lower() for file in files]  # as simulators spell them
    table["morphology"] = [
        f"{CIRCUIT_MORPHOLOGIES}/{extension[1:]}/{file.stem}{extension}"
        for file, extension in zip(files, extensions, strict=True)
    ]
    return table


def _mechanisms(emodels: Mapping[str, tuple[Path, Manifest]]) -> dict[str, Path]:
    """The .mod files that the e-models use, and the files that these may include, by their path in
    the folder of mechanisms. Files that differ only in white space are equal."""
    found: dict[str, tuple[str, Path]] = {}  # path in the folder -> first e-model with it, file
    defined: dict[str, tuple[str, Path]] = {}  # mechanism -> the same
    problems = []
    for emodel, (package, manifest) in sorted(emodels.items()):
        mod_files = [package / "mechanisms" / name for name in manifest.mod_files]
        for path in [*mod_files, *included_files(package)]:
            name = str(path.relative_to(package / "mechanisms"))
            other, known = found.setdefault(name, (emodel, path))
            if known.read_bytes().split() != path.read_bytes().split():
                problems.append(f"{name} of {other} differs from that of {emodel}")
        for path in mod_files:
            name = mechanism_name(path)
            other, known = defined.setdefault(name, (emodel, path))
            if known.name != path.name:
                problems.append(f"{name}: {known.name} of {other} and {path.name} of {emodel}")
    if problems:
        raise MegateError(
            "circuit: a simulator loads the mechanisms of all released e-models together, but "
            "these differ between e-models; rename the mechanism of one (file, SUFFIX, and the "
            f"e-model that inserts it), or make the files equal:{listing(problems)}"
        )
    return {name: path for name, (_, path) in found.items()}


def _morphologies(table: pd.DataFrame, combos: pd.DataFrame, copies: Path) -> dict[str, Path]:
    """The files of the released morphologies as they were simulated, by their path in the folder:
    the file of the morphology release, or its clean copy."""
    paths = morphology_paths(combos)
    files = table.drop_duplicates("morphology")[["morph_name", "morphology"]]
    found = {}
    for name, target in files.itertuples(index=False, name=None):
        original, copy = Path(local(Path(paths[name]))), copies / PurePath(target).name
        same_format = original.suffix.lower() == copy.suffix
        found[target] = copy if copy.exists() or not same_format else original
    return found


def _copy_all(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Copy files, each to a path."""
    with ThreadPoolExecutor() as pool:  # they wait for the file system
        list(pool.map(lambda pair: _copy(*pair), pairs))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        content = source.open("rb")
    except OSError as error:
        raise MegateError(f"circuit: cannot read {source}: {error.strerror}") from error
    with content, target.open("wb") as copied:
        shutil.copyfileobj(content, copied)


def _readme(table: pd.DataFrame, folder: Path) -> str:
    """The text of README.md: what the folder contains, and how to simulate it."""
    emodels = table[["emodel", *_OF_EMODEL]].drop_duplicates().dropna().sort_values("emodel")
    conditions = [
        f"celsius {celsius:g}, v_init {v_init:g} ({', '.join(group['emodel'])})"
        for (celsius, v_init), group in emodels.groupby(_OF_EMODEL)
    ]
    lines = [
        f"{counted(table['combo_name'].nunique(), 'combination')} of "
        f"{counted(table['emodel'].nunique(), 'e-model')} and "
        f"{counted(table['morph_name'].nunique(), 'morphology', 'morphologies')}, "
        f"released by megate {megate.__version__}. You can move this folder.",
        "",
        *(f"- `{name}`: {about}" for name, about in FILES.items() if (folder / name).exists()),
    ]
    formats = Counter(PurePath(file).suffix[1:] for file in table["morphology"].unique())
    if len(formats) > 1:
        counts = ", ".join(f"{number:,} .{name}" for name, number in sorted(formats.items()))
        lines += ["", f"Simulators read one format per node population, but here are {counts}."]
    if conditions:
        lines += ["", f"Simulate with: {'; '.join(conditions)}."]
    if SCALERS[0] in table:
        lines += [
            "",
            "AIS and soma of the cells are scaled: the hoc takes `AIS_scaler` and `soma_scaler` of "
            f"{CIRCUIT_CELLS}. Simulators pass them from the nodes (`@dynamics:AIS_scaler`, "
            "`@dynamics:soma_scaler`).",
        ]
    return "\n".join(lines) + "\n"
