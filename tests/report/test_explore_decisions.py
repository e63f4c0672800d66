"""The page to explore a release in decides as Python does: its JavaScript, run in a browser, on
random projects, with their own thresholds and with others that are set in the page."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from browser import Browser, find_browser
from random_projects import THRESHOLDS, RandomProject, random_project, results_of, settings
from tables import with_none

from megate.gating.decide import decide
from megate.report.html.explore_data import exploration, read_exemplars
from megate.report.html.explore_page import parts, write_explore_page

SEEDS = [
    pytest.param(range(12), id="few"),
    *(
        pytest.param(range(first, first + 50), marks=pytest.mark.slow, id=f"{first}-{first + 49}")
        for first in range(12, 212, 50)
    ),
]
COLUMNS = ["reason", "n_failed", "limiting_feature", "margin", "borderline", "median_score"]

DECIDE = """
(async (parts, changes) => {
  const own = await readProject(new Map(parts.map(({ name, ...part }) => [name, part])));
  const settings = { ...own.head.settings };
  settings.rules = settings.rules.map((rule, n) => ({ ...rule, threshold: changes.thresholds[n] }));
  page.project = own;
  for (const added of changes.added) {
    const feature = own.head.features.indexOf(added.feature);
    const emodel = own.head.emodels.findIndex(({ name }) => name === added.emodel);
    const about = { feature, emodel: emodel < 0 ? null : emodel };
    if (feature >= 0) settings.rules.push(ownRule(about, added.threshold));
  }
  if (settings.select_perc_best !== null) settings.select_perc_best = changes.best;
  const decided = decide(own, settings, newDecisions(own));
  const feature = (combo, place) => {
    const emodel = own.emodels[own.combos.emodel[combo]];
    return place < 0 ? null : own.head.features[emodel.features[place]];
  };
  const text = (number) => (Number.isFinite(number) ? number : String(number));
  const combos = [...own.combos.job.keys()].map((combo) => ({
    morph_name: own.head.names.morph_name[own.combos.morph_name[combo]],
    reason: own.head.reasons[decided.reason[combo]].value,
    n_failed: decided.failed[combo],
    limiting_feature: feature(combo, decided.limiting[combo]),
    margin: text(decided.margin[combo]),
    borderline: decided.borderline[combo] === 1,
    incomplete: decided.incomplete[combo] === 1,
    median_score: text(medianOf(own, own.emodels[own.combos.emodel[combo]], combo, settings)),
  }));
  return { combos, yaml: configuration(settings) };
})
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a page. The tests call its JavaScript with other projects."""
    find_browser()
    folder = tmp_path_factory.mktemp("explore")
    project = random_project(0)
    results, files = (
        results_of(project, folder),
        (folder / "combos.parquet", folder / "scores.parquet"),
    )
    write_explore_page(folder / "explore.html", results, settings(project.select), *files)
    with Browser(folder / "profile") as opened:
        opened.open(folder / "explore.html")
        opened.wait_for("page.milliseconds.open")
        yield opened
        assert opened.errors == []


def decided_in_page(
    browser: Browser, project: RandomProject, folder: Path, changes: dict[str, Any]
) -> dict[str, Any]:
    """What the page decides with these thresholds, and the configuration that it writes."""
    results = results_of(project, folder)
    exemplars = read_exemplars(folder / "combos.parquet", folder / "scores.parquet")
    data = exploration(results, settings(project.select), exemplars)
    given = json.dumps([part._asdict() for part in parts(data)])
    return browser.value(f"{DECIDE}({given}, {json.dumps(changes)})")


def expected_of(project: RandomProject, select: dict[str, Any]) -> pd.DataFrame:
    """What Python decides: the e-models in the order of the page."""
    decided = decide(project.combos, project.scores, settings(select)).combos
    return decided.sort_values("emodel", kind="stable")


def assert_same(found: dict[str, Any], expected: pd.DataFrame) -> None:
    combos = pd.DataFrame(found["combos"]).astype({"margin": float, "median_score": float})
    assert combos["morph_name"].tolist() == expected["morph_name"].tolist()
    wanted = with_none(expected[COLUMNS].reset_index(drop=True))
    wanted = wanted.astype({"reason": str, "margin": float, "median_score": float})
    pd.testing.assert_frame_equal(
        with_none(combos[COLUMNS]), wanted, check_exact=True, check_dtype=False
    )
    open_ended = expected["stopped_at"].notna() & expected["reason"].eq("missing_score")
    assert combos["incomplete"].tolist() == open_ended.tolist()


def configured(project: RandomProject) -> dict[str, Any]:
    select = project.select
    thresholds = [float(rule["megate_threshold"]) for rule in select["megate_thresholds"]]
    return {"thresholds": thresholds, "added": [], "best": select["select_perc_best"]}


def changed(project: RandomProject, draw: random.Random) -> dict[str, Any]:
    """Other thresholds for some rules, and rules for features of one e-model or of all."""
    changes = configured(project)
    values = [*THRESHOLDS, 1e-07, 3.3]
    changes["thresholds"] = [
        draw.choice([threshold, draw.choice(values)]) for threshold in changes["thresholds"]
    ]
    features = project.scores["feature"].dropna().unique().tolist()
    for _ in range(draw.randint(0, 3)):
        emodel = draw.choice([None, *project.combos["emodel"].unique()])
        own = {"feature": draw.choice(features or ["f"]), "emodel": emodel}
        changes["added"].append(own | {"threshold": draw.choice(values)})
    if changes["best"] is not None:
        changes["best"] = draw.choice([0.0, 0.2, 0.5, 1.0])
    return changes


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_page_decides_as_python(browser: Browser, tmp_path: Path, seeds: range):
    reasons = set()
    for seed in seeds:
        project = random_project(seed)
        expected = expected_of(project, project.select)
        assert_same(decided_in_page(browser, project, tmp_path, configured(project)), expected)
        reasons |= set(expected["reason"])
    assert len(reasons) == 6, f"some outcomes do not occur: only {reasons}"


@pytest.mark.parametrize("seeds", SEEDS)
def test_the_configuration_of_the_page_decides_as_the_page(
    browser: Browser, tmp_path: Path, seeds: range
):
    differ = 0
    for seed in seeds:
        project = random_project(seed)
        changes = changed(project, random.Random(seed))
        found = decided_in_page(browser, project, tmp_path, changes)
        written = yaml.safe_load(found["yaml"])["select"]
        expected = expected_of(project, project.select | written)
        assert_same(found, expected)
        before = expected_of(project, project.select)
        differ += before["reason"].tolist() != expected["reason"].tolist()
    assert differ > len(seeds) / 3
