"""Bad input of `megate init`: options, morphologies and their types, e-models."""

from collections.abc import Callable

from broken import INIT, Case
from folder import ETYPE_MAP, FINAL_JSON, NEURONDB, Folder

_MORPHOLOGIES, _EMODEL = "--morphologies @/morphologies", "--emodel @/emodels/cNAC_LBC"
_ALL = f"@/new {_MORPHOLOGIES} {_EMODEL}"
_PAIR = "--layer 5 --mtype L5_LBC"


def _case(
    what: str, change: Callable[[Folder], object], names: tuple[str, ...], arguments: str = _ALL
) -> Case:
    return Case(what, change, names, INIT, arguments=arguments)


def _with_table(text: str) -> Callable[[Folder], object]:
    """Have the types in a table, in place of the neuronDB."""
    return lambda p: (p.remove(NEURONDB), p.write("morphologies/cells.csv", text))


INIT_OPTIONS = [
    _case(
        "init: the folder exists",
        bool,
        ("emodels exists", "overwrites nothing", "choose another folder"),
        f"@/emodels {_MORPHOLOGIES} {_EMODEL}",
    ),
    _case(
        "init: a folder that exists, for a copy of the example",
        bool,
        ("morphologies exists", "overwrites nothing"),
        "@/morphologies",
    ),
    _case(
        "init: braces in the name of the folder",
        bool,
        ("new{}", "braces", "choose another folder"),
        f"@/new{{}} {_MORPHOLOGIES} {_EMODEL}",
    ),
    _case(
        "init: a folder that NEURON cannot open",
        bool,
        ("new$", "reads '$' in a path as a variable"),
        f"@/new$ {_MORPHOLOGIES} {_EMODEL}",
    ),
    _case(
        "init: morphologies without e-models",
        bool,
        ("--emodel is missing", "--morphologies and --emodel", "example"),
        f"@/new {_MORPHOLOGIES}",
    ),
    _case(
        "init: types without morphologies",
        bool,
        ("--layer is given without --morphologies and --emodel",),
        "@/new --layer 5",
    ),
    _case(
        "init: m-type without layer",
        bool,
        ("--mtype is given without --layer", "give both"),
        f"{_ALL} --mtype L5_LBC",
    ),
    _case(
        "init: two sources of types",
        bool,
        ("both --types and --mtype are given",),
        f"{_ALL} {_PAIR} --types @/morphologies/neuronDB.xml",
    ),
    _case(
        "init: an e-type that cannot be used",
        bool,
        ("--etype", "e-type 'c/NAC' cannot be used"),
        f"{_ALL} --etype c/NAC",
    ),
]

INIT_MORPHOLOGIES = [
    _case(
        "init: no such folder of morphologies",
        bool,
        ("--morphologies: folder not found", "cells"),
        f"@/new --morphologies @/cells {_EMODEL}",
    ),
    _case(
        "init: a folder without morphologies",
        bool,
        ("--morphologies: no morphology (.asc, .swc, .h5) in", "emodels", "asc, swc, h5"),
        f"@/new --morphologies @/emodels {_EMODEL}",
    ),
    _case(
        "init: morphologies without types",
        lambda p: p.remove(NEURONDB),
        ("--morphologies: nothing in", "neuronDB.xml", ".csv", "SONATA", "--types", "--mtype"),
    ),
    _case(
        "init: two tables",
        lambda p: (
            p.remove(NEURONDB),
            p.write("morphologies/cells.csv", "name,mtype\n"),
            p.write("morphologies/more.tsv", "name\tmtype\n"),
        ),
        ("several files", "--types", "morphologies/cells.csv", "morphologies/more.tsv"),
    ),
    _case(
        "init: a table without names",
        _with_table("id,mtype,layer\n1,L5_LBC,5\n"),
        ("cells.csv", "names of the morphologies", "'id', 'mtype', 'layer'", "morph_name, name"),
    ),
    _case(
        "init: a table without m-types",
        _with_table("name,layer\nlbc140501-1,5\n"),
        ("cells.csv", "no column with the m-types", "'name', 'layer'", "fullmtype, mtype"),
    ),
    _case(
        "init: a table without layers",
        _with_table("name,mtype\nlbc140501-1,LBC\n"),
        ("cells.csv", "no layer for the m-types LBC", "layer, cortical_layer", "--layer"),
    ),
    _case(
        "init: an empty table",
        _with_table("\n"),
        ("cells.csv", "the table is empty"),
    ),
    _case(
        "init: a table without rows",
        _with_table("name,mtype,layer\n"),
        ("cells.csv", "no morphology in it"),
    ),
    _case(
        "init: a table with a row that is too long",
        _with_table("name,mtype,layer\nlbc140501-1,L5_LBC,5,6\n"),
        ("cells.csv", "row 2 has 4 values", "3 columns"),
    ),
    _case(
        "init: two morphologies of a table have no file",
        _with_table("name,mtype,layer\nlbc140501-1,L5_LBC,5\na,L5_LBC,5\nb,L5_LBC,5\n"),
        ("cells.csv", "morphologies without a file (.asc, .swc, .h5)", "- a\n", "- b"),
    ),
    _case(
        "init: a neuronDB with a morphology that has no file",
        lambda p: p.remove("morphologies/lbc140501-1.swc"),
        ("neuronDB.xml", "morphologies without a file", "lbc140501-1"),
    ),
    _case(
        "init: a file whose name cannot be a morphology's",
        lambda p: p.write("morphologies/cell 1.swc", "1 1 0 0 0 5 -1\n"),
        ("--morphologies", "morphology name 'cell 1' cannot be used"),
        f"{_ALL} {_PAIR}",
    ),
]

INIT_EMODELS = [
    _case(
        "init: no such folder of an e-model",
        bool,
        ("--emodel: folder not found", "no_emodel"),
        f"@/new {_MORPHOLOGIES} --emodel @/no_emodel",
    ),
    _case(
        "init: a folder in which no e-model is recognised",
        bool,
        ("--emodel: no e-model is recognised in", "morphologies", "setup/__init__.py", "recipes"),
        f"@/new {_MORPHOLOGIES} --emodel @/morphologies",
    ),
    _case(
        "init: an e-model without parameters",
        lambda p: p.remove(FINAL_JSON),
        ("emodels/cNAC_LBC", "no final.json", "beside the folder", "config/params/final.json"),
    ),
    _case(
        "init: final.json is of other e-models",
        lambda p: p.drop(FINAL_JSON, "cNAC_LBC"),
        ("final.json has no e-model of", "emodels/cNAC_LBC", "'main_path'", "'cADpyr_TPC'"),
    ),
    _case(
        "init: recipes of other e-models",
        lambda p: p.write_json("emodels/cNAC_LBC/config/recipes/recipes.json", {"cAC": {}}),
        ("recipes.json has none of the e-models of final.json", "'cAC'"),
    ),
    _case(
        "init: an e-model without exemplar",
        lambda p: p.set(FINAL_JSON, "cNAC_LBC", "morph_path", to="morphologies/lbc.asc"),
        ("e-model cNAC_LBC: its exemplar lbc.asc", "not found", "emodels/cNAC_LBC/morphologies"),
    ),
    _case(
        "init: the same e-model twice",
        bool,
        ("--emodel", "cNAC_LBC is in", "and in", "a name of its own"),
        f"{_ALL} {_EMODEL}",
    ),
    _case(
        "init: an e-model's name that cannot be used",
        lambda p: (
            p.remove(ETYPE_MAP),
            p.edit(FINAL_JSON, '"cNAC_LBC": {', '"cNAC-LBC": {'),
            p.edit("emodels/cNAC_LBC/config/recipes/recipes.json", "cNAC_LBC", "cNAC-LBC"),
        ),
        ("--emodel", "cNAC-LBC", "letters, digits and _"),
    ),
    _case(
        "init: e-types of the morphologies that no e-model has",
        _with_table("name,mtype,layer,etype\nlbc140501-1,L5_LBC,5,bAC\n"),
        ("no e-model has an e-type of the morphologies", "bAC", "cNAC_LBC: cNAC, dNAC", "--etype"),
    ),
]
