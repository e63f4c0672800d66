"""megate as a module of another workflow, and deployed with snakedeploy, without a network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from runs import EXAMPLE_JOBS, REPOSITORY, Outcome, copy_project, planned_jobs
from small_project import SmallProject

pytestmark = pytest.mark.slow

MODULE = """\
configfile: "{file}"


module {name}:
    snakefile:
        {snakefile}
    config:
        {config}


use rule * from {name}{names}
"""
OWNER = "gating-workflows"


def run(folder: Path, *arguments: str, **environment: str) -> Outcome:
    """Run Snakemake as it stands in `folder`."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", *arguments],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, planned_jobs(done.stdout))


def own_files(snakefile: str) -> str:
    return f'"{REPOSITORY / snakefile}"'


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_each_snakefile_runs_the_example(snakefile: str, tmp_path: Path):
    outcome = run(tmp_path, "--dry-run", "--snakefile", str(REPOSITORY / snakefile))
    assert outcome.planned == EXAMPLE_JOBS, outcome.output


def test_with_the_whole_configuration(tmp_path: Path):
    """As snakedeploy writes it: paths start from the configuration file."""
    copy_project(tmp_path)
    (tmp_path / "workflow").mkdir()
    text = MODULE.format(
        file="config/config.yaml",
        name="megate",
        snakefile=own_files("workflow/Snakefile"),
        config="config",
        names="",
    )
    (tmp_path / "workflow" / "Snakefile").write_text(text)
    outcome = run(tmp_path, "--dry-run")
    assert outcome.planned == EXAMPLE_JOBS, outcome.output


class Modules(SmallProject):
    """Two modules, with thresholds of their own, of a workflow with rules and keys of its own."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, ["one"], "    pass\n")
        settings = yaml.safe_load((root / "megate.yaml").read_text())
        sections = {}
        for name, limit in (("strict", 0.0001), ("loose", 1000)):
            rules = [{"features": [".*"], "megate_threshold": limit}]
            select = settings["select"] | {"megate_thresholds": rules}
            sections[name] = settings | {"results": f"out/{name}", "select": select}
        (root / "config.yaml").write_text(yaml.safe_dump({"cells": 3} | sections))
        modules = [
            MODULE.format(
                file="config.yaml",
                name=name,
                snakefile=own_files("workflow/Snakefile"),
                config=f'config["{name}"]',
                names=f" as {name}_*",
            )
            for name in sections
        ]
        own = """
onstart:
    print("it starts with", sorted(config), config["cells"])
"""
        last = """
rule circuit:
    default_target: True
    input:
        expand("out/{name}/release/mecombo_emodel.tsv", name=["strict", "loose"]),
    output:
        "out/lines.txt",
    shell:
        "wc -l {input} > {output}"
"""
        (root / "Snakefile").write_text(own + "\n".join(modules) + last)


def test_two_modules_run(tmp_path: Path):
    project = Modules(tmp_path)
    outcome = run(tmp_path)
    assert outcome.returncode == 0, outcome.output
    assert "it starts with ['cells', 'loose', 'strict'] 3" in outcome.output
    lines = (tmp_path / "out" / "lines.txt").read_text().split()
    assert (lines[0], lines[2]) == ("1", "3")  # a header; and two combinations
    for name in ("strict", "loose"):
        assert (tmp_path / "out" / name / "morphologies.tsv").is_file()  # checked at the start
        assert f"release: out/{name}/release" in outcome.output  # the summary, at the end
    assert not project.results.exists()
    assert "Nothing to be done" in run(tmp_path).output
    report = run(tmp_path, "--report", "report.html")
    assert report.returncode == 0, report.output
    assert (tmp_path / "report.html").stat().st_size > 100_000

    # a forced simulation does not take its kept result
    shard = tmp_path / "out" / "loose" / "scores" / "small" / "one.parquet"
    before = shard.stat().st_mtime_ns
    again = run(tmp_path, "--forcerun", "out/loose/scores/small/one.parquet")
    assert again.returncode == 0, again.output
    assert shard.stat().st_mtime_ns > before


def test_a_prefix_is_refused(tmp_path: Path):
    Modules(tmp_path)
    text = (tmp_path / "Snakefile").read_text()
    (tmp_path / "Snakefile").write_text(
        text.replace("    config:\n", '    prefix: "x"\n    config:\n', 1)
    )
    outcome = run(tmp_path, "--dry-run")
    assert outcome.returncode == 1
    assert "module strict: prefix or replace_prefix found; remove it, and set" in outcome.output


def test_an_unknown_key_names_the_module(tmp_path: Path):
    Modules(tmp_path)
    config = yaml.safe_load((tmp_path / "config.yaml").read_text())
    config["strict"]["selct"] = {}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    outcome = run(tmp_path, "--dry-run")
    assert outcome.returncode == 1
    assert "config of the module strict:\n  - unknown key 'selct'" in outcome.output


class Hosted:
    """A repository of the workflow, at a web address that git takes from this machine."""

    def __init__(self, root: Path) -> None:
        self.library = root / "site-packages"
        repository = root / "remotes" / OWNER / "megate"
        repository.mkdir(parents=True)
        git = ["git", "-C", str(repository), "-c", "user.name=me", "-c", "user.email=me@here"]
        files = subprocess.run(
            [
                "git",
                "-C",
                str(REPOSITORY),
                "ls-files",
                "--cached",
                "--others",
                "--exclude-standard",
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        for name in files:
            path = repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if os.path.lexists(REPOSITORY / name):
                shutil.copy(REPOSITORY / name, path, follow_symlinks=False)
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "All"]):
            subprocess.run([*git, *command], check=True)
        subprocess.run([*git, "tag", "v1"], check=True)
        config = root / "gitconfig"
        config.write_text(
            f'[url "file://{root}/remotes/"]\n\tinsteadOf = https://github.com/\n'
            "[safe]\n\tdirectory = *\n"
        )
        self.environment = {
            "GIT_CONFIG_GLOBAL": str(config),
            "XDG_CACHE_HOME": str(root / "cache"),
            "PYTHONPATH": str(self.library),
        }
        self.url = f"https://github.com/{OWNER}/megate"

    def install(self) -> None:
        """Install the package as pip does: without the repository around it."""
        shutil.copytree(REPOSITORY / "scripts" / "megate", self.library / "megate")


@pytest.fixture
def hosted(tmp_path: Path) -> Hosted:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a clone")
    return Hosted(tmp_path)


def deploy_like_snakedeploy(hosted: Hosted, folder: Path) -> None:
    """What snakedeploy 0.17 writes: a module in workflow/Snakefile, config/ and profiles/."""
    (folder / "workflow").mkdir(parents=True)
    for name in ("config", "profiles"):
        shutil.copytree(REPOSITORY / name, folder / name)
    text = MODULE.format(
        file="config/config.yaml",
        name="megate",
        snakefile=f'github("{OWNER}/megate", path="workflow/Snakefile", tag="v1")',
        config="config",
        names="",
    )
    (folder / "workflow" / "Snakefile").write_text(text)


def deploy_with_snakedeploy(hosted: Hosted, folder: Path) -> None:
    program = shutil.which("snakedeploy")
    if program is None:
        pytest.skip("snakedeploy is not installed")
    folder.mkdir()
    subprocess.run(
        [program, "deploy-workflow", hosted.url, str(folder), "--tag", "v1"],
        env=os.environ | hosted.environment,
        check=True,
    )


@pytest.mark.parametrize("deploy", [deploy_like_snakedeploy, deploy_with_snakedeploy])
def test_deployed(deploy, hosted: Hosted, tmp_path: Path):
    folder = tmp_path / "deployed"
    deploy(hosted, folder)
    hosted.library.mkdir()
    without = run(folder, "--dry-run", **hosted.environment)
    if "is not installed" not in without.output:  # an editable installation of this clone
        assert without.planned == EXAMPLE_JOBS, without.output
    else:
        assert without.returncode == 1
        assert f"pip install git+{hosted.url}@v1" in without.output
    hosted.library.rmdir()
    hosted.install()
    outcome = run(folder, "--dry-run", **hosted.environment)
    assert outcome.planned == EXAMPLE_JOBS, outcome.output


def test_a_deployed_workflow_simulates(hosted: Hosted, tmp_path: Path):
    """Scripts, command and server take the installed library."""
    project = SmallProject(tmp_path, ["one"], "    pass\n")
    hosted.install()
    text = MODULE.format(
        file="megate.yaml",
        name="megate",
        snakefile=f'github("{OWNER}/megate", path="workflow/Snakefile", tag="v1")',
        config="config",
        names="",
    )
    (tmp_path / "Snakefile").write_text(text)
    outcome = run(tmp_path, **hosted.environment)
    assert outcome.returncode == 0, outcome.output
    assert "2 combinations: 2 passed" in outcome.output
    assert project.shard("one").is_file()
    report = run(tmp_path, "--report", "report.html", **hosted.environment)
    assert report.returncode == 0, report.output


def test_another_version_of_the_library(hosted: Hosted, tmp_path: Path):
    folder = tmp_path / "deployed"
    deploy_like_snakedeploy(hosted, folder)
    (hosted.library / "megate").mkdir(parents=True)
    (hosted.library / "megate" / "__init__.py").write_text('__version__ = "0.0.1"\n')
    outcome = run(folder, "--dry-run", **hosted.environment)
    assert outcome.returncode == 1
    assert "the package megate 0.0.1 found, expected 0." in outcome.output
