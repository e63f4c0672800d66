"""The documentation: tables that are made from the code are up to date, examples are valid."""

import json
import re
from pathlib import Path

import pytest
from documents import EMODELS, SCHEMAS, keys_table, with_tables

from megate.builtin.package import read_config_files

KINDS = ["recipes", "params", "protocols", "features"]


def test_tables_are_up_to_date() -> None:
    """If not: python tests/documents.py."""
    text = EMODELS.read_text()
    assert with_tables(text) == text
    assert re.findall(r"<!-- keys: (\w+) -->", text) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_schema_is_in_its_table(kind: str) -> None:
    table = keys_table(kind)
    keys = re.findall(r"^ +(\w+):$", (SCHEMAS / f"{kind}.yaml").read_text(), re.MULTILINE)
    structure = {"properties", "items", "additionalProperties", "description", "anyOf", "val"}
    for key in set(keys) - structure - {"prefixItems", "enum", "default", "oneOf"}:
        assert key in table, key


def test_examples_are_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```json\n(.*?)```", EMODELS.read_text(), re.DOTALL)
    recipes, params, steps, protocols, features = map(json.loads, blocks)
    for folder, content in (
        ("recipes/recipes", recipes),
        ("params/int", params),
        ("protocols/int", protocols),
        ("features/int", features),
    ):
        path = tmp_path / "config" / f"{folder}.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content))
    config = read_config_files(tmp_path, "cNAC_int")
    assert config.protocols == protocols
    (tmp_path / "config/protocols/int.json").write_text(json.dumps(steps))
    (tmp_path / "config/features/int.json").write_text(
        '{"Step_0.2": {"soma.v": [{"feature": "mean_frequency", "val": [20, 2]}]}}'
    )
    assert read_config_files(tmp_path, "cNAC_int").protocols == steps
