"""Which e-model is for which morphologies: the types of a new project."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd

from megate.core.errors import MegateError
from megate.core.patterns import matching, pattern_problem
from megate.inputs.etype_map import ANYTHING
from megate.project_setup.formats.found import FoundEmodel

_ETYPE = re.compile(
    r"([bcd](?:N?AC(?:pyr)?|IR|STUT|ADpyr|N?AD_(?:nosc)?ltb))(?:int)?(?![A-Za-z0-9])"
)
"""E-types (Petilla terminology, and those of pyramidal and thalamic cells) at the start of names of
e-models: ``cADpyr_L5TPC``, ``bACint_L23BTC``."""
_PLAIN = re.compile(r"[\w.:+-]+")


@dataclass(frozen=True)
class TypedEmodel:
    """An e-model, and the types that it is for.

    Attributes:
        etypes: names of e-types
        mtype: regular expression of full m-types
        fullmtypes: those that the morphologies have
        layers: of the morphologies that have these m-types
    """

    found: FoundEmodel
    etypes: list[str]
    mtype: str
    fullmtypes: list[str]
    layers: list[str]


@dataclass(frozen=True)
class Types:
    """The types of a project.

    Attributes:
        emodels: the e-models
        recipe: `layer`, `fullmtype`, `etype`; each has an e-model
        left_out: names of the morphologies without such a type
        assumed: what was assumed, one line each
    """

    emodels: list[TypedEmodel]
    recipe: pd.DataFrame
    left_out: list[str]
    assumed: list[str]


def types_of(morphologies: pd.DataFrame, found: Sequence[FoundEmodel], etype: str | None) -> Types:
    """Choose the types of the e-models.

    An e-model has the e-type `etype`, else that of its folder, else that at the start of its name,
    else its name. It is for the m-types of its folder, if a morphology has one of them, else for
    all. A morphology whose e-type is known is only for e-models with this e-type.

    Args:
        morphologies: `morph_name`, `layer`, `fullmtype`, `etype` (empty if not known)

    Raises:
        MegateError: no e-model is for any of the morphologies.
    """
    emodels, assumed = [], []
    known = list(dict.fromkeys(morphologies["fullmtype"]))
    for each in found:
        etypes, why = _etypes(each, etype)
        pattern, mtypes = _mtypes(each, known)
        if pattern != ANYTHING:
            why.append(f"m-types {each.mtype}, from its files")
        elif each.mtype or len(known) > 1:
            none = f"; no morphology has its own, {each.mtype}" if each.mtype else ""
            why.append(f"for all m-types{none}")
        layers = morphologies.loc[morphologies["fullmtype"].isin(mtypes), "layer"].unique()
        emodels.append(TypedEmodel(each, etypes, pattern, mtypes, list(layers)))
        assumed += [f"e-model {each.name}: {text}" for text in [*why, *each.assumed]]
    recipe = pd.concat([_recipe(morphologies, each) for each in emodels])
    recipe = recipe.drop_duplicates().sort_values(list(recipe), ignore_index=True)
    if recipe.empty:
        wanted = ", ".join(sorted(set(morphologies["etype"])))
        has = "; ".join(f"{each.found.name}: {', '.join(each.etypes)}" for each in emodels)
        raise MegateError(
            f"no e-model has an e-type of the morphologies: found {wanted}, but the e-models have "
            f"{has}; give --etype"
        )
    key = ["layer", "fullmtype"]
    served = morphologies.merge(recipe[key].drop_duplicates(), on=key)["morph_name"]
    left_out = sorted(set(morphologies["morph_name"]) - set(served))
    return Types(emodels, recipe, left_out, assumed)


def _etypes(emodel: FoundEmodel, given: str | None) -> tuple[list[str], list[str]]:
    """The e-types of an e-model, and what was assumed."""
    if given is not None:
        others = emodel.etype not in (None, given)
        return [given], [f"e-type {given}; its files have {emodel.etype}"] if others else []
    if emodel.etype is not None:
        names = emodel.etype.split("|")
        if all(map(_PLAIN.fullmatch, names)):
            return names, [f"e-types {emodel.etype}, from its files"]
    if match := _ETYPE.match(emodel.name):
        return [match[1]], [f"e-type {match[1]}, from its name (else give --etype)"]
    return [emodel.name], [f"e-type {emodel.name}, its name (else give --etype)"]


def _mtypes(emodel: FoundEmodel, known: Collection[str]) -> tuple[str, list[str]]:
    """The regular expression of an e-model's m-types, and those of the `known` ones that it
    matches: all, if it would match none. A format gives an m-type, or such an expression."""
    mtype = ANYTHING if emodel.mtype is None else emodel.mtype
    if mtype in known:
        return re.escape(mtype), [mtype]
    if pattern_problem(mtype) is None and (matched := matching(mtype, known, whole=True)):
        return mtype, [name for name in known if name in matched]
    return ANYTHING, list(known)


def _recipe(morphologies: pd.DataFrame, emodel: TypedEmodel) -> pd.DataFrame:
    """The types that an e-model is for."""
    own = morphologies[morphologies["fullmtype"].isin(emodel.fullmtypes)]
    rows = own.merge(pd.DataFrame({"of_emodel": emodel.etypes}), how="cross")
    rows = rows[(rows["etype"] == "") | (rows["etype"] == rows["of_emodel"])]
    return rows[["layer", "fullmtype"]].assign(etype=rows["of_emodel"])
