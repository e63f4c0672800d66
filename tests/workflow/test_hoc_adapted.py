"""With `adapt`, hoc and tables of a release have the scales of its cells; without it, as before."""

from pathlib import Path

import pandas as pd
import pytest
from runs import Project, copy_project

pytestmark = pytest.mark.slow

SCALERS = ["AIS_scaler", "soma_scaler"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = copy_project(tmp_path_factory.mktemp("adapted") / "project")
    project.keep("LBC")
    project.edit("config.yaml", "adapt: false", "adapt: true")
    outcome = project.snakemake("all", "combos_hoc")
    assert outcome.returncode == 0, outcome.output
    return project


def table(project: Project, name: str) -> pd.DataFrame:
    path = project.results / "release" / name
    return pd.read_csv(path, sep="\t", float_precision="round_trip", dtype={"layer": str})


def hoc(project: Project) -> str:
    return (project.results / "release" / "emodels_hoc" / "cNAC_LBC.hoc").read_text()


def test_scales_are_those_of_the_simulations(project: Project):
    """The exemplar's have none, and get 1."""
    scores = pd.read_parquet(project.results / "scores.parquet")
    scores = scores[scores["job"].str.startswith("cNAC_LBC/")]
    expected = scores.drop_duplicates("morph_name").set_index("morph_name")[SCALERS]
    assert expected.isna().any(axis=None) and expected.notna().any(axis=None)
    for name in ("mecombo_emodel.tsv", "circuit/mecombo_emodel.tsv", "circuit/cells.tsv"):
        released = table(project, name)
        found = released[SCALERS].to_numpy().tolist()
        assert found == expected.fillna(1.0).loc[released["morph_name"]].to_numpy().tolist(), name


def test_the_hoc_of_a_combination_has_its_scales_in_it(project: Project):
    emodels = hoc(project)
    assert 'cNAC_LBC_NeededAttributes = "AIS_scaler;soma_scaler"' in emodels
    assert "\n  adapt_cell($4, $5)\n" in emodels
    combinations = table(project, "combos_hoc/combos_hoc.tsv")
    assert len(set(combinations["AIS_scaler"])) > 1
    for row in combinations.itertuples():
        text = (project.results / "release" / "combos_hoc" / row.hoc).read_text()
        assert f"\n  adapt_cell({row.AIS_scaler}, {row.soma_scaler})\n" in text
        assert "NeededAttributes" not in text


def test_a_template_that_does_not_scale_is_refused(project: Project):
    Path(project.inputs / "own.jinja2").write_text("begintemplate {{ template_name }}\n")
    outcome = project.snakemake("-n", "--config", "prepare={template: config/example/own.jinja2}")
    assert outcome.returncode == 1
    assert "own.jinja2 does not use the variable adapt_cell" in outcome.output


def test_without_adapt_the_release_has_no_scales(project: Project):
    """The last test: it changes the results."""
    outcome = project.snakemake("all", "combos_hoc", "--config", "adapt=false")
    assert outcome.returncode == 0, outcome.output
    assert "scaler" not in hoc(project)
    for name in ("mecombo_emodel.tsv", "circuit/cells.tsv", "combos_hoc/combos_hoc.tsv"):
        assert not set(SCALERS) & set(table(project, name))
    for path in (project.results / "release" / "combos_hoc").rglob("*.hoc"):
        assert "adapt_cell" not in path.read_text()
