"""What the workflow catalog and snakedeploy expect of a repository, and what pip installs."""

import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = REPOSITORY / "scripts" / "megate"


def test_files_of_the_catalog() -> None:
    assert (REPOSITORY / "workflow" / "Snakefile").is_file()
    assert (REPOSITORY / "config" / "README.md").is_file()
    readme = (REPOSITORY / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert not any(usage["software-stack-deployment"][name] for name in ("conda", "apptainer"))


def test_the_catalogs_table_of_parameters_has_one_line_for_each() -> None:
    """The catalog writes each description as a cell of a Markdown table, as it is."""
    path = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
    texts = dict(descriptions(yaml.safe_load(path.read_text())))
    assert len(texts) > 40
    assert not [key for key, text in texts.items() if not text or set("|\n") & set(text)]


def descriptions(schema: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in schema.get("properties", {}).items():
        yield f"{prefix}{key}", value.get("description", "")
        yield from descriptions(value, f"{prefix}{key}.")


def test_the_readme_of_the_configuration_names_every_section() -> None:
    path = REPOSITORY / "workflow" / "schemas" / "config.schema.yaml"
    text = (REPOSITORY / "config" / "README.md").read_text()
    keys = yaml.safe_load(path.read_text())["properties"]
    assert not [key for key in keys if f"`{key}`" not in text]


def test_pip_installs_all_files_of_the_library() -> None:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    patterns = pyproject["tool"]["setuptools"]["package-data"]
    for path in LIBRARY.rglob("*"):
        if path.is_dir() or path.suffix in (".py", ".pyc"):
            continue
        folder = next(each for each in path.parents if (each / "__init__.py").is_file())
        package = ".".join(("megate", *folder.relative_to(LIBRARY).parts))
        inside = str(path.relative_to(folder))
        assert any(fnmatchcase(inside, each) for each in patterns.get(package, ())), path
