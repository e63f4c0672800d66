"""Compare the solver of NEURON's versions: one sweep of an e-model, the versions in turn.

    python benchmarks/neuron_versions.py EMODEL MORPHOLOGY [--versions neuron==8.2.7 ...]
        [--both-ways] [--holding -0.13] [--step 0.87] [--tstop 200] [--rounds 40] [--work FOLDER]

EMODEL is a prepared e-model of a run (results/emodels/NAME), MORPHOLOGY a file that it can be
simulated on. Each version (a requirement for pip) gets an environment in FOLDER, with the other
libraries of this one, and compiles the e-model's mechanisms unchanged; with --both-ways, also made
faster, as megate does. One process per version builds the cell.
In each round, all processes run the sweep one after the other, in random order, so that other work
on the machine affects all versions alike. Prints the CPU time per solver step, its ratio to the
first version (median of the rounds), and whether times and voltages are the same bits. Run it in
megate's environment.
"""

import argparse
import hashlib
import json
import platform
import random
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from scoring import REPOSITORY, write

sys.path.insert(0, str(REPOSITORY / "scripts"))

from megate.emodels.manifest import Manifest
from megate.emodels.mechanisms import compile_mechanisms

VERSIONS = ["neuron==8.2.7", "neuron==9.0.2", "neuron-nightly"]
DELAY_MS = 20.0


class Version:
    """A version of NEURON: an environment, and a process that has built the cell."""

    def __init__(
        self, requirement: str, work: Path, emodel: Path, sweep: dict[str, Any], unchanged: bool
    ) -> None:
        self.name, self.unchanged = requirement, unchanged
        folder = work / requirement.replace("=", "-")
        self._python = folder / "bin" / "python"
        self._make_environment(folder)
        package = folder / ("unchanged" if unchanged else "faster")
        shutil.rmtree(package, ignore_errors=True)
        compiled = shutil.ignore_patterns(platform.machine())
        shutil.copytree(emodel / "package", package, ignore=compiled)
        task = json.dumps(sweep | {"unchanged": unchanged})
        command = [self._python, Path(__file__).absolute(), "--serve", task]
        self._process = subprocess.Popen(
            command, cwd=package, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        first = self._answer()
        self.version, self.steps = first["version"], first["steps"]
        self.digest, self.segments = first["digest"], first["segments"]
        self.cpu_s: list[float] = []

    def _make_environment(self, folder: Path) -> None:
        if (folder / "complete").exists():
            return
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [self._python, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*pip, self.name], check=True)
        # the other libraries are those of this environment; NEURON's own comes first
        site = next(folder.glob("lib/python*/site-packages"))
        (site / "zz_megate.pth").write_text(sysconfig.get_path("purelib") + "\n")
        (folder / "complete").touch()

    def run(self) -> None:
        """Run the sweep once more."""
        assert self._process.stdin is not None
        self._process.stdin.write("run\n")
        self._process.stdin.flush()
        self.cpu_s.append(self._answer()["cpu_s"])

    def end(self) -> None:
        """Let the process end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        sys.exit(f"{self.name}: its process ended")


def serve(sweep: dict[str, Any]) -> None:
    """In a version's environment and package: compile the mechanisms, build the cell, and run the
    sweep once per line of standard input."""
    sys.argv = sys.argv[:1]  # packages may read it
    package = Path.cwd()
    mod_files = [package / "mechanisms" / name for name in sweep["mod_files"]]
    compile_mechanisms(mod_files, package, unchanged=sweep["unchanged"])

    import neuron
    import numpy as np
    from bluepyopt import ephys

    from megate.simulation.evaluator import load

    h = neuron.h
    cell = load(
        sweep["emodel"], sweep["morphology"], None, kind=sweep["evaluator"]
    ).evaluator.cell_model
    cell.freeze(sweep["params"])
    simulator = ephys.simulators.NrnSimulator()
    cell.instantiate(sim=simulator)
    stimuli = []
    for amplitude, delay in ((sweep["holding"], 0), (sweep["step"], DELAY_MS)):
        stimulus = h.IClamp(0.5, sec=cell.icell.soma[0])
        stimulus.amp, stimulus.delay, stimulus.dur = amplitude, delay, 1e9
        stimuli.append(stimulus)
    recorded = [h.Vector().record(h._ref_t), h.Vector().record(cell.icell.soma[0](0.5)._ref_v)]
    simulator.run(sweep["tstop"], cvode_active=True)
    values = [np.array(vector) for vector in recorded]
    first = {
        "version": neuron.__version__,
        "steps": len(values[0]),
        "digest": hashlib.sha256(b"".join(each.tobytes() for each in values)).hexdigest(),
        "segments": sum(section.nseg for section in h.allsec()),
    }
    write(json.dumps(first))
    for _ in sys.stdin:
        started = time.process_time()
        simulator.run(sweep["tstop"], cvode_active=True)
        write(json.dumps({"cpu_s": time.process_time() - started}))


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        serve(json.loads(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("emodel", type=Path, help="folder of a prepared e-model")
    parser.add_argument("morphology", type=Path)
    parser.add_argument("--versions", nargs="+", default=VERSIONS)
    parser.add_argument("--both-ways", action="store_true")
    parser.add_argument("--holding", type=float, default=-0.13, help="nA")
    parser.add_argument("--step", type=float, default=0.87, help=f"nA, from {DELAY_MS:g} ms on")
    parser.add_argument("--tstop", type=float, default=200.0, help="ms")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--work", type=Path, help="folder for the environments")
    arguments = parser.parse_args()
    work = (arguments.work or Path(tempfile.mkdtemp(prefix="megate-neuron-"))).absolute()
    work.mkdir(parents=True, exist_ok=True)
    manifest = Manifest.read(arguments.emodel / "emodel.json")
    sweep = {
        "emodel": manifest.emodel,
        "evaluator": manifest.evaluator,
        "params": manifest.params,
        "mod_files": manifest.mod_files,
        "morphology": str(arguments.morphology.absolute()),
        "holding": arguments.holding,
        "step": arguments.step,
        "tstop": arguments.tstop,
    }
    ways = (True, False) if arguments.both_ways else (True,)
    versions = [
        Version(name, work, arguments.emodel, sweep, unchanged)
        for name in arguments.versions
        for unchanged in ways
    ]
    for _ in range(arguments.rounds):
        for version in random.sample(versions, len(versions)):
            version.run()
    first = versions[0]
    write(f"{first.segments} segments, {first.steps} steps, {arguments.rounds} rounds")
    write("version                        us per step    ratio   same bits")
    for version in versions:
        version.end()
        ratio = statistics.median(
            own / other for own, other in zip(version.cpu_s, first.cpu_s, strict=True)
        )
        step_us = 1e6 * statistics.median(version.cpu_s) / version.steps
        same = "yes" if version.digest == first.digest else "no"
        name = version.version + ("" if version.unchanged else ", faster mechanisms")
        write(f"{name:28} {step_us:13.0f} {ratio:8.2f}   {same}")


if __name__ == "__main__":
    main()
