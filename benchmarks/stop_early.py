"""Compare the CPU time of simulations with and without `scoring.stop_early`, and the decisions.

    python benchmarks/stop_early.py PROJECT [--variants 16] [--fail 0.5] [--builtin] [--cores 2]
                                    [--work FOLDER]

PROJECT is a BluePyMM project (a folder with prepare.json, run.json, select.json) or one of megate's
configuration files (config/config.yaml is the example). For each of its morphologies, `--variants`
more are made, as in adaptation.py. megate runs without `stop_early` first. All thresholds are then
multiplied by a factor of extra_data/threshold_sweep.csv with which about the share `--fail` of the
combinations fails (`--fail 0`: they stay as they are). It decides anew with these, and runs with
`stop_early` into another folder. With `--builtin`, the built-in evaluator runs all e-models. Run
the same command again to go on where it was interrupted. Prints the CPU time of the simulations and
where they stopped. Ends with an error if a decision differs.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml
from adaptation import copied, make_project, run_megate
from scoring import write

OUTCOME = ["combo_name", "etype", "passed", "reason"]


def multiply_thresholds(project: Path, factor: float) -> None:
    """Multiply the thresholds in a project's select.json or configuration file."""
    path = project / "select.json" if project.is_dir() else project
    read = json.loads if project.is_dir() else yaml.safe_load
    content = read(path.read_text())
    select = content if project.is_dir() else content["select"]
    for rule in select["megate_thresholds"]:
        rule["megate_threshold"] *= factor
    path.write_text(json.dumps(content, indent=1))


def factor_for(results: Path, fail: float) -> float:
    """The factor on all thresholds with which nearest to this share of the combinations fails."""
    sweep = pd.read_csv(results / "release" / "extra_data" / "threshold_sweep.csv")
    counts = sweep.groupby("factor")[["released", "combinations"]].sum()
    difference = 1 - counts["released"] / counts["combinations"] - fail
    return float(difference.abs().idxmin())


def decisions_of(results: Path) -> pd.DataFrame:
    rows = pd.read_parquet(results / "decisions.parquet").drop_duplicates("combo")
    return rows.astype(dict.fromkeys(("combo_name", "etype", "reason"), str)).set_index("combo")


def simulations_of(results: Path) -> pd.DataFrame:
    return pd.read_parquet(results / "scores.parquet").drop_duplicates("job").set_index("job")


def compare_decisions(whole: Path, stopped: Path) -> None:
    """Raise if a combination passes in one of them only, or has another reason."""
    before, after = (decisions_of(results)[OUTCOME] for results in (whole, stopped))
    fails = (~before["passed"]).sum()
    write(f"{len(before)} combinations, {fails} fail ({100 * fails / len(before):.0f} %)")
    if not before.equals(after):
        different = before.compare(after, result_names=("without", "with"))
        sys.exit(f"the decisions differ:\n{different.to_string()}")
    write("decisions: all the same")


def compare_times(whole: Path, stopped: Path) -> None:
    """Print CPU times, and where simulations stopped."""
    before, after = simulations_of(whole), simulations_of(stopped)
    ended = after["stopped_at"].notna()
    write(f"{len(after)} simulations, {ended.sum()} stopped early\n")
    write("CPU time of simulations, s     without      with     ratio")
    for name, jobs in (("all", after.index), ("stopped", after.index[ended])):
        times = before.loc[jobs, "cpu_s"].sum(), after.loc[jobs, "cpu_s"].sum()
        if len(jobs):
            write(f"{name:24} {times[0]:13.1f} {times[1]:9.1f} {times[1] / times[0]:9.2f}")
    if ended.any():
        write("\nstopped at")
        write(after.loc[ended, "stopped_at"].value_counts().to_string())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("--variants", type=int, default=16)
    parser.add_argument("--fail", type=float, default=0.5)
    parser.add_argument("--builtin", action="store_true")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--work", type=Path, help="folder for the variants and the results")
    arguments = parser.parse_args()
    work = (arguments.work or Path(tempfile.mkdtemp(prefix="megate-stop-early-"))).absolute()
    project, factors = copied(arguments.project, work / "project"), work / "factor.json"
    if not project.exists():
        make_project(arguments.project, work / "project", arguments.variants)
    evaluator = "builtin" if arguments.builtin else "auto"
    results = {name: work / name for name in ("without", "with")}

    def run(name: str) -> None:
        stop = str(name == "with").lower()
        setting = f"scoring={{evaluator: {evaluator}, stop_early: {stop}}}"
        run_megate(project, results[name], arguments.cores, [setting])

    if not factors.exists():
        run("without")
        factor = factor_for(results["without"], arguments.fail) if arguments.fail else 1.0
        multiply_thresholds(project, factor)
        factors.write_text(json.dumps(factor))
    run("without")
    run("with")
    write(f"\nthresholds multiplied by {json.loads(factors.read_text()):g}")
    compare_decisions(results["without"], results["with"])
    compare_times(results["without"], results["with"])
    write(f"\nresults: {work}")


if __name__ == "__main__":
    main()
