"""recipe: layers, m-types and e-types from YAML v2.0 and from XML."""

from pathlib import Path

import pandas as pd
import pytest

from megate.core.errors import MegateError
from megate.inputs.recipe import read_recipe


def yaml_recipe(
    folder: Path, *traits: str, version: str = "v2.0", name: str = "recipe.yaml"
) -> Path:
    path = folder / name
    neurons = "".join(
        f"- density: 1.5\n  region: '@;L5'\n  traits: {{{trait}}}\n" for trait in traits
    )
    path.write_text(f"version: {version}\nneurons:\n{neurons}", encoding="utf-8")
    return path


def xml_recipe(folder: Path, types: str) -> Path:
    path = folder / "recipe.xml"
    path.write_text(f"<blueColumn><NeuronTypes>{types}</NeuronTypes></blueColumn>")
    return path


def rows(table: pd.DataFrame) -> list[tuple[str, str, str]]:
    assert list(table.columns) == ["layer", "fullmtype", "etype"]
    assert all(isinstance(value, str) for value in table.to_numpy().ravel())
    return list(table.itertuples(index=False, name=None))


def test_yaml_in_the_files_order(tmp_path: Path) -> None:
    path = yaml_recipe(
        tmp_path,
        "layer: 5, mtype: L5_TPC:A, etype: {cADpyr: 1.0}",
        "layer: 1, mtype: L1_DAC, etype: {cNAC: 0.7, bNAC: 0.3}",
        "layer: str1, mtype: MSN, etype: {D1: 1}",
    )
    assert rows(read_recipe(path)) == [
        ("5", "L5_TPC:A", "cADpyr"),
        ("1", "L1_DAC", "cNAC"),
        ("1", "L1_DAC", "bNAC"),
        ("str1", "MSN", "D1"),
    ]


@pytest.mark.parametrize(
    "name",
    # in YAML 1.1 these are numbers (23, 90, 8, 8, 16, 2, 5.0, 1000.0), truth values and a date
    [
        "2_3",
        "1:30",
        "010",
        "0o10",
        "0x10",
        "0b10",
        "5.0",
        "1.0e+3",
        "yes",
        "NO",
        "on",
        "2024-01-02",
    ],
)
def test_yaml_names_are_as_they_are_written(name: str, tmp_path: Path) -> None:
    path = yaml_recipe(tmp_path, f"layer: {name}, mtype: {name}, etype: {{{name}: 1.0}}")
    assert rows(read_recipe(path)) == [(name, name, name)]


@pytest.mark.parametrize(("layer", "expected"), [("5", "5"), ("'5'", "5"), ("str1", "str1")])
def test_yaml_layers_are_strings(layer: str, expected: str, tmp_path: Path) -> None:
    path = yaml_recipe(tmp_path, f"layer: {layer}, mtype: L5_TPC, etype: {{cADpyr: 1.0}}")
    assert rows(read_recipe(path)) == [(expected, "L5_TPC", "cADpyr")]


def test_yaml_types_that_look_like_numbers_are_strings(tmp_path: Path) -> None:
    path = yaml_recipe(tmp_path, "layer: 2, mtype: 23, etype: {7: 1.0}")
    assert rows(read_recipe(path)) == [("2", "23", "7")]


def test_yaml_has_each_type_once(tmp_path: Path) -> None:
    """Two regions of one layer may have the same types."""
    path = yaml_recipe(
        tmp_path,
        "layer: 5, mtype: L5_TPC:A, etype: {cADpyr: 1.0}",
        "layer: 5, mtype: L5_TPC:B, etype: {cADpyr: 1.0}",
        "layer: '5', mtype: L5_TPC:A, etype: {cADpyr: 0.5, bAC: 0.5}",
    )
    table = read_recipe(path)
    assert rows(table) == [
        ("5", "L5_TPC:A", "cADpyr"),
        ("5", "L5_TPC:B", "cADpyr"),
        ("5", "L5_TPC:A", "bAC"),
    ]
    assert list(table.index) == [0, 1, 2]


def test_yml_is_yaml(tmp_path: Path) -> None:
    path = yaml_recipe(tmp_path, "layer: 5, mtype: t, etype: {e: 1}", name="recipe.yml")
    assert rows(read_recipe(path)) == [("5", "t", "e")]


def test_yaml_traits_may_be_an_alias(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(
        "version: v2.0\nneurons:\n- traits: {layer: 5, mtype: a, etype: &pyr {cADpyr: 1.0}}\n"
        "- traits: {layer: 6, mtype: b, etype: *pyr}\n"
    )
    assert rows(read_recipe(path)) == [("5", "a", "cADpyr"), ("6", "b", "cADpyr")]


@pytest.mark.parametrize("version", ["v1.0", "v3.0", "2.0", "null", "v2", "V2.0"])
def test_yaml_of_another_version_is_refused(version: str, tmp_path: Path) -> None:
    path = yaml_recipe(tmp_path, "layer: 5, mtype: t, etype: {e: 1}", version=version)
    with pytest.raises(MegateError, match=r"version is .*, expected 'v2\.0'") as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", ["neurons: []", "{}", "neurons:\n- traits: {}"])
def test_yaml_without_version_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(content)
    with pytest.raises(MegateError, match="version is None"):
        read_recipe(path)


@pytest.mark.parametrize("neurons", ["", "neurons:", "neurons: {a: 1}", "neurons: text"])
def test_yaml_without_a_list_of_neurons_is_refused(neurons: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(f"version: v2.0\n{neurons}\n")
    with pytest.raises(MegateError, match="'neurons' is missing or not a list") as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)


def test_yaml_without_any_neuron_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("version: v2.0\nneurons: []\n")
    with pytest.raises(MegateError, match=r"recipe\.yaml names no layer"):
        read_recipe(path)


@pytest.mark.parametrize(
    ("traits", "message"),
    [
        ("mtype: t, etype: {e: 1}", "neurons[1].traits.layer is None"),
        ("layer: 5, etype: {e: 1}", "neurons[1].traits.mtype is None"),
        ("layer: 5, mtype: t", "neurons[1].traits.etype is None"),
        ("layer: [5], mtype: t, etype: {e: 1}", "neurons[1].traits.layer is ['5']"),
        ("layer: 5, mtype: {a: 1}, etype: {e: 1}", "neurons[1].traits.mtype is {'a': '1'}"),
        ("layer: 5, mtype: t, etype: e", "neurons[1].traits.etype is 'e'"),
        ("layer: 5, mtype: t, etype: [e]", "neurons[1].traits.etype is ['e']"),
        ("layer: 5, mtype: t, etype: {}", "neurons[1].traits.etype is {}"),
        ("layer: !!bool yes, mtype: t, etype: {e: 1}", "neurons[1].traits.layer is True"),
        ("layer: ~, mtype: t, etype: {e: 1}", "neurons[1].traits.layer is None"),
        ("layer: 5, mtype: t, etype: {null: 1}", "neurons[1].traits.etype"),
        ("layer: 5, mtype: t, etype: {!!float .inf: 1}", "neurons[1].traits.etype has inf"),
    ],
)
def test_yaml_entry_that_is_unusable_is_named(traits: str, message: str, tmp_path: Path) -> None:
    path = yaml_recipe(tmp_path, "layer: 5, mtype: t, etype: {e: 1}", traits)
    with pytest.raises(MegateError) as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_yaml_entries_that_are_unusable_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("version: v2.0\nneurons:\n- text\n- traits: {layer: 5}\n- density: 3\n")
    with pytest.raises(MegateError) as caught:
        read_recipe(path)
    for part in (
        "neurons[0]:",
        "neurons[1].traits.mtype",
        "neurons[1].traits.etype",
        "neurons[2]:",
    ):
        assert part in str(caught.value)


def test_yaml_aliases_do_not_swell_a_message(tmp_path: Path) -> None:
    """Lists of aliases of lists: 10^7 texts, if they were written out."""
    levels = "".join(
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10 if n else ['text'] * 10)}]\n"
        for n in range(7)
    )
    path = tmp_path / "recipe.yaml"
    path.write_text(
        f"{levels}version: v2.0\nneurons:\n- traits: {{layer: *x6, mtype: t, etype: *x6}}\n"
    )
    with pytest.raises(MegateError) as caught:
        read_recipe(path)
    assert len(str(caught.value)) < 10_000


@pytest.mark.parametrize("name", ["recipe.json", "recipe", "recipe.yaml.txt"])
def test_file_of_another_kind_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.touch()
    with pytest.raises(MegateError, match=r"expected a \.yaml, \.yml or \.xml file") as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)


def test_xml_in_the_files_order(tmp_path: Path) -> None:
    path = xml_recipe(
        tmp_path,
        """
        <Layer id="1" percentage="5.35">
          <StructuralType id="L1_DAC" percentage="10.8" spineLength="2.5">
            <ElectroType id="bNAC" percentage="70"/>
            <ElectroType id="cNAC" percentage="30"/>
            <Other id="ignored" percentage="0"/>
          </StructuralType>
          <Other id="ignored" percentage="0"><ElectroType id="x" percentage="0"/></Other>
        </Layer>
        <Layer id="str1" percentage="94.65">
          <!-- a comment -->
          <StructuralType id="L5_TPC:A" percentage="100">
            <ElectroType id="cADpyr" percentage="1e-3"/>
          </StructuralType>
        </Layer>
        """,
    )
    assert rows(read_recipe(path)) == [
        ("1", "L1_DAC", "bNAC"),
        ("1", "L1_DAC", "cNAC"),
        ("str1", "L5_TPC:A", "cADpyr"),
    ]


def test_xml_has_each_type_once(tmp_path: Path) -> None:
    layer = """<Layer id="1" percentage="1"><StructuralType id="t" percentage="1">
        <ElectroType id="e" percentage="1"/><ElectroType id="e" percentage="2"/>
        </StructuralType></Layer>"""
    assert rows(read_recipe(xml_recipe(tmp_path, layer * 2))) == [("1", "t", "e")]


LEVELS = ["Layer", "StructuralType", "ElectroType"]


def xml_with(level: str, attributes: str) -> str:
    """One type, each element on a line of its own; that of `level` has the `attributes`."""
    given = dict.fromkeys(LEVELS, 'id="y" percentage="1"') | {level: attributes}
    layer, mtype, etype = (f"<{name} {given[name]}>" for name in LEVELS)
    return f"{layer}\n{mtype}\n{etype}</ElectroType></StructuralType></Layer>"


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("percentage", ["0", "0.0", "0e5", "-1", "nan", "", "a lot", None])
def test_xml_percentage_that_is_no_share_is_refused(
    level: str, percentage: str | None, tmp_path: Path
) -> None:
    attributes = 'id="x"' if percentage is None else f'id="x" percentage="{percentage}"'
    path = xml_recipe(tmp_path, xml_with(level, attributes))
    with pytest.raises(MegateError) as caught:
        read_recipe(path)
    message = str(caught.value)
    assert message.startswith(f"recipe: {path}:")
    assert f"- line {LEVELS.index(level) + 1}: <{level}> 'x'" in message
    assert f"percentage is {percentage!r}" in message


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("attributes", ['percentage="1"', 'id="" percentage="1"'])
def test_xml_without_id_is_refused(level: str, attributes: str, tmp_path: Path) -> None:
    path = xml_recipe(tmp_path, xml_with(level, attributes))
    with pytest.raises(MegateError) as caught:
        read_recipe(path)
    assert str(caught.value).startswith(f"recipe: {path}:")
    assert f"- line {LEVELS.index(level) + 1}: <{level}> has no id" in str(caught.value)


def test_xml_without_neuron_types_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.xml"
    path.write_text("<blueColumn/>")
    with pytest.raises(MegateError, match=r"recipe\.xml: no <NeuronTypes> in it"):
        read_recipe(path)


@pytest.mark.parametrize("types", ["", '<Layer id="1" percentage="1"/>'])
def test_xml_without_any_type_is_refused(types: str, tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"recipe\.xml names no layer"):
        read_recipe(xml_recipe(tmp_path, types))


def test_xml_entities_are_not_expanded(tmp_path: Path) -> None:
    path = tmp_path / "recipe.xml"
    types = xml_with("StructuralType", 'id="L5&x;" percentage="1"')
    path.write_text(f'<!DOCTYPE b [<!ENTITY x "_TPC">]><b><NeuronTypes>{types}</NeuronTypes></b>')
    with pytest.raises(MegateError, match=r"recipe\.xml uses the entity &x;"):
        read_recipe(path)


@pytest.mark.parametrize(
    "declaration", ['SYSTEM "secret.xml"', '"<ConnectionRules/>"', 'SYSTEM "file:///etc/passwd"']
)
def test_xml_entity_outside_of_the_types_is_not_opened(declaration: str, tmp_path: Path) -> None:
    """As in recipes of the circuit builders, with elements and attributes declared. The external
    file would make the recipe invalid, if it were read."""
    (tmp_path / "secret.xml").write_text("<not closed")
    types = xml_with("Layer", 'id="5" percentage="1"')
    path = tmp_path / "recipe.xml"
    path.write_text(
        '<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE blueColumn [\n'
        "<!ELEMENT blueColumn (NeuronTypes)>\n<!ATTLIST Layer id CDATA #REQUIRED>\n"
        f"<!ENTITY connectivity {declaration}>\n]>\n<blueColumn>&connectivity;"
        f"<NeuronTypes>{types}</NeuronTypes>&connectivity;</blueColumn>",
        encoding="iso-8859-1",
    )
    assert rows(read_recipe(path)) == [("5", "y", "y")]


def test_xml_types_in_an_entity_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "recipe.xml"
    for inside in ("&types;", "<NeuronTypes>&types;</NeuronTypes>"):
        path.write_text(f'<!DOCTYPE b [<!ENTITY types SYSTEM "types.xml">]><b>{inside}</b>')
        with pytest.raises(MegateError, match=r"recipe\.xml uses the entity &types;"):
            read_recipe(path)


def test_unusable_names_are_all_said_and_long_ones_in_short(tmp_path: Path) -> None:
    path = yaml_recipe(
        tmp_path,
        "layer: a b, mtype: t, etype: {e/f: 1, g: 2}",
        f"layer: 5, mtype: {'x' * 1_000_000}, etype: {{e: 1}}",
    )
    with pytest.raises(MegateError) as caught:
        read_recipe(path)
    message = str(caught.value)
    assert [text in message for text in ("layer 'a b'", "e-type 'e/f'", "m-type 'xxx")] == [
        True
    ] * 3
    assert len(message) < 2000


# ---- regions in place of layers -------------------------------------------------------------


def region_recipe(folder: Path, *entries: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text("version: v2.0\nneurons:\n" + "".join(f"- {{{entry}}}\n" for entry in entries))
    return path


def test_a_region_stands_in_place_of_a_missing_layer(tmp_path: Path) -> None:
    path = region_recipe(
        tmp_path,
        "region: VPL, traits: {mtype: VPL_TC, etype: {dAD_ltb: 1.0}}",
        "region: Rt, traits: {layer: Rt2, mtype: Rt_RC, etype: {cNAD_noscltb: 1.0}}",
        "region: '@;L4$', traits: {layer: 4, mtype: L4_LBC, etype: {cNAC: 1.0}}",
    )
    assert rows(read_recipe(path)) == [
        ("VPL", "VPL_TC", "dAD_ltb"),
        ("Rt2", "Rt_RC", "cNAD_noscltb"),
        ("4", "L4_LBC", "cNAC"),
    ]


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ("'@;L4$'", "neurons[0].traits.layer is None, expected a name (region '@;L4$' is a query"),
        ("[VPL]", "neurons[0].region is ['VPL'], expected a name"),
        ("a b", "layer 'a b' cannot be used"),
    ],
)
def test_regions_that_cannot_stand_in_place_of_layers(
    region: str, problem: str, tmp_path: Path
) -> None:
    path = region_recipe(tmp_path, f"region: {region}, traits: {{mtype: m, etype: {{e: 1}}}}")
    with pytest.raises(MegateError) as caught:
        read_recipe(path)
    assert problem in str(caught.value)
