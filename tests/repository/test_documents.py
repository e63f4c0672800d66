"""The documentation: generated tables are complete, examples are valid, links lead somewhere."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import megate
from megate.builtin.package import read_config_files
from megate.config import deprecated
from megate.core.vocabulary import Reason, Status
from megate.gating.decisions import SCHEMA as DECISIONS
from megate.morphologies.check import COLUMNS as MORPHOLOGIES
from megate.project.combinations import SCHEMA as COMBOS
from megate.release.coverage import SCHEMA as COVERAGE
from megate.scores.shards import SCHEMA as SCORES

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
CONFIG_SCHEMA = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
EMODEL_SCHEMAS = REPOSITORY / "scripts" / "megate" / "builtin" / "schemas"

sys.path.insert(0, str(DOCS))

import generated_tables  # noqa: E402

PAGES = sorted(path.name for path in DOCS.glob("*.md"))


def page(name: str) -> str:
    """A page as the site has it, before it becomes HTML."""
    return generated_tables.on_page_markdown((DOCS / name).read_text())


def first_cells(text: str) -> set[str]:
    """The code in the first column of all tables."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def keys_of(path: Path) -> set[str]:
    """All mapping keys of a schema that stand alone on their line."""
    return set(re.findall(r"^ +(\w+):(?: &\w+)?$", path.read_text(), re.MULTILINE))


def test_every_table_has_a_place() -> None:
    text = "".join((DOCS / name).read_text() for name in PAGES)
    assert set(re.findall(r"<!-- table: (\w+) -->", text)) == set(generated_tables.TABLES)


def test_every_key_of_the_configuration_is_documented() -> None:
    keywords = {"properties", "items", "oneOf", "description", "regexes", "additionalProperties"}
    documented = {key.split(".")[-1] for key in first_cells(page("configuration.md"))}
    keys = keys_of(CONFIG_SCHEMA) - keywords
    assert keys <= documented, keys - documented
    assert len(keys) > 40


def test_a_row_of_the_configuration_has_type_default_and_description() -> None:
    text = page("configuration.md")
    assert "| `borderline_margin` | number (at least 0) | `0.1` | A combination is listed" in text
    assert re.search(r"\| `morph_path` \| path or mapping \| required \| \w", text)
    rules = "megate_thresholds[]."
    assert f"| `{rules}features` | list of regular expressions | required |" in text
    assert not re.search(r"^\| `[^|]+\|[^|]+\|[^|]+\|\s+\|$", text, re.MULTILINE)  # no description


def test_deprecated_names_are_documented() -> None:
    text = page("configuration.md")
    for section, old in deprecated.KEYS:
        assert f"`{section}.{old}`" in text


@pytest.mark.parametrize(
    "schema",
    [COMBOS, SCORES, DECISIONS, COVERAGE],
    ids=["combos", "scores", "decisions", "coverage"],
)
def test_every_column_of_a_parquet_file_is_documented(schema) -> None:
    assert set(schema.names) <= first_cells(page("outputs.md"))


def test_every_column_of_a_text_file_is_documented() -> None:
    header = "combo_name morph_name layer fullmtype etype emodel reason n_failed limiting_feature "
    header += "limiting_feature_score limiting_feature_limit margin message"
    assert {*MORPHOLOGIES, *header.split()} <= first_cells(page("outputs.md"))


def test_statuses_and_reasons_are_documented() -> None:
    assert {*Status, *Reason} <= first_cells(page("outputs.md"))
    assert set(Reason) <= first_cells(page("decisions.md"))


@pytest.mark.parametrize("kind", ["recipes", "params", "protocols", "features"])
def test_every_key_of_an_emodel_is_documented(kind: str) -> None:
    table = generated_tables.emodel_keys(kind)
    structure = {"properties", "items", "additionalProperties", "description", "anyOf", "val"}
    keywords = structure | {"prefixItems", "enum", "default", "oneOf"}
    for key in keys_of(EMODEL_SCHEMAS / f"{kind}.yaml") - keywords:
        assert key in table, key


def test_examples_of_emodels_are_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```json\n(.*?)```", (DOCS / "emodels.md").read_text(), re.DOTALL)
    recipes, params, distributions, steps, protocols, two, features, feature = map(
        json.loads, blocks
    )
    params["distributions"] |= distributions
    params["parameters"]["distribution_hot_spot"] = [
        {"name": name, "val": 600} for name in distributions["hot_spot"]["parameters"]
    ]
    features["bAP"]["soma.v"] = [feature]
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
    # with two holding voltages, the other protocols are as above
    both = ("dep", "hyp")
    detection, step = protocols["ThresholdDetection"], protocols["Step_200"]
    two |= {"RMP": protocols["RMP"], "Step_150": step, "Step_200_hyp": step}
    two |= {f"Rin_{level}": protocols["Rin"] for level in both}
    two |= {f"ThresholdDetection_{level}": detection for level in both}
    resting = {"feature": "steady_state_voltage_stimend", "val": [-77.1, 3.7]}
    of_two = {"RMP": {"soma.v": [resting]}} | {f"Rin_{level}": features["Rin"] for level in both}
    (tmp_path / "config/protocols/int.json").write_text(json.dumps(two))
    (tmp_path / "config/features/int.json").write_text(json.dumps(of_two))
    assert read_config_files(tmp_path, "cNAC_int").protocols == two


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_to_files(name: str) -> None:
    text = (REPOSITORY / name).read_text()
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert link.startswith("https://") or (REPOSITORY / link).exists(), link


def test_the_version_is_the_same_everywhere() -> None:
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    assert str(citation["version"]) == megate.__version__
    assert f"## [{megate.__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text()


def test_the_site_builds_without_warnings_and_needs_no_network(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="needs the extra docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for name in PAGES:
        html = (tmp_path / name).with_suffix(".html").read_text()
        assert "<!-- table:" not in html
        assert not re.findall(r"""(?:src|<link[^>]+href)="?(?:https?:)?//""", html), name
