"""The page to explore a release in decides as Python does: its JavaScript, run in a browser, on random
projects, with their own thresholds and with others that are set in the page."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from browser import Browser, find_browser
from random_projects import THRESHOLDS, RandomProject, random_project, settings

from megate.config.config import load_config
from megate.config.schema import SCHEMA as CONFIG_SCHEMA
from megate.config.schema import Source
from megate.core.vocabulary import Reason
from megate.gating.decide import decide
from megate.gating.decisions import write_decisions
from megate.gating.outcome import Decisions
from megate.report.html.explore_data import exploration, read_exemplars
from megate.report.html.explore_page import parts, write_explore_page
from megate.report.results import Results, read_results
from megate.scores.shards import SCHEMA, write_table

import pyarrow as pa

QUICK, MANY = range(40), range(40, 500)

DECIDE = """
(async (parts, changes) => {
  const own = await readProject(new Map(parts.map(({ name, type, text }) => [name, { type, text }])));
  const settings = { ...own.head.settings };
  settings.rules = settings.rules.map((rule, n) => ({ ...rule, threshold: changes.thresholds[n] }));
  page.project = own;
  for (const { feature, emodel, threshold } of changes.added) {
    const at = own.head.features.indexOf(feature);
    const of = own.head.emodels.findIndex(({ name }) => name === emodel);
    if (at >= 0) settings.rules.push(ownRule({ feature: at, emodel: of < 0 ? null : of }, threshold));
  }
  if (settings.select_perc_best !== null) settings.select_perc_best = changes.best;
  const decided = decide(own, settings, newDecisions(own));
  const feature = (combo, place) => {
    const emodel = own.emodels[own.combos.emodel[combo]];
    return place < 0 ? null : own.head.features[emodel.features[place]];
  };
  const text = (number) => (Number.isFinite(number) ? number : String(number));
  const combos = [...own.combos.job.keys()].map((combo) => ({
    combo: own.head.names.morph_name[own.combos.morph_name[combo]],
    reason: own.head.reasons[decided.reason[combo]].value,
    n_failed: decided.failed[combo],
    limiting_feature: feature(combo, decided.limiting[combo]),
    margin: text(decided.margin[combo]),
    borderline: decided.borderline[combo] === 1,
    incomplete: decided.incomplete[combo] === 1,
    median_score: text(medianOf(own, own.emodels[own.combos.emodel[combo]], combo, settings)),
  }));
  return { combos, fails: decided.fails.map((each) => [...each]), yaml: configuration(settings) };
})
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser with a page, whose JavaScript the tests call with other projects."""
    find_browser()
    folder = tmp_path_factory.mktemp("explore")
    project = random_project(0)
    results = decided_results(project, decide_in_python(project, project.select), folder)
    select = settings(project.select)
    write_explore_page(
        folder / "explore.html",
        results,
        select,
        folder / "combos.parquet",
        folder / "scores.parquet",
    )
    with Browser(folder / "profile") as opened:
        opened.open(folder / "explore.html")
        opened.wait_for("page.milliseconds.open")
        yield opened


def decide_in_python(project: RandomProject, select: dict[str, Any]) -> Decisions:
    return decide(project.combos, project.scores, settings(select))
