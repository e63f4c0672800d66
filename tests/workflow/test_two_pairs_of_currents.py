"""An e-model with two pairs of currents: all values are released, the main pair is chosen in the
configuration, and another choice simulates nothing."""

import json
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from runs import Outcome, jobs_by_name
from small_project import SmallProject

pytestmark = pytest.mark.slow

VALUES = {
    "bpo_holding_current_hyp": -0.0625,
    "bpo_threshold_current_hyp": 0.1 + 0.2,
    "bpo_holding_current_dep": 0.0,
    "bpo_threshold_current_dep": 1 / 3,
}
NOT_KEPT = {"bpo_rin": "float('nan')", "bpo_list": "[1.0]", "bpo_none": "None", "bpo_text": "'1'"}
FIRST = ["threshold_current", "holding_current"]


def choose(project: SmallProject, pair: str) -> None:
    path = project.root / "megate.yaml"
    config = yaml.safe_load(path.read_text())
    rule = {f"{kind}_current": f"bpo_{kind}_current_{pair}" for kind in ("holding", "threshold")}
    config["select"]["currents"] = [{"emodel": ["sm.*"], **rule}]
    path.write_text(yaml.safe_dump(config))


def test_two_pairs_of_currents(tmp_path: Path):
    project = SmallProject(tmp_path, ["a", "b"], "")
    code = tmp_path / "emodels" / "small" / "setup" / "evaluator.py"
    line = '        responses[f"{self.prefix}.bpo_holding_current"] = -0.125\n'
    assert line in code.read_text()
    values = {name: repr(value) for name, value in VALUES.items()} | NOT_KEPT
    lines = [
        f'        responses[f"{{self.prefix}}.{name}"] = {value}\n'
        for name, value in values.items()
    ]
    code.write_text(code.read_text().replace(line, "".join(lines)))

    def released(outcome: Outcome) -> pd.DataFrame:
        assert outcome.returncode == 0, outcome.output
        text = (project.results / "release" / "mecombo_emodel.tsv").read_text()
        rows = [line.split("\t") for line in text.splitlines()]
        return pd.DataFrame(rows[1:], columns=rows[0])

    outcome = project.snakemake()
    table = released(outcome)
    shard = pq.read_table(project.shard("a")).to_pandas()
    assert set(shard["bpo_values"].map(json.loads).map(str)) == {str(dict(sorted(VALUES.items())))}
    assert table.columns[6:].tolist() == [*FIRST, *sorted(VALUES)]
    assert (table[FIRST] == "").to_numpy().all()
    assert table[list(VALUES)].drop_duplicates().to_numpy().tolist() == [
        list(map(repr, VALUES.values()))
    ]
    assert "small: it has no bpo_holding_current and no bpo_threshold_current" in outcome.output

    choose(project, "hyp")
    outcome = project.snakemake()
    table = released(outcome)
    assert jobs_by_name(outcome) == {"gather_scores", "aggregate", "circuit", "report_pages", "all"}
    assert table.columns[6:].tolist() == [
        *FIRST, "bpo_holding_current_dep", "bpo_threshold_current_dep",
    ]  # fmt: skip
    assert table.iloc[0, 6:].tolist() == list(map(repr, [0.1 + 0.2, -0.0625, 0.0, 1 / 3]))
    assert "it has no" not in outcome.output
    choose(project, "dep")
    assert released(project.snakemake()).iloc[0, 6:].tolist() == list(
        map(repr, [1 / 3, 0.0, -0.0625, 0.1 + 0.2])
    )
