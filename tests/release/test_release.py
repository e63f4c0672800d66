"""Release files, byte by byte."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tables import combo, combos_table, decide, exemplar, scores_table

from megate.gating.outcome import Decisions
from megate.release.files import failures, released, shared_names, summary, write_release

FIVE = [{"features": [".*"], "megate_threshold": 5}]
TRACEBACK = 'Traceback (most recent call last):\n  File "x"\nValueError: no axon\n'


@pytest.fixture
def decisions() -> Decisions:
    """Two e-models; b2, b1 and a pass, c fails, d raises, e lacks a score."""
    table = combos_table(
        exemplar("ex", emodel="Z"),
        exemplar("ex", emodel="B"),
        combo("b2", emodel="Z", fullmtype="L5_TPC:A"),
        combo("b1", emodel="Z", fullmtype="L5_TPC:A", layer="str1"),
        combo("a", emodel="B", etype="cNAC"),
        combo("c", emodel="B"),
        combo("d", emodel="B"),
        combo("e", emodel="B"),
    )
    scores = scores_table(
        {
            "Z/ex": {"f": 1.0},
            "B/ex": {"f": 1.0, "g": 2.0},
            "Z/b2": {"f": 0.1},
            "Z/b1": {"f": 1 / 3},
            "B/a": {"f": 1.0, "g": 1.0},
            "B/c": {"f": 7.5, "g": 11.0},
            "B/d": TRACEBACK,
            "B/e": {"f": 1.0, "g": None},
        }
    )
    scores.loc[scores["job"] == "B/a", ["holding_current", "threshold_current"]] = None
    scores.loc[scores["job"] == "Z/b1", "threshold_current"] = 0.1 + 0.2
    return decide(table, scores, FIVE)


def test_release_files(tmp_path: Path, decisions: Decisions):
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], False)
    # upper case sorts before lower case, and digits before both; floats come back to the last bit
    assert (tmp_path / "extneurondb.dat").read_text() == (
        "a 5 M cNAC B_M_5_a\n"
        "b2 5 L5_TPC:A cADpyr Z_L5_TPC:A_5_b2\n"
        "b1 str1 L5_TPC:A cADpyr Z_L5_TPC:A_str1_b1\n"
    )
    assert (tmp_path / "mecombo_emodel.tsv").read_text() == (
        "morph_name\tlayer\tfullmtype\tetype\temodel\tcombo_name\tthreshold_current\t"
        "holding_current\n"
        "a\t5\tM\tcNAC\tB\tB_M_5_a\t\t\n"
        "b2\t5\tL5_TPC:A\tcADpyr\tZ\tZ_L5_TPC:A_5_b2\t0.5\t-0.125\n"
        "b1\tstr1\tL5_TPC:A\tcADpyr\tZ\tZ_L5_TPC:A_str1_b1\t0.30000000000000004\t-0.125\n"
    )
    content = json.loads((tmp_path / "mecombo_release.json").read_text())
    assert content == {
        "version": "1.0",
        "output_paths": {
            "emodels_hoc": str(tmp_path / "emodels_hoc"),
            "extneurondb.dat": str(tmp_path / "extneurondb.dat"),
            "mecombo_emodel.tsv": str(tmp_path / "mecombo_emodel.tsv"),
        },
    }
    assert not (tmp_path / "log_neuron_compliance.csv").exists()


def test_scales_of_adapted_cells_are_appended(tmp_path: Path, decisions: Decisions):
    """They come last; a cell that was not adapted has 1."""
    combos = decisions.combos
    combos.loc[combos["job"] == "Z/b1", ["AIS_scaler", "soma_scaler"]] = 1.1, 0.834567
    hoc = [tmp_path / "emodels_hoc" / "E.hoc"]
    write_release(tmp_path, decisions, hoc, False, adapted=True)
    lines = (tmp_path / "mecombo_emodel.tsv").read_text().splitlines()
    assert [line.split("\t", 7)[7] for line in lines] == [
        "holding_current\tAIS_scaler\tsoma_scaler",
        "nan\t1.0\t1.0",
        "-0.125\t1.0\t1.0",
        "-0.125\t1.1\t0.834567",
    ]


def test_values_beyond_the_main_pair_are_appended(tmp_path: Path, decisions: Decisions):
    values = {
        "bpo_holding_current": -0.125,
        "bpo_threshold_current": 0.5,
        "bpo_threshold_current_hyp": 0.1 + 0.2,
        "bpo_rin": 100.0,
    }
    of_z = decisions.combos["emodel"] == "Z"
    decisions.combos.loc[of_z, "bpo_values"] = json.dumps(values)
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], False)
    before = (
        "morph_name\tlayer\tfullmtype\tetype\temodel\tcombo_name\tthreshold_current\t"
        "holding_current\t"
    )
    assert (tmp_path / "mecombo_emodel.tsv").read_text() == (
        f"{before}bpo_rin\tbpo_threshold_current_hyp\n"
        "a\t5\tM\tcNAC\tB\tB_M_5_a\tnan\tnan\tnan\tnan\n"
        "b2\t5\tL5_TPC:A\tcADpyr\tZ\tZ_L5_TPC:A_5_b2\t0.5\t-0.125\t100.0\t0.30000000000000004\n"
        "b1\tstr1\tL5_TPC:A\tcADpyr\tZ\tZ_L5_TPC:A_str1_b1\t0.30000000000000004\t-0.125\t100.0\t"
        "0.30000000000000004\n"
    )


def test_rows_with_further_columns_can_be_split_at_white_space(
    tmp_path: Path, decisions: Decisions
):
    scaled = decisions.combos.assign(AIS_scaler=1.1, soma_scaler=0.9)
    decisions = replace(decisions, combos=scaled)
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], False, adapted=True)
    rows = pd.read_csv(tmp_path / "mecombo_emodel.tsv", sep=r"\s+").set_index("morph_name")
    assert rows.loc["a", ["threshold_current", "holding_current"]].isna().all()
    assert rows.loc["a", ["AIS_scaler", "soma_scaler"]].tolist() == [1.1, 0.9]


def test_measured_currents_are_not_in_the_files_of_bluepymm(tmp_path: Path, decisions: Decisions):
    measured = decisions.combos["own_threshold_current"].isna()
    assert measured.sum() == 2  # of a, and of d, which raised
    decisions.combos.loc[measured, ["holding_current", "threshold_current"]] = [-0.25, 0.75]
    test_release_files(tmp_path, decisions)


def test_failures_say_why(tmp_path: Path, decisions: Decisions):
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], False)
    assert (tmp_path / "failures.tsv").read_text() == (
        "combo_name\tmorph_name\tlayer\tfullmtype\tetype\temodel\treason\tn_failed\t"
        "limiting_feature\tlimiting_feature_score\tlimiting_feature_limit\tmargin\tmessage\n"
        "B_M_5_c\tc\t5\tM\tcADpyr\tB\tover_limit\t2\tf\t7.5\t5.0\t-0.5\t\n"
        "B_M_5_d\td\t5\tM\tcADpyr\tB\tsimulation_error\t0\t\t\t\t\tValueError: no axon\n"
        "B_M_5_e\te\t5\tM\tcADpyr\tB\tmissing_score\t1\tg\t\t10.0\t\t\n"
    )


def test_failures_say_why_there_is_no_threshold_current(tmp_path: Path, decisions: Decisions):
    table = decisions.combos
    of_a = table["morph_name"] == "a"
    table.loc[of_a, ["passed", "reason"]] = [False, "no_threshold"]
    table.loc[of_a, "no_threshold"] = "the cell spikes\twithout a step"
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], False)
    row = (tmp_path / "failures.tsv").read_text().splitlines()[1].split("\t")
    assert row[:2] == ["B_M_5_a", "a"]
    assert row[6] == "no_threshold"
    assert row[-1] == "the cell spikes without a step"
    assert "1 no threshold" in summary(decisions, tmp_path)


def test_median_tables(tmp_path: Path, decisions: Decisions):
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], False)
    extra = tmp_path / "extra_data"
    assert (extra / "all_median_scores.csv").read_text().splitlines() == [
        "combo,fullmtype,etype,emodel,median_score",
        "2,L5_TPC:A,cADpyr,Z,0.1",
        "3,L5_TPC:A,cADpyr,Z,0.3333333333333333",
        "4,M,cNAC,B,1.0",
        "5,M,cADpyr,B,9.25",
        "6,M,cADpyr,B,",
        "7,M,cADpyr,B,1.0",
    ]
    assert (extra / "passed_median_scores.csv").read_text().splitlines()[1:] == [
        "2,L5_TPC:A,cADpyr,Z,0.1",
        "3,L5_TPC:A,cADpyr,Z,0.3333333333333333",
        "4,M,cNAC,B,1.0",
    ]
    metypes = pd.read_csv(extra / "metype_median_scores.csv", index_col="mtype")
    assert metypes.loc["M", "cADpyr"] == pytest.approx((0.1 + 1 / 3) / 2)
    assert metypes.loc["M", "cNAC"] == 1.0


def test_nothing_passed_is_a_release_of_nothing(tmp_path: Path):
    table = combos_table(exemplar(), combo("a"))
    decisions = decide(table, scores_table({"E/ex": "boom", "E/a": "boom"}), FIVE)
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], True)
    assert (tmp_path / "extneurondb.dat").read_text() == ""
    assert (tmp_path / "mecombo_emodel.tsv").read_text().count("\n") == 1
    assert failures(decisions)["reason"].tolist() == ["simulation_error"]
    assert "1 combination: 0 passed, 0 over limit, 1 simulation error" in summary(
        decisions, tmp_path
    )


def test_names_of_several_cells_are_warned_about():
    table = combos_table(
        exemplar(), combo("1-a"), combo("1_a"), combo("b", etype="cNAC"), combo("b", etype="dNAC")
    )
    scores = scores_table({f"E/{name}": {"f": 1.0} for name in ("ex", "1-a", "1_a", "b")})
    decisions = decide(table, scores, FIVE)
    assert shared_names(released(decisions)) == []  # two e-types of one cell are one cell
    assert shared_names(released(decisions, True)) == [
        "2 cells share the name E_M_5_1_a: E on 1-a, E on 1_a"
    ]


def test_neuron_compliant_names(tmp_path: Path):
    long = "rp110616_C1_idB_-_Scale_x1.000_y0.975_z1.000_-_Clone_1"
    table = combos_table(exemplar(), combo(long), combo("m-1"), combo("m2"))
    scores = {f"E/{name}": {"f": 1.0} for name in ("ex", long, "m-1", "m2")}
    decisions = decide(table, scores_table(scores), FIVE)
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], True)
    # 50 characters at most: 40, an underscore, 9 digits of the SHA-1 of the name without hyphens
    changed = f"E_M_5_{long}".replace("-", "_")
    short = f"{changed[:40]}_{hashlib.sha1(changed.encode()).hexdigest()[:9]}"
    assert (tmp_path / "log_neuron_compliance.csv").read_text().splitlines() == [
        "original_combo_name,neuron_compliant_combo_name",
        f"E_M_5_{long},{short}",
        "E_M_5_m-1,E_M_5_m_1",
        "E_M_5_m2,E_M_5_m2",
    ]
    names = released(decisions, make_names_neuron_compliant=True)["combo_name"].tolist()
    assert names == sorted(["E_M_5_m2", "E_M_5_m_1", short])
    assert len(short) == 50


def test_the_reference_release_is_the_expected_one(
    tmp_path: Path, reference: Path, reference_scores, reference_select
):
    table, scores = reference_scores
    decisions = decide(
        table, scores, reference_select["megate_thresholds"], reference_select["to_skip_features"]
    )
    write_release(tmp_path, decisions, [tmp_path / "emodels_hoc" / "E.hoc"], False)
    for name in ("extneurondb.dat", "mecombo_emodel.tsv"):
        expected = (reference / "expected" / name).read_bytes()
        assert (tmp_path / name).read_bytes() == expected, name


def test_what_an_earlier_release_left_is_gone(tmp_path: Path, decisions: Decisions):
    hoc = tmp_path / "emodels_hoc" / "Z.hoc"
    hoc.parent.mkdir()
    for name in ("Z.hoc", "removed.hoc"):
        (hoc.parent / name).touch()
    write_release(tmp_path, decisions, [hoc], True)
    assert (tmp_path / "log_neuron_compliance.csv").exists()
    write_release(tmp_path, decisions, [hoc], False)
    assert not (tmp_path / "log_neuron_compliance.csv").exists()
    assert [path.name for path in hoc.parent.iterdir()] == ["Z.hoc"]


def test_the_summary_counts(decisions: Decisions):
    text = summary(decisions, Path("results/release"))
    assert "6 combinations: 3 passed, 1 over limit, 1 simulation error, 1 missing score" in text
    assert "results/release/failures.tsv" in text
    assert "left out" not in text
    assert "\nleft out: three of them" in summary(decisions, Path("r"), "three of them")
