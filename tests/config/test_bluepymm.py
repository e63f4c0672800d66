"""bluepymm: a BluePyMM project runs unchanged."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from loading import Load, message_of

from megate.config.bluepymm import read_bluepymm
from megate.config.config import Scoring, Select

# The three files of BluePyMM's own example, with every key that its version 0.9.11 reads or writes
# in its examples.
PREPARE = {
    "version": "1.0",
    "recipe_path": "./data/recipe.xml",
    "morph_path": "./data/morphs",
    "rep_morph_path": "../rep_morphs",
    "unrep_morph_path": "/data/unrep_morphs",
    "emodels_dir": "./data/emodels_dir",
    "emodels_hoc_dir": "./output/emodels_hoc",
    "emodel_etype_map_path": "subdir/emodel_etype_map.json",
    "final_json_path": "subdir/final.json",
    "tmp_dir": "./tmp",
    "scores_db": "./output/scores.sqlite",
    "output_dir": "./output/",
    "make_template_name_compatible": True,
    "skip_repaired_exemplar": True,
    "template": "cell_template.jinja2",
}
RUN = {
    "version": "1.0",
    "scores_db": "./output/scores.sqlite",
    "output_dir": "./output/",
    "use_apical_points": False,
}
RULE = {
    "emodel": [".*"],
    "fullmtype": [".*"],
    "etype": [".*"],
    "features": [".*"],
    "megate_threshold": 5,
}
SELECT = {
    "version": "1.0",
    "scores_db": "./output/scores.sqlite",
    "emodels_hoc_dir": "./output/emodels_hoc",
    "to_skip_features": [".*bAP.*"],
    "pdf_filename": "output_megate/megating.pdf",
    "megate_thresholds": [RULE],
    "output_dir": "./output_megate",
    "extneurondb_filename": "extneurondb.dat",
    "mecombo_emodel_filename": "mecombo_emodel.tsv",
    "skip_repaired_exemplar": True,
    "check_opt_scores": False,
    "select_perc_best": 0.25,
    "make_names_neuron_compliant": True,
    "plot_emodels_per_morphology": True,
}
FILES = {"prepare": PREPARE, "run": RUN, "select": SELECT}
PHASES = list(FILES)


def write_project(folder: Path, **changes: Any) -> Path:
    """The three files; `changes` replace a file's content, None leaves it out."""
    folder.mkdir(exist_ok=True)
    for phase, content in (FILES | changes).items():
        if content is not None:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / f"{phase}.json").write_text(text)
    return folder


def test_a_folder_with_every_key(load: Load, tmp_path: Path) -> None:
    """Paths count from the folder of the file they stand in; outputs go to `results`."""
    project = write_project(tmp_path / "project")
    config = load({"bluepymm": "project"})
    assert config.results == "results"
    prepare = config.prepare
    assert prepare.recipe_path == project / "data" / "recipe.xml"
    assert prepare.morph_path == project / "data" / "morphs"
    assert prepare.rep_morph_path == tmp_path / "rep_morphs"
    assert prepare.unrep_morph_path == Path("/data/unrep_morphs")
    assert prepare.emodels_dir == [project / "data" / "emodels_dir"]
    assert prepare.emodel_etype_map_path == Path("subdir/emodel_etype_map.json")
    assert prepare.final_json_path == Path("subdir/final.json")
    assert prepare.skip_repaired_exemplar is True
    assert prepare.template == project / "cell_template.jinja2"
    assert config.scoring == Scoring(use_apical_points=False)
    assert config.select == Select(
        megate_thresholds=[RULE],
        to_skip_features=[".*bAP.*"],
        skip_repaired_exemplar=True,
        check_opt_scores=False,
        select_perc_best=0.25,
        make_names_neuron_compliant=True,
        plot_emodels_per_morphology=True,
    )


def test_defaults_are_bluepymms(load: Load, tmp_path: Path) -> None:
    """Apical points are used, the optimisation's scores are checked, and the rest is off."""
    required = ["recipe_path", "morph_path", "rep_morph_path", "emodels_dir"]
    required += ["emodel_etype_map_path", "final_json_path"]
    few = {key: PREPARE[key] for key in required}
    write_project(tmp_path / "project", prepare=few, run={}, select={"megate_thresholds": [RULE]})
    config = load({"bluepymm": "project"})
    assert config.prepare.unrep_morph_path is None
    assert config.prepare.skip_repaired_exemplar is False
    assert config.prepare.template is None
    assert config.scoring == Scoring(use_apical_points=True)
    assert config.select == Select(
        megate_thresholds=[RULE], skip_repaired_exemplar=False, check_opt_scores=True
    )


def test_three_files_of_any_name_in_any_folder(load: Load, tmp_path: Path) -> None:
    files = {"prepare": "a/conf_prepare.json", "run": "b/r", "select": "c/d/select_2.json"}
    for phase, file in files.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(FILES[phase]))
    config = load({"bluepymm": files, "results": "out"})
    assert config.results == "out"
    assert config.prepare.recipe_path == tmp_path / "a" / "data" / "recipe.xml"
    assert config.prepare.rep_morph_path == tmp_path / "rep_morphs"
    assert config.scoring == Scoring(use_apical_points=False)
    assert config.select.select_perc_best == 0.25


def test_files_come_with_their_paths(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    read = read_bluepymm(str(project))
    assert [Path(source.name) for source in read] == [project / f"{phase}.json" for phase in PHASES]
    assert [list(source.settings) for source in read] == [["prepare"], ["scoring"], ["select"]]


def test_reference(reference_project: Path, load: Load) -> None:
    config = load({"bluepymm": str(reference_project)})
    morphs = reference_project / "morphologies"
    assert config.prepare.recipe_path == reference_project / "cell_composition.yaml"
    assert config.prepare.morph_path == config.prepare.rep_morph_path == morphs
    assert config.prepare.unrep_morph_path == morphs
    package = reference_project / "emodels_dir" / "singlecell-optimization"
    assert config.prepare.emodels_dir == [package]
    assert config.scoring.use_apical_points is False
    assert config.select == Select(
        megate_thresholds=[RULE],
        to_skip_features=[
            ".*bAP.*",
            ".*bpo_.*",
            ".*decay_time_constant_after_stim",
            ".*AP2_amp",
        ],
        skip_repaired_exemplar=False,
        check_opt_scores=False,
    )


# ---- together with other settings ----------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "keys"),
    [
        ("prepare", {"recipe_path": "r.xml", "morph_path": "m", "check_morphologies": "warn"}),
        ("select", {"to_skip_features": []}),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_keys_that_the_files_have_are_refused(
    order: int, section: str, keys: dict[str, Any], load: Load, tmp_path: Path
) -> None:
    write_project(tmp_path / "project")
    sources = [{"bluepymm": "project"}, {section: keys}][::order]
    named = ", ".join(key for key in keys if key != "check_morphologies")
    problem = f"'bluepymm' is given, and in '{section}': {named}; these keys"
    message = message_of(load, *sources)
    assert f"source{sources.index({section: keys})}.yaml: {problem}" in message
    assert f"source0.yaml: {problem}" in message_of(load, sources[0] | sources[1])


@pytest.mark.parametrize("order", [1, -1])
def test_keys_that_bluepymm_does_not_have_may_stand_beside_its_files(
    order: int, load: Load, tmp_path: Path
) -> None:
    write_project(tmp_path / "project")
    own = {"prepare": {"check_morphologies": "warn"}, "select": {"borderline_margin": 0.25}}
    alone, config = load({"bluepymm": "project"}), load(*[{"bluepymm": "project"}, own][::order])
    assert config.prepare == replace(alone.prepare, check_morphologies="warn")
    assert config.select == replace(alone.select, borderline_margin=0.25)


def test_the_later_of_two_projects_wins_whole(load: Load, tmp_path: Path) -> None:
    """Keys that only the first has do not count."""
    write_project(tmp_path / "first")
    required = {
        key: value
        for key, value in PREPARE.items()
        if key not in ("unrep_morph_path", "template", "skip_repaired_exemplar")
    }
    second = write_project(tmp_path / "second", prepare=required, run={}, select={})
    config = load({"bluepymm": "first"}, {"bluepymm": "second"})
    assert config == load({"bluepymm": "second"})
    assert config.prepare.recipe_path == second / "data" / "recipe.xml"
    assert config.prepare.template is None
    assert config.scoring.use_apical_points is True
    files = {phase: f"first/{phase}.json" for phase in PHASES}
    assert load({"bluepymm": "second"}, {"bluepymm": files}) == load({"bluepymm": "first"})
    assert load({"bluepymm": files}, {"bluepymm": "second"}) == load({"bluepymm": "second"})


def test_one_of_three_files_may_be_replaced(load: Load, tmp_path: Path) -> None:
    write_project(tmp_path / "project")
    (tmp_path / "other.json").write_text(json.dumps(SELECT | {"select_perc_best": 0.75}))
    files = {phase: f"project/{phase}.json" for phase in PHASES}
    config = load({"bluepymm": files}, {"bluepymm": {"select": "other.json"}})
    assert config.select.select_perc_best == 0.75
    assert config.prepare.recipe_path == tmp_path / "project" / "data" / "recipe.xml"


def test_scoring_that_is_given_counts_more_than_run_json(load: Load, tmp_path: Path) -> None:
    write_project(tmp_path / "project")
    scoring = {"scoring": {"use_apical_points": True}}
    for sources in ([{"bluepymm": "project"} | scoring], [{"bluepymm": "project"}, scoring]):
        assert load(*sources).scoring.use_apical_points is True


# ---- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("morph_pth", {"prepare": "morph_path"}),
        ("use_apical_point", {"run": "use_apical_points"}),
        ("megate_treshold", {"select": "megate_thresholds"}),
        ("versoin", dict.fromkeys(PHASES, "version")),
        ("something else", {}),
    ],
)
def test_unknown_key_is_named_with_the_nearest(
    key: str, nearest: dict[str, str], phase: str, load: Load, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "project", **{phase: FILES[phase] | {key: 1}})
    message = message_of(load, {"bluepymm": "project"})
    assert message.startswith(f"{project / phase}.json:")
    assert f"unknown key {key!r}; " in message
    hint = f"the nearest known one is '{nearest.get(phase)}'"
    assert hint in message if phase in nearest else "nearest" not in message
    assert phase in nearest or "expected one of: " in message


def test_a_key_of_another_phase_is_unknown(load: Load, tmp_path: Path) -> None:
    write_project(tmp_path / "project", run=RUN | {"megate_thresholds": [RULE]})
    assert "unknown key 'megate_thresholds'" in message_of(load, {"bluepymm": "project"})


def test_unknown_keys_of_a_file_are_all_named(load: Load, tmp_path: Path) -> None:
    write_project(tmp_path / "project", prepare=PREPARE | {"a": 1, "b": 2})
    message = message_of(load, {"bluepymm": "project"})
    assert "unknown keys 'a', 'b'; expected one of: circuitmvd3_path, " in message


def test_unknown_key_of_a_threshold_is_named_with_the_nearest(load: Load, tmp_path: Path) -> None:
    project = write_project(
        tmp_path / "project", select=SELECT | {"megate_thresholds": [RULE, RULE | {"e-type": []}]}
    )
    message = message_of(load, {"bluepymm": "project"})
    assert str(project / "select.json") in message
    assert "unknown key 'e-type' in 'select.megate_thresholds[1]'" in message
    assert "the nearest known one is 'etype'" in message


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "file not found"),
        ("", "is not valid JSON"),
        ('{"version": "1.0",}', "is not valid JSON"),
        ("[]", "holds list"),
        ("null", "holds nothing"),
    ],
)
def test_missing_or_malformed_file_is_named(
    content: str | None, problem: str, phase: str, load: Load, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "project", **{phase: content})
    message = message_of(load, {"bluepymm": "project"})
    assert f"{project / phase}.json" in message
    assert problem in message
    assert phase in message


def test_missing_folder_is_named(load: Load, tmp_path: Path) -> None:
    message = message_of(load, {"bluepymm": "gone"})
    assert f"bluepymm: directory not found: {tmp_path / 'gone'}" in message


@pytest.mark.parametrize(
    "project",
    [
        5,
        None,
        True,
        [],
        ["a"],
        {},
        {"prepare": "p.json"},
        {"prepare": "p.json", "run": "r.json"},
        {"prepare": 5, "run": "r.json", "select": "s.json"},
        {"prepare": None, "run": "r.json", "select": "s.json"},
        {"prepare": ["p.json"], "run": "r.json", "select": "s.json"},
    ],
)
def test_other_than_a_folder_or_three_files_is_refused(project: Any, load: Load) -> None:
    assert "bluepymm: found " in message_of(load, {"bluepymm": project})


@pytest.mark.parametrize(
    "key",
    [
        "recipe_path",
        "morph_path",
        "rep_morph_path",
        "emodels_dir",
        "emodel_etype_map_path",
        "final_json_path",
    ],
)
def test_missing_key_is_named(key: str, load: Load, tmp_path: Path) -> None:
    prepare = {other: value for other, value in PREPARE.items() if other != key}
    project = write_project(tmp_path / "project", prepare=prepare)
    message = message_of(load, {"bluepymm": "project"})
    if key in ("recipe_path", "emodels_dir"):
        assert key in message
        assert "found none of them" in message
    else:
        assert f"{project / 'prepare.json'}: prepare: '{key}' is missing" in message


@pytest.mark.parametrize(
    ("phase", "key", "value"),
    [
        ("prepare", "recipe_path", 5),
        ("prepare", "morph_path", None),
        ("prepare", "final_json_path", []),
        ("prepare", "skip_repaired_exemplar", "true"),
        ("run", "use_apical_points", 1),
        ("select", "megate_thresholds", {}),
        ("select", "megate_thresholds", None),
        ("select", "to_skip_features", ".*"),
        ("select", "check_opt_scores", "no"),
        ("select", "select_perc_best", 50),
        ("select", "select_perc_best", float("nan")),
    ],
)
def test_unusable_value_is_named_with_file_and_key(
    phase: str, key: str, value: Any, load: Load, tmp_path: Path
) -> None:
    project = write_project(tmp_path / "project", **{phase: FILES[phase] | {key: value}})
    section = "scoring" if phase == "run" else phase
    message = message_of(load, {"bluepymm": "project"})
    assert f"{project / phase}.json: {section}.{key}: " in message


@pytest.mark.parametrize("threshold", [-1, float("nan"), float("inf"), "5"])
def test_unusable_threshold_is_named_with_its_index(
    threshold: Any, load: Load, tmp_path: Path
) -> None:
    rules = [RULE, RULE | {"megate_threshold": threshold}]
    project = write_project(tmp_path / "project", select=SELECT | {"megate_thresholds": rules})
    message = message_of(load, {"bluepymm": "project"})
    key = "select.megate_thresholds[1].megate_threshold"
    assert f"{project / 'select.json'}: {key}: " in message


def test_invalid_regex_is_named_with_its_index(load: Load, tmp_path: Path) -> None:
    project = write_project(
        tmp_path / "project", select=SELECT | {"to_skip_features": ["fine", "[open"]}
    )
    message = message_of(load, {"bluepymm": "project"})
    assert (
        f"{project / 'select.json'}: select.to_skip_features[1]: '[open' is not a valid" in message
    )
