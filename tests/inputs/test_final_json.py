"""final_json: the parameters of each e-model."""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from megate.core.errors import MegateError
from megate.inputs.final_json import FinalEmodel, read_final_json

MORPH = "morphologies/C060114A5.asc"


def write(folder: Path, content: Any) -> Path:
    path = folder / "final.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "params": {"cm": 1.0},
        "fitness": {"Step1.SpikeCount": 20.0},
        "morph_path": MORPH,
    } | changes


def test_an_entry(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {
            "e": entry(
                params={"gNaTgbar_NaTg.axonal": 0.33556102181366648, "cm": 1},
                main_path="sub/e",
                branch="b",
                seed=1,
                score=3.5,
            )
        },
    )
    assert read_final_json(path, ["e"]) == {
        "e": FinalEmodel(
            params={"gNaTgbar_NaTg.axonal": 0.33556102181366648, "cm": 1},
            fitness={"Step1.SpikeCount": 20.0},
            morph_path=PurePosixPath("morphologies/C060114A5.asc"),
            main_path=PurePosixPath("sub/e"),
            branch="b",
        )
    }


@pytest.mark.parametrize("main_path", [{}, {"main_path": "."}, {"main_path": "./"}])
def test_without_main_path_it_is_the_files_folder(main_path: dict, tmp_path: Path) -> None:
    final = read_final_json(write(tmp_path, {"e": entry(**main_path)}), ["e"])["e"]
    assert final.main_path == PurePosixPath()


def test_without_fitness_there_are_no_scores(tmp_path: Path) -> None:
    path = write(tmp_path, {"e": {"params": {}, "morph_path": MORPH}})
    assert read_final_json(path, ["e"])["e"].fitness == {}


def test_only_the_emodels_asked_for_are_read_in_that_order(tmp_path: Path) -> None:
    path = write(tmp_path, {"a": entry(), "broken": {}, "b": entry()})
    assert list(read_final_json(path, ["b", "a"])) == ["b", "a"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "found [], expected an object"),
        ("text", "found 'text', expected an object"),
        ({"morph_path": MORPH}, "'params' is None"),
        (entry(params=None), "'params' is None"),
        (entry(params=["cm"]), "'params' is ['cm']"),
        (entry(params={"cm": "1.0"}), "params['cm'] is '1.0', expected a number"),
        (entry(params={"cm": None}), "params['cm'] is None, expected a number"),
        (entry(params={"cm": True}), "params['cm'] is True, expected a number"),
        (entry(params={"cm": float("nan")}), "params['cm'] is nan, expected a finite number"),
        (entry(params={"cm": float("inf")}), "params['cm'] is inf, expected a finite number"),
        (entry(fitness=None), "'fitness' is None"),
        (entry(fitness=20.0), "'fitness' is 20.0"),
        (entry(fitness={"Step1": "20"}), "fitness['Step1'] is '20', expected a number"),
        ({"params": {}}, "morph_path is None"),
        (entry(morph_path=None), "morph_path is None"),
        (entry(morph_path=5), "morph_path is 5"),
        (entry(morph_path=""), "morph_path is ''"),
        (entry(morph_path="morphologies/C060114A5"), "morph_path is 'morphologies/C060114A5'"),
        (entry(morph_path="morphologies/"), "morph_path is 'morphologies/'"),
        (entry(morph_path="morphologies/.asc"), "morph_path is 'morphologies/.asc'"),
        (entry(main_path="/somewhere"), "main_path '/somewhere' leaves"),
        (entry(main_path="a/../../b"), "main_path 'a/../../b' leaves"),
        (entry(main_path=".."), "main_path '..' leaves"),
        (entry(main_path=None), "main_path"),
        (entry(main_path="a\nb"), "main_path 'a\\nb' has characters that cannot be shown"),
        (
            entry(main_path="a{b}"),
            "main_path 'a{b}' has braces, which Snakemake reads as a wildcard",
        ),
        (entry(main_path="\0"), "main_path '\\x00' has characters that cannot be shown"),
        (entry(morph_path="\ud800.asc"), "morph_path '\\ud800.asc' has characters that"),
        (entry(main_path="x" * 256), "has a name longer than 255 bytes"),
        (entry(main_path="x/" * 2001), "is longer than 4000 bytes"),
        (entry(morph_path="\u7d30" * 90 + ".asc"), "has a name longer than 255 bytes"),
        (entry(main_path=["a"]), "main_path"),
    ],
)
def test_unusable_entry_is_named(value: Any, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, {"the_emodel": value})
    with pytest.raises(MegateError) as caught:
        read_final_json(path, ["the_emodel"])
    assert str(path) in str(caught.value)
    assert "the_emodel" in str(caught.value)
    assert message in str(caught.value)


def test_all_that_is_wrong_with_an_entry_is_said(tmp_path: Path) -> None:
    wrong = entry(params={"a": "b", "c": None}, fitness={"d": []}, main_path="..", morph_path=5)
    with pytest.raises(MegateError) as caught:
        read_final_json(write(tmp_path, {"e": wrong}), ["e"])
    starts = ["morph_path is 5", "main_path '..'", "params['a']", "params['c']", "fitness['d']"]
    lines = str(caught.value).splitlines()[1:]
    assert [
        line.removeprefix("  - e: ")[: len(s)] for line, s in zip(lines, starts, strict=True)
    ] == starts


def test_missing_and_unusable_emodels_are_all_named(tmp_path: Path) -> None:
    path = write(tmp_path, {"a": entry(), "b": entry(params={"x": "y"})})
    with pytest.raises(MegateError) as caught:
        read_final_json(path, ["gone", "a", "b", "gone_too"])
    lines = str(caught.value).splitlines()[1:]
    assert lines[0] == "  - e-model 'gone' is missing; it has a, b"
    assert lines[1].startswith("  - b: params['x']")
    assert lines[2] == "  - e-model 'gone_too' is missing; it has a, b"
    assert len(lines) == 3


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"final\.json: file not found: .*/finals\.json"):
        read_final_json(tmp_path / "finals.json", ["e"])


def test_reference(reference: Path) -> None:
    path = reference / "project" / "emodels_dir" / "singlecell-optimization" / "final.json"
    final = read_final_json(path, ["cADpyr_L5TPC"])["cADpyr_L5TPC"]
    assert final.morph_path == PurePosixPath("morphologies/C060114A5.asc")
    assert final.main_path == PurePosixPath(".")
    # as the file has them, to the last digit
    assert final.params["gSK_E2bar_SK_E2.somatic"] == 0.020239349931865241
    assert final.fitness["L5TPCa.Step_280.soma.v.mean_frequency"] == 1.6408640157678374
