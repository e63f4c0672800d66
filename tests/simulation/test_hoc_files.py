"""Many hoc files of one evaluator are those that BluePyOpt writes one by one."""

import os
from pathlib import Path

import pytest
from small_emodel import PARAMS, small_package

from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import ChildError, run_in_child

pytestmark = pytest.mark.slow

CELLS = [[f"cell_{number}", f"morph-{number}.asc"] for number in range(5)] + [["other", "x.swc"]]
OWN = "{{ template_name | upper }} {{ morphology | length }} {{ section_params }}\n"


def one_by_one(emodel: str, params: dict, template: str, cells: list[list[str]]) -> dict[str, str]:
    """Runs in a child: each hoc from an evaluator of its own, made for its morphology."""
    from setup import evaluator

    texts = {}
    for name, morphology in cells:
        cell_model = evaluator.create(emodel, [["mm", f"/elsewhere/{morphology}", None]])
        cell_model = cell_model.evaluators[0].cell_model
        cell_model.name = name
        texts[name] = cell_model.create_hoc(
            params,
            template=Path(template).name,
            template_dir=str(Path(template).parent),
            disable_banner=True,
        )
    return texts


@pytest.mark.parametrize("own", [False, True], ids=["megate's template", "the user's"])
def test_the_files_are_bluepyopts(own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = small_package(tmp_path)
    template = HOC_TEMPLATE
    if own:
        template = tmp_path / "own.jinja2"
        template.write_text(OWN)
    arguments = {
        "emodel": "small",
        "params": PARAMS,
        "template": str(template),
        "cells": CELLS,
    }
    written = tmp_path / "written"
    written.mkdir()
    of_evaluator = {
        "morph_path": str(tmp_path / "cell.swc"),
        "apical_point": None,
        "directory": str(written),
    }
    log = tmp_path / "log"
    run_in_child("write_hoc_files", arguments | of_evaluator, package, log)
    here = Path(__file__).parent
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(map(str, (package, here, here.parent / "support")))
    )
    expected, _ = run_in_child(f"{Path(__file__).stem}:one_by_one", arguments, package, log)
    found = {path.stem: path.read_text() for path in written.iterdir()}
    assert found == expected
    assert len(found) == len(CELLS)
    if own:
        assert found["other"].startswith("OTHER 5 ")


def test_a_template_that_does_not_render_is_named(tmp_path: Path):
    template = tmp_path / "own.jinja2"
    template.write_text("{% if %}")
    arguments = {
        "emodel": "small",
        "params": PARAMS,
        "morph_path": str(tmp_path / "cell.swc"),
        "apical_point": None,
        "template": str(template),
        "cells": CELLS,
        "directory": str(tmp_path),
    }
    with pytest.raises(ChildError, match=r"hoc template .*own\.jinja2: "):
        run_in_child(
            "write_hoc_files",
            arguments,
            small_package(tmp_path),
            tmp_path / "log",
        )
    assert not list(tmp_path.glob("*.hoc"))
