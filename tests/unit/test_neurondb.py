"""neurondb: the morphologies of a release, from neuronDB.xml."""

from pathlib import Path

import pytest

from megate.errors import MegateError
from megate.neurondb import read_neurondb


def neurondb(folder: Path, *morphologies: str, around: str = "{}") -> Path:
    content = "\n".join(f"<morphology>{tags}</morphology>" for tags in morphologies)
    (folder / "neuronDB.xml").write_text(
        f"<neurondb><listing>\n{around.format(content)}</listing></neurondb>", encoding="utf-8"
    )
    return folder


def tags(name: str, mtype: str, layer: str, msubtype: str | None = None) -> str:
    subtype = "" if msubtype is None else f"<msubtype>{msubtype}</msubtype>"
    return f"<name>{name}</name><mtype>{mtype}</mtype>{subtype}<layer>{layer}</layer>"


def test_morphologies_in_the_files_order(tmp_path: Path) -> None:
    table = read_neurondb(
        neurondb(
            tmp_path,
            tags("C060110A2", "L5_TPC", "5", "A"),
            tags("Fluo41", "L1_DAC", "1"),
            tags("a", "MSN", "str1", "D1"),
        )
    )
    assert list(table.columns) == ["morph_name", "fullmtype", "mtype", "msubtype", "layer"]
    assert list(table.itertuples(index=False, name=None)) == [
        ("C060110A2", "L5_TPC:A", "L5_TPC", "A", "5"),
        ("Fluo41", "L1_DAC", "L1_DAC", "", "1"),
        ("a", "MSN:D1", "MSN", "D1", "str1"),
    ]


@pytest.mark.parametrize(
    "subtype", ["", "<msubtype/>", "<msubtype></msubtype>", "<msubtype> </msubtype>"]
)
def test_without_subtype_the_full_mtype_is_the_mtype(subtype: str, tmp_path: Path) -> None:
    table = read_neurondb(neurondb(tmp_path, tags("m", "L1_DAC", "1") + subtype))
    assert table.loc[0, ["fullmtype", "mtype", "msubtype"]].to_list() == ["L1_DAC", "L1_DAC", ""]


def test_white_space_around_a_text_does_not_count(tmp_path: Path) -> None:
    table = read_neurondb(neurondb(tmp_path, tags("\n  m\n", " L5_TPC ", "\t5", " A\n")))
    assert table.iloc[0].to_list() == ["m", "L5_TPC:A", "L5_TPC", "A", "5"]


def test_morphologies_may_lie_anywhere_and_have_more_tags(tmp_path: Path) -> None:
    repair = "<repair><name>not this one</name><axon_repair>true</axon_repair></repair>"
    folder = neurondb(tmp_path, tags("m", "t", "5") + repair, around="<group><sub>{}</sub></group>")
    assert list(read_neurondb(folder)["morph_name"]) == ["m"]


def test_each_row_comes_once(tmp_path: Path) -> None:
    """Listed twice in the same place: one row. In two layers or of two types: two rows."""
    table = read_neurondb(
        neurondb(
            tmp_path,
            tags("m", "L5_TPC", "5", "A"),
            tags("n", "L5_TPC", "5", "A"),
            tags("m", "L5_TPC", "5", "A"),
            tags("m", "L5_TPC", "6", "A"),
            tags("m", "L5_TPC", "5", "B"),
        )
    )
    assert list(table[["morph_name", "fullmtype", "layer"]].itertuples(index=False, name=None)) == [
        ("m", "L5_TPC:A", "5"),
        ("n", "L5_TPC:A", "5"),
        ("m", "L5_TPC:A", "6"),
        ("m", "L5_TPC:B", "5"),
    ]
    assert list(table.index) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        ("<mtype>t</mtype><layer>5</layer>", "'' has no <name>"),
        ("<name>m</name><layer>5</layer>", "'m' has no <mtype>"),
        ("<name>m</name><mtype>t</mtype>", "'m' has no <layer>"),
        ("<name>m</name><mtype> </mtype><layer/>", "'m' has no <mtype>, <layer>"),
        ("", "'' has no <name>, <mtype>, <layer>"),
    ],
)
def test_entry_without_a_value_is_named_with_its_line(
    content: str, missing: str, tmp_path: Path
) -> None:
    folder = neurondb(tmp_path, tags("good", "t", "5"), content)
    with pytest.raises(MegateError) as caught:
        read_neurondb(folder)
    assert str(folder / "neuronDB.xml") in str(caught.value)
    assert f"line 3: morphology {missing}" in str(caught.value)


def test_unusable_entries_are_all_named(tmp_path: Path) -> None:
    folder = neurondb(tmp_path, tags("a b", "t", "5"), tags("m", "t", "5"), tags("n", "t/u", "5"))
    with pytest.raises(MegateError) as caught:
        read_neurondb(folder)
    assert "line 2: morphology name 'a b'" in str(caught.value)
    assert "line 4: m-type 't/u'" in str(caught.value)
    assert "line 3" not in str(caught.value)


def test_without_any_morphology(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"neuronDB\.xml: no <morphology> in it"):
        read_neurondb(neurondb(tmp_path))


def test_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"neuronDB: file not found: .*neuronDB\.xml"):
        read_neurondb(tmp_path)


@pytest.mark.parametrize("entity", ['"A5"', 'SYSTEM "secret"'])
def test_a_name_is_not_made_of_entities(entity: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("A5")
    (tmp_path / "neuronDB.xml").write_text(
        f"<!DOCTYPE n [<!ENTITY x {entity}>]><n><morphology>{tags('C060114&x;', 't', '5')}"
        "</morphology></n>"
    )
    with pytest.raises(MegateError, match=r"neuronDB\.xml uses the entity &x;"):
        read_neurondb(tmp_path)


def test_reference(reference: Path) -> None:
    table = read_neurondb(reference / "project" / "morphologies")
    assert list(table["morph_name"]) == [
        "C060110A2",
        "rat_20140925_RH1_Exp1_cell2",
        "rat_20160316_E2_LH3_cell1",
        "rp110616_C1_idB",
        "rp110630_P1_idC",
        "C060114A5",
    ]
    types = table[["fullmtype", "mtype", "msubtype", "layer"]].drop_duplicates()
    assert types.to_numpy().tolist() == [["L5_TPC:A", "L5_TPC", "A", "5"]]
