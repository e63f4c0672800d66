"""neurondb: the morphologies of a release, from neuronDB.xml or neurondb.dat."""

from pathlib import Path

import pytest

from megate.core.errors import MegateError
from megate.inputs.neurondb import find_neurondb, read_neurondb


def neurondb(folder: Path, *morphologies: str, around: str = "{}") -> Path:
    content = "\n".join(f"<morphology>{tags}</morphology>" for tags in morphologies)
    (folder / "neuronDB.xml").write_text(
        f"<neurondb><listing>\n{around.format(content)}</listing></neurondb>", encoding="utf-8"
    )
    return folder / "neuronDB.xml"


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
    file = neurondb(tmp_path, tags("m", "t", "5") + repair, around="<group><sub>{}</sub></group>")
    assert list(read_neurondb(file)["morph_name"]) == ["m"]


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
        ("<mtype>t</mtype><layer>5</layer>", "'' has no name"),
        ("<name>m</name><layer>5</layer>", "'m' has no m-type"),
        ("<name>m</name><mtype>t</mtype>", "'m' has no layer"),
        ("<name>m</name><mtype> </mtype><layer/>", "'m' has no m-type, layer"),
        ("<msubtype>A</msubtype>", "'' has no name, m-type, layer"),
    ],
)
def test_entry_without_a_value_is_named_with_its_line(
    content: str, missing: str, tmp_path: Path
) -> None:
    file = neurondb(tmp_path, tags("good", "t", "5"), content)
    with pytest.raises(MegateError) as caught:
        read_neurondb(file)
    assert str(file) in str(caught.value)
    assert f"line 3: morphology {missing}" in str(caught.value)


@pytest.mark.parametrize(
    "empty", ["", "\n  ", "<name/><mtype></mtype><layer> </layer>", "<!-- -->"]
)
def test_empty_elements_are_skipped_and_counted(empty: str, tmp_path: Path) -> None:
    file = neurondb(tmp_path, empty, tags("m", "t", "5"), empty)
    warnings: list[str] = []
    assert list(read_neurondb(file, warnings.append)["morph_name"]) == ["m"]
    assert warnings == [f"neuronDB: {file}: 2 empty <morphology> elements are skipped"]
    assert list(read_neurondb(neurondb(tmp_path, tags("m", "t", "5")), pytest.fail)["layer"]) == [
        "5"
    ]


def test_unusable_entries_are_all_named(tmp_path: Path) -> None:
    file = neurondb(tmp_path, tags("a b", "t", "5"), tags("m", "t", "5"), tags("n", "t/u", "5"))
    with pytest.raises(MegateError) as caught:
        read_neurondb(file)
    assert "line 2: morphology name 'a b'" in str(caught.value)
    assert "line 4: m-type 't/u'" in str(caught.value)
    assert "line 3" not in str(caught.value)


def test_without_any_morphology(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"neuronDB\.xml: no morphology in it"):
        read_neurondb(neurondb(tmp_path))


def test_without_the_file(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"neuronDB: file not found: .*neuronDB\.xml"):
        read_neurondb(tmp_path / "neuronDB.xml")


@pytest.mark.parametrize("entity", ['"A5"', 'SYSTEM "secret"'])
def test_a_name_is_not_made_of_entities(entity: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("A5")
    (tmp_path / "neuronDB.xml").write_text(
        f"<!DOCTYPE n [<!ENTITY x {entity}>]><n><morphology>{tags('C060114&x;', 't', '5')}"
        "</morphology></n>"
    )
    with pytest.raises(MegateError, match=r"neuronDB\.xml uses the entity &x;"):
        read_neurondb(tmp_path / "neuronDB.xml")


# ---- neurondb.dat ---------------------------------------------------------------------------


def dat(folder: Path, text: str) -> Path:
    path = folder / "neurondb.dat"
    path.write_text(text, encoding="utf-8")
    return path


def test_dat_has_name_layer_and_mtype(tmp_path: Path) -> None:
    """Blank lines, tabs, a carriage return, and what follows the third column do not count."""
    table = read_neurondb(
        dat(
            tmp_path,
            "C060110A2 5 L5_TPC:A\n\n  Fluo41\t1   L1_DAC cNAC bSTUT\r\n   \na str1 MSN:D1 x y z",
        )
    )
    assert list(table.columns) == ["morph_name", "fullmtype", "mtype", "msubtype", "layer"]
    assert list(table.itertuples(index=False, name=None)) == [
        ("C060110A2", "L5_TPC:A", "L5_TPC", "A", "5"),
        ("Fluo41", "L1_DAC", "L1_DAC", "", "1"),
        ("a", "MSN:D1", "MSN", "D1", "str1"),
    ]


def test_dat_gives_each_row_once(tmp_path: Path) -> None:
    """An extneurondb.dat has a line for each e-type."""
    table = read_neurondb(dat(tmp_path, "m 5 t e\nn 5 t e\nm 5 t f\nm 6 t e\n"))
    assert list(table[["morph_name", "layer"]].itertuples(index=False, name=None)) == [
        ("m", "5"),
        ("n", "5"),
        ("m", "6"),
    ]


def test_unusable_lines_of_dat_are_all_named(tmp_path: Path) -> None:
    path = dat(tmp_path, "good 5 t\nm\n\nn 5\n../o 5 t\np 5 t/u\nq 5 :A\n")
    with pytest.raises(MegateError) as caught:
        read_neurondb(path)
    first, *lines = str(caught.value).splitlines()
    assert first == f"neuronDB: {path}:"
    starts = [
        "line 2: morphology 'm' has no m-type, layer",
        "line 4: morphology 'n' has no m-type",
        "line 5: morphology name '../o'",
        "line 6: m-type 't/u'",
        "line 7: morphology 'q' has no m-type",
    ]
    assert len(lines) == len(starts)
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(f"  - {start}")


def test_comments_of_dat_are_skipped(tmp_path: Path) -> None:
    path = dat(tmp_path, "# morphology layer mtype\n  #\n#a 5 t\nm#1 5 t\n# end\nn 5 t # x\n")
    assert list(read_neurondb(path)["morph_name"]) == ["m#1", "n"]


@pytest.mark.parametrize(
    "header", ["morphology layer mtype", "MORPH_NAME Layer fullmtype etype", "name\tmtype\tlayer"]
)
def test_header_of_dat_is_named(header: str, tmp_path: Path) -> None:
    path = dat(tmp_path, f"# made today\n\n{header}\nm 5 t\n")
    with pytest.raises(MegateError) as caught:
        read_neurondb(path)
    assert f"{path}: line 3: {header!r} is a header; remove it" in str(caught.value)


def test_dat_without_a_morphology(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"neurondb\.dat: no morphology in it"):
        read_neurondb(dat(tmp_path, "\n \n"))


def test_dat_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "neurondb.dat").write_bytes(b"m 5 t\n\xff\xfe")
    with pytest.raises(MegateError, match=r"neurondb\.dat is not valid UTF-8 text"):
        read_neurondb(tmp_path / "neurondb.dat")


def test_other_extensions_are_refused(tmp_path: Path) -> None:
    (tmp_path / "neurondb.csv").write_text("m 5 t")
    with pytest.raises(MegateError, match=r"neurondb\.csv: expected a \.xml or \.dat file"):
        read_neurondb(tmp_path / "neurondb.csv")


# ---- where it is ----------------------------------------------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """Two folders without neuronDB."""
    folders = [tmp_path / "asc", tmp_path / "swc"]
    for folder in folders:
        folder.mkdir()
    return folders


def test_xml_counts_before_dat_and_the_first_folder_before_the_second(two: list[Path]) -> None:
    asc, swc = two
    in_order = [
        asc / "neuronDB.xml",
        swc / "neuronDB.xml",
        asc / "neurondb.dat",
        swc / "neurondb.dat",
        asc / "neuronDB.dat",
        swc / "neuronDB.dat",
    ]
    for path in in_order:
        path.touch()
    for path in in_order:
        assert find_neurondb(two) == path
        path.unlink()
    with pytest.raises(MegateError) as caught:
        find_neurondb(two)
    assert f"not found: {in_order[0]} or {in_order[1]} (nor neurondb.dat" in str(caught.value)


@pytest.mark.parametrize("name", ["neurondb.xml", "NeuronDB.xml", "NEURONDB.DAT"])
def test_the_name_may_be_in_other_case(name: str, two: list[Path]) -> None:
    (two[1] / name).touch()
    assert find_neurondb(two) == two[1] / name
    (two[0] / "neurondb.dat").touch()  # a name as it is documented comes first
    assert find_neurondb(two) == two[0] / "neurondb.dat"


def test_two_names_in_other_case_are_both_named(two: list[Path]) -> None:
    files = [two[0] / "NeuronDB.xml", two[0] / "neurondb.xml"]
    for file in [*files, two[1] / "neurondb.xml"]:
        file.touch()
    if not all(file.name in {path.name for path in two[0].iterdir()} for file in files):
        pytest.skip("the file system does not tell letters of other case apart")
    with pytest.raises(MegateError) as caught:
        find_neurondb(two)
    assert f"several files: {files[0]}, {files[1]}; set neurondb_path" in str(caught.value)


def test_a_file_that_is_named_counts_alone(two: list[Path], tmp_path: Path) -> None:
    (two[0] / "neuronDB.xml").touch()
    named = tmp_path / "mine.dat"
    with pytest.raises(MegateError, match=r"neuronDB: file not found: .*mine\.dat"):
        find_neurondb(two, named)
    named.touch()
    assert find_neurondb(two, named) == named


def test_reference(reference: Path) -> None:
    table = read_neurondb(reference / "project" / "morphologies" / "neuronDB.xml")
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
