"""Count what is released without and with adaptation of AIS and soma, on variants of morphologies.

    python benchmarks/adaptation.py PROJECT [--variants 16] [--limits 0.8,1.2 0.5,2] [--cores 2]
                                    [--work FOLDER]

PROJECT is a BluePyMM project (a folder with prepare.json, run.json, select.json).
For each of its morphologies, `--variants` more are made: diameters, lengths and terminal branches
differ at random, with a fixed seed (tests/support/variants.py has the sizes). megate then runs
without adaptation, and once with it for each pair of limits, into a folder of results each. Run the
same command again to go on where it was interrupted. Prints what is released, which features let
cells pass or fail, the scales, the ratios of input resistances and the CPU time.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import yaml
from scoring import timed, write

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.append(str(REPOSITORY / "tests" / "support"))

from variants import add_variants  # noqa: E402

SEED = 15


def copied(source: Path, folder: Path) -> Path:
    """Where `make_project` copies a project to: a BluePyMM project, or a configuration file."""
    return folder if source.is_dir() else folder / source.name


def make_project(source: Path, folder: Path, variants: int) -> None:
    """Copy a BluePyMM project, or the folder of a configuration file, with `variants` more
    morphologies for each of its own."""
    shutil.copytree(source if source.is_dir() else source.parent, folder)
    project = copied(source, folder)
    if source.is_dir():
        prepare = json.loads((project / "prepare.json").read_text())
    else:
        prepare = yaml.safe_load(project.read_text())["prepare"]
    add_variants(folder / prepare["morph_path"], variants, SEED)


@dataclass
class Run:
    """The results of a run.

    Attributes:
        combos: decision about each combination, by its name
        features: whether each gated feature passed, by combination and feature
        jobs: the simulations, by morphology
        rho: the exemplars' `rho_axon` and `rho`, by e-model; empty without adaptation
    """

    combos: pd.DataFrame
    features: pd.Series
    jobs: pd.DataFrame
    rho: pd.DataFrame

    @classmethod
    def read(cls, results: Path) -> "Run":
        decisions = pd.read_parquet(results / "decisions.parquet")
        decisions = decisions.astype({"combo_name": str, "feature": str, "emodel": str})
        gated = decisions[decisions["gated"].eq(True)].set_index(["combo_name", "feature"])
        jobs = pd.read_parquet(results / "scores.parquet").drop_duplicates("job")
        files = sorted((results / "adaptation").glob("*.json"))
        return cls(
            decisions.drop_duplicates("combo_name").set_index("combo_name"),
            gated["feature_passed"].astype(bool),
            jobs.set_index("job"),
            pd.DataFrame({file.stem: json.loads(file.read_text()) for file in files}).T,
        )


def run_megate(project: Path, results: Path, cores: int, settings: list[str]) -> Run:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--cores", str(cores)]
    if project.is_file():
        command += ["--configfile", str(project)]
    else:
        settings = [f"bluepymm={project}", *settings]
    log = results.with_suffix(".log")
    command += ["--config", f"results={results}", *settings]
    used = timed(command, results.parent, dict(os.environ), log)
    write(f"{results.name}: {used.wall:.0f} s wall, {used.cpu:.0f} s CPU in this call")
    return Run.read(results)


def compare(without: Run, adapted: Run) -> None:
    """Print what adaptation changes."""
    passed = pd.DataFrame(
        {"without": without.combos["passed"], "with": adapted.combos["passed"]}, dtype=bool
    )
    share = passed.mean() * 100
    write(f"released without: {passed['without'].sum()} of {len(passed)}, {share['without']:.1f} %")
    write(f"released with:    {passed['with'].sum()} of {len(passed)}, {share['with']:.1f} %")
    write(f"difference:       {share['with'] - share['without']:+.1f} percentage points")
    write(f"only without: {sum(passed['without'] & ~passed['with'])}")
    write(f"only with:    {sum(~passed['without'] & passed['with'])}")
    source = adapted.combos["morph_name"].astype(str).str.replace(r"_v\d+$", "", regex=True)
    write("\nby original morphology")
    write(passed.groupby(source).agg(["sum", "count"]).to_string())
    features = pd.DataFrame({"without": without.features, "with": adapted.features}).eq(True)
    counts = pd.DataFrame(
        {
            "fail without": ~features["without"],
            "fail with": ~features["with"],
            "fail only without": ~features["without"] & features["with"],
            "fail only with": features["without"] & ~features["with"],
        }
    )
    by_feature = counts.groupby("feature").sum().sort_values("fail without", ascending=False)
    write("\ncombinations that fail a feature")
    write(by_feature[by_feature.any(axis=1)].to_string())
    common = without.combos.index[passed.all(axis=1)]
    medians = [run.combos.loc[common, "median_score"].mean() for run in (without, adapted)]
    write(f"\nmean of median scores where both pass: {medians[0]:.2f} and {medians[1]:.2f}")


def describe(adapted: Run) -> None:
    """Print the scales, the ratios of resistances, and the CPU time."""
    jobs = adapted.jobs[adapted.jobs["AIS_scaler"].notna()]
    within = jobs[~jobs["at_limit"].astype(bool)]
    write(f"\n{len(jobs)} adapted simulations, {len(jobs) - len(within)} with a scale at a limit")
    write(jobs[["AIS_scaler", "soma_scaler"]].astype(float).describe().to_string())
    emodels = within.index.str.split("/").str[0]
    for ratio in ("rho_axon", "rho"):
        exemplar = adapted.rho.loc[emodels, ratio].to_numpy(float)
        error = (within[ratio] / exemplar - 1).abs() * 100
        write(f"{ratio}: at most {error.max():.2f} % from the exemplar's within limits")
    cost = jobs["adapt_cpu_s"].sum() / jobs["cpu_s"].sum() * 100
    write(f"adaptation takes {jobs['adapt_cpu_s'].mean():.2f} s CPU per simulation, {cost:.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--variants", type=int, default=16)
    parser.add_argument("--limits", nargs="+", default=["0.8,1.2"])
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for the variants and the results")
    arguments = parser.parse_args()
    work = (arguments.work or Path(tempfile.mkdtemp(prefix="megate-adaptation-"))).absolute()
    project = work / "project"
    if not project.exists():
        make_project(arguments.project, project, arguments.variants)
    without = run_megate(project, work / "without", arguments.cores, [])
    for limits in arguments.limits:
        results = work / f"with_{limits.replace(',', '_')}"
        adapt = f"adapt={{limits: [{limits}]}}"
        adapted = run_megate(project, results, arguments.cores, [adapt])
        write(f"\n# limits {limits}\n")
        compare(without, adapted)
        describe(adapted)
    write(f"\nresults: {work}")


if __name__ == "__main__":
    main()
