"""names: what is refused, the file name that stands for a name, names for NEURON; and names that
nobody should use, through every reader."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from megate.core.errors import MegateError
from megate.core.names import (
    check_emodel_name,
    check_label,
    file_name,
    neuron_compliant,
    template_name,
)
from megate.emodels.exemplar import find_exemplar
from megate.inputs.etype_map import MapEntry, read_etype_map
from megate.inputs.final_json import read_final_json
from megate.inputs.neurondb import read_neurondb
from megate.inputs.recipe import read_recipe
from megate.morphologies.release import MorphologyRelease

USABLE = [
    "C060110A2",
    "rat_20160316_E2_LH3_cell1",
    "tkb060523a2_ch5_cc2_n_nb_60x_2",
    "sm100428a1-3_rpINT_idA",
    "lbc140503.1",
    "_x",
    "5",
    "a+b,c=d@e#f%g~h(1)",
    "Zellk\u00f6rper",
    "\u7d30\u80de",
    "x" * 200,
]
UNUSABLE = [
    "a b",
    "a\nb",
    "a\nimport os",
    "a'b",
    'a"b',
    "'; DROP TABLE scores; --",
    "a;b",
    "a&b",
    "a|b",
    "a>b",
    "<b>",
    "a*b",
    "a?b",
    "a!b",
    "a\\b",
    "$(touch x)",
    "$HOME",
    "`id`",
    "{a}",
    "{0.__class__}",
    "[a]",
    "a/b",
    "/etc/passwd",
    "..",
    "../a",
    "a..b",
    ".",
    ".a",
    "-rf",
    "--help",
    "~a",
    "a\u0301",
    "a\u200bb",
    "a\u202eb",
    "a\u00a0b",
    "a\u2028b",
    "\U0001f9e0",
    "\u1100\u1161",  # one letter of Hangul, spelt in two
    "x" * 201,
    "x" * 300,
]
EVERY = [*((name, True) for name in USABLE), *((name, False) for name in UNUSABLE)]


def shown(name: str) -> str:
    """What a message has of a name: it has no use for the end of a very long one."""
    return repr(name)[:100] if len(name) > 200 else repr(name)


def ids(value: str | bool) -> str | None:
    return ascii(value)[:24] if isinstance(value, str) else None


@pytest.mark.parametrize(("name", "usable"), [*EVERY, ("", False), ("L5_TPC:A", True)], ids=ids)
def test_label(name: str, usable: bool) -> None:
    if usable:
        assert check_label(name, "m-type", "some file") == name
        return
    with pytest.raises(MegateError) as caught:
        check_label(name, "m-type", "some file")
    assert f"some file: m-type {shown(name)}" in str(caught.value)


@pytest.mark.parametrize("name", ["cADpyr_L5TPC", "a", "A1", "x" * 200])
def test_emodel_name_that_is_a_hoc_name(name: str) -> None:
    assert check_emodel_name(name, "some file") == name


@pytest.mark.parametrize(
    "name",
    ["", "5PC", "_a", "a-b", "a.b", "a:b", "a b", "a\n", "\u00e9", "a\u00e9", "a\u0661", "x" * 201],
    ids=ids,
)
def test_emodel_name_that_is_none(name: str) -> None:
    with pytest.raises(MegateError) as caught:
        check_emodel_name(name, "some file")
    assert f"some file: e-model name {shown(name)}" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["C060110A2", "a-b", "a.b", "_a", "5", "a+b", "x" * 120, "lbc140503.1"]
)
def test_plain_file_name_is_kept(name: str) -> None:
    assert file_name(name) == name


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("a:b", "a_b"),
        ("a,b(c)", "a_b_c_"),
        ("a@unrepaired", "a_unrepaired"),
        ("a~b", "a_b"),
        ("../a", ".._a"),
        ("-a", "-a"),
        ("", ""),
        ("\u00f6", "_"),
        ("x" * 121, "x" * 100),
    ],
)
def test_other_file_name_is_readable_and_has_the_names_hash(name: str, readable: str) -> None:
    digest = hashlib.sha1(name.encode("utf-8")).hexdigest()
    assert file_name(name) == f"{readable}~{digest[:8]}"


def test_file_names_are_unique_and_safe() -> None:
    alike = ["a:b", "a_b", "a=b", "a,b", "a@b", "a~b", "a#b", "a%b", "a(b", "a)b", "a^b", "a]b"]
    long = [f"{'x' * 150}{number}" for number in range(20)]
    names = [*alike, *long, *USABLE, *UNUSABLE, ""]
    made = [file_name(name) for name in names]
    assert len(set(made)) == len(set(names)) == len(names)
    for name in made:
        assert re.fullmatch(r"[A-Za-z0-9_.+~-]{1,120}", name)
        assert Path("folder", name).parent == Path("folder")
        assert name not in (".", "..")


def test_a_made_file_name_is_nobodys_own() -> None:
    made = file_name("a:b")
    assert file_name(made) != made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cADpyr_TPC_L4_TPC_4_tpc140402_1", "cADpyr_TPC_L4_TPC_4_tpc140402_1"),
        ("a" * 50, "a" * 50),
        # the digits are those of `printf %s NAME | sha1sum`
        ("a:b", "a_b__dcea6d9ccd3d"),
        ("1abc-d", "abc_d__39d94fb14527"),
        (
            "cADpyr_TPC_L5_TPC:A_5_tpc140301-A1",
            "cADpyr_TPC_L5_TPC_A_5_tpc140301_A1__adb9e020d53d",
        ),
        ("a" * 51, "a" * 36 + "__aca32b501c23"),
        ("a_b__dcea6d9ccd3d", "a_b__dcea6d9ccd3d__5e8775e41672"),
        ("\u7d30\u80de", "cell__6b5a3dc50086"),
    ],
    ids=ids,
)
def test_template_name(name: str, expected: str) -> None:
    assert template_name(name) == expected


def test_template_names_are_unique_and_neurons() -> None:
    alike = ["m_1", "m-1", "m.1", "m:1", "1m-1", "12m-1", "_m_1", "m\u00f61", "m_\u0661"]
    long = [f"{'x' * 48}{number}" for number in range(200)]
    names = {*alike, *long, *USABLE, *UNUSABLE, ""}
    made = {template_name(name) for name in names}
    assert len(made) == len(names)
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,49}", name, re.ASCII) for name in made)
    assert not {template_name(name) for name in made - names} & made  # a made name is not kept


def sha1(name: str) -> str:
    return hashlib.sha1(name.encode("utf-8")).hexdigest()


A50 = "abcdefghij" * 5


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # letters, digits and _, first a letter, at most 50: kept
        ("cADpyr_L5TPC_5_C060110A2", "cADpyr_L5TPC_5_C060110A2"),
        ("a", "a"),
        (A50, A50),
        # leading digits go, - becomes _
        ("1a", "a"),
        ("123a4", "a4"),
        ("a-b-c", "a_b_c"),
        ("12-a", "_a"),
        # an underscore in front is not a letter, and nothing mends it
        ("_a", "_a"),
        # what BluePyMM does not know either stays
        ("a:b", "a:b"),
        # 51 characters before, 50 after the digit went: not shortened
        (f"1{A50}", A50),
        # too long: 40 characters, _, and 9 digits of the SHA-1 of the whole mended name
        (f"{A50}k", f"{A50[:40]}_{sha1(f'{A50}k')[:9]}"),
        (f"12{A50}-k", f"{A50[:40]}_{sha1(f'{A50}_k')[:9]}"),
    ],
)
def test_neuron_compliant(name: str, expected: str) -> None:
    assert neuron_compliant(name) == expected
    assert len(neuron_compliant(name)) <= 50


def test_neuron_compliant_keeps_long_names_apart() -> None:
    names = [f"cADpyr_L5TPC_L5_TPC_A_5_rat_20160316_E2_LH3_cell{number}" for number in range(50)]
    assert min(map(len, names)) == 49
    names = [f"{name}_x" for name in names]
    assert len({neuron_compliant(name) for name in names}) == 50


# ---- names that nobody should use, through every reader ------------------------------------

Read = Callable[[str], list[str]]


def through_neurondb(field: str, folder: Path, name: str) -> tuple[Path, list[str]]:
    values = {"name": "m", "mtype": "t", "msubtype": "s", "layer": "5"} | {field: name}
    tags = "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in values.items())
    path = folder / "neuronDB.xml"
    path.write_text(f"<a><morphology>{tags}</morphology></a>", encoding="utf-8")
    return path, list(read_neurondb(path)["morph_name" if field == "name" else field])


def through_yaml_recipe(field: str, folder: Path, name: str) -> tuple[Path, list[str]]:
    values = {"layer": "5", "mtype": "t", "etype": "e"} | {field: name}
    traits = values | {"etype": {values["etype"]: 1.0}}
    path = folder / "recipe.yaml"
    # JSON is YAML, but for two line ends that YAML knows and JSON does not
    text = json.dumps({"version": "v2.0", "neurons": [{"traits": traits}]}, ensure_ascii=False)
    path.write_text(text.replace("\u2028", "\\u2028"), encoding="utf-8")
    return path, list(read_recipe(path)["fullmtype" if field == "mtype" else field])


def through_xml_recipe(field: str, folder: Path, name: str) -> tuple[Path, list[str]]:
    values = {"layer": "5", "mtype": "t", "etype": "e"} | {field: name}
    layer, mtype, etype = (quoteattr(value) for value in values.values())
    path = folder / "recipe.xml"
    path.write_text(
        f'<b><NeuronTypes><Layer id={layer} percentage="1"><StructuralType id={mtype} '
        f'percentage="1"><ElectroType id={etype} percentage="1"/></StructuralType></Layer>'
        "</NeuronTypes></b>",
        encoding="utf-8",
    )
    return path, list(read_recipe(path)["fullmtype" if field == "mtype" else field])


def through_map(field: str, folder: Path, name: str) -> tuple[Path, list[str]]:
    path = folder / "map.json"
    key = name if field == "key" else "emodel"
    value = {"mm_recipe": "emodel", "layer": ["5"]}
    if field == "mm_recipe":
        value["mm_recipe"] = name
    elif field == "layer":
        value["layer"] = ["5", name]
    path.write_text(json.dumps({key: value}), encoding="utf-8")
    (entry,) = read_etype_map(path)
    return path, {
        "key": [entry.original_emodel],
        "mm_recipe": [entry.emodel],
        "layer": list(entry.layers[1:]),
    }[field]


LABELS = [
    *((through_neurondb, field) for field in ("name", "mtype", "msubtype", "layer")),
    *((through_yaml_recipe, field) for field in ("layer", "mtype", "etype")),
    *((through_xml_recipe, field) for field in ("layer", "mtype", "etype")),
    (through_map, "layer"),
]


@pytest.mark.parametrize(("reader", "field"), LABELS)
@pytest.mark.parametrize(("name", "usable"), EVERY, ids=ids)
def test_name_is_read_as_it_is_or_refused(
    reader: Callable[[str, Path, str], tuple[Path, list[str]]],
    field: str,
    name: str,
    usable: bool,
    tmp_path: Path,
) -> None:
    if usable:
        path, read = reader(field, tmp_path, name)
        assert read == [name]
        return
    with pytest.raises(MegateError) as caught:
        reader(field, tmp_path, name)
    (path,) = tmp_path.iterdir()
    assert str(path) in str(caught.value)
    # XML makes a space of a line end in an attribute
    assert any(shown(form) in str(caught.value) for form in (name, name.replace("\n", " ")))


@pytest.mark.parametrize(
    ("reader", "field"), [label for label in LABELS if label != (through_neurondb, "msubtype")]
)
def test_empty_name_is_refused(
    reader: Callable[[str, Path, str], tuple[Path, list[str]]], field: str, tmp_path: Path
) -> None:
    with pytest.raises(MegateError) as caught:
        reader(field, tmp_path, "")
    (path,) = tmp_path.iterdir()
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("field", ["key", "mm_recipe"])
@pytest.mark.parametrize("name", ["", *UNUSABLE], ids=ids)
def test_emodel_name_is_refused_by_the_map(field: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(MegateError) as caught:
        through_map(field, tmp_path, name)
    assert str(tmp_path / "map.json") in str(caught.value)
    assert shown(name) in str(caught.value)


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\x00b", "\ud800", "a\tb"], ids=ids)
@pytest.mark.parametrize("field", ["key", "mm_recipe", "layer"])
def test_control_characters_are_refused_and_not_shown(
    field: str, name: str, tmp_path: Path
) -> None:
    with pytest.raises(MegateError) as caught:
        through_map(field, tmp_path, name)
    assert repr(name) in str(caught.value)
    assert name not in str(caught.value)


@pytest.mark.parametrize("name", ["", *USABLE, *UNUSABLE], ids=ids)
def test_exemplars_file_name_in_final_json(name: str, tmp_path: Path) -> None:
    """Either the exemplar is found inside the package, or the message has the value."""
    package = tmp_path / "package"
    final_path = tmp_path / "final.json"
    morph_path = f"morphologies/{name}.asc"
    final_path.write_text(json.dumps({"e": {"params": {}, "morph_path": morph_path}}))
    target = package / morph_path
    if len(name) < 240 and ".." not in target.parts:
        target.parent.mkdir(parents=True)
        target.touch()
    unused = MorphologyRelease(tmp_path)
    try:
        final = read_final_json(final_path, ["e"])["e"]
        exemplar = find_exemplar(MapEntry("e", "e", ("5",)), final, package, unused, None, True)
    except MegateError as error:
        assert name not in USABLE or "NEURON opens files by ASCII" in str(error)
        assert "final.json" in str(error)
        assert shown(morph_path) in str(error)
    else:
        # a slash makes folders, here as anywhere
        assert exemplar.morph_name == name.rpartition("/")[2]
        assert exemplar.morph_name not in UNUSABLE
        assert exemplar.unrepaired.resolve().is_relative_to(package)


@pytest.mark.parametrize("name", ["", *UNUSABLE], ids=ids)
def test_emodel_that_final_json_does_not_have_is_named(name: str, tmp_path: Path) -> None:
    path = tmp_path / "final.json"
    path.write_text("{}")
    with pytest.raises(MegateError) as caught:
        read_final_json(path, [name])
    assert str(path) in str(caught.value)
    assert shown(name) in str(caught.value)
