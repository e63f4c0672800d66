"""Check and time mechanisms that compute their rates once for each voltage.

    python benchmarks/rates_once.py FOLDER [--sample 600] [--batch 60]

FOLDER holds .mod files, at any depth. Prints how many different ones `compute_rates_once` changes.
Simulates a random sample of these, each on a small cell with Hodgkin-Huxley channels, with CVODE
and random current pulses: with the file as it is, and changed. Prints how often times and voltages
are the same bits, and the ratio of the CPU times. Run it in megate's environment.
"""

import argparse
import hashlib
import json
import multiprocessing
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scoring import REPOSITORY, write

sys.path.insert(0, str(REPOSITORY / "scripts"))

from megate.core.errors import MegateError
from megate.emodels.mechanisms import compile_mechanisms
from megate.emodels.nmodl import blanked
from megate.emodels.rates_once import compute_rates_once

_SUFFIX = re.compile(r"^(\s*SUFFIX\s+)\w+", re.MULTILINE)
_RUNS = 2
_TIMEOUT_S = 60
_RESULTS = "results: "


def simulate(names: Sequence[str]) -> None:
    """In the folder of the compiled library: print the results of each mechanism's runs, as it is
    and changed. Each run is a fork."""
    import neuron  # loads the library

    assert neuron.h
    kinds = ("own", "once")
    runs = [(name, seed) for name in names for seed in range(_RUNS)]
    results = [[_forked(f"{kind}_{name}", seed) for kind in kinds] for name, seed in runs]
    write(f"{_RESULTS}{json.dumps(results)}")


def _forked(mechanism: str, seed: int) -> tuple[str, float] | None:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, mechanism, seed))
    process.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(_TIMEOUT_S) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def _run(sender: Any, mechanism: str, seed: int) -> None:
    import numpy as np
    from neuron import h

    h.load_file("stdrun.hoc")
    chosen = random.Random(seed)
    soma, dendrite = h.Section(name="soma"), h.Section(name="dendrite")
    soma.L = soma.diam = 20
    dendrite.connect(soma)
    dendrite.L, dendrite.diam, dendrite.nseg = 200, 2, 5
    for section in (soma, dendrite):
        for each in ("pas", "hh", mechanism):
            section.insert(each)
    clamps = [h.IClamp(soma(0.5)) for _ in range(3)]
    for index, clamp in enumerate(clamps):
        clamp.delay, clamp.dur, clamp.amp = 20 + 60 * index, 40, chosen.uniform(-0.1, 0.6)
    variables = (h._ref_t, soma(0.5)._ref_v, dendrite(0.7)._ref_v)
    recorded = [h.Vector().record(variable) for variable in variables]
    h.celsius, h.v_init, h.tstop = chosen.choice([22, 34]), chosen.choice([-65, -80]), 220
    solver = h.CVode()
    solver.active(1)
    started = time.process_time()
    h.run()
    cpu_s = time.process_time() - started
    digest = hashlib.sha256(b"".join(np.array(vector).tobytes() for vector in recorded))
    sender.send((digest.hexdigest(), cpu_s))


def _compare(mods: dict[str, str], folder: Path) -> list[list[Any]]:
    """The results of the mechanisms, name -> text of the .mod file."""
    mechanisms = folder / "mechanisms"
    mechanisms.mkdir()
    for name, mod in mods.items():
        for kind, text in (("own", mod), ("once", compute_rates_once(mod))):
            renamed = _SUFFIX.sub(rf"\g<1>{kind}_{name}", text)
            (mechanisms / f"{kind}_{name}.mod").write_bytes(renamed.encode("latin-1"))
    try:
        compile_mechanisms(mechanisms.iterdir(), folder, unchanged=True)
    except MegateError as error:
        write(f"left out: {error}")
        return []
    command = [sys.executable, Path(__file__).absolute(), "--simulate", *mods]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.rpartition(_RESULTS)[2])


def main() -> None:
    if sys.argv[1:2] == ["--simulate"]:
        simulate(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=600, help="number of files")
    parser.add_argument("--batch", type=int, default=60, help="number of files compiled together")
    arguments = parser.parse_args()
    files = (path for path in arguments.folder.rglob("*.mod") if path.is_file())
    mods = {path.read_bytes().decode("latin-1") for path in files}
    changed = sorted(mod for mod in mods if compute_rates_once(mod) != mod)
    write(f"{len(mods)} different files, {len(changed)} are changed")
    # without those that differ in comments only
    different = {re.sub(r"\s+", "", _SUFFIX.sub("", blanked(mod))): mod for mod in changed}
    known = [mod for mod in different.values() if _SUFFIX.search(blanked(mod))]
    sample = random.Random(1).sample(known, min(arguments.sample, len(known)))
    results: list[list[Any]] = []
    for start in range(0, len(sample), arguments.batch):
        batch = enumerate(sample[start : start + arguments.batch], start)
        folder = Path(tempfile.mkdtemp(prefix="megate-rates-"))
        try:
            results += _compare({f"m{index}": mod for index, mod in batch}, folder)
        finally:
            shutil.rmtree(folder)
    both = [(own, once) for own, once in results if own and once]
    same = sum(own[0] == once[0] for own, once in both)
    only_one = sum((own is None) != (once is None) for own, once in results)
    write(f"{len(results)} pairs of runs: {same} with the same bits, {len(both) - same} different")
    write(f"{len(results) - len(both)} did not end, {only_one} of them in one of both ways only")
    ratio = statistics.median(once[1] / own[1] for own, once in both)
    write(f"CPU time, changed to unchanged: {ratio:.2f} (median)")


if __name__ == "__main__":
    main()
