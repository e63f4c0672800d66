"""The page to explore a release in, used in a browser as a person uses it."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from browser import Browser, find_browser
from random_projects import RandomProject, results_of, settings
from tables import combo, combos_table, exemplar, scores_table

from megate.config.config import load_config
from megate.config.schema import SCHEMA, Source
from megate.report.html import explore_page
from megate.report.html.explore_data import Exploration, exploration, read_exemplars
from megate.report.html.explore_page import write_explore_page

SELECT: dict[str, Any] = {
    "megate_thresholds": [{"features": [".*"], "megate_threshold": 5}],
    "to_skip_features": ["skipped"],
    "skip_repaired_exemplar": False,
}
NASTY = '</script><img src=x onerror="document.title=1">'

# E's limits: f 5, g 10 (its exemplar scores 2). F's: f 5.
SCORES: dict[str, Any] = {
    "E/ex": {"f": 0.5, "g": 2.0, "skipped": 0.0},
    "E/a": {"f": 1.0, "g": 2.0, "skipped": 99.0},
    "E/b": {"f": 6.0, "g": 4.0, "skipped": 0.0},
    "E/c": {"f": 8.0, "g": 40.0, "skipped": 0.0},
    f"E/{NASTY}": "Traceback:\nValueError: <b>bold</b>",
    "F/ex": {"f": 0.0},
    "F/a": {"f": 5.0},
}


def project(scores: dict[str, Any] = SCORES, **select: Any) -> RandomProject:
    rows = [exemplar(job="E/ex"), *(combo(name) for name in ("a", "b", "c", NASTY))]
    rows[2] |= {"fullmtype": "N", "layer": "4"}
    rows += [exemplar(emodel="F", job="F/ex"), combo("a", emodel="F", etype="bAC")]
    table = scores_table(scores)
    table["no_threshold"] = table["stopped_at"] = None
    return RandomProject(combos_table(*rows), table, SELECT | select)


def write(folder: Path, given: RandomProject, traces: Path | None = None) -> Path:
    results = results_of(given, folder)
    files = folder / "combos.parquet", folder / "scores.parquet"
    page = folder / "explore.html"
    write_explore_page(page, results, settings(given.select), *files, traces)
    return page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    find_browser()
    with Browser(tmp_path_factory.mktemp("browser") / "profile", (1440, 900)) as opened:
        yield opened
        assert opened.errors == []


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Callable[[Path], Browser]:
    def open_page(page: Path) -> Browser:
        browser.open(page)
        browser.wait_for("page.milliseconds.open")
        return browser

    return open_page


@pytest.fixture
def small(opened: Callable[[Path], Browser], tmp_path: Path) -> Browser:
    return opened(write(tmp_path, project()))


def text(browser: Browser, selector: str) -> str:
    return browser.value(f"document.querySelector({json.dumps(selector)}).innerText")


def rows(browser: Browser, column: int = 0) -> list[str]:
    cells = f"[...document.querySelectorAll('.row')].map(row => row.children[{column}].innerText)"
    return browser.value(cells)


def enter(browser: Browser, selector: str, value: object, event: str = "change") -> None:
    """Give an input or a selection another value, as typing does."""
    target = f"document.querySelector({json.dumps(selector)})"
    script = f"{target}.value = {json.dumps(str(value))};"
    browser.value(f"{script} {target}.dispatchEvent(new Event('{event}', {{bubbles: true}}))")


def click(browser: Browser, selector: str, number: int = 0) -> None:
    browser.value(f"document.querySelectorAll({json.dumps(selector)})[{number}].click()")


def test_it_shows_the_decisions_and_asks_for_nothing(small: Browser, tmp_path: Path):
    small.requests.clear()
    assert text(small, "#headline") == (
        "2 of 5 combinations are released with the configured thresholds (40.0 %)."
    )
    assert rows(small) == ["a", "b", "c", NASTY, "a"]
    assert rows(small, 5) == ["passed", "over limit", "over limit", "simulation error", "passed"]
    assert rows(small, 6) == ["80.0 %", "-20.0 %", "-300.0 %", "", "0.0 %"]
    assert text(small, "#emodels").split("\n") == ["E", "1 of 4", "F", "1 of 1"]
    assert small.value("document.querySelector('#notice').textContent") == ""
    assert small.requests == []


def test_names_and_messages_are_shown_as_texts(small: Browser):
    assert small.value("document.images.length") == 0
    small.value("page.table.pick(3)")
    assert text(small, "#details h2") == NASTY
    assert "ValueError: <b>bold</b>" in text(small, "#details pre")
    assert small.value("document.querySelectorAll('#details pre b').length") == 0
    assert small.value("document.title") == "Explore the release"


def test_the_features_of_a_combination(small: Browser):
    click(small, ".row", 1)
    assert text(small, "#details h2") == "b"
    assert "Not released: 1 feature does not pass." in text(small, "#details")
    cells = (
        "[...document.querySelectorAll('#details tbody tr')].map(r => r.innerText.split(/\\s+/))"
    )
    assert small.value(cells) == [
        ["f", "6.00", "5.00", "-20.0", "%", "0.50"],
        ["g", "4.00", "10.00", "60.0", "%", "2.00"],
        ["skipped", "0.00", "not", "gated", "0.00"],
    ]
    # a quarter of the gauge is half of the limit
    bars = "[...document.querySelectorAll('.gauge i')].map(bar => bar.style.width)"
    assert small.value(bars) == ["60%", "20%"]
    rings = "[...document.querySelectorAll('.gauge u')].map(ring => ring.style.left)"
    assert small.value(rings) == ["5%", "10%"]


def test_filters(small: Browser):
    enter(small, "#words", "ONERROR", "input")
    assert rows(small) == [NASTY]
    enter(small, "#words", "bac m", "input")
    assert rows(small, 4) == ["F"]
    click(small, "#filters button")
    small.wait_for("document.querySelectorAll('.row').length === 5")
    enter(small, "#fullmtype", small.value("page.project.head.names.fullmtype.indexOf('N')"))
    assert rows(small) == ["b"]
    assert text(small, "#count") == "1 of 5 combinations; 0 of these released."
    enter(small, "#fullmtype", "")
    enter(small, "#outcome", "not")
    assert rows(small) == ["b", "c", NASTY]
    click(small, "#emodels button", 1)
    assert rows(small) == []
    enter(small, "#outcome", "")
    assert rows(small, 4) == ["F"]
    assert text(small, "#about-features") == "None."


def test_sorting(small: Browser):
    click(small, "#titles button", 6)
    assert rows(small, 6) == ["-300.0 %", "-20.0 %", "0.0 %", "80.0 %", ""]
    click(small, "#titles button", 6)
    assert rows(small, 6) == ["80.0 %", "0.0 %", "-20.0 %", "-300.0 %", ""]
    sorted_by = "[...document.querySelectorAll('[aria-sort]')].map(e => [e.innerText, e.ariaSort])"
    assert small.value(sorted_by) == [["margin", "descending"]]


def test_the_keyboard_chooses_a_combination(small: Browser):
    press = "document.getElementById('rows').dispatchEvent(new KeyboardEvent('keydown', {key}))"
    for key, name in (("ArrowDown", "b"), ("End", "a"), ("ArrowUp", NASTY), ("Home", "a")):
        small.value(f"{{ const key = '{key}'; {press} }}")
        assert text(small, "#details h2") == name
    assert text(small, ".row[aria-selected=true]").startswith("a")


def test_a_moved_threshold(small: Browser):
    enter(small, "#rules input[type=range]", 6, "input")
    assert text(small, "#headline") == (
        "3 of 5 combinations would be released (60.0 %); with the configured thresholds 2, +1."
    )
    assert rows(small, 5)[1] == "passed, was over limit"
    assert text(small, "#emodels").split("\n")[1] == "2 of 4 +1"
    enter(small, "#outcome", "changed")
    assert rows(small) == ["b"]
    enter(small, "#rules input[type=number]", "0.5", "input")
    assert text(small, "#headline").endswith(
        "0 of 5 combinations would be released (0.0 %); with the configured thresholds 2, -2."
    )
    click(small, "#reset")
    assert text(small, "#headline").startswith("2 of 5 combinations are released")
    assert small.value("document.getElementById('reset').disabled")


def test_a_threshold_of_one_feature(small: Browser):
    assert text(small, "#features").split("\n") == ["f", "2, alone 1", "g", "1, alone 0"]
    small.value("page.table.pick(2)")
    click(small, "#details tbody button", 1)  # f
    enter(small, "#rules li:nth-child(2) input[type=number]", "8", "input")
    assert rows(small, 5)[:3] == ["passed", "passed, was over limit", "over limit"]
    enter(small, "#rules select", "")  # of all e-models
    assert small.value("page.settings.rules[1].patterns") == {"features": ["f"]}
    click(small, "#rules li:nth-child(2) button")
    assert text(small, "#headline").startswith("2 of 5 combinations are released")


def test_the_copied_thresholds_are_a_configuration(small: Browser, tmp_path: Path):
    enter(small, "#rules input[type=number]", "1e-7", "input")
    small.value("setThreshold(page.project.head.features.indexOf('g'), 0, 41)")
    click(small, "#copy")
    copied = small.value("document.getElementById('yaml').value")
    rules = [
        {"features": [".*"], "megate_threshold": 1e-7},
        {"emodel": ["E"], "features": ["g"], "megate_threshold": 41},
    ]
    assert yaml.safe_load(copied) == {"select": {"megate_thresholds": rules}}
    # as a second configuration file
    (tmp_path / "scores.sqlite").touch()
    base = {"scores_db": "scores.sqlite", "select": {"borderline_margin": 0.3, **SELECT}}
    sources = [Source("a", base, tmp_path), Source("b", yaml.safe_load(copied), tmp_path)]
    config = load_config(sources, SCHEMA)
    assert config.select.megate_thresholds == rules
    assert config.select.borderline_margin == 0.3
    click(small, "#close")


@pytest.mark.parametrize(
    "name", ["a.b*(c)[d]{2}|^$+?\\", 'é "q" \u2028 \U0001f9e0 \x7f', "- #: {x}"]
)
def test_any_name_is_quoted(small: Browser, name: str):
    written = small.value(
        f"configuration({{rules: [{{patterns: {{features: [literal({json.dumps(name)})]}},"
        "threshold: 1e21}], select_perc_best: null})"
    )
    (rule,) = yaml.safe_load(written)["select"]["megate_thresholds"]
    assert rule["megate_threshold"] == 1e21
    assert re.fullmatch(rule["features"][0], name)
    assert written.isascii()


def test_the_best_share(opened: Callable[[Path], Browser], tmp_path: Path):
    browser = opened(write(tmp_path, project(select_perc_best=0.5)))
    assert text(browser, "#headline").startswith("3 of 5")  # a of M, b of N, and F's a
    enter(browser, "#rules input[type=number]", "1", "input")
    assert text(browser, "#headline").startswith("4 of 5")
    click(browser, "#copy")
    written = browser.value("document.getElementById('yaml').value")
    assert yaml.safe_load(written) == {"select": {"select_perc_best": 1}}


def test_combinations_that_were_stopped_early_are_incomplete(
    opened: Callable[[Path], Browser], tmp_path: Path
):
    given = project(SCORES | {"E/b": {"f": 6.0}})
    given.scores["stopped_at"] = np.where(given.scores["job"] == "E/b", "f", None)
    browser = opened(write(tmp_path, given))
    assert rows(browser, 5)[1] == "over limit"
    enter(browser, "#rules input[type=number]", "7", "input")
    assert rows(browser, 5)[1] == "incomplete, was over limit"
    assert text(browser, "#headline").startswith("2 of 5 combinations would be released")
    assert "Stopped early, and may pass: 1;" in text(browser, "#headline")
    enter(browser, "#outcome", "incomplete")
    assert rows(browser) == ["b"]
    assert "not computed" in text(browser, "#details") or not click(browser, ".row")
    assert "Only a simulation can tell." in text(browser, "#details")


def test_only_rows_in_view_are_elements(opened: Callable[[Path], Browser], tmp_path: Path):
    names = [f"m{number}" for number in range(2000)]
    table = scores_table({"E/ex": {"f": 0.0}} | {f"E/{name}": {"f": 1.0} for name in names})
    table["no_threshold"] = table["stopped_at"] = None
    combos = combos_table(exemplar(job="E/ex"), *(combo(name) for name in names))
    browser = opened(write(tmp_path, RandomProject(combos, table, SELECT)))
    assert rows(browser)[:3] == names[:3]
    assert len(rows(browser)) < 80
    browser.value("document.getElementById('rows').scrollTop = 1e9")
    browser.wait_for("[...document.querySelectorAll('.row')].at(-1).innerText.startsWith('m1999')")
    assert len(rows(browser)) < 80
    enter(browser, "#words", "m19", "input")
    assert text(browser, "#count").startswith("111 of 2,000 combinations")


# ---- what fits


def explored(folder: Path, given: RandomProject, **options: Any) -> Exploration:
    results = results_of(given, folder)
    exemplars = read_exemplars(folder / "combos.parquet", folder / "scores.parquet")
    return exploration(results, settings(given.select), exemplars, **options)


def test_emodels_that_do_not_fit_are_left_out(tmp_path: Path):
    assert explored(tmp_path, project(), max_scores=13).head["left_out"] == []
    data = explored(tmp_path, project(), max_scores=12)  # E has 4 jobs of 3 features, F has 1
    assert [emodel["name"] for emodel in data.head["emodels"]] == ["E"]
    assert data.head["left_out"] == [{"name": "F", "combos": 1, "released": 1}]
    data = explored(tmp_path, project(), max_scores=11)
    assert [emodel["name"] for emodel in data.head["emodels"]] == ["F"]
    assert data.head["left_out"] == [{"name": "E", "combos": 4, "released": 1}]


def test_the_page_says_what_it_leaves_out(
    opened: Callable[[Path], Browser], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        explore_page, "exploration", lambda *given: exploration(*given, max_scores=12)
    )
    browser = opened(write(tmp_path, project()))
    assert text(browser, "#headline").startswith("1 of 4 combinations")
    assert text(browser, "#notice") == (
        "E-models that are not on this page, because their scores do not fit: F (1 combinations, "
        "1 released). decisions.parquet has all."
    )


def test_traces_are_shown_if_they_fit(tmp_path: Path):
    trace = {"mm.Step_1.soma.v": np.array([[0.0, 1.0, 2.0], [-80.0, 20.0, -70.0]])}
    data = explored(tmp_path, project(), traces=lambda job: trace, max_trace_points=21)
    assert data.head["traces"] == "shown"
    assert data.head["responses"] == ["mm.Step_1.soma.v"]
    assert len(data.arrays["trace.t"]) == 7 * 3  # five combinations, two exemplars
    data = explored(tmp_path, project(), traces=lambda job: trace, max_trace_points=20)
    assert data.head["traces"] == "left out"
    assert len(data.arrays["trace.t"]) == 0
    assert explored(tmp_path, project()).head["traces"] == "none"
