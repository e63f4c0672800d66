"""Any input, however wrong, ends in a valid table or in a MegateError: made by Hypothesis.

The right shape with random wrong leaves, and files that are no such files at all. The same
examples each time; MEGATE_FUZZ=20000 in the environment looks at so many new ones for each test.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from megate.config.config import Config, load_config
from megate.config.schema import Source
from megate.core.errors import MegateError
from megate.core.names import check_emodel_name, check_label
from megate.files.readers import read_json, read_text, read_xml, read_yaml_mapping
from megate.gating.thresholds import gated_features, thresholds_of, unused_patterns
from megate.inputs.etype_map import MapEntry, read_etype_map
from megate.inputs.final_json import read_final_json
from megate.inputs.neurondb import read_neurondb
from megate.inputs.recipe import read_recipe
from megate.morphologies.release import APICAL_POINTS, MorphologyDirectory
from megate.project.combinations import combine, join_recipe

LONG_RUN = int(os.environ.get("MEGATE_FUZZ", "0"))
SCHEMA = Path(__file__).parents[2] / "workflow" / "schemas" / "config.schema.yaml"
fuzz = settings(
    max_examples=LONG_RUN or settings.default.max_examples,  # of the tier
    derandomize=not LONG_RUN,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# ---- what files may hold -------------------------------------------------------------------

rarely = st.sampled_from([False] * 14 + [True])


def mostly(right: st.SearchStrategy[Any], else_: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What is right, and rarely something else."""
    return rarely.flatmap(lambda wrong: else_ if wrong else right)


usable_names = st.sampled_from(
    ["5", "L5_TPC", "L5_TPC:A", "cADpyr", "e", "m", "a+b=c~(d)", "\u00e9"]
)
any_names = st.one_of(
    st.sampled_from(["a b", "../a", "", "a\0b", "{a}", "/"]),
    st.text("abcXYZ019_:.-+,=@#%~()", max_size=8),
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.text("x", min_size=195, max_size=305),
)
names = mostly(usable_names, any_names)
patterns = mostly(
    st.sampled_from([".*", "L5_.*", "(a|b)", "(?i)c.*", "[^_]*"]),
    st.sampled_from(["(", "*", "a{2000}", "a{99999999999}", "(a+)+b"])
    | st.text("abL5_.*+?()[]|{}\\^$-", max_size=8),
)
numbers = mostly(
    st.integers(1, 100) | st.floats(0.1, 1),
    st.one_of(st.integers(), st.floats(), st.sampled_from([10**299, 10**310, -(10**4000)])),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, any_names, patterns),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(any_names, inner, max_size=3)
    ),
    max_leaves=6,
)


def spoilt(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what is right, or else anything."""
    return mostly(right, anything)


def mapping(
    required: dict[str, st.SearchStrategy[Any]],
    optional: dict[str, st.SearchStrategy[Any]] | None = None,
) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping whose values may be spoilt; a key may be missing, and one may be unknown."""
    every = {key: spoilt(value) for key, value in required.items()}
    more = {key: spoilt(value) for key, value in (optional or {}).items()}
    right = st.fixed_dictionaries(every, optional=more)
    lacking = st.fixed_dictionaries({}, optional=every | more)
    unknown = st.tuples(right, any_names, anything).map(lambda t: t[0] | {t[1]: t[2]})
    return mostly(right, lacking | unknown)


traits = mapping(
    {
        "layer": names,
        "mtype": names,
        "etype": st.dictionaries(names, numbers, min_size=1, max_size=2),
    }
)
yaml_recipes = mapping(
    {
        "version": st.just("v2.0"),
        "neurons": st.lists(mapping({"traits": traits}, {"density": numbers}), max_size=4),
    }
)
map_entries = mapping(
    {
        "mm_recipe": mostly(st.sampled_from(["e", "cADpyr_L5", "m1"]), any_names),
        "layer": st.lists(names | st.integers(1, 6), min_size=1, max_size=3),
    },
    {"etype": patterns, "mtype": patterns, "morph_name": patterns, "_comment": anything},
)
etype_maps = st.dictionaries(names, map_entries, max_size=2)
final_entries = mapping(
    {
        "params": st.dictionaries(names, numbers, max_size=3),
        "morph_path": st.sampled_from(["m/a.asc", "a.swc"]) | names.map("{}.asc".format),
    },
    {
        "fitness": st.dictionaries(names, numbers, max_size=3),
        "main_path": names | st.just("a/b"),
        "branch": names,
    },
)
final_jsons = st.fixed_dictionaries({"e": spoilt(final_entries)}, optional={"f": anything})
apical_points = st.dictionaries(names, spoilt(st.integers(0, 200) | st.none()), max_size=4)
folders = names | st.dictionaries(st.sampled_from(["asc", "swc", "h5"]), names)
rules = mapping(
    {"features": st.lists(patterns, min_size=1, max_size=2), "megate_threshold": numbers},
    {key: st.lists(patterns, min_size=1, max_size=2) for key in ("emodel", "fullmtype", "etype")},
)
prepare = mapping(
    {
        "recipe_path": names,
        "morph_path": folders,
        "rep_morph_path": folders,
        "emodels_dir": names | st.lists(names, min_size=1, max_size=2),
        "emodel_etype_map_path": names,
        "final_json_path": names,
    },
    {"template": names, "unrep_morph_path": names},
)
select = mapping(
    {},
    {
        "megate_thresholds": st.lists(rules, max_size=2),
        "to_skip_features": st.lists(patterns, max_size=2),
        "check_opt_scores": st.booleans(),
        "select_perc_best": st.just(0.5),
        "borderline_margin": numbers,
        "uncomputable_exemplar_feature": st.sampled_from(["warn", "fail", "ignore"]),
    },
)
scoring = mapping({}, {"timeout_s": numbers, "memory_mb": numbers, "rebuild_cell": st.booleans()})
configs = mapping({"prepare": prepare}, {"select": select, "scoring": scoring, "results": names})
bluepymm = st.tuples(
    mapping(
        dict.fromkeys(("morph_path", "rep_morph_path", "recipe_path", "emodels_dir"), names)
        | dict.fromkeys(("emodel_etype_map_path", "final_json_path"), names),
        {"tmp_dir": names, "version": anything},
    ),
    mapping({}, {"use_apical_points": st.booleans(), "output_dir": names}),
    mapping({}, {"megate_thresholds": st.lists(rules, max_size=2), "pdf_filename": names}),
)


@st.composite
def xml_files(draw: st.DrawFn, tags: list[str], leaves: list[str]) -> bytes:
    """Nested tags, with attributes and texts as they should be or not; rarely cut off."""

    def element(tag: str, below: list[str]) -> str:
        tag = draw(mostly(st.just(tag), st.sampled_from(["a", "x:y", "1"])))
        numbers = st.sampled_from(["1", "50.5"])
        attributes = {"id": draw(names), "percentage": draw(mostly(numbers, any_names))}
        written = "".join(
            f" {key}={quoteattr(value)}" for key, value in attributes.items() if not draw(rarely)
        )
        if below:
            number = draw(mostly(st.integers(1, 2), st.just(0)))
            inside = "".join(element(below[0], below[1:]) for _ in range(number))
        else:
            inside = "".join(leaf(name) for name in leaves if not draw(rarely))
        return f"<{tag}{written}>{inside}</{tag}>"

    def leaf(name: str) -> str:
        text = draw(mostly(names.map(escape), st.sampled_from(["&x;", "<b/>", "&", "<!-- -->"])))
        return f"<{name}>{text}</{name}>"

    content = element(tags[0], tags[1:]).encode()
    return content[: draw(st.integers(0, 200))] if draw(rarely) else content


recipe_xmls = xml_files(["r", "NeuronTypes", "Layer", "StructuralType", "ElectroType"], [])
neurondb_xmls = xml_files(["a", "listing", "morphology"], ["name", "mtype", "msubtype", "layer"])


# ---- how they are read ---------------------------------------------------------------------


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def as_yaml(value: Any) -> bytes:
    return yaml.safe_dump(value).encode()


@contextmanager
def file_of(content: bytes, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        yield path


def result_or_message(read: Callable[[Path], Any], content: bytes, name: str) -> Any:
    """What a reader gives; None where it refuses, in a message that is bounded and says where."""
    with file_of(content, name) as path:
        try:
            return read(path)
        except MegateError as error:
            message = str(error).replace(str(path.parent), "FOLDER")
            assert len(message) < 30_000
            assert "FOLDER" in message or message.startswith("config")
            assert all(line.isprintable() for line in message.split("\n"))
            return None


def check_labels(table: pd.DataFrame, may_be_empty: tuple[str, ...] = ()) -> None:
    assert len(table) > 0
    assert not table.duplicated().any()
    assert list(table.index) == list(range(len(table)))
    for column in table:
        for name in table[column]:
            assert isinstance(name, str)
            if name or column not in may_be_empty:
                check_label(name, column, "table")


def check_recipe(table: pd.DataFrame) -> None:
    """Valid, and the same if it is written and read again."""
    check_labels(table)
    written = [
        {"traits": {"layer": layer, "mtype": mtype, "etype": {etype: 1.0}}}
        for layer, mtype, etype in table.itertuples(index=False)
    ]
    with file_of(as_yaml({"version": "v2.0", "neurons": written}), "recipe.yaml") as path:
        pd.testing.assert_frame_equal(read_recipe(path), table)


@fuzz
@given(yaml_recipes)
def test_yaml_recipe(content: Any) -> None:
    table = result_or_message(read_recipe, as_yaml(content), "recipe.yaml")
    if table is not None:
        check_recipe(table)


@fuzz
@given(recipe_xmls)
def test_xml_recipe(content: bytes) -> None:
    table = result_or_message(read_recipe, content, "recipe.xml")
    if table is not None:
        check_recipe(table)


@fuzz
@given(neurondb_xmls)
def test_neurondb(content: bytes) -> None:
    table = result_or_message(read_neurondb, content, "neuronDB.xml")
    if table is not None:
        check_labels(table.drop(columns="fullmtype"), may_be_empty=("msubtype",))
        full = table["mtype"] + (":" + table["msubtype"]).where(table["msubtype"] != "", "")
        assert list(table["fullmtype"]) == list(full)


def check_entries(entries: list[MapEntry]) -> None:
    assert entries
    assert len({entry.emodel for entry in entries}) == len(entries)
    for entry in entries:
        check_label(entry.original_emodel, "e-model", "map")
        check_emodel_name(entry.emodel, "map")
        assert entry.layers
        for layer in entry.layers:
            check_label(layer, "layer", "map")


@fuzz
@given(etype_maps, yaml_recipes)
@example(
    content={"5": {"mm_recipe": "e", "layer": [1]}},
    recipe={
        "version": "v2.0",
        "neurons": [{"traits": {"layer": "1", "mtype": "5", "etype": {"5": 1}}}],
    },
)
def test_etype_map_and_what_it_is_joined_with(content: Any, recipe: Any) -> None:
    entries = result_or_message(read_etype_map, as_json(content), "map.json")
    if entries is None:
        return
    check_entries(entries)
    table = result_or_message(read_recipe, as_yaml(recipe), "recipe.yaml")
    if table is not None:
        neurondb = table[["layer", "fullmtype"]].drop_duplicates()
        neurondb = neurondb.assign(morph_name="m", mtype=neurondb["fullmtype"], msubtype="")
        try:
            typed, _ = join_recipe(table, neurondb)
            combos, in_use = combine(typed, entries)
        except MegateError as error:
            assert len(str(error)) < 30_000
        else:
            assert set(combos["original_emodel"]) <= {entry.original_emodel for entry in in_use}
            assert not combos.isna().any(axis=None)


@fuzz
@given(final_jsons)
def test_final_json(content: Any) -> None:
    finals = result_or_message(lambda p: read_final_json(p, ["e"]), as_json(content), "final.json")
    if finals is not None:
        final = finals["e"]
        assert all(abs(float(value)) < float("inf") for value in final.params.values())
        assert not final.main_path.is_absolute()
        assert ".." not in final.main_path.parts
        Path("/", final.main_path, final.morph_path).is_file()  # a path that can be asked for
        json.dumps(final.fitness)


@fuzz
@given(apical_points | anything)
def test_apical_points(content: Any) -> None:
    points = result_or_message(
        lambda path: MorphologyDirectory(path.parent).apical_points, as_json(content), APICAL_POINTS
    )
    if points is not None:
        assert all(type(point) is int for point in points.values())


def check_config(config: Config) -> None:
    """A configuration that is the same after it went to another process."""
    assert Config.from_plain(json.loads(json.dumps(config.plain()))) == config
    rows = pd.DataFrame({"emodel": ["e"], "fullmtype": ["L5_TPC"], "etype": ["a"]})
    try:
        features = gated_features(["a", "b.c"], config.select.to_skip_features)
        values, _ = thresholds_of(rows, features, config.select.megate_thresholds)
        list(unused_patterns(rows, features, config.select.megate_thresholds))
    except MegateError as error:
        assert "takes too long" in str(error)
    else:
        assert (values >= 0).all(axis=None)
        assert values.shape == (1, len(features))


@fuzz
@given(configs)
def test_config(content: Any) -> None:
    def read(path: Path) -> Config:
        source = Source(str(path), read_yaml_mapping(path, "config"), path.parent)
        return load_config([source], SCHEMA)

    config = result_or_message(read, as_yaml(content), "config.yaml")
    if config is not None:
        check_config(config)


@fuzz
@given(configs)
def test_config_typed_on_the_command_line(content: Any) -> None:
    """Where nested values stay texts."""
    if isinstance(content, dict):
        typed = {
            section: {key: str(value) for key, value in values.items()}
            for section, values in content.items()
            if isinstance(values, dict)
        }
        result_or_message(
            lambda path: load_config([Source("config", typed, path.parent, typed=True)], SCHEMA),
            b"",
            "config",
        )


@fuzz
@given(bluepymm)
def test_bluepymm_project(contents: tuple[Any, Any, Any]) -> None:
    def read(path: Path) -> Config:
        for phase, content in zip(("prepare", "run", "select"), contents, strict=True):
            path.with_name(f"{phase}.json").write_bytes(as_json(content))
        return load_config([Source("config", {"bluepymm": "."}, path.parent)], SCHEMA)

    config = result_or_message(read, b"", "config")
    if config is not None:
        check_config(config)


NO_FILES = st.one_of(
    st.binary(max_size=60),
    st.text("{}[]\":,'-&*!|>%@`?# \n\tabc019.e<>/=;xml\u00e9\0", max_size=60).map(str.encode),
)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("a.json", lambda path: read_json(path, "file")),
        ("a.yaml", lambda path: read_yaml_mapping(path, "file")),
        ("a.xml", lambda path: read_xml(path, "file")),
        ("a.txt", lambda path: read_text(path, "file")),
        ("recipe.yaml", read_recipe),
        ("recipe.xml", read_recipe),
    ],
)
@fuzz
@given(content=NO_FILES)
def test_any_bytes(name: str, read: Callable[[Path], Any], content: bytes) -> None:
    result_or_message(read, content, name)
