"""The folder for circuits."""

from pathlib import Path

import pandas as pd
import pytest
from tables import combo, combos_table, decide, exemplar, scores_table

from megate.adaptation.geometry import SCALERS
from megate.core.errors import MegateError
from megate.emodels.manifest import Manifest
from megate.gating.decisions import write_decisions
from megate.morphologies.check import Checked
from megate.morphologies.facts import Facts
from megate.release.circuit import CELLS, read_cells, write_circuit

FIVE = [{"features": [".*"], "megate_threshold": 5}]
MOD = "NEURON {{\n  SUFFIX {}\n}}\n"


class Release:
    """The inputs of `write_circuit`: e-model A has a morphology with two e-types, one morphology in
    upper case, and one that does not pass; nothing of e-model C passes."""

    def __init__(self, folder: Path):
        self.folder = folder
        morphologies = folder / "morphologies"
        morphologies.mkdir()
        for name in ("one.asc", "two.SWC", "three.h5", "four.asc"):
            (morphologies / name).write_text(f"content of {name}")
        self.combos = combos_table(
            *(exemplar("ex", emodel=emodel) for emodel in "ABC"),
            combo("one", emodel="A", morph_path=str(morphologies / "one.asc")),
            combo("one", emodel="A", etype="bAC", morph_path=str(morphologies / "one.asc")),
            combo("four", emodel="A", morph_path=str(morphologies / "four.asc")),
            combo("two", emodel="B", layer="2", morph_path=str(morphologies / "two.SWC")),
            combo("three", emodel="B", fullmtype="M:x", morph_path=str(morphologies / "three.h5")),
            combo("one", emodel="C", morph_path=str(morphologies / "one.asc")),
        )
        self.scores = scores_table(
            {
                **{f"{emodel}/ex": {"f": 0.0} for emodel in "ABC"},
                "A/one": {"f": 1.0},
                "A/four": {"f": 6.0},
                "B/two": {"f": 1.0},
                "B/three": {"f": 1.0},
                "C/one": {"f": 6.0},
            }
        )
        self.hoc, self.packages = [], {}
        for emodel in "ABC":
            self.hoc.append(folder / f"{emodel}.hoc")
            self.hoc[-1].write_text(f"begintemplate {emodel}")
            self.add_package(
                emodel, {"Na.mod": MOD.format("Na"), f"{emodel}.mod": MOD.format(emodel)}
            )
        self.copies = folder / "copies"
        self.copies.mkdir()
        (self.copies / "three.asc").write_text("clean copy")
        self.checked = [
            self._checked("one.asc", axon_sections=3, basal_sections=9, apical_sections=13),
            self._checked("three.h5", copy=".asc", axon_sections=1, basal_sections=2),
        ]

    def _checked(self, name: str, **facts: object) -> Checked:
        return Checked(str(self.folder / "morphologies" / name), Facts(points=9, **facts))

    def add_package(self, emodel: str, mod_files: dict[str, str], **facts: object) -> None:
        package = self.folder / emodel / "package"
        for name, text in mod_files.items():
            path = package / "mechanisms" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        used = [name for name in mod_files if name.endswith(".mod")]
        conditions = {"celsius": 34.0, "v_init": -80.0 if emodel == "A" else -70.0}
        self.packages[package] = Manifest(
            emodel, emodel, {}, [], [], used, "", global_parameters=conditions
        )

    def write(self, **options: object) -> Path:
        decisions = self.folder / "decisions.parquet"
        write_decisions(decisions, decide(self.combos, self.scores, FIVE))
        circuit = self.folder / "circuit"
        write_circuit(
            circuit,
            decisions,
            self.combos,
            self.hoc,
            self.packages,
            self.checked,
            self.copies,
            **options,
        )
        return circuit


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return Release(tmp_path)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_folder_has_what_the_released_combinations_need(release: Release):
    circuit = release.write()
    assert files(circuit) == [
        "README.md",
        "cells.tsv",
        "extNeuronDB.dat",
        "hoc/A.hoc",
        "hoc/B.hoc",
        "mechanisms/A.mod",
        "mechanisms/B.mod",
        "mechanisms/Na.mod",
        "mecombo_emodel.tsv",
        "morphologies/asc/one.asc",
        "morphologies/asc/three.asc",
        "morphologies/swc/two.swc",
    ]
    assert (circuit / "morphologies/asc/three.asc").read_text() == "clean copy"
    assert (circuit / "morphologies/swc/two.swc").read_text() == "content of two.SWC"


def test_names_are_unique_in_both_tables(release: Release):
    circuit = release.write()
    assert (circuit / "extNeuronDB.dat").read_text() == (
        "one 5 M bAC A_M_5_one_bAC\n"
        "one 5 M cADpyr A_M_5_one_cADpyr\n"
        "three 5 M:x cADpyr B_M:x_5_three\n"
        "two 2 M cADpyr B_M_2_two\n"
    )
    mecombos = pd.read_csv(circuit / "mecombo_emodel.tsv", sep=r"\s+")
    assert list(mecombos["combo_name"]) == [
        "A_M_5_one_bAC",
        "A_M_5_one_cADpyr",
        "B_M:x_5_three",
        "B_M_2_two",
    ]


def test_unknown_values_do_not_shift_a_line(release: Release):
    release.scores.loc[release.scores["job"] == "B/two", "threshold_current"] = None
    release.scores.loc[release.scores["job"] == "A/one", "holding_current"] = -1 / 3
    circuit = release.write()
    assert (circuit / "mecombo_emodel.tsv").read_text().splitlines() == [
        "morph_name\tlayer\tfullmtype\tetype\temodel\tcombo_name\tthreshold_current\t"
        "holding_current",
        "one\t5\tM\tbAC\tA\tA_M_5_one_bAC\t0.5\t-0.3333333333333333",
        "one\t5\tM\tcADpyr\tA\tA_M_5_one_cADpyr\t0.5\t-0.3333333333333333",
        "three\t5\tM:x\tcADpyr\tB\tB_M:x_5_three\t0.5\t-0.125",
        "two\t2\tM\tcADpyr\tB\tB_M_2_two\tnan\t-0.125",
    ]


def test_table_of_cells(release: Release):
    cells = pd.read_csv(release.write() / "cells.tsv", sep="\t").set_index("combo_name")
    assert ["combo_name", *cells] == [name for name in CELLS if name not in SCALERS]
    assert cells.loc["A_M_5_one_bAC", "axon_sections":"v_init"].tolist() == [3, 9, 13, 34, -80]
    three = cells.loc["B_M:x_5_three"]
    assert three["morphology"] == "morphologies/asc/three.asc"
    assert three["axon_sections":"v_init"].tolist() == [1, 2, 0, 34, -70]
    assert cells.loc["B_M_2_two"].isna().sum() == 6  # of its file and its input resistance


def test_scales_of_adapted_cells(release: Release):
    """A cell that was not adapted has 1."""
    for job, ais, soma in (("A/one", 1.000001, 0.8), ("B/two", 1.2, 1.0)):
        release.scores.loc[release.scores["job"] == job, list(SCALERS)] = ais, soma
    circuit = release.write(adapted=True)
    scales = ["1.000001\t0.8", "1.000001\t0.8", "1.0\t1.0", "1.2\t1.0"]
    for name in ("mecombo_emodel.tsv", "cells.tsv"):
        header, *lines = (circuit / name).read_text().splitlines()
        assert header.endswith("\tAIS_scaler\tsoma_scaler")
        assert [line.split("\t", header.count("\t") - 1)[-1] for line in lines] == scales
    found = read_cells(circuit / "cells.tsv")
    assert found[list(SCALERS)].to_numpy().tolist() == [
        [1.000001, 0.8],
        [1.000001, 0.8],
        [1.0, 1.0],
        [1.2, 1.0],
    ]
    assert "the hoc takes `AIS_scaler` and `soma_scaler`" in (circuit / "README.md").read_text()
    without = release.write()
    assert "scaler" not in "".join(
        (without / name).read_text() for name in ("mecombo_emodel.tsv", "cells.tsv", "README.md")
    )
    assert list(read_cells(without / "cells.tsv")) == [*CELLS][:-2]


def test_readme_says_how_to_simulate(release: Release):
    lines = (release.write() / "README.md").read_text().splitlines()
    assert len(lines) == 12
    assert lines[0].startswith("4 combinations of 2 e-models and 3 morphologies")
    assert lines[-3].endswith("one format per node population, but here are 2 .asc, 1 .swc.")
    assert lines[-1] == "Simulate with: celsius 34, v_init -80 (A); celsius 34, v_init -70 (B)."
    assert not any(str(release.folder) in line for line in lines)


def test_files_that_mechanisms_may_include_are_copied(release: Release):
    release.add_package("B", {"B.mod": MOD.format("B"), "rate.inc": "q10", "c/rate.h": "int q;"})
    mechanisms = release.write() / "mechanisms"
    assert (mechanisms / "rate.inc").read_text() == "q10"
    assert (mechanisms / "c/rate.h").read_text() == "int q;"


def test_mechanisms_may_differ_in_white_space(release: Release):
    release.add_package("B", {"Na.mod": MOD.format("Na").replace("\n", "\r\n")})
    assert (release.write() / "mechanisms/Na.mod").is_file()


def test_compliant_names_are_unique_and_compliant(release: Release):
    circuit = release.write(make_names_neuron_compliant=True)
    names = [line.split()[-1] for line in (circuit / "extNeuronDB.dat").read_text().splitlines()]
    assert names == ["A_M_5_one_bAC", "A_M_5_one_cADpyr", "B_M:x_5_three", "B_M_2_two"]
    long = "m" * 40
    release.combos["morph_name"] = release.combos["morph_name"].replace("one", f"{long}-1")
    circuit = release.write(make_names_neuron_compliant=True)
    names = [line.split()[-1] for line in (circuit / "extNeuronDB.dat").read_text().splitlines()]
    assert len(set(names)) == 4
    assert all(len(name) <= 50 and "-" not in name for name in names)


@pytest.mark.parametrize(
    ("name", "suffix", "expected"),
    [
        ("Na.mod", "Na", "Na.mod of A differs from that of B"),
        ("Nat.mod", "A", "A: A.mod of A and Nat.mod of B"),
    ],
)
def test_mechanisms_that_differ_are_an_error(
    release: Release, name: str, suffix: str, expected: str
):
    release.add_package("B", {name: MOD.format(suffix) + ": another\n"})
    with pytest.raises(MegateError, match=expected):
        release.write()


def test_mechanisms_of_an_emodel_that_is_not_released_may_differ(release: Release):
    release.add_package("C", {"Na.mod": MOD.format("Na") + ": another\n"})
    assert (release.write() / "mechanisms/Na.mod").read_text() == MOD.format("Na")


def test_morphologies_may_stay_where_they_are(release: Release):
    circuit = release.write(copy_morphologies=False)
    assert not (circuit / "morphologies").exists()
    assert "morphologies/" not in (circuit / "README.md").read_text()


def test_missing_morphology(release: Release):
    (release.folder / "morphologies" / "one.asc").unlink()
    with pytest.raises(MegateError, match=r"circuit: cannot read .*one\.asc: No such file"):
        release.write()


def test_nothing_released(release: Release):
    release.scores.loc[release.scores["score"] == 1.0, "score"] = 6.0
    circuit = release.write()
    assert files(circuit) == ["README.md", "cells.tsv", "extNeuronDB.dat", "mecombo_emodel.tsv"]
    assert (circuit / "extNeuronDB.dat").read_text() == ""
    assert len((circuit / "mecombo_emodel.tsv").read_text().split("\t")) == 9


def test_imported_scores_have_no_mechanisms(release: Release):
    release.packages = {}
    circuit = release.write()
    assert not (circuit / "mechanisms").exists()
    readme = (circuit / "README.md").read_text()
    assert "mechanisms" not in readme
    assert "v_init" not in readme
