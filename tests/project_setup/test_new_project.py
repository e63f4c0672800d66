"""`megate init`: the project that it makes has the combinations that its inputs say."""

import json
import shutil
from pathlib import Path

import circuits
import pandas as pd
import pytest
import yaml

from megate.config.config import Config, read_config
from megate.core.errors import MegateError
from megate.project.project import Project
from megate.project_setup.new_project import NewProject, Request, copy_example, make_project

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "example"
EMODELS = EXAMPLE / "emodels"
LBC = ["lbc140501-1", "lbc140501-2", "lbc140503.1", "lbc140507.1"]


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """The example's interneurons, without neuronDB."""
    folder = tmp_path / "cells"
    folder.mkdir()
    for path in (EXAMPLE / "morphologies").glob("lbc*"):
        shutil.copyfile(path, folder / path.name)
    return folder


@pytest.fixture
def make(tmp_path: Path):
    """Make a project in the folder `new`; by default with the example's interneuron."""

    def make(morphologies: Path, *emodels: Path, **request: object) -> NewProject:
        chosen = emodels or (EMODELS / "cNAC_LBC",)
        return make_project(tmp_path / "new", Request(morphologies, chosen, **request))

    return make


def config_of(project: NewProject) -> Config:
    return read_config([project.config], {})


def combinations(project: NewProject) -> set[tuple[str, ...]]:
    """Layer, m-type, e-type, morphology and e-model of each combination."""
    table = Project(config_of(project), on_fetch=bool).combos
    own = table[~table["is_exemplar"]]
    columns = ["layer", "fullmtype", "etype", "morph_name", "emodel"]
    return set(own[columns].itertuples(index=False, name=None))


def test_the_examples_inputs_give_its_combinations(make, tmp_path: Path) -> None:
    project = make(EXAMPLE / "morphologies", EMODELS)
    expected = combinations(copy_example(tmp_path / "example"))
    assert len(expected) == 17
    assert combinations(project) == expected
    assert project.morphologies == 13
    config = config_of(project)
    assert config.results == str(tmp_path / "new" / "results")
    assert config.inputs.morph_path == EXAMPLE / "morphologies"
    assert config.inputs.neurondb_path is None
    assert not config.inputs.skip_repaired_exemplar
    assert config.scoring.use_apical_points


def test_the_copy_of_the_example(tmp_path: Path) -> None:
    project = copy_example(tmp_path / "mine")
    files = {path.relative_to(project.folder) for path in project.folder.rglob("*.*")}
    expected = {path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*.*")}
    assert files == expected | {Path("megate.yaml")}
    config = config_of(project)
    assert config.results == str(tmp_path / "mine" / "results")
    assert config.inputs.morph_path == tmp_path / "mine" / "morphologies"


def test_one_type_for_all(make, cells: Path) -> None:
    project = make(cells, layer="5", mtype="L5_LBC", etype="cNAC", thresholds="strict")
    assert combinations(project) == {("5", "L5_LBC", "cNAC", name, "cNAC_LBC") for name in LBC}
    config = config_of(project)
    rules = [{"features": [".*"], "megate_threshold": 3}]
    assert config.select.megate_thresholds == rules
    assert config.inputs.neurondb_path == project.folder / "neurondb.dat"
    # the release has the exemplar, but no apical points
    assert not config.inputs.skip_repaired_exemplar
    assert not config.scoring.use_apical_points
    assert any("no apical_points_isec.json" in text for text in project.assumed)


def test_what_is_typed_comes_before_what_is_found(make) -> None:
    project = make(EXAMPLE / "morphologies", layer="4", mtype="X")
    assert {row[:2] for row in combinations(project)} == {("4", "X")}


@pytest.mark.parametrize("given", [False, True], ids=["in the folder", "--types"])
def test_types_of_a_table(given: bool, make, cells: Path, tmp_path: Path) -> None:
    path = (tmp_path if given else cells) / "metadata.csv"
    rows = ["name,mtype,etype", "lbc140501-1,L5_LBC,cNAC", "lbc140503.1,L4_LBC,dNAC"]
    path.write_text("\n".join(rows))
    project = make(cells, types=path if given else None)
    assert combinations(project) == {
        ("5", "L5_LBC", "cNAC", "lbc140501-1", "cNAC_LBC"),
        ("4", "L4_LBC", "dNAC", "lbc140503.1", "cNAC_LBC"),
    }
    assert "layers are the numbers in the m-types: L4_LBC, L5_LBC" in project.assumed
    assert any("left out: lbc140501-2, lbc140507.1" in text for text in project.assumed)


def test_a_morphology_without_mtype_is_named(make, cells: Path) -> None:
    (cells / "types.csv").write_text("name,layer,mtype\nlbc140501-1,5,L5_LBC\nlbc140503.1,5,\n")
    with pytest.raises(MegateError) as caught:
        make(cells)
    first, second = str(caught.value).splitlines()
    assert first == f"{cells / 'types.csv'}:"
    assert second.startswith("  - lbc140503.1: m-type '' cannot be used")


def test_where_types_come_from(make, cells: Path) -> None:
    of_files = make(cells, layer="5", mtype="L5_LBC")
    assert "e-model cNAC_LBC: e-types cNAC|dNAC, from its files" in of_files.assumed
    assert "e-model cNAC_LBC: m-types .*_LBC, from its files" in of_files.assumed


def test_a_given_etype_comes_before_that_of_the_files(make, cells: Path) -> None:
    given = make(cells, layer="5", mtype="X", etype="bAC")
    assert "e-model cNAC_LBC: e-type bAC; its files have cNAC|dNAC" in given.assumed
    assert not any("from its files" in text for text in given.assumed)


def test_a_layer_for_a_table_without_layers(make, cells: Path) -> None:
    (cells / "metadata.csv").write_text("name,mtype\nlbc140501-1,LBC\n")
    project = make(cells, layer="6", etype="cNAC")
    assert combinations(project) == {("6", "LBC", "cNAC", "lbc140501-1", "cNAC_LBC")}
    assert any("no morphology has its own, .*_LBC" in text for text in project.assumed)


def test_types_of_sonata_nodes(make, cells: Path) -> None:
    rows = [("5", "L5_LBC", "cNAC", "lbc140501-1"), ("4", "L4_LBC", "cNAC", "lbc140507.1")]
    circuits.write_sonata(cells / "nodes.h5", rows)
    project = make(cells)
    assert {row[:4] for row in combinations(project)} == set(rows)


def test_names_of_neuromorpho(make, cells: Path) -> None:
    (cells / "lbc140501-1.swc").rename(cells / "lbc140501-1.CNG.swc")
    table = "neuron_name,cell_type,layer\nlbc140501-1,LBC,5\n"
    (cells / "metadata.csv").write_text(table)
    project = make(cells, etype="cNAC")
    assert {row[3] for row in combinations(project)} == {"lbc140501-1.CNG"}
    # the repaired exemplar would be lbc140501-1.swc
    assert config_of(project).inputs.skip_repaired_exemplar
    assert any(text.startswith("skip_repaired_exemplar: true") for text in project.assumed)


def test_a_folder_for_each_extension(make, cells: Path) -> None:
    names = {"asc": "ascii", "swc": "swc"}
    for extension, folder in names.items():
        (cells / folder).mkdir()
        for path in cells.glob(f"*.{extension}"):
            path.rename(cells / folder / path.name)
    (cells / "neurondb.dat").write_text("".join(f"{name} 5 L5_LBC\n" for name in LBC))
    project = make(cells)
    inputs = config_of(project).inputs
    assert inputs.morph_path == {"asc": cells / "ascii", "swc": cells / "swc"}
    assert inputs.neurondb_path == cells / "neurondb.dat"
    assert {row[3] for row in combinations(project)} == set(LBC)
    assert not inputs.skip_repaired_exemplar


def test_an_exemplar_among_the_morphologies(make, cells: Path, tmp_path: Path) -> None:
    shutil.copytree(EMODELS, tmp_path / "emodels")
    package = tmp_path / "emodels" / "cNAC_LBC"
    shutil.rmtree(package / "morphologies")
    project = make(cells, package, layer="5", mtype="L5_LBC")
    copied = project.folder / "emodels/cNAC_LBC/morphologies/lbc140501-1.swc"
    assert copied.read_text() == (cells / "lbc140501-1.swc").read_text()
    assert any("its exemplar lbc140501-1.swc is the file in" in text for text in project.assumed)
    assert len(combinations(project)) == 8  # the e-model's e-types: cNAC and dNAC


def test_morphologies_of_no_emodel_are_left_out(make) -> None:
    project = make(EXAMPLE / "morphologies")
    assert {row[3] for row in combinations(project)} == set(LBC)
    assert project.morphologies == 4
    assert any(
        text.startswith("9 morphologies without an e-model: tpc") and text.endswith(" and 4 more")
        for text in project.assumed
    )


@pytest.mark.parametrize(
    ("name", "etype"),
    [
        ("cADpyr_L5TPC", "cADpyr"),
        ("bACint_L23BTC", "bAC"),
        ("dSTUT_L1", "dSTUT"),
        ("cNAD_noscltb_Rt", "cNAD_noscltb"),
        ("cACpyr", "cACpyr"),
        ("cell7", "cell7"),
        ("cACtus", "cACtus"),
    ],
)
def test_etypes_from_names(name: str, etype: str, make, cells: Path, tmp_path: Path) -> None:
    emodels = tmp_path / "emodels"
    shutil.copytree(EMODELS, emodels)
    (emodels / "emodel_etype_map.json").unlink()
    for file in ("final.json", "cNAC_LBC/config/recipes/recipes.json"):
        text = (emodels / file).read_text().replace('"cNAC_LBC": {', f'"{name}": {{')
        (emodels / file).write_text(text)
    project = make(cells, emodels / "cNAC_LBC", layer="5", mtype="L5_LBC")
    assert {row[2] for row in combinations(project)} == {etype}
    assert any(text.startswith(f"e-model {name}: e-type {etype}") for text in project.assumed)


def test_nothing_stays_if_writing_fails(
    make, cells: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("megate.project_setup.new_project.shutil.copyfile", fails)
    before = set(tmp_path.iterdir())
    with pytest.raises(MegateError, match=r"cannot write .*new"):
        make(cells, layer="5", mtype="L5_LBC")
    assert set(tmp_path.iterdir()) == before


def test_an_empty_folder_is_used(make, cells: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert make(cells, layer="5", mtype="L5_LBC").config.is_file()


def test_the_files_have_the_emodels_values(make, cells: Path) -> None:
    project = make(cells, layer="5", mtype="L5_LBC")
    (entry,) = json.loads((project.folder / "emodels/final.json").read_text()).values()
    own = json.loads((EMODELS / "final.json").read_text())["cNAC_LBC"]
    for key in ("main_path", "morph_path", "params", "fitness"):
        assert entry[key] == own[key]
    recipe = yaml.safe_load((project.folder / "recipe.yaml").read_text())
    (traits,) = (each["traits"] for each in recipe["neurons"])
    assert traits == {"layer": "5", "mtype": "L5_LBC", "etype": {"cNAC": 0.5, "dNAC": 0.5}}


def test_every_key_has_a_line_about_it(make, cells: Path) -> None:
    lines = make(cells, layer="5", mtype="L5_LBC").config.read_text().splitlines()
    keys = [n for n, line in enumerate(lines) if line.strip()[:1] not in ("", "#", "-")]
    assert len(keys) > 15
    assert all(lines[n - 1].strip().startswith("#") for n in keys)


def test_types_of_megates_release(make, cells: Path) -> None:
    """A release's table of combinations is a table of types."""
    columns = ["morph_name", "layer", "fullmtype", "etype", "emodel"]
    table = pd.DataFrame([["lbc140501-1", 5, "L5_LBC", "dNAC", "E"]], columns=columns)
    table.to_csv(cells / "mecombo_emodel.tsv", sep="\t", index=False)
    project = make(cells)
    assert combinations(project) == {("5", "L5_LBC", "dNAC", "lbc140501-1", "cNAC_LBC")}
