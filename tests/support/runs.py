"""Real Snakemake runs, in a process of their own, as a user starts them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml
from lxml import etree
from small_disk import without_privileges

REPOSITORY = Path(__file__).resolve().parents[2]

# Every job of the example, by rule.
EXAMPLE_JOBS = {
    "combos": 1,
    "prepare_emodel": 2,
    "emodel_hoc": 2,
    "score_combo": 15,
    "gather_scores": 1,
    "aggregate": 1,
    "circuit": 1,
    "report_pages": 1,
    "all": 1,
}


def linked_clone(folder: Path) -> Path:
    """Make `folder` look like a fresh clone with megate's environment, by links."""
    folder.mkdir()
    for name in ("Snakefile", "workflow", "config", "scripts", "profiles", "envs"):
        (folder / name).symlink_to(REPOSITORY / name)
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


def sh_blocks(page: Path) -> list[str]:
    """The commands of a page of the documentation, by block."""
    return re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)


def typed(commands: str, folder: Path, home: Path, timeout: float = 1800) -> str:
    """What commands print that a new user types in one shell in megate's folder. They must end
    well."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env=os.environ | {"HOME": str(home)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@dataclass(frozen=True)
class Outcome:
    """What a snakemake call gave.

    Attributes:
        output: everything on the screen
        planned: number of jobs by rule, as Snakemake lists them before it starts
    """

    returncode: int
    output: str
    planned: dict[str, int]


@dataclass(frozen=True)
class Project:
    """A copy of the example that a test may change, with its results."""

    root: Path

    @property
    def inputs(self) -> Path:
        return self.root / "config" / "example"

    @property
    def results(self) -> Path:
        return self.root / "results"

    def snakemake(self, *arguments: str, cores: int = 2) -> Outcome:
        """Run snakemake on this project, in its root."""
        return snakemake(
            *arguments, "--configfile", "config/config.yaml", cwd=self.root, cores=cores
        )

    def keep(self, kind: str) -> None:
        """Cut it down to one e-model: the m-types with `kind` (LBC or TPC) in their name."""
        recipe = self.inputs / "recipe.yaml"
        content = yaml.safe_load(recipe.read_text())
        content["neurons"] = [n for n in content["neurons"] if kind in n["traits"]["mtype"]]
        recipe.write_text(yaml.safe_dump(content))
        self._keep_morphologies(lambda morphology: kind in morphology.findtext("mtype"))

    def keep_morphologies(self, *names: str) -> None:
        """Cut the release down to these morphologies."""
        self._keep_morphologies(lambda morphology: morphology.findtext("name") in names)

    def _keep_morphologies(self, keep: Callable[[etree._Element], bool]) -> None:
        neurondb = self.inputs / "morphologies" / "neuronDB.xml"
        tree = etree.parse(neurondb)
        for morphology in tree.findall(".//morphology"):
            if not keep(morphology):
                morphology.getparent().remove(morphology)
        tree.write(neurondb)

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        path = self.root / "config" / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {path}"
        path.write_text(text.replace(old, new))


def start_snakemake(
    *arguments: str,
    cwd: Path,
    cores: int = 2,
    new_session: bool = False,
    privileged: bool = True,
) -> subprocess.Popen:
    """Start snakemake; with `new_session`, as the leader of a process group, as a shell would;
    unless `privileged`, permissions count also where the tests are run by root."""

    def before() -> None:
        # the tests themselves may run where a background job does not hear Ctrl-C
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if not privileged:
            without_privileges()

    # nothing activated: only the interpreter's own folder tells where the environment is
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    return subprocess.Popen(
        [*command, "--cores", str(cores), *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=new_session,
        preexec_fn=before,
    )


def snakemake(*arguments: str, cwd: Path, cores: int = 2, privileged: bool = True) -> Outcome:
    with start_snakemake(*arguments, cwd=cwd, cores=cores, privileged=privileged) as process:
        try:
            output, _ = process.communicate(timeout=900)
        except BaseException:
            process.kill()
            raise
    return Outcome(process.returncode, output, planned_jobs(output))


def planned_jobs(output: str) -> dict[str, int]:
    table = re.search(r"^Job stats:\njob +count\n-[- ]+\n(.*?)^total ", output, re.M | re.S)
    lines = table.group(1).splitlines() if table else []
    return {line.split()[0]: int(line.split()[1]) for line in lines}


def jobs_by_name(outcome: Outcome) -> set[str]:
    """The jobs that Snakemake lists one by one, `<rule> <wildcard>`."""
    assert outcome.returncode == 0, outcome.output
    jobs = []
    for rule, about in re.findall(r"^(?:local)?rule (\w+):\n((?: .*\n)*)", outcome.output, re.M):
        wildcard = re.search(r"^ *wildcards: \w+=(.*)$", about, re.M)
        jobs.append(f"{rule} {wildcard.group(1)}" if wildcard else rule)
    assert Counter(job.split()[0] for job in jobs) == outcome.planned
    assert len(set(jobs)) == len(jobs)
    return set(jobs)


def copy_project(root: Path) -> Project:
    shutil.copytree(REPOSITORY / "config", root / "config")
    return Project(root)


def copy_prepared(finished: Project, root: Path, *emodels: str) -> Project:
    """Copy the finished example without its simulations (all, or those of some e-models).

    The e-models stay prepared: compiling their mechanisms takes longer than the simulations.
    """
    project = copy_project(root)
    shutil.copytree(finished.results, project.results)
    shutil.copytree(finished.root / ".snakemake", root / ".snakemake")
    for folder in (project.results / "scores", project.results / "finished" / "scores"):
        for path in folder.iterdir():
            if path.name in emodels or not emodels:
                shutil.rmtree(path)
    return project
