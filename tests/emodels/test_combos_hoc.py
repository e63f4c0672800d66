"""Hoc per combination: which template and file belong to which released combination."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from tables import combo, combos_table, exemplar

from megate.core.errors import MegateError
from megate.emodels.combos_hoc import combos_hoc, read_release, write_table

HEADER = (
    "morph_name\tlayer\tfullmtype\tetype\temodel\tcombo_name\tthreshold_current\tholding_current\n"
)


def release_of(tmp_path: Path, *rows: tuple[str, str, str]) -> pd.DataFrame:
    """A release of (morphology, e-model, combination's name)."""
    path = tmp_path / "mecombo_emodel.tsv"
    lines = (
        f"{morph}\t5\tM\tcADpyr\t{emodel}\t{name}\t0.5\t-0.125\n" for morph, emodel, name in rows
    )
    path.write_text(HEADER + "".join(lines))
    return read_release(path)


def sha1(text: str) -> str:
    return hashlib.sha1(text.encode()).hexdigest()[:12]


def names(tmp_path: Path, *rows: tuple[str, str, str]) -> list[str]:
    release = release_of(tmp_path, *rows)
    combos = combos_table(*(combo(morph) for morph, _, _ in rows))
    return combos_hoc(release, combos, ["E", "F"])["template_name"].tolist()


def test_table(tmp_path: Path):
    path = tmp_path / "mecombo_emodel.tsv"
    path.write_text(
        HEADER + "1e5\tstr1\tM\tcNAC\tE\tE_M_str1_1e5\t\t\n"
        "1e5\tstr1\tM\tdNAC\tE\tE_M_str1_1e5\t\t\n"
        "NA\t05\tM:A\tcADpyr\tF\tF_M:A_05_NA\t0.30000000000000004\t-0.1\n"
    )
    combos = combos_table(
        # exemplars lie elsewhere: their files are not the release's
        exemplar("1e5", morph_path="exemplars/1e5.swc"),
        exemplar("NA", morph_path="exemplars/NA.swc"),
        combo("1e5", morph_path="morphologies/1e5.asc"),
        combo("1e5", morph_path="morphologies/1e5.asc", etype="dNAC"),
        combo("NA", morph_path="morphologies/NA.SWC", emodel="F"),
        combo("not released"),
    )
    table = combos_hoc(read_release(path), combos, ["E", "F"])
    target = tmp_path / "combos_hoc" / "combos_hoc.tsv"
    target.parent.mkdir()
    write_table(target, table, ["E", "F"])
    third = f"F_M_A_05_NA__{sha1('F_M:A_05_NA')}"
    assert target.read_text().splitlines() == [
        "combo_name\ttemplate_name\thoc\temodel\tmorphology\tmorph_name\tlayer\tfullmtype\tetype\t"
        "holding_current\tthreshold_current\taxon_sections\tbasal_sections\tapical_sections",
        "E_M_str1_1e5\tE_M_str1_1e5\tE/E_M_str1_1e5.hoc\tE\t1e5.asc\t1e5\tstr1\tM\tcNAC\t\t\t\t\t",
        "E_M_str1_1e5\tE_M_str1_1e5\tE/E_M_str1_1e5.hoc\tE\t1e5.asc\t1e5\tstr1\tM\tdNAC\t\t\t\t\t",
        f"F_M:A_05_NA\t{third}\tF/{third}.hoc\tF\tNA.SWC\tNA\t05\tM:A\tcADpyr\t-0.1\t"
        "0.30000000000000004\t\t\t",
    ]


def test_scales_of_adapted_cells_are_columns(tmp_path: Path):
    release = release_of(tmp_path, ("m", "E", "E_M_5_m")).assign(
        AIS_scaler="1.05", soma_scaler="0.834567"
    )
    table = combos_hoc(release, combos_table(combo("m")), ["E"])
    assert list(table)[-3:] == ["apical_sections", "AIS_scaler", "soma_scaler"]
    assert table[["AIS_scaler", "soma_scaler"]].to_numpy().tolist() == [["1.05", "0.834567"]]


def test_a_name_does_not_depend_on_what_else_is_released(tmp_path: Path):
    rows = [(f"m-{i}", "E", f"E_M_5_m-{i}") for i in range(30)]
    assert names(tmp_path, *rows)[7:9] == names(tmp_path, *rows[7:9])


def test_two_cells_of_one_name_have_two_templates(tmp_path: Path):
    """m-1 and m_1 with make_names_neuron_compliant; E of M_5 and E_M of 5."""
    found = names(
        tmp_path,
        ("m-1", "E", "E_M_5_m_1"),
        ("m_1", "E", "E_M_5_m_1"),
        ("m_2", "E", "E_M_5_m_2"),
        ("m_3", "E", "E_M_5_m_3"),
        ("m_3", "F", "E_M_5_m_3"),
    )
    assert found == [
        f"E_M_5_m_1_E_m_1__{sha1('E_M_5_m_1/E/m-1')}",
        f"E_M_5_m_1_E_m_1__{sha1('E_M_5_m_1/E/m_1')}",
        "E_M_5_m_2",
        f"E_M_5_m_3_E_m_3__{sha1('E_M_5_m_3/E/m_3')}",
        f"E_M_5_m_3_F_m_3__{sha1('E_M_5_m_3/F/m_3')}",
    ]


def test_an_emodels_name_is_taken(tmp_path: Path):
    assert names(tmp_path, ("m", "E", "F")) == [f"F_E_m__{sha1('F/E/m')}"]


def test_thousands_of_alike_names_are_unique(tmp_path: Path):
    rows = [(f"clone-{i}", "E", f"E_{'M' * 40}_5_clone-{i}") for i in range(5000)]
    assert len(set(names(tmp_path, *rows))) == 5000


def test_a_hash_that_two_names_share_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "megate.emodels.combos_hoc.template_name", lambda name: name.replace("-", "_")
    )
    with pytest.raises(MegateError, match=r"E_M_5_m-1 and E_M_5_m_1 have the same .* E_M_5_m_1;"):
        names(tmp_path, ("m-1", "E", "E_M_5_m-1"), ("m_1", "E", "E_M_5_m_1"))


def test_a_release_of_nothing(tmp_path: Path):
    table = combos_hoc(release_of(tmp_path), combos_table(combo("a")), ["E"])
    assert table.empty
    assert "hoc" in table.columns


def test_folders_of_emodels_that_are_gone_go(tmp_path: Path):
    for emodel in ("E", "gone"):
        (tmp_path / emodel).mkdir()
        (tmp_path / emodel / "a.hoc").touch()
    table = combos_hoc(release_of(tmp_path), combos_table(combo("a")), ["E"])
    write_table(tmp_path / "combos_hoc.tsv", table, ["E"])
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["E"]
    assert (tmp_path / "E" / "a.hoc").exists()
