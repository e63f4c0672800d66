"""Checks of the recipe, and of what it has in common with neuronDB and e-type map."""

from broken import Case
from folder import ETYPE_MAP, NEURONDB, RECIPE


def _xml(text: str) -> str:
    return (
        '<recipe><NeuronTypes>\n<Layer id="5" percentage="100">\n'
        f'<StructuralType id="L5_TPC:A" percentage="100">\n{text}\n</StructuralType>\n'
        "</Layer>\n</NeuronTypes></recipe>\n"
    )


def _with_xml(text: str):
    """Give a recipe in XML."""
    return lambda p: (
        p.write("recipe.xml", text),
        p.configure("prepare", recipe_path="recipe.xml"),
    )


RECIPES = [
    Case(
        "no such recipe",
        lambda p: p.remove(RECIPE),
        ("recipe", "recipe.yaml", "not found"),
    ),
    Case(
        "recipe of an unknown kind of file",
        lambda p: p.configure("prepare", recipe_path="recipe.csv"),
        ("recipe.csv", ".yaml, .yml or .xml"),
    ),
    Case(
        "recipe that is not YAML",
        lambda p: p.edit(RECIPE, "cADpyr: 1.0}", "cADpyr: 1.0"),
        ("recipe.yaml", "not valid YAML", "line 10"),
    ),
    Case(
        "recipe with a list where keys are expected",
        lambda p: p.write(RECIPE, "- version: v2.0\n"),
        ("recipe.yaml", "list", "YAML mapping"),
    ),
    Case(
        "empty recipe",
        lambda p: p.write(RECIPE, "# nothing yet\n"),
        ("recipe.yaml", "holds nothing", "YAML mapping"),
    ),
    Case(
        "recipe of another version",
        lambda p: p.edit(RECIPE, "v2.0", "v1.0"),
        ("recipe.yaml", "version", "'v1.0'", "'v2.0'"),
    ),
    Case(
        "recipe without neurons",
        lambda p: p.edit(RECIPE, "neurons:", "cells:"),
        ("recipe.yaml", "'neurons' is missing"),
    ),
    Case(
        "recipe with an empty list of neurons",
        lambda p: p.write(RECIPE, "version: v2.0\nneurons: []\n"),
        ("recipe.yaml", "no layer with an m-type and an e-type"),
    ),
    Case(
        "two neurons without traits",
        lambda p: p.write(RECIPE, "version: v2.0\nneurons:\n  - density: 1\n  - L5_TPC\n"),
        (
            "recipe.yaml",
            "neurons[0]",
            "neurons[1]",
            "'traits' is missing",
            "layer, mtype and etype",
        ),
    ),
    Case(
        "recipe with a query of regions and no layer",
        lambda p: p.write(
            RECIPE,
            "version: v2.0\nneurons:\n"
            "  - {region: '@;L4$', traits: {mtype: L4_LBC, etype: {cNAC: 1.0}}}\n",
        ),
        ("recipe.yaml", "neurons[0].traits.layer", "None", "'@;L4$'", "the name of a region"),
    ),
    Case(
        "recipe with a region that is not a name and no layer",
        lambda p: p.write(
            RECIPE,
            "version: v2.0\nneurons:\n"
            "  - {region: [VPL], traits: {mtype: VPL_TC, etype: {dAD_ltb: 1.0}}}\n",
        ),
        ("recipe.yaml", "neurons[0].region", "['VPL']", "a name"),
    ),
    Case(
        "two neurons without layer, or with an empty one",
        lambda p: (p.edit(RECIPE, "layer: 4", "level: 4"), p.edit(RECIPE, "layer: 5", "layer:")),
        (
            "recipe.yaml",
            "neurons[0].traits.layer",
            "None",
            "neurons[2].traits.layer",
            "expected a name",
        ),
    ),
    Case(
        "two neurons without e-types",
        lambda p: p.edit(RECIPE, "etype: {cADpyr: 1.0}", "etype: cADpyr"),
        (
            "recipe.yaml",
            "neurons[0].traits.etype",
            "neurons[2].traits.etype",
            "'cADpyr'",
            "e-types with weights",
        ),
    ),
    Case(
        "e-type that is null",
        lambda p: p.edit(RECIPE, "dNAC: 0.3", "~: 0.3"),
        ("recipe.yaml", "neurons[1].traits.etype", "None", "expected a name"),
    ),
    Case(
        "m-type with a space",
        lambda p: p.edit(RECIPE, "L4_LBC", "L4 LBC"),
        ("recipe.yaml", "m-type", "'L4 LBC'", "letters"),
    ),
    Case(
        "recipe that is not XML",
        _with_xml("<recipe><NeuronTypes></recipe>"),
        ("recipe.xml", "not valid XML", "line 1"),
    ),
    Case(
        "XML recipe without its types",
        _with_xml("<recipe><Types/></recipe>"),
        ("recipe.xml", "<NeuronTypes>"),
    ),
    Case(
        "XML recipe with an entity in its types",
        _with_xml(
            '<!DOCTYPE recipe [<!ENTITY pyr "cADpyr">]>\n'
            + _xml('<ElectroType id="&pyr;" percentage="100"/>')
        ),
        ("recipe.xml", "&pyr; in <NeuronTypes>", "write out"),
    ),
    Case(
        "XML recipe whose types are in another file",
        _with_xml('<!DOCTYPE r [<!ENTITY types SYSTEM "types.xml">]>\n<r>&types;</r>'),
        ("recipe.xml", "&types;", "write out"),
    ),
    Case(
        "XML type without id",
        _with_xml(_xml('<ElectroType name="cADpyr" percentage="100"/>')),
        ("recipe.xml", "line 4", "<ElectroType>", "no id"),
    ),
    Case(
        "two XML types whose share is 0, or no number",
        _with_xml(
            _xml(
                '<ElectroType id="cADpyr" percentage="0"/>\n'
                '<ElectroType id="dNAC" percentage="10 %"/>'
            )
        ),
        (
            "recipe.xml",
            "line 4",
            "<ElectroType> 'cADpyr'",
            "'0'",
            "line 5",
            "'dNAC'",
            "'10 %'",
            "above 0",
        ),
    ),
]

COMBINATIONS = [
    Case(
        "two morphologies whose types the recipe does not have",
        lambda p: p.edit(NEURONDB, "<mtype>L4_LBC", "<mtype>L4_NBC"),
        ("neuronDB", "recipe", "lbc140503.1", "lbc140507.1", "layer '4'", "'L4_NBC'"),
    ),
    Case(
        "no morphology has types that the recipe has, and those without are skipped",
        lambda p: (
            p.configure("prepare", morphologies_without_recipe="warn"),
            p.edit(RECIPE, "mtype: L", "mtype: M"),
        ),
        ("no morphology is left", "neuronDB", "recipe", "tpc140301-A1", "layer '5'", "'L5_TPC:A'"),
    ),
    Case(
        "two types that no e-model stands for",
        lambda p: p.set(ETYPE_MAP, "cNAC_LBC", "etype", to="cNAC"),
        ("e-type map", "layer '4', m-type 'L4_LBC', e-type 'dNAC'", "layer '5', m-type 'L5_LBC'"),
    ),
    Case(
        "no morphology has a name that the e-models' regexes match",
        lambda p: (
            p.set(ETYPE_MAP, "cNAC_LBC", "morph_name", to="LBC.*"),
            p.set(ETYPE_MAP, "cADpyr_TPC", "morph_name", to="TPC.*"),
        ),
        ("no combination", "morph_name", "e-type map"),
    ),
]
