"""The table of combinations: typed morphologies x e-type map, and the exemplar rows. It names the
job (simulation) of each row. `TYPES` are the types that the combinations should cover.

The rules are those of BluePyMM's `create_mm_sqlite` and `create_mm_sqlite_circuitmvd3`.
"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa

from megate.core.errors import MegateError, listing
from megate.core.names import file_name
from megate.core.patterns import matching
from megate.core.tables import field_about
from megate.emodels.exemplar import Exemplar
from megate.inputs.etype_map import MapEntry
from megate.morphologies.release import MorphologyRelease, neurons_problem

_TEXT, _COUNT, _FLAG = pa.string(), pa.int64(), pa.bool_()

SCHEMA = pa.schema(
    [
        field_about("combo", _COUNT, "number of the row, from 0", False),
        field_about("layer", _TEXT, "layer; null for exemplars"),
        field_about("fullmtype", _TEXT, "m-type: mtype:msubtype, or mtype if there is no subtype"),
        field_about("mtype", _TEXT, "morphological type"),
        field_about("msubtype", _TEXT, "morphological subtype; may be empty"),
        field_about(
            "etype", _TEXT, "electrical type; for exemplars the regex of the e-type map", False
        ),
        field_about("morph_name", _TEXT, "morphology, without extension", False),
        field_about("morph_path", _TEXT, "the morphology's file", False),
        field_about("emodel", _TEXT, "e-model", False),
        field_about(
            "original_emodel", _TEXT, "the e-model's name in the e-type map and final.json", False
        ),
        field_about("is_exemplar", _FLAG, "whether the row is an exemplar, not released", False),
        field_about("is_repaired", _FLAG, "whether the morphology is repaired", False),
        field_about(
            "is_original", _FLAG, "whether the row is scored under the original name", False
        ),
        field_about(
            "opt_scores", _TEXT, "unrepaired exemplars: scores of the optimisation, as JSON"
        ),
        field_about("job", _TEXT, "the simulation, <emodel>/<morphology>", False),
    ]
)
"""combos.parquet: the exemplar rows, then one row per combination, in the neuronDB's order."""

TYPES = pa.schema(
    [
        field_about("layer", _TEXT, "layer, or brain region in its place", False),
        field_about("fullmtype", _TEXT, "m-type: mtype:msubtype, or mtype", False),
        field_about("etype", _TEXT, "e-type", False),
        field_about("cells", _COUNT, "number of the circuit's cells; null without a circuit"),
        field_about("morphologies", _COUNT, "number of morphologies of this type", False),
    ]
)
"""types.parquet: one row per type of the recipe or of the circuit's cells, sorted."""


def join_recipe(
    recipe: pd.DataFrame, neurondb: pd.DataFrame, leave_out: bool = False
) -> tuple[pd.DataFrame, list[str]]:
    """Join the morphologies of a neuronDB (morph_name, fullmtype, mtype, msubtype, layer) with the
    e-types of a recipe (layer, fullmtype, etype).

    Returns:
        The typed morphologies in neuronDB's order (neuronDB's columns + etype), and a line for each
        morphology that is left out.

    Raises:
        MegateError: listing all morphologies without a recipe row; with `leave_out`, only if no
            morphology has one.
    """
    table = neurondb.merge(recipe, on=["fullmtype", "layer"], how="left")
    unknown = table["etype"].isna()
    orphans = [
        f"{row.morph_name}: layer {row.layer!r}, m-type {row.fullmtype!r}"
        for row in table[unknown].itertuples()
    ]
    if orphans and not leave_out:
        raise MegateError(
            "morphologies of the neuronDB whose layer and m-type the recipe does not have (leave "
            "them out with morphologies_without_recipe: warn):" + listing(orphans, limit=None)
        )
    if unknown.all():
        raise MegateError(
            "no morphology is left: the recipe does not have the layer and m-type of any "
            "morphology of the neuronDB:" + listing(orphans)
        )
    return table[~unknown].reset_index(drop=True), orphans


def types_of(typed: pd.DataFrame, recipe: pd.DataFrame | None = None) -> pd.DataFrame:
    """The types of a recipe, also those without morphologies, with the columns of `TYPES`.

    Args:
        typed: morphologies, each with layer, fullmtype, etype and, from a circuit, `cells`
        recipe: its types; None takes the types of `typed`
    """
    key = ["layer", "fullmtype", "etype"]
    groups = typed.groupby(key)
    table = groups["morph_name"].nunique().rename("morphologies").reset_index()
    if "cells" in typed:
        table = table.merge(groups["cells"].sum().reset_index(), on=key)
    if recipe is not None:
        table = recipe[key].merge(table, on=key, how="left").fillna({"morphologies": 0})
    table = table.reindex(columns=TYPES.names).sort_values(key, ignore_index=True)
    return table.astype({"cells": "Int64", "morphologies": int})


def combine(
    typed: pd.DataFrame, etype_map: Sequence[MapEntry]
) -> tuple[pd.DataFrame, list[MapEntry]]:
    """Join typed morphologies (`join_recipe`) and e-type map.

    Returns:
        The combinations in the morphologies' order (their columns + emodel, original_emodel), and
        the map's entries that are in use.

    Raises:
        MegateError: listing every (layer, m-type, e-type) without an e-model.
    """
    key = ["layer", "fullmtype", "etype"]
    served = _emodels_of_types(typed[key].drop_duplicates(), etype_map)
    table = typed.merge(served, on=key, how="left")
    orphans = table.loc[table["emodel"].isna(), key].drop_duplicates()
    if len(orphans):
        problems = [
            f"layer {row.layer!r}, m-type {row.fullmtype!r}, e-type {row.etype!r}"
            for row in orphans.itertuples()
        ]
        raise MegateError(
            "no e-model of the e-type map is for these types:" + listing(problems, limit=None)
        )

    in_use = set(table["original_emodel"])
    keep = pd.Series(False, index=table.index)
    for pattern, names in table.groupby("morph_regex")["morph_name"]:
        keep[names.index] = names.isin(matching(pattern, names.unique(), whole=False))
    combos = table[keep].drop(columns="morph_regex").reset_index(drop=True)
    if combos.empty:
        raise MegateError(
            "no combination is left: no morphology matches the morph_name of its e-models in the "
            "e-type map"
        )
    return combos, [entry for entry in etype_map if entry.original_emodel in in_use]


def _emodels_of_types(types: pd.DataFrame, etype_map: Sequence[MapEntry]) -> pd.DataFrame:
    """Every (layer, m-type, e-type) with each e-model that is for it, in the map's order."""
    matches = []
    for entry in etype_map:
        mtypes = matching(entry.mtype, types["fullmtype"].unique(), whole=True)
        etypes = matching(entry.etype, types["etype"].unique(), whole=True)
        match = types[
            types["layer"].isin(entry.layers)
            & types["fullmtype"].isin(mtypes)
            & types["etype"].isin(etypes)
        ]
        matches.append(
            match.assign(
                emodel=entry.emodel,
                original_emodel=entry.original_emodel,
                morph_regex=entry.morph_name,
            )
        )
    return pd.concat(matches, ignore_index=True)


def exemplar_rows(
    entry: MapEntry, exemplar: Exemplar, opt_scores: str, rep_neurondb: pd.DataFrame
) -> list[dict]:
    """The exemplar rows of one e-model: (emodel, repaired), (original, repaired), (emodel,
    unrepaired), (original, unrepaired); without the repaired exemplar only the last two, and
    without type columns.

    Raises:
        MegateError: the repaired neuronDB does not have the exemplar.
    """
    row = dict.fromkeys(("layer", "fullmtype", "mtype", "msubtype")) | {
        "etype": entry.etype,
        "morph_name": exemplar.morph_name,
        "original_emodel": entry.original_emodel,
        "is_exemplar": True,
    }
    if exemplar.repaired is not None:
        known = rep_neurondb[rep_neurondb["morph_name"] == exemplar.morph_name]
        if known.empty:
            raise MegateError(
                f"e-model {entry.original_emodel}: its exemplar {exemplar.morph_name!r} is not in "
                "the neuronDB (or set skip_repaired_exemplar: true)"
            )
        row |= known.iloc[0][["fullmtype", "mtype", "msubtype"]].to_dict()
    return [
        row
        | {
            "morph_path": str(path),
            "emodel": emodel,
            "is_repaired": repaired,
            "is_original": original,
            "opt_scores": None if repaired else opt_scores,
        }
        for path, repaired in ((exemplar.repaired, True), (exemplar.unrepaired, False))
        if path is not None
        for emodel, original in ((entry.emodel, False), (entry.original_emodel, True))
    ]


def locate(combos: pd.DataFrame, morphs: MorphologyRelease) -> pd.DataFrame:
    """Add each combination's `morph_path`.

    Raises:
        MegateError: listing all morphologies without a file, or whose file NEURON cannot open.
    """
    paths = {name: morphs.find(name) for name in combos["morph_name"].unique()}
    folders = " or ".join(map(str, morphs.folders))
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        raise MegateError(
            f"morphologies without a .asc, .swc or .h5 file in {folders}:"
            + listing(missing, limit=None)
        )
    unopened = [name for name, path in paths.items() if path and neurons_problem(path)]
    if unopened:
        raise MegateError(
            f"morphologies in {folders} whose files NEURON cannot "
            f"open, because their names are not ASCII:{listing(unopened, limit=None)}"
        )
    return combos.assign(morph_path=combos["morph_name"].map(paths).map(str))


def assemble(
    exemplars: Sequence[dict], combos: pd.DataFrame, morphs: MorphologyRelease
) -> pd.DataFrame:
    """Put exemplar rows before the combinations, number the rows, and name each row's job.

    Rows that share e-model, parameters and morphology file share a job.
    """
    combos = combos.assign(is_exemplar=False, is_repaired=True, is_original=False, opt_scores=None)
    table = pd.concat([pd.DataFrame(list(exemplars), dtype=object), combos], ignore_index=True)
    table["job"] = _job_names(table, morphs)
    table["combo"] = range(len(table))
    return as_arrow(table).to_pandas()


def as_arrow(combos: pd.DataFrame) -> pa.Table:
    """The table of combinations with the types and descriptions of `SCHEMA`."""
    return pa.Table.from_pandas(combos, schema=SCHEMA, preserve_index=False)


def types_as_arrow(types: pd.DataFrame) -> pa.Table:
    """The table of types with the types and descriptions of `TYPES`."""
    return pa.Table.from_pandas(types, schema=TYPES, preserve_index=False)


def combo_names(combos: pd.DataFrame) -> pd.Series:
    """``<emodel>_<fullmtype>_<layer>_<morph_name>`` of each combination."""
    parts = [combos[name] for name in ("fullmtype", "layer", "morph_name")]
    return combos["emodel"].str.cat(parts, sep="_")


def _job_names(table: pd.DataFrame, morphs: MorphologyRelease) -> list[str]:
    """``<emodel>/<morphology>``; ``@repaired`` or ``@unrepaired`` marks an exemplar's file that
    is not the release's, ``@original`` a run under the original name. Neither can be part of a
    file name made by `file_name`, and none depends on other rows, so a name stays."""
    # the package has the e-model's name, also where a row is scored under the original name
    own = table.loc[~table["is_original"].astype(bool)]
    homes = dict(zip(own["original_emodel"], own["emodel"], strict=True))
    names: dict[tuple[str, str, str], str] = {}
    jobs = []
    columns = (
        "original_emodel",
        "morph_name",
        "morph_path",
        "emodel",
        "is_exemplar",
        "is_repaired",
    )
    for original, morph, path, emodel, is_exemplar, is_repaired in zip(
        *(table[column] for column in columns), strict=True
    ):
        home = homes[original]
        key = (home, emodel, path)
        if key not in names:
            name = f"{home}/{file_name(morph)}"
            if is_exemplar and path != str(morphs.find(morph)):
                name += "@repaired" if is_repaired else "@unrepaired"
            names[key] = name if emodel == home else f"{name}@original"
        jobs.append(names[key])
    return jobs
