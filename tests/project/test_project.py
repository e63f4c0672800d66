"""project: input files -> e-models, combinations, jobs; on the reference data and on small
projects made here."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from circuits import write_mvd3, write_sonata
from tables import with_none

from megate.config.config import Config, Prepare, Scoring, Select, load_config
from megate.config.schema import Source
from megate.core.errors import MegateError
from megate.inputs.circuit import read_circuit
from megate.project.project import Project

# ---- the reference data --------------------------------------------------------------------


@pytest.fixture
def reference_made(reference_project: Path, schema_path: Path) -> Project:
    source = Source("test", {"bluepymm": str(reference_project)}, reference_project)
    return Project(load_config([source], schema_path))


def test_reference_combinations(reference_made: Project, reference: Path) -> None:
    """The ten rows, in BluePyMM's order, that BluePyMM 0.9.11 makes."""
    expected = pd.read_csv(
        reference / "expected" / "combinations.csv", dtype=str, keep_default_na=False
    )
    columns = ["layer", "fullmtype", "etype", "morph_name", "emodel", "original_emodel"]
    flags = ["is_exemplar", "is_repaired", "is_original"]
    made = reference_made.combos
    assert len(made) == len(expected) == 10
    assert list(made["combo"].astype(str)) == list(expected["index"])
    assert made[columns].fillna("").to_numpy().tolist() == expected[columns].to_numpy().tolist()
    assert (
        made[flags].astype(int).astype(str).to_numpy().tolist()
        == expected[flags].to_numpy().tolist()
    )
    assert list(made["layer"].isna()) == [True] * 4 + [False] * 6
    assert made[["mtype", "msubtype"]].drop_duplicates().to_numpy().tolist() == [["L5_TPC", "A"]]


def test_reference_jobs(reference_made: Project, reference_project: Path) -> None:
    """Repaired and unrepaired exemplar are the release's file: one job a morphology. Its run.json
    does not use apical points."""
    exemplar, *others = [
        "C060114A5",
        "C060110A2",
        "rat_20140925_RH1_Exp1_cell2",
        "rat_20160316_E2_LH3_cell1",
        "rp110616_C1_idB",
        "rp110630_P1_idC",
    ]
    assert list(reference_made.jobs) == [f"cADpyr_L5TPC/{name}" for name in (exemplar, *others)]
    assert list(reference_made.combos["job"]) == [
        f"cADpyr_L5TPC/{name}" for name in ([exemplar] * 4 + others + [exemplar])
    ]
    for job, name in zip(reference_made.jobs.values(), (exemplar, *others), strict=True):
        assert job.morph_path == reference_project / "morphologies" / f"{name}.asc"
        assert (job.package, job.emodel, job.original_emodel) == ("cADpyr_L5TPC",) * 3
        assert (job.morph_name, job.apical_point) == (name, None)


def test_reference_opt_scores(reference_made: Project, reference_project: Path) -> None:
    final_path = reference_project / "emodels_dir" / "singlecell-optimization" / "final.json"
    fitness = json.loads(final_path.read_text())["cADpyr_L5TPC"]["fitness"]
    opt_scores = reference_made.combos["opt_scores"]
    assert list(opt_scores.notna()) == [False, False, True, True] + [False] * 6
    assert json.loads(opt_scores[2]) == json.loads(opt_scores[3]) == fitness


def test_reference_emodel(reference_made: Project, reference_project: Path) -> None:
    package = reference_project / "emodels_dir" / "singlecell-optimization"
    (emodel,) = reference_made.emodels.values()
    assert emodel.name == emodel.original == "cADpyr_L5TPC"
    assert emodel.source == package
    assert package / "setup" / "__init__.py" in emodel.files
    assert package / "final.json" not in emodel.files
    assert package / "emodel_etype_map.json" not in emodel.files
    assert emodel.exemplar.unrepaired == reference_project / "morphologies" / "C060114A5.asc"


def test_reference_without_its_mechanisms_is_refused(
    reference_project: Path, schema_path: Path
) -> None:
    """Its configuration files could be run by the built-in evaluator."""
    (reference_project / "emodels_dir/singlecell-optimization/setup/__init__.py").unlink()
    source = Source("test", {"bluepymm": str(reference_project)}, reference_project)
    with pytest.raises(MegateError) as caught:
        Project(load_config([source], schema_path))
    for mechanism in ("CaDynamics_DC0", "Ih", "K_Pst", "NaTg", "SKv3_1"):
        assert f"'{mechanism}'" in str(caught.value)
    assert "no .mod file" in str(caught.value)


# ---- projects made here --------------------------------------------------------------------

RECIPE = """
version: v2.0
neurons:
- traits: {layer: 5, mtype: 'L5_TPC:A', etype: {cADpyr: 1.0}}
- traits: {layer: 5, mtype: L5_LBC, etype: {cNAC: 0.7, dNAC: 0.3}}
"""
MAP = {
    "pyr_legacy": {"mm_recipe": "pyr", "etype": "cADpyr", "layer": ["5"], "mtype": "L5_TPC.*"},
    "unused": {"mm_recipe": "unused", "etype": "cADpyr", "layer": ["2"]},
    "bc": {"mm_recipe": "bc", "etype": ".NAC", "layer": ["5"]},
}
FINAL = {
    "pyr_legacy": {
        "params": {"cm": 1.0},
        "fitness": {"Step.rate": 1.25},
        "morph_path": "morphologies/tpc.asc",
        "main_path": "pyr",
    },
    "bc": {
        "params": {"cm": 2.0},
        "fitness": {"Step.rate": 0.5},
        "morph_path": "morphologies/lbc.swc",
        "main_path": "bc",
    },
}


def write_neurondb(folder: Path, *morphologies: tuple[str, str, str, str]) -> None:
    content = "".join(
        f"<morphology><name>{name}</name><mtype>{mtype}</mtype><msubtype>{msubtype}</msubtype>"
        f"<layer>{layer}</layer></morphology>"
        for name, mtype, msubtype, layer in morphologies
    )
    (folder / "neuronDB.xml").write_text(f"<neurondb>{content}</neurondb>")


def write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Two e-models, each with an exemplar; three morphologies, one of them an exemplar. The
    e-model that is not in use has neither parameters nor a package."""
    morphs, rep, emodels = tmp_path / "morphs", tmp_path / "rep", tmp_path / "emodels"
    packages = [emodels / "sub" / name for name in ("pyr", "bc")]
    for folder in (morphs, rep, *packages):
        folder.mkdir(parents=True)
    for package, exemplar in zip(packages, ("tpc.asc", "lbc.swc"), strict=True):
        for folder in ("setup", "morphologies"):
            (package / folder).mkdir()
        (package / "setup" / "__init__.py").touch()
        for folder in (package / "morphologies", rep):
            (folder / exemplar).touch()
    for name in ("tpc", "m", "n"):
        (morphs / f"{name}.asc").touch()
    write_neurondb(
        morphs, ("m", "L5_LBC", "", "5"), ("tpc", "L5_TPC", "A", "5"), ("n", "L5_TPC", "A", "5")
    )
    write_neurondb(rep, ("tpc", "L5_TPC", "A", "5"), ("lbc", "L5_LBC", "", "5"))
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    write_json(emodels / "sub" / "map.json", MAP)
    write_json(emodels / "sub" / "final.json", FINAL)
    prepare = Prepare(
        recipe_path=tmp_path / "recipe.yaml",
        morph_path=morphs,
        rep_morph_path=rep,
        emodels_dir=[emodels],
        emodel_etype_map_path=Path("sub/map.json"),
        final_json_path=Path("sub/final.json"),
    )
    return Config("results", prepare, Scoring(), Select())


def with_prepare(config: Config, **changes: Any) -> Config:
    return replace(config, prepare=replace(config.prepare, **changes))


def test_fitness_is_needed_to_check_scores_with_it(config: Config, tmp_path: Path) -> None:
    final = {name: {**entry} for name, entry in FINAL.items()}
    del final["bc"]["fitness"]
    write_json(tmp_path / "emodels" / "sub" / "final.json", final)
    with pytest.raises(MegateError, match=r"final\.json:\n  - bc: no 'fitness' to check"):
        Project(config)
    Project(replace(config, select=Select(check_opt_scores=False)))


def test_table(config: Config, tmp_path: Path) -> None:
    made = with_none(Project(config).combos)
    packages = "emodels/sub"
    pyr, bc = '{"Step.rate": 1.25}', '{"Step.rate": 0.5}'
    expected = [
        # fullmtype, etype, file, emodel, opt_scores, job
        ("L5_TPC:A", "cADpyr", "rep/tpc.asc", "pyr", None, "pyr/tpc@repaired"),
        ("L5_TPC:A", "cADpyr", "rep/tpc.asc", "pyr_legacy", None, "pyr/tpc@repaired@original"),
        *(
            ("L5_TPC:A", "cADpyr", f"{packages}/pyr/morphologies/tpc.asc", emodel, pyr, job)
            for emodel, job in [
                ("pyr", "pyr/tpc@unrepaired"),
                ("pyr_legacy", "pyr/tpc@unrepaired@original"),
            ]
        ),
        *[("L5_LBC", ".NAC", "rep/lbc.swc", "bc", None, "bc/lbc@repaired")] * 2,
        *[("L5_LBC", ".NAC", f"{packages}/bc/morphologies/lbc.swc", "bc", bc, "bc/lbc@unrepaired")]
        * 2,
        ("L5_LBC", "cNAC", "morphs/m.asc", "bc", None, "bc/m"),
        ("L5_LBC", "dNAC", "morphs/m.asc", "bc", None, "bc/m"),
        ("L5_TPC:A", "cADpyr", "morphs/tpc.asc", "pyr", None, "pyr/tpc"),
        ("L5_TPC:A", "cADpyr", "morphs/n.asc", "pyr", None, "pyr/n"),
    ]
    made = made.assign(file=[str(Path(path).relative_to(tmp_path)) for path in made["morph_path"]])
    columns = ["fullmtype", "etype", "file", "emodel", "opt_scores", "job"]
    assert list(made[columns].itertuples(index=False, name=None)) == expected
    assert list(made["layer"]) == [None] * 8 + ["5"] * 4
    assert list(made["is_original"]) == [False, True] * 4 + [False] * 4


def test_a_job_imports_only_what_a_project_needs() -> None:
    """The Snakemake of each batch job reads the project."""
    heavy = {"h5py", "libsonata", "morphio", "jinja2", "bluepyopt", "neuron", "efel"}
    command = f"import sys, megate.project.project; assert not {heavy} & sys.modules.keys()"
    scripts = Path(sys.modules["megate"].__file__).parents[1]
    subprocess.run([sys.executable, "-c", command], check=True, cwd=scripts)


def test_emodels_are_those_in_use(config: Config, tmp_path: Path) -> None:
    emodels = Project(config).emodels
    assert list(emodels) == ["pyr", "bc"]
    pyr = emodels["pyr"]
    package = tmp_path / "emodels" / "sub" / "pyr"
    assert (pyr.name, pyr.original, pyr.source) == ("pyr", "pyr_legacy", package)
    assert pyr.final.params == {"cm": 1.0}
    assert pyr.files == [package / "morphologies/tpc.asc", package / "setup/__init__.py"]
    assert emodels["bc"].exemplar.unrepaired.name == "lbc.swc"


@pytest.fixture
def two_directories(config: Config, tmp_path: Path) -> Config:
    """The e-model bc has moved to a directory of its own, with its own map and final.json."""
    first, second = tmp_path / "emodels" / "sub", tmp_path / "more" / "sub"
    second.mkdir(parents=True)
    (first / "bc").rename(second / "bc")
    for file, content in (("map.json", MAP), ("final.json", FINAL)):
        write_json(first / file, {name: content[name] for name in content if name != "bc"})
        write_json(second / file, {"bc": content["bc"]})
    return with_prepare(config, emodels_dir=[tmp_path / "emodels", tmp_path / "more"])


def test_emodels_of_two_directories(two_directories: Config, tmp_path: Path) -> None:
    project = Project(two_directories)
    assert {name: emodel.source for name, emodel in project.emodels.items()} == {
        "pyr": tmp_path / "emodels" / "sub" / "pyr",
        "bc": tmp_path / "more" / "sub" / "bc",
    }
    turned = with_prepare(two_directories, emodels_dir=two_directories.prepare.emodels_dir[::-1])
    assert list(Project(turned).emodels) == ["bc", "pyr"]


def test_a_directory_that_is_named_twice_counts_once(config: Config) -> None:
    """Its combinations would be released twice."""
    twice = with_prepare(config, emodels_dir=[*config.prepare.emodels_dir] * 2)
    pd.testing.assert_frame_equal(Project(twice).combos, Project(config).combos)


def test_an_emodel_of_two_directories_is_refused(two_directories: Config, tmp_path: Path) -> None:
    """By its name, or by what it is scored as."""
    write_json(tmp_path / "more" / "sub" / "map.json", MAP)
    paths = f"{tmp_path}/emodels/sub/map.json, {tmp_path}/more/sub/map.json"
    with pytest.raises(MegateError) as caught:
        Project(two_directories)
    problems = str(caught.value).splitlines()[1:]
    assert problems == [
        f"  - {kind} {name!r}: {paths}"
        for name, recipe in (("pyr_legacy", "pyr"), ("unused", "unused"))
        for kind, name in (("e-model", name), ("mm_recipe", recipe))
    ]
    write_json(tmp_path / "more" / "sub" / "map.json", {"bc": MAP["bc"] | {"mm_recipe": "pyr"}})
    with pytest.raises(MegateError) as caught:
        Project(two_directories)
    assert str(caught.value).splitlines()[1:] == [f"  - mm_recipe 'pyr': {paths}"]


def test_errors_name_the_directory(two_directories: Config, tmp_path: Path) -> None:
    first, second = (tmp_path / name / "sub" / "final.json" for name in ("emodels", "more"))
    (tmp_path / "more" / "sub" / "bc" / "setup" / "__init__.py").unlink()
    with pytest.raises(MegateError) as caught:
        Project(two_directories)
    assert str(caught.value).startswith(f"e-models of {second}:\n  - bc: its package has no ")
    (tmp_path / "emodels" / "sub" / "pyr" / "setup" / "__init__.py").unlink()
    with pytest.raises(MegateError) as caught:
        Project(two_directories)
    for path, name in ((first, "pyr_legacy"), (second, "bc")):
        assert f"e-models of {path}:\n  - {name}: its package has no " in str(caught.value)
    for path in (first, second):
        write_json(path, {})
    with pytest.raises(MegateError) as caught:
        Project(two_directories)
    for path, name in ((first, "pyr_legacy"), (second, "bc")):
        assert f"final.json: {path}:\n  - e-model {name!r} is missing" in str(caught.value)


def test_skipped_repaired_exemplars_need_no_file_and_no_neurondb(
    config: Config, tmp_path: Path
) -> None:
    for path in (tmp_path / "rep").iterdir():
        path.unlink()
    (tmp_path / "rep").rmdir()
    table = Project(with_prepare(config, skip_repaired_exemplar=True)).combos
    exemplars = table[table["is_exemplar"]]
    assert list(exemplars["emodel"]) == ["pyr", "pyr_legacy", "bc", "bc"]
    assert list(exemplars["is_original"]) == [False, True, False, True]
    assert not exemplars["is_repaired"].any()
    assert exemplars[["layer", "fullmtype", "mtype", "msubtype"]].isna().all(axis=None)
    assert exemplars["opt_scores"].notna().all()
    assert len(table) == 4 + 4


def test_unrepaired_exemplars_in_a_folder_of_their_own(config: Config, tmp_path: Path) -> None:
    unrep = tmp_path / "unrep"
    unrep.mkdir()
    for name in ("tpc.asc", "lbc.swc"):
        (unrep / name).touch()
    table = Project(with_prepare(config, unrep_morph_path=unrep)).combos
    unrepaired = table[table["is_exemplar"] & ~table["is_repaired"]]
    assert set(unrepaired["morph_path"]) == {str(unrep / "tpc.asc"), str(unrep / "lbc.swc")}


def test_a_release_of_a_folder_for_each_extension(config: Config, tmp_path: Path) -> None:
    """The same jobs, and each file's apical point is that of its folder, or the release's."""
    morphs, h5 = tmp_path / "morphs", tmp_path / "h5"
    h5.mkdir()
    (morphs / "n.asc").unlink()
    (h5 / "n.h5").touch()
    write_json(h5 / "apical_points_isec.json", {"n": 7, "tpc": 8})
    release = {"h5": h5, "asc": morphs}
    jobs = Project(with_prepare(config, morph_path=release)).jobs
    assert list(jobs)[-3:] == ["bc/m", "pyr/tpc", "pyr/n"]
    assert jobs["pyr/n"].morph_path == h5 / "n.h5"
    assert (jobs["pyr/n"].apical_point, jobs["pyr/tpc"].apical_point) == (7, 8)
    write_json(morphs / "apical_points_isec.json", {"n": 1, "tpc": 2})
    jobs = Project(with_prepare(config, morph_path=release)).jobs
    assert (jobs["pyr/n"].apical_point, jobs["pyr/tpc"].apical_point) == (7, 2)
    assert jobs["pyr/tpc@repaired"].apical_point == 2  # the first of the release's that has any


def test_the_files_of_each_emodel(config: Config, tmp_path: Path, monkeypatch) -> None:
    """What is looked through before the first simulation: each file once, with its apical point."""
    write_json(tmp_path / "morphs" / "apical_points_isec.json", {"n": 2})
    monkeypatch.chdir(tmp_path)
    assert Project(config).morphologies == {
        "pyr": {
            "rep/tpc.asc": None,
            "emodels/sub/pyr/morphologies/tpc.asc": None,
            "morphs/tpc.asc": None,
            "morphs/n.asc": 2,
        },
        "bc": {
            "rep/lbc.swc": None,
            "emodels/sub/bc/morphologies/lbc.swc": None,
            "morphs/m.asc": None,
        },
    }


def test_apical_points_are_those_of_the_rows_folder(config: Config, tmp_path: Path) -> None:
    write_json(tmp_path / "morphs" / "apical_points_isec.json", {"tpc": 1, "n": 2})
    write_json(tmp_path / "rep" / "apical_points_isec.json", {"tpc": 3})
    package = tmp_path / "emodels" / "sub" / "pyr"
    write_json(package / "morphologies" / "apical_points_isec.json", {"tpc": 4, "n": 5})
    project = Project(config)
    points = {name: job.apical_point for name, job in project.jobs.items()}
    assert points == {
        "pyr/tpc@repaired": 3,
        "pyr/tpc@repaired@original": 3,
        "pyr/tpc@unrepaired": 4,
        "pyr/tpc@unrepaired@original": 4,
        "bc/lbc@repaired": None,
        "bc/lbc@unrepaired": None,
        "bc/m": None,
        "pyr/tpc": 1,
        "pyr/n": 2,
    }
    assert project.emodels["pyr"].exemplar_apical_point == 4
    assert project.emodels["bc"].exemplar_apical_point is None


def test_a_folder_without_apical_points_has_the_releases(config: Config, tmp_path: Path) -> None:
    """BluePyMM reads one file for all rows."""
    assert Project(config).without_apical_points == tmp_path / "morphs"
    write_json(tmp_path / "morphs" / "apical_points_isec.json", {"tpc": 1})
    project = Project(config)
    assert project.without_apical_points is None
    assert project.jobs["pyr/tpc@repaired"].apical_point == 1
    assert project.jobs["pyr/tpc@unrepaired"].apical_point == 1


def test_apical_points_need_not_be_used(config: Config, tmp_path: Path) -> None:
    (tmp_path / "morphs" / "apical_points_isec.json").write_text("not JSON")
    project = Project(replace(config, scoring=Scoring(use_apical_points=False)))
    assert {job.apical_point for job in project.jobs.values()} == {None}
    with pytest.raises(MegateError, match="apical points"):
        _ = Project(config).jobs


def test_emodel_whose_combinations_are_filtered_has_exemplar_rows(
    config: Config, tmp_path: Path
) -> None:
    filtered = MAP | {"bc": MAP["bc"] | {"morph_name": "nobody"}}
    write_json(tmp_path / "emodels" / "sub" / "map.json", filtered)
    project = Project(config)
    assert list(project.emodels) == ["pyr", "bc"]
    of_it = project.combos[project.combos["original_emodel"] == "bc"]
    assert list(of_it["is_exemplar"]) == [True] * 4


def test_digest_changes_with_the_table_only(config: Config, tmp_path: Path) -> None:
    digest = Project(config).digest
    assert Project(config).digest == digest
    (tmp_path / "morphs" / "more.asc").touch()
    assert Project(config).digest == digest
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("dNAC: 0.3", "bNAC: 0.3"))
    assert Project(config).digest != digest


# ---- where the combinations come from ------------------------------------------------------

CELLS = [
    ("5", "L5_LBC", "dNAC", "m"),
    ("5", "L5_TPC:A", "cADpyr", "n"),
    ("5", "L5_LBC", "dNAC", "m"),
    ("5", "L5_LBC", "cNAC", "m"),
]


@pytest.mark.parametrize("form", ["circuitmvd3_path", "sonata_nodes_path"])
def test_circuit_in_place_of_recipe_and_neurondb(form: str, config: Config, tmp_path: Path) -> None:
    """What its cells have, in their order: the release's neuronDB is not even there."""
    (tmp_path / "morphs" / "neuronDB.xml").unlink()
    path = tmp_path / "circuit"
    write = {"circuitmvd3_path": write_mvd3, "sonata_nodes_path": write_sonata}[form]
    write(path, CELLS)
    made = with_none(Project(with_prepare(config, recipe_path=None, **{form: path})).combos)
    columns = ["is_exemplar", "mtype", "msubtype", "etype", "emodel", "job"]
    assert list(made[columns].itertuples(index=False, name=None))[8:] == [
        (False, "L5_LBC", "", "dNAC", "bc", "bc/m"),
        (False, "L5_TPC", "A", "cADpyr", "pyr", "pyr/n"),
        (False, "L5_LBC", "", "cNAC", "bc", "bc/m"),
    ]
    assert list(made["is_exemplar"][:8]) == [True] * 8
    assert list(made["mtype"][:8]) == ["L5_TPC"] * 4 + ["L5_LBC"] * 4
    assert list(made["layer"]) == [None] * 8 + ["5"] * 3


def test_batch_job_does_not_read_the_circuit_again(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_mvd3(tmp_path / "c.mvd3", CELLS)
    config = with_prepare(config, recipe_path=None, circuitmvd3_path=path)
    config = replace(config, results=str(tmp_path / "results"))
    main_process = Project(config, bool)
    main_process.keep_circuit()
    read = []

    def reads(*arguments: Any) -> pd.DataFrame:
        read.append(arguments)
        return read_circuit(*arguments)

    monkeypatch.setattr("megate.project.project.read_circuit", reads)
    batch_job = Project(config)
    assert not read
    assert batch_job.digest == main_process.digest
    assert dict(batch_job.jobs) == dict(main_process.jobs)
    Project(config, bool)  # the next run's main process
    assert len(read) == 1
    write_mvd3(path, CELLS[:1])
    os.utime(path, ns=(0, 1))
    table = Project(config).combos
    assert list(table[~table["is_exemplar"]]["morph_name"]) == ["m"]
    assert len(read) == 2


def test_population_of_the_nodes_file(config: Config, tmp_path: Path) -> None:
    path = write_sonata(tmp_path / "nodes.h5", CELLS[:1], "one")
    write_sonata(path, CELLS[1:2], "two")
    config = with_prepare(config, recipe_path=None, sonata_nodes_path=path)
    table = Project(with_prepare(config, sonata_population="two")).combos
    assert list(table[~table["is_exemplar"]]["morph_name"]) == ["n"]
    with pytest.raises(MegateError, match="several populations"):
        Project(config)


def test_circuit_whose_types_have_no_emodel(config: Config, tmp_path: Path) -> None:
    path = write_mvd3(tmp_path / "c.mvd3", [*CELLS, ("6", "L6_BP", "x", "m")])
    with pytest.raises(MegateError, match="layer '6', m-type 'L6_BP', e-type 'x'"):
        Project(with_prepare(config, recipe_path=None, circuitmvd3_path=path))


DAT = "m 5 L5_LBC\ntpc 5 L5_TPC:A\nn 5 L5_TPC:A\n"


@pytest.mark.parametrize("name", ["neurondb.dat", "neuronDB.dat"])
def test_neurondb_dat_in_place_of_xml(name: str, config: Config, tmp_path: Path) -> None:
    expected = Project(config)
    (tmp_path / "morphs" / name).write_text("m 5 L5_LBC")
    assert Project(config).digest == expected.digest  # neuronDB.xml counts
    (tmp_path / "morphs" / name).write_text(DAT)
    (tmp_path / "morphs" / "neuronDB.xml").unlink()
    assert Project(config).digest == expected.digest


def test_neurondb_elsewhere_is_the_releases(config: Config, tmp_path: Path) -> None:
    """The repaired exemplars' folder keeps its own, unless it is the release's."""
    elsewhere = tmp_path / "elsewhere.dat"
    elsewhere.write_text("n 5 L5_TPC:A\n")
    config = with_prepare(config, neurondb_path=elsewhere)
    table = Project(config).combos
    assert list(table[~table["is_exemplar"]]["morph_name"]) == ["n"]
    (tmp_path / "rep" / "neuronDB.xml").unlink()
    (tmp_path / "rep" / "n.asc").touch()
    with pytest.raises(MegateError, match=r"neuronDB: file not found: .*rep/neuronDB\.xml"):
        Project(config)
    with pytest.raises(MegateError, match="exemplar 'tpc' is not in the neuronDB"):
        Project(with_prepare(config, morph_path=tmp_path / "rep"))


def test_morphologies_without_recipe_row_are_left_out(config: Config, tmp_path: Path) -> None:
    expected = Project(config)
    assert expected.left_out == ""
    more = [(f"k{number}", "L5_BPC", "", "5") for number in range(7)]
    write_neurondb(
        tmp_path / "morphs",
        *more[:1],
        *(("m", "L5_LBC", "", "5"), ("tpc", "L5_TPC", "A", "5"), ("n", "L5_TPC", "A", "5")),
        *more[1:],
    )
    with pytest.raises(MegateError, match=r"warn\):\n  - k0: layer '5'"):
        Project(config)
    project = Project(with_prepare(config, morphologies_without_recipe="warn"))
    assert project.digest == expected.digest
    assert project.left_out == (
        "morphologies whose layer and m-type the recipe does not have: 7 ("
        + "; ".join(f"k{number}: layer '5', m-type 'L5_BPC'" for number in range(5))
        + " and 2 more)"
    )


def remove_package(tmp_path: Path) -> list[str]:
    for name in ("pyr", "bc"):
        (tmp_path / "emodels" / "sub" / name / "setup" / "__init__.py").unlink()
    return ["pyr_legacy: its package has no", "bc: its package has no", "setup/__init__.py"]


def remove_unrepaired(tmp_path: Path) -> list[str]:
    path = tmp_path / "emodels/sub/bc/morphologies/lbc.swc"
    path.unlink()
    return ["bc: unrepaired exemplar not found", str(path)]


def remove_repaired(tmp_path: Path) -> list[str]:
    for name in ("tpc.asc", "lbc.swc"):
        (tmp_path / "rep" / name).unlink()
    return [
        "pyr_legacy: repaired exemplar not found",
        str(tmp_path / "rep" / "tpc.asc"),
        "bc: repaired exemplar not found",
    ]


def forget_repaired(tmp_path: Path) -> list[str]:
    write_neurondb(tmp_path / "rep", ("tpc", "L5_TPC", "A", "5"))
    return [
        f"neuronDB of the repaired morphologies: {tmp_path / 'rep' / 'neuronDB.xml'}",
        "bc: its exemplar 'lbc' is not in the neuronDB",
    ]


def forget_parameters(tmp_path: Path) -> list[str]:
    path = tmp_path / "emodels" / "sub" / "final.json"
    write_json(path, {"bc": FINAL["bc"]})
    return [str(path), "e-model 'pyr_legacy' is missing"]


def misname_exemplar(tmp_path: Path) -> list[str]:
    path = tmp_path / "emodels" / "sub" / "final.json"
    write_json(path, FINAL | {"bc": FINAL["bc"] | {"morph_path": "morphologies/a b.asc"}})
    return [str(path), "morphologies/a b.asc"]


def remove_morphologies(tmp_path: Path) -> list[str]:
    for name in ("m", "n"):
        (tmp_path / "morphs" / f"{name}.asc").unlink()
    return [str(tmp_path / "morphs"), "- m\n", "- n"]


def add_morphologies(tmp_path: Path) -> list[str]:
    write_neurondb(
        tmp_path / "morphs", ("m", "L5_LBC", "", "5"), ("k", "L5_BPC", "", "5"), ("l", "x", "", "1")
    )
    return ["k: layer '5', m-type 'L5_BPC'", "l: layer '1', m-type 'x'"]


def add_etypes(tmp_path: Path) -> list[str]:
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("dNAC: 0.3", "dSTUT: 1, bIR: 1"))
    return [
        "layer '5', m-type 'L5_LBC', e-type 'dSTUT'",
        "layer '5', m-type 'L5_LBC', e-type 'bIR'",
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        remove_package,
        remove_unrepaired,
        remove_repaired,
        forget_repaired,
        forget_parameters,
        misname_exemplar,
        remove_morphologies,
        add_morphologies,
        add_etypes,
    ],
)
def test_what_is_missing_is_all_named(
    spoil: Callable[[Path], list[str]], config: Config, tmp_path: Path
) -> None:
    Project(config)
    parts = spoil(tmp_path)
    with pytest.raises(MegateError) as caught:
        Project(config)
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "file",
    [
        "recipe.yaml",
        "morphs/neuronDB.xml",
        "rep/neuronDB.xml",
        "emodels/sub/map.json",
        "emodels/sub/final.json",
    ],
)
@pytest.mark.parametrize("content", [None, "", "<a>"])
def test_missing_or_malformed_file_is_named(
    file: str, content: str | None, config: Config, tmp_path: Path
) -> None:
    path = tmp_path / file
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    with pytest.raises(MegateError) as caught:
        Project(config)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("key", ["morph_path", "rep_morph_path", "emodels_dir"])
def test_missing_folder_is_named(key: str, config: Config, tmp_path: Path) -> None:
    with pytest.raises(MegateError) as caught:
        gone = tmp_path / "gone"
        Project(with_prepare(config, **{key: [gone] if key == "emodels_dir" else gone}))
    assert str(tmp_path / "gone") in str(caught.value)
