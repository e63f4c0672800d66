"""megate init: recognise e-models that are a hoc."""

from pathlib import Path

import hoc_emodel
import pytest

from megate import cli
from megate.core.errors import MegateError
from megate.project_setup.formats.hoc import emodels_in, recognised


def test_portal_package(tmp_path: Path) -> None:
    package = hoc_emodel.write(tmp_path / "cell")
    for file in ("mechanisms/Ca.mod", "README.md", "results/trace.dat"):
        (package / file).parent.mkdir(exist_ok=True)
        (package / file).touch()
    assert recognised(package)
    (found,) = emodels_in(package)
    assert (found.name, found.exemplar) == ("hh_cell", "morphology/exemplar.swc")
    assert set(map(str, found.files)) == {
        "hoc/hh_cell.hoc",
        "mechanisms/Ca.mod",
        "morphology/exemplar.swc",
    }
    assert found.params == found.fitness == {}
    assert len(found.assumed) == 1
    assert "exemplar.swc" in found.assumed[0]


def test_what_is_assumed(tmp_path: Path) -> None:
    text = hoc_emodel.HOC.replace('check_parameter("v_init", -65, v_init)', "").replace(
        "exemplar.swc", "other.swc"
    )
    package = hoc_emodel.write(tmp_path, text + 'hh_cell_NeededAttributes = "AIS_scaler"\n')
    _, morphology, globals_, scalers = emodels_in(package)[0].assumed
    assert "other.swc" in morphology
    assert "does not say v_init" in globals_
    assert "AIS_scaler" in scalers


def test_default_morphology_of_several(tmp_path: Path) -> None:
    package = hoc_emodel.write(tmp_path)
    (package / "morphology" / "a.swc").touch()
    assert emodels_in(package)[0].exemplar == "morphology/exemplar.swc"
    (package / "morphology" / "exemplar.swc").rename(package / "morphology" / "b.swc")
    with pytest.raises(MegateError, match=r"2 morphologies \(morphology/a.swc, .*expected one"):
        emodels_in(package)


def test_no_morphology(tmp_path: Path) -> None:
    package = hoc_emodel.write(tmp_path)
    (package / "morphology" / "exemplar.swc").unlink()
    with pytest.raises(MegateError, match=r"no morphology for the hoc hh_cell\.hoc"):
        emodels_in(package)


@pytest.mark.parametrize("other", ["setup/__init__.py", "config/recipes.json"])
def test_other_formats(tmp_path: Path, other: str) -> None:
    package = hoc_emodel.write(tmp_path)
    (package / other).parent.mkdir()
    (package / other).touch()
    assert not recognised(package)


def test_folder_of_packages_and_functions(tmp_path: Path) -> None:
    hoc_emodel.write(tmp_path / "one")
    (tmp_path / "run.hoc").write_text("proc run() {}\n")
    assert not recognised(tmp_path)


def test_checks_compile_and_simulate_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = hoc_emodel.HOC.replace("insert pas\n", "insert pas\n    insert leak2\n")
    package = hoc_emodel.write(tmp_path / "package", text)
    (package / "mod").mkdir()
    (package / "mod" / "leak2.mod").write_text("NEURON { SUFFIX leak2 }\nthis is no NMODL\n")
    monkeypatch.chdir(tmp_path)
    inputs = ["--morphologies", str(package / "morphology"), "--emodel", str(package)]
    types = ["--layer", "1", "--mtype", "M", "--etype", "E"]
    assert cli.main(["init", "mine", *inputs, *types]) == 0
    printed = capsys.readouterr().out
    assert "all checks passed" in printed
    assert "it was optimised on exemplar.swc" in printed
    assert not list((tmp_path / "mine").rglob("hoc_tests.json"))
