"""Tables of morphologies, with the columns that programs and portals write."""

from pathlib import Path

import pytest

from megate.project_setup.tables import read_table

TABLES = {
    "morphology workflows": (
        ",morph_name,morph_path,mtype,layer\n0,cell1,cells/cell1.asc,L5_IN,5\n",
        {"morph_name": "cell1", "layer": "5", "fullmtype": "L5_IN", "path": "cells/cell1.asc"},
    ),
    "emodel-generalisation": (
        ",name,mtype,morph_class,emodel,etype\n156,cell1,L5_TPC:A,PC,EXC,cADpyr\n",
        {"morph_name": "cell1", "fullmtype": "L5_TPC:A", "etype": "cADpyr"},
    ),
    "a circuit's cells": (
        "mtype,morphology,region,layer,etype\nL5_TPC:A,ab/cd/cell1,MOs,5,cADpyr\n",
        {"morph_name": "cell1", "layer": "5", "fullmtype": "L5_TPC:A", "etype": "cADpyr"},
    ),
    "MorphDB, the m-type with its subtype": (
        "name,mtype,msubtype,mtype_no_subtype,layer,path\ncell1,L5_TPC:A,A,L5_TPC,5,cell1.h5\n",
        {"morph_name": "cell1", "layer": "5", "fullmtype": "L5_TPC:A", "path": "cell1.h5"},
    ),
    "m-type and subtype apart": (
        "name\tmtype\tmsubtype\tlayer\ncell1\tL5_TPC\tA\t5\n",
        {"morph_name": "cell1", "layer": "5", "fullmtype": "L5_TPC:A"},
    ),
    "mecombo_emodel.tsv": (
        "morph_name\tlayer\tfullmtype\tetype\temodel\ncell1\t5\tL5_TPC:A\tcADpyr\tE\n",
        {"morph_name": "cell1", "layer": "5", "fullmtype": "L5_TPC:A", "etype": "cADpyr"},
    ),
    "Allen Cell Types": (
        'specimen__name,structure__layer,cell type\n"Scnn1a-1.swc",2/3,spiny cell\n',
        {"morph_name": "Scnn1a-1", "layer": "2_3", "fullmtype": "spiny_cell"},
    ),
    "semicolons, capitals, signs and a byte order mark": (
        "\ufeffNeuron Name;M-Type;Layer\ncell1;L4_SS;4.0\n",
        {"morph_name": "cell1", "layer": "4", "fullmtype": "L4_SS"},
    ),
    "blanks": (
        "node_type_id mtype layer morphology\n100 L5_BC 5 cell1.swc\n",
        {"morph_name": "cell1", "layer": "5", "fullmtype": "L5_BC"},
    ),
    "only paths": (
        "file_path,mtype,brain_region\n/data/cell1.swc,TC,VPL\n",
        {"morph_name": "cell1", "layer": "VPL", "fullmtype": "TC"},
    ),
    "a value of several lines": (
        'name,features,mtype,layer\ncell1,"[[1. 0.]\n [0. 1.]]",L5_BC,5\n',
        {"morph_name": "cell1", "layer": "5", "fullmtype": "L5_BC"},
    ),
}


@pytest.mark.parametrize("kind", TABLES)
def test_columns(kind: str, tmp_path: Path) -> None:
    text, expected = TABLES[kind]
    path = tmp_path / "table.csv"
    path.write_text(text)
    (row,) = read_table(path).rows.to_dict("records")
    assert {key: row[key] for key in expected} == expected
