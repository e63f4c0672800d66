"""Read the package of an e-model that is a hoc."""

import re
from pathlib import Path

import hoc_emodel
import pytest
from hoc_emodel import HOC, of_bluepyopt

from megate.core.errors import MegateError
from megate.core.vocabulary import Evaluator
from megate.emodels.hoc_package import read_hoc, staged
from megate.emodels.kinds import evaluator_of


def _hoc(tmp_path: Path, text: str = HOC):
    return read_hoc(hoc_emodel.write(tmp_path, text), hoc_emodel.NAME)


def test_template_mechanisms_and_global_parameters(tmp_path: Path) -> None:
    hoc = _hoc(tmp_path, HOC.replace("insert pas", "insert pas  // insert Ih\n insert CaL"))
    assert hoc.template == "hh_cell"
    assert hoc.mechanisms == {"pas", "hh", "CaL"}
    assert hoc.global_parameters == {"celsius": 6.3, "v_init": -65}


def test_check_simulator_in_the_order_of_megate(tmp_path: Path) -> None:
    """megate's own hoc has the expected value last, with all its digits."""
    own = 'check_global_parameter("celsius", celsius, 34.100000000000001)\n'
    text = HOC.replace('check_parameter("celsius", 6.3, celsius)', own)
    assert _hoc(tmp_path, text).global_parameters["celsius"] == 34.1


def test_name_and_morphology_of_the_released_hoc(tmp_path: Path) -> None:
    released = _hoc(tmp_path).as_released("cell_1", "m-1.swc")
    expected = (
        HOC.replace("begintemplate hh_cell", "begintemplate cell_1")
        .replace("endtemplate hh_cell", "endtemplate cell_1")
        .replace("exemplar.swc", "m-1.swc")
    )
    assert released == expected
    assert _hoc(tmp_path).as_released("hh_cell") == HOC


def test_scales_of_ais_and_soma_become_one(tmp_path: Path) -> None:
    """A hoc for circuits whose cells have scales is tested and released with scales of 1."""
    needed = (
        'strdef hh_cell_NeededAttributes\nhh_cell_NeededAttributes = "AIS_scaler;soma_scaler"\n'
    )
    text = HOC.replace("begintemplate hh_cell\n", f"{needed}begintemplate hh_cell\n").replace(
        "  importer.instantiate(this)\n",
        "  importer.instantiate(this)\n"
        "  if (numarg() < 5) stop\n  soma.L *= $5\n  replace($4, $5)\n",
    )
    released = _hoc(tmp_path, text).as_released("hh_cell")
    assert "NeededAttributes" not in released
    assert "if (numarg() < 3) stop\n  soma.L *= 1\n  replace(1, 1)\n" in released


def test_template_of_bluepyopt_gets_what_circuits_need(tmp_path: Path) -> None:
    released = _hoc(tmp_path, of_bluepyopt()).as_released("cell_1", "m.swc")
    assert 'sprint(path, "%s/%s", $s2, $s3)' in released
    assert 'sprint(path, "%s/%s", $s2, "m.swc")' in released
    again = read_hoc(hoc_emodel.write(tmp_path / "again", released), "cell_1")
    # it has the form of circuits now
    assert again.as_released("cell_1") == released
    for name in ("getCell", "clear", "connect2target", "synlist", "nSecAxonalOrig", "gid"):
        assert re.search(rf"public .*\b{name}\b", released)


def test_one_of_several_is_named_as_the_emodel(tmp_path: Path) -> None:
    hoc_emodel.write(tmp_path)
    (tmp_path / "hoc" / "other.hoc").write_text(HOC.replace("hh_cell", "other"))
    assert read_hoc(tmp_path, "hh_cell").template == "hh_cell"
    with pytest.raises(MegateError, match=r"several hoc templates .*hh_cell.*other.* remove"):
        read_hoc(tmp_path, "cell")


def test_functions_beside_the_template(tmp_path: Path) -> None:
    hoc_emodel.write(tmp_path)
    (tmp_path / "run.hoc").write_text("// begintemplate x\nproc go() {}\n")
    assert read_hoc(tmp_path, "x").template == "hh_cell"


def test_no_template(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"has no \.hoc file"):
        read_hoc(tmp_path, "x")
    (tmp_path / "run.hoc").write_text("/* begintemplate x */ proc go() {}\n")
    with pytest.raises(MegateError, match=r"no NEURON template .*\(run.hoc\)"):
        read_hoc(tmp_path, "x")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"$s2": "$s1", "$s3": "$s2"}, r"\(\$1, \$s1, \$s2\)"),
        ({"$s3": "$s2"}, r"\(\$1, \$s2\)"),
        ({"$1": "0", "$s2": "x", "$s3": "x"}, r"\(none\)"),
    ],
)
def test_other_arguments(tmp_path: Path, arguments: dict[str, str], found: str) -> None:
    text = HOC
    for old, new in arguments.items():
        text = text.replace(old, new)
    with pytest.raises(
        MegateError, match=f"init of template hh_cell takes other arguments {found}"
    ):
        _hoc(tmp_path, text)


def test_other_needed_attributes(tmp_path: Path) -> None:
    text = HOC + 'strdef hh_cell_NeededAttributes\nhh_cell_NeededAttributes = "AIS_scaler;age"\n'
    with pytest.raises(MegateError, match="takes age"):
        _hoc(tmp_path, text)


def test_mechanisms_are_staged_in_one_folder() -> None:
    assert staged(Path("mod/Ca.mod")) == Path("mechanisms/Ca.mod")
    assert staged(Path("mechanisms/inc/a.inc")) == Path("mechanisms/inc/a.inc")
    assert staged(Path("hoc/cell.hoc")) == Path("hoc/cell.hoc")
    assert staged(Path("mod")) == Path("mod")  # a file


def test_what_runs_it(tmp_path: Path) -> None:
    package = hoc_emodel.write(tmp_path)
    assert evaluator_of(package, "auto") is Evaluator.HOC
    assert evaluator_of(package, "builtin") is Evaluator.BUILTIN
    (package / "config").mkdir()
    assert evaluator_of(package, "auto") is Evaluator.BUILTIN
    (package / "setup").mkdir()
    (package / "setup" / "__init__.py").touch()
    assert evaluator_of(package, "auto") is Evaluator.CODE
    assert evaluator_of(package, "hoc") is Evaluator.HOC
