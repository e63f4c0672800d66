"""BlueCelluLab's validation has the same results and values as the tests of a hoc."""

import json
import subprocess
import sys
from pathlib import Path

import hoc_emodel
import pytest
from hoc_emodel import CELSIUS, V_INIT, swc

from megate.emodels.hoc_tests import HocSettings, HocTests
from megate.processes.child import run_in_child

pytestmark = pytest.mark.slow

SCRIPT = """
import json, multiprocessing, sys
import matplotlib
matplotlib.use("Agg")
import efel
from pathlib import Path
from bluecellulab import Cell
from bluecellulab.analysis.inject_sequence import run_stimulus
from bluecellulab.circuit.circuit_access import EmodelProperties
from bluecellulab.simulation.neuron_globals import set_neuron_globals
from bluecellulab.stimulus.factory import StimulusFactory
from bluecellulab.validation import validation

hoc, morphology, holding, threshold, celsius, v_init = json.loads(sys.argv[1])
properties = EmodelProperties(threshold, holding)
made = Cell(hoc, morphology, template_format="v6", emodel_properties=properties).template_params
out, steps = Path("."), StimulusFactory(dt=1.0)

def isolated(function, *arguments):
    context = multiprocessing.get_context("fork")
    with context.Pool(1, set_neuron_globals, (celsius, v_init)) as pool:
        return pool.apply(function, arguments)

def spike_count(percent):
    step = steps.idrest(threshold_current=threshold, threshold_percentage=percent)
    place = {"section": "soma[0]", "segment": 0.5}
    detection = {"enable_spike_detection": True, "threshold_spike_detection": -20.0}
    return len(run_stimulus(made, step, **place, **detection).spike)

def deflection(percent):
    amplitude = threshold * percent / 100
    step = steps.step(pre_delay=1000, duration=1000, post_delay=50, amplitude=amplitude)
    found = run_stimulus(made, step, "soma[0]", 0.5)
    trace = {"T": found.time, "V": found.voltage, "stim_start": [1000], "stim_end": [2000]}
    return efel.get_feature_values([trace], [NAME])[0][NAME].tolist()[0]

NAME = "voltage_deflection_vb_ssse"
tests = {
    "Step_130.soma.spikes": (validation.spiking_test, made, threshold, out, -20.0),
    "Step_200.soma.no_depolarization_block": (
        validation.depolarization_block_test, made, threshold, out
    ),
    "Step_200.axon.ais_first": (validation.ais_spiking_test, made, threshold, out, -20.0),
    "IV_-40.soma.hyperpolarization": (validation.hyperpolarization_test, made, threshold, out),
    "bAP.dendrites.back_propagation": (validation.bpap_test, made, threshold, out),
}
found = {name: float(isolated(*call)["passed"]) for name, call in tests.items()}
for percent in (130, 160, 200):
    found[f"Step_{percent}.soma.spike_count"] = isolated(spike_count, percent)
for percent in (-100, -40, 40):
    found[f"IV_{percent}.soma.voltage_deflection"] = isolated(deflection, percent)
print(json.dumps(found))
"""


@pytest.mark.parametrize("axon", [False, True])
def test_bluecellulab_agrees(tmp_path: Path, axon: bool) -> None:
    pytest.importorskip("bluecellulab")
    package = hoc_emodel.write(tmp_path / "package", morphology=swc(axon=axon))
    HocTests(HocSettings(0.35, 0.4, 3.5, 34.0, -80.0, -75.0, 0.001, 2.0)).write(package)
    exemplar = str(package / "morphology" / "exemplar.swc")
    arguments = {"morph_path": exemplar}
    log = tmp_path / "log"
    ours = run_in_child("hoc_child:measured", arguments, package, log)[0]
    hoc = str(package / "hoc" / "hh_cell.hoc")
    given = [hoc, exemplar, ours["holding"], ours["threshold"], CELSIUS, V_INIT]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(given)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout.splitlines()[-1])
    values = {name.removeprefix("mm."): value for name, value in ours["values"].items()}
    assert set(theirs) == set(values) - {"Rin.soma.input_resistance"}
    for name, value in theirs.items():
        assert values[name] == pytest.approx(value, abs=0.05 if name.startswith("IV") else 0), name
