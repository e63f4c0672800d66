"""The versions that are pinned are those that pyproject.toml allows, the same for pip and conda."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]


def pins(lines: list[str]) -> dict[str, str]:
    found = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    return {canonicalize_name(match.group(1)): match.group(2) for match in found}


@pytest.fixture(scope="module")
def pyproject() -> dict:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def constraints() -> dict[str, str]:
    lines = (REPOSITORY / "envs" / "constraints.txt").read_text().splitlines()
    return pins([line for line in lines if line and not line.startswith("#")])


def test_every_dependency_is_pinned_within_its_range(pyproject: dict, constraints: dict[str, str]):
    extras = pyproject["optional-dependencies"].values()
    for text in [*pyproject["dependencies"], *(text for extra in extras for text in extra)]:
        requirement = Requirement(text)
        version = constraints[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), f"{text}: pinned {version}"


@pytest.mark.parametrize(("name", "extra"), [("megate", None), ("circuit", "circuit")])
def test_conda_has_the_same_pins(
    name: str, extra: str | None, pyproject: dict, constraints: dict[str, str]
):
    environment = yaml.safe_load((REPOSITORY / "envs" / f"{name}.yaml").read_text())
    (pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    conda = pins(pip)
    assert conda.items() <= constraints.items()
    texts = [*pyproject["dependencies"], *pyproject["optional-dependencies"].get(extra, ())]
    needed = {canonicalize_name(Requirement(text).name) for text in texts}
    assert set(conda) == needed


def test_the_conda_python_is_supported(pyproject: dict):
    environment = yaml.safe_load((REPOSITORY / "envs" / "megate.yaml").read_text())
    python = next(entry for entry in environment["dependencies"] if str(entry).startswith("python"))
    version = python.split("=")[-1].strip()
    assert Requirement(f"python{pyproject['requires-python']}").specifier.contains(version)


def test_the_container_has_a_supported_python_and_these_pins(pyproject: dict):
    recipe = (REPOSITORY / "envs" / "Containerfile").read_text()
    version = re.search(r"^FROM python:([0-9.]+)-slim$", recipe, re.M).group(1)
    assert Requirement(f"python{pyproject['requires-python']}").specifier.contains(version)
    assert "--constraint /opt/megate/envs/constraints.txt --editable /opt/megate\n" in recipe
    assert re.search(r'"--snakefile", "/opt/megate/Snakefile"', recipe)
