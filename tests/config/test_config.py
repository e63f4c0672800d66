"""config: settings from config.yaml, from BluePyMM's files, from the command line -> one Config;
and the schema that describes them."""

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from loading import Load, message_of

from megate.config.config import Config, Prepare, Scoring, Select, load_config
from megate.config.schema import Source
from megate.core.errors import MegateError
from megate.files.readers import read_yaml_mapping
from megate.inputs.circuit import FORMATS

PREPARE = {
    "recipe_path": "recipe.yaml",
    "morph_path": "morphologies",
    "rep_morph_path": "repaired",
    "emodels_dir": "emodels",
    "emodel_etype_map_path": "sub/map.json",
    "final_json_path": "sub/final.json",
}


def settings(**changes: Any) -> dict[str, Any]:
    """The least that a configuration needs, and `changes` of its `prepare` section."""
    return {"prepare": PREPARE | changes}


# ---- what is read --------------------------------------------------------------------------


def test_defaults(load: Load, tmp_path: Path) -> None:
    assert load(settings()) == Config(
        results="results",
        prepare=Prepare(
            recipe_path=tmp_path / "recipe.yaml",
            morph_path=tmp_path / "morphologies",
            rep_morph_path=tmp_path / "repaired",
            emodels_dir=[tmp_path / "emodels"],
            emodel_etype_map_path=Path("sub/map.json"),
            final_json_path=Path("sub/final.json"),
            unrep_morph_path=None,
            skip_repaired_exemplar=False,
            template=None,
        ),
        scoring=Scoring(use_apical_points=True),
        select=Select(
            megate_thresholds=[],
            to_skip_features=[],
            skip_repaired_exemplar=False,
            check_opt_scores=True,
            select_perc_best=None,
            make_names_neuron_compliant=False,
            plot_emodels_per_morphology=False,
        ),
    )


def test_every_key(load: Load, tmp_path: Path) -> None:
    thresholds = [
        {"features": [".*"], "megate_threshold": 5},
        {
            "emodel": ["a", "b.*"],
            "fullmtype": ["L5_TPC:A"],
            "etype": ["cADpyr"],
            "features": [".*AP.*"],
            "megate_threshold": 2.5,
        },
    ]
    select = {
        "megate_thresholds": thresholds,
        "to_skip_features": [".*bAP.*"],
        "skip_repaired_exemplar": True,
        "check_opt_scores": False,
        "select_perc_best": 0.5,
        "make_names_neuron_compliant": True,
        "plot_emodels_per_morphology": True,
    }
    config = load(
        settings(unrep_morph_path="unrep", skip_repaired_exemplar=True, template="hoc.jinja2")
        | {"results": "out", "scoring": {"use_apical_points": False}, "select": select}
    )
    assert config.results == "out"
    assert config.prepare.unrep_morph_path == tmp_path / "unrep"
    assert config.prepare.template == tmp_path / "hoc.jinja2"
    assert config.prepare.skip_repaired_exemplar
    assert config.scoring == Scoring(use_apical_points=False)
    assert config.select == Select(**select)


@pytest.mark.parametrize(
    ("of_prepare", "given"),
    [(True, None), (True, True), (False, None), (False, True), (False, False)],
)
def test_select_skips_the_repaired_exemplar_as_prepare_does_unless_it_says(
    of_prepare: bool, given: bool | None, load: Load
) -> None:
    config = load(
        settings(skip_repaired_exemplar=of_prepare) | {"select": {"skip_repaired_exemplar": given}}
    )
    assert config.select.skip_repaired_exemplar is (of_prepare if given is None else given)


def test_limits_cannot_be_scaled_by_exemplars_that_do_not_run(load: Load) -> None:
    both = settings(skip_repaired_exemplar=True) | {"select": {"skip_repaired_exemplar": False}}
    assert "prepare.skip_repaired_exemplar is true, but select" in message_of(load, both)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("0.5", 0.5), ("1", 1), ("null", None), (0.5, 0.5)],
)
def test_what_is_typed_on_the_command_line_has_the_schemas_kind(
    typed: object, value: object, schema_path: Path, tmp_path: Path
) -> None:
    """Snakemake leaves the values of --config 'select={select_perc_best: 0.5}' texts."""
    select = {"select_perc_best": typed, "check_opt_scores": "false", "to_skip_features": ["1"]}
    sources = [
        Source("config.yaml", settings(), tmp_path),
        Source("--config", {"select": select}, tmp_path, typed=True),
    ]
    config = load_config(sources, schema_path)
    assert config.select.select_perc_best == value
    assert config.select.check_opt_scores is False
    assert config.select.to_skip_features == ["1"]


@pytest.mark.parametrize("typed", ["0x" + "f" * 100_000, "1" + ":59" * 10_000, "!!bool x"])
def test_what_is_typed_without_measure_is_refused(
    typed: str, schema_path: Path, tmp_path: Path
) -> None:
    source = Source("--config", {"select": {"borderline_margin": typed}}, tmp_path, typed=True)
    with pytest.raises(MegateError, match="borderline_margin: ") as caught:
        load_config([Source("a", {"scores_db": "a"}, tmp_path), source], schema_path)
    assert len(str(caught.value)) < 1000


def test_texts_in_a_file_stay_texts(load: Load) -> None:
    wrong = settings() | {"select": {"select_perc_best": "0.5"}}
    assert "select.select_perc_best" in message_of(load, wrong)


def test_unusable_result_folders(load: Load, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    taken = settings() | {"results": str(tmp_path / "file")}
    assert "is not a folder" in message_of(load, taken)
    assert "braces" in message_of(load, settings() | {"results": "a{b}c"})
    assert "prepare.morph_path" in message_of(load, settings(morph_path="a{b}c"))
    assert load(settings() | {"results": "~/a//b/"}).results == str(Path.home() / "a" / "b")


def test_plain_and_back(load: Load) -> None:
    config = load(settings(unrep_morph_path="unrep", template="hoc.jinja2"))
    plain = config.plain()
    # what YAML can hold can go to another process
    assert Config.from_plain(yaml.safe_load(yaml.safe_dump(plain))) == config
    assert Config.from_plain(load(settings()).plain()) == load(settings())


def test_paths_count_from_their_sources_folder(schema_path: Path, tmp_path: Path) -> None:
    """Settings of one file keep their folder when another file adds to them."""
    first, second = tmp_path / "first", tmp_path / "second"
    config = load_config(
        [
            Source("a", settings(morph_path="/absolute", template="../t"), first),
            Source("b", {"prepare": {"recipe_path": "./sub/../r.yaml"}}, second),
        ],
        schema_path,
    )
    assert config.prepare.recipe_path == second / "r.yaml"
    assert config.prepare.rep_morph_path == first / "repaired"
    assert config.prepare.morph_path == Path("/absolute")
    assert config.prepare.template == tmp_path / "t"


def test_home_folder_in_a_path(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    config = load(settings(morph_path="~/morphologies"))
    assert config.prepare.morph_path == Path("/home/somebody/morphologies")
    config = load(settings(morph_path="~nobody_of_that_name/morphologies"))
    assert config.prepare.morph_path == tmp_path / "~nobody_of_that_name" / "morphologies"


def test_later_sources_win_key_by_key(load: Load, tmp_path: Path) -> None:
    threshold = {"features": [".*"], "megate_threshold": 5}
    first = settings() | {
        "results": "first",
        "select": {"to_skip_features": ["a", "b"], "megate_thresholds": [threshold]},
    }
    second = {"results": "second", "select": {"to_skip_features": ["c"]}}
    third = {"select": {"check_opt_scores": False}, "prepare": {"recipe_path": "third.yaml"}}
    config = load(first, second, third)
    assert config.results == "second"
    # a list is replaced, not extended
    assert config.select.to_skip_features == ["c"]
    assert config.select.megate_thresholds == [threshold]
    assert not config.select.check_opt_scores
    assert config.prepare.recipe_path == tmp_path / "third.yaml"
    assert config.prepare.morph_path == tmp_path / "morphologies"
    # and the sources stay as they were
    assert first["select"]["to_skip_features"] == ["a", "b"]


def test_sources_without_settings_do_nothing(load: Load) -> None:
    assert load({}, settings(), {}) == load(settings())


# ---- what is refused -----------------------------------------------------------------------

ONE_OF = {"recipe_path", "emodels_dir"}  # of these, one of several keys is given
RULE = {"features": [".*"], "megate_threshold": 5}


@pytest.mark.parametrize(
    ("source", "unknown", "where", "nearest"),
    [
        ({"reslts": "x"}, "reslts", None, "results"),
        ({"Prepare": {}}, "Prepare", None, "prepare"),
        ({"morph_pth": "x"}, "morph_pth", None, None),
        ({"prepare": {"morph_pth": "x"}}, "morph_pth", "prepare", "morph_path"),
        ({"prepare": {"emodel_dir": "x"}}, "emodel_dir", "prepare", "emodels_dir"),
        ({"scoring": {"apical_points": True}}, "apical_points", "scoring", "use_apical_points"),
        ({"select": {"megate_treshold": []}}, "megate_treshold", "select", "megate_thresholds"),
        ({"select": {"to_skip": []}}, "to_skip", "select", "to_skip_features"),
        (
            {"select": {"megate_thresholds": [RULE, RULE | {"feature": []}]}},
            "feature",
            "select.megate_thresholds[1]",
            "features",
        ),
        ({"bluepymm": {"prepar": "x"}}, "prepar", "bluepymm", "prepare"),
        ({5: "x"}, "5", None, None),
        ({"prepare": {None: "x"}}, "None", "prepare", None),
    ],
)
def test_unknown_key_is_named_with_the_nearest(
    source: dict[Any, Any], unknown: str, where: str | None, nearest: str | None, load: Load
) -> None:
    message = message_of(load, settings(), source)
    assert "source1.yaml" in message
    assert f"unknown key '{unknown}'" in message
    if where is not None:
        assert f"in '{where}'" in message
    hint = "expected one of: " if nearest is None else f"the nearest known one is '{nearest}'"
    assert hint in message


def test_unknown_keys_of_a_file_are_all_named(load: Load) -> None:
    message = message_of(load, settings(morph="x", recipe="y") | {"selct": {}})
    for key in ("morph", "recipe", "selct"):
        assert f"unknown key '{key}'" in message


@pytest.mark.parametrize("key", PREPARE)
def test_missing_key_is_named(key: str, load: Load) -> None:
    prepare = {other: value for other, value in PREPARE.items() if other != key}
    message = message_of(load, {"results": "x"}, {"prepare": prepare})
    if key in ONE_OF:
        assert key in message
        assert "found none of them" in message
    else:
        assert f"source1.yaml: prepare: '{key}' is missing" in message


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ({"circuitmvd3_path": "c.mvd3"}, "found recipe_path and circuitmvd3_path"),
        ({"sonata_nodes_path": "n.h5"}, "found recipe_path and sonata_nodes_path"),
        ({"emodels_repo": "r", "emodels_githash": "main"}, "found emodels_dir and emodels_repo"),
        ({"emodels_githash": "main"}, "emodels_githash is given, but emodels_repo is not"),
        ({"sonata_population": "p"}, "sonata_population is given, but sonata_nodes_path is not"),
    ],
)
def test_inputs_of_one_kind_come_from_one_place(added: dict, expected: str, load: Load) -> None:
    assert expected in message_of(load, {"prepare": PREPARE | added})


def test_a_repository_needs_its_revision(load: Load) -> None:
    prepare = {key: value for key, value in PREPARE.items() if key != "emodels_dir"}
    message = message_of(load, {"prepare": prepare | {"emodels_repo": "r"}})
    assert "emodels_githash" in message
    assert "is not" in message


def test_folders_may_be_several(load: Load, tmp_path: Path) -> None:
    added = {
        "morph_path": {"asc": "a", "h5": "/b"},
        "rep_morph_path": {"swc": "c"},
        "emodels_dir": ["one", "two"],
    }
    config = load({"prepare": PREPARE | added})
    assert config.prepare.morph_path == {"asc": tmp_path / "a", "h5": Path("/b")}
    assert config.prepare.rep_morph_path == {"swc": tmp_path / "c"}
    assert config.prepare.emodels_dir == [tmp_path / "one", tmp_path / "two"]
    assert Config.from_plain(json.loads(json.dumps(config.plain()))) == config


@pytest.mark.parametrize("key", RULE)
def test_missing_key_of_a_threshold_is_named(key: str, load: Load) -> None:
    rule = {other: value for other, value in RULE.items() if other != key}
    message = message_of(load, settings() | {"select": {"megate_thresholds": [RULE, rule]}})
    assert f"select.megate_thresholds[1]: '{key}' is missing" in message


def test_missing_keys_are_all_named(load: Load) -> None:
    message = message_of(load, {"prepare": {}})
    required = PREPARE.keys() - ONE_OF
    assert all(f"'{key}' is missing" in message for key in required)


@pytest.mark.parametrize("source", [{}, {"results": "x"}, {"select": {}}])
def test_without_inputs(source: dict[str, Any], load: Load) -> None:
    message = message_of(load, source)
    assert "'prepare'" in message
    assert "'bluepymm'" in message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("results", 5),
        ("results", ""),
        ("results", None),
        ("prepare", None),
        ("prepare", []),
        ("prepare", "text"),
        ("prepare.recipe_path", 5),
        ("prepare.morph_path", ["a"]),
        ("prepare.rep_morph_path", [{"a": "b"}]),
        ("prepare.emodels_dir", True),
        ("prepare.emodel_etype_map_path", ""),
        ("prepare.final_json_path", 1),
        ("prepare.unrep_morph_path", False),
        ("prepare.skip_repaired_exemplar", "yes"),
        ("prepare.skip_repaired_exemplar", None),
        ("prepare.template", 3),
        ("scoring", None),
        ("scoring", True),
        ("scoring.use_apical_points", "no"),
        ("scoring.use_apical_points", 0),
        ("select", None),
        ("select", "text"),
        ("select", []),
        ("select.megate_thresholds", None),
        ("select.megate_thresholds", 5),
        ("select.megate_thresholds", RULE),
        ("select.megate_thresholds", "text"),
        ("select.megate_thresholds[0]", 5),
        ("select.megate_thresholds[0]", None),
        ("select.megate_thresholds[0].features", ".*"),
        ("select.megate_thresholds[0].features", []),
        ("select.megate_thresholds[0].features[0]", 5),
        ("select.megate_thresholds[0].emodel", None),
        ("select.megate_thresholds[0].fullmtype", {}),
        ("select.megate_thresholds[0].etype[0]", None),
        ("select.megate_thresholds[0].megate_threshold", "5"),
        ("select.megate_thresholds[0].megate_threshold", None),
        ("select.megate_thresholds[0].megate_threshold", True),
        ("select.megate_thresholds[0].megate_threshold", [5]),
        ("select.to_skip_features", ".*"),
        ("select.to_skip_features", None),
        ("select.to_skip_features[0]", 5),
        ("select.skip_repaired_exemplar", "true"),
        ("select.check_opt_scores", 1),
        ("select.select_perc_best", "half"),
        ("select.select_perc_best", True),
        ("select.make_names_neuron_compliant", "x"),
        ("select.plot_emodels_per_morphology", []),
        # numbers out of range, and what is none
        ("select.megate_thresholds[0].megate_threshold", -1),
        ("select.megate_thresholds[0].megate_threshold", -1e-9),
        ("select.megate_thresholds[0].megate_threshold", math.nan),
        ("select.megate_thresholds[0].megate_threshold", math.inf),
        ("select.megate_thresholds[0].megate_threshold", -math.inf),
        ("select.select_perc_best", 0),
        ("select.select_perc_best", -0.5),
        ("select.select_perc_best", 1.01),
        ("select.select_perc_best", 50),
        ("select.select_perc_best", math.nan),
        ("select.select_perc_best", math.inf),
        ("select.uncomputable_exemplar_feature", "maybe"),
        ("select.uncomputable_exemplar_feature", True),
        ("select.opt_scores_tolerance", -1e-9),
        ("select.opt_scores_tolerance", math.nan),
        ("select.borderline_margin", "10 %"),
        ("select.borderline_margin", -0.1),
        # regexes that are none
        ("select.to_skip_features[0]", "*bAP"),
        ("select.megate_thresholds[0].features[0]", "("),
        ("select.megate_thresholds[0].emodel[0]", "[a"),
        ("select.megate_thresholds[0].fullmtype[0]", "a{2,1}"),
        ("select.megate_thresholds[0].etype[0]", "(?P<n>a)(?P<n>b)"),
    ],
)
def test_unusable_value_is_named_with_file_and_key(key: str, value: Any, load: Load) -> None:
    lists = {
        "to_skip_features": ["a"],
        "megate_thresholds": [
            {"features": ["a"], "emodel": ["a"], "fullmtype": ["a"], "etype": ["a"]}
            | {"megate_threshold": 5}
        ],
    }
    source: Any = settings() | {"select": lists, "scoring": {}}
    load(source)
    source = {"top": yaml.safe_load(yaml.safe_dump(source))}
    inner: Any = source["top"]
    *parents, last = key.replace("[0]", ".0").split(".")
    for parent in parents:
        inner = inner[int(parent) if parent == "0" else parent]
    inner[int(last) if last == "0" else last] = value
    message = message_of(load, {"results": "out"}, source["top"])
    assert f"source1.yaml: {key}: " in message


@pytest.mark.parametrize("threshold", [0, 0.0, 1e-9, 5, 250])
def test_thresholds_from_zero_up_are_usable(threshold: float, load: Load) -> None:
    rule = RULE | {"megate_threshold": threshold}
    config = load(settings() | {"select": {"megate_thresholds": [rule]}})
    assert config.select.megate_thresholds[0]["megate_threshold"] == threshold


@pytest.mark.parametrize("fraction", [1e-6, 0.5, 1, 1.0])
def test_fractions_up_to_one_are_usable(fraction: float, load: Load) -> None:
    config = load(settings() | {"select": {"select_perc_best": fraction}})
    assert config.select.select_perc_best == fraction


def test_invalid_regex_is_named_with_its_index_and_reason(load: Load) -> None:
    rules = [RULE, RULE | {"features": ["fine", "also fine$", "(open"]}]
    source = {"select": {"megate_thresholds": rules, "to_skip_features": ["fine", "*"]}}
    message = message_of(load, settings(), source)
    assert (
        "source1.yaml: select.megate_thresholds[1].features[2]: '(open' is not a valid regular "
        "expression: missing ), unterminated subpattern"
    ) in message
    assert (
        "source1.yaml: select.to_skip_features[1]: '*' is not a valid regular expression: "
        "nothing to repeat"
    ) in message


def test_regex_that_ends_in_a_dollar_is_taken_as_written(load: Load) -> None:
    rule = RULE | {"features": ["AP$", ".*mean_frequency$"]}
    config = load(settings() | {"select": {"megate_thresholds": [rule]}})
    assert config.select.megate_thresholds[0]["features"] == ["AP$", ".*mean_frequency$"]


def test_file_that_a_value_comes_from_is_the_last_that_has_it(load: Load) -> None:
    message = message_of(load, settings(), {"results": 5}, {"scoring": {}})
    assert "source1.yaml: results: " in message


def test_a_value_that_contains_itself(load: Load) -> None:
    """An alias can do that in YAML."""
    endless: dict[str, Any] = {}
    endless["recipe_path"] = endless
    assert "prepare.recipe_path" in message_of(load, settings(), {"prepare": endless})


# ---- files ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", ["prepare: [", "prepare:\n\tmorph_path: x", "a: !!python/name:os.system", "- a", ""]
)
def test_malformed_configuration_file_is_named(content: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(content)
    with pytest.raises(MegateError) as caught:
        read_yaml_mapping(path, "config")
    assert str(path) in str(caught.value)


def test_the_repositorys_configuration(repository: Path, schema_path: Path) -> None:
    path = repository / "config" / "config.yaml"
    config = load_config(
        [Source(str(path), read_yaml_mapping(path, "config"), path.parent)], schema_path
    )
    assert config.results == "results"
    assert config.prepare.recipe_path.is_file()
    assert config.prepare.morph_path.is_dir()
    assert config.prepare.rep_morph_path.is_dir()
    for file in (config.prepare.emodel_etype_map_path, config.prepare.final_json_path):
        assert (config.prepare.emodels_dir[0] / file).is_file()


# ---- the schema ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def schema(schema_path: Path) -> dict[str, Any]:
    return yaml.safe_load(schema_path.read_text(encoding="utf-8"))


def properties(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property in the schema, however deep, with its path."""
    if isinstance(schema, list):
        for item in schema:
            yield from properties(item, path)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "properties":
                for name, subschema in value.items():
                    yield f"{path}.{name}", subschema
                    yield from properties(subschema, f"{path}.{name}")
            else:
                yield from properties(value, path)


def test_schema_is_valid(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_every_property_has_a_description(schema: dict[str, Any]) -> None:
    found = dict(properties(schema))
    assert len(found) >= 30
    without = [name for name, value in found.items() if not value.get("description", "").strip()]
    assert without == []
    unfinished = [name for name, value in found.items() if not value["description"].endswith(".")]
    assert unfinished == []


def test_no_object_takes_unknown_keys(schema: dict[str, Any]) -> None:
    objects = [("", schema), *properties(schema)]
    for name, value in objects:
        for form in [value, *value.get("oneOf", []), value.get("items", {})]:
            if form.get("type") == "object":
                assert form["additionalProperties"] is False, name


def test_the_combinations_come_from_a_recipe_or_a_circuit_of_each_format(
    schema: dict[str, Any],
) -> None:
    keys = schema["properties"]["prepare"]["properties"]
    marked = {key for key, about in keys.items() if about.get("x-one-of") == "the combinations"}
    assert marked == {"recipe_path", *FORMATS}
    for key, form in FORMATS.items():
        assert all(keys[option]["x-requires"] == key for option in form.options)


SECTIONS = {"prepare": Prepare, "scoring": Scoring, "select": Select}


@pytest.mark.parametrize("section", SECTIONS)
def test_schema_and_dataclass_have_the_same_keys(section: str, schema: dict[str, Any]) -> None:
    fields = {field.name for field in dataclasses.fields(SECTIONS[section])}
    assert set(schema["properties"][section]["properties"]) == fields


def test_sections_of_schema_and_config(schema: dict[str, Any]) -> None:
    fields = {field.name for field in dataclasses.fields(Config)}
    assert set(schema["properties"]) == fields | {"bluepymm"}


@pytest.mark.parametrize("section", SECTIONS)
def test_schema_and_dataclass_have_the_same_defaults(section: str, schema: dict[str, Any]) -> None:
    """A key without default is required."""
    subschema = schema["properties"][section]
    for field in dataclasses.fields(SECTIONS[section]):
        described = subschema["properties"][field.name]
        if field.name in subschema.get("required", []):
            assert "default" not in described
            assert field.default is field.default_factory is dataclasses.MISSING
        else:
            nested = described.get("properties", {})
            default = described["default"]
            if nested:  # a mapping's own default is empty
                default = default | {key: value["default"] for key, value in nested.items()}
            assert default == field.default_factory()


def test_paths_are_marked(schema: dict[str, Any]) -> None:
    """All but two, which count from emodels_dir."""
    prepare = schema["properties"]["prepare"]["properties"]
    paths = {name for name in prepare if name.endswith(("_path", "_dir"))} | {"template"}
    for name, value in prepare.items():
        forms = value.get("oneOf", [value])
        is_path = any(form.get("format") == "path" for form in forms)
        relative = name in ("emodel_etype_map_path", "final_json_path")
        assert is_path == (name in paths and not relative), name


@pytest.mark.parametrize(
    ("section", "old", "new"),
    [
        ("scoring", {"fresh_cell": True}, {"rebuild_cell": True}),
        ("select", {"open_gates": "fail"}, {"uncomputable_exemplar_feature": "fail"}),
        (
            "prepare",
            {"morphologies_without_recipe": "skip"},
            {"morphologies_without_recipe": "warn"},
        ),
    ],
)
def test_old_names_are_taken_with_a_warning(
    section: str, old: dict, new: dict, schema_path: Path, tmp_path: Path
) -> None:
    warnings: list[str] = []

    def loaded(changes: dict) -> Config:
        given = settings()
        given[section] = given.get(section, {}) | changes
        return load_config([Source("my.yaml", given, tmp_path)], schema_path, warnings.append)

    assert loaded(new) == loaded(old)
    (key,) = new
    assert len(warnings) == 1
    assert "my.yaml" in warnings[0]
    assert key in warnings[0]


def test_a_key_under_both_names_is_refused(load: Load) -> None:
    both = {"fresh_cell": True, "rebuild_cell": True}
    text = message_of(load, settings() | {"scoring": both})
    assert "fresh_cell is the old name of rebuild_cell" in text
