"""The released hoc, loaded the two ways in which circuits load it, spikes at the released currents.

Each simulator runs in a process of its own: NEURON can load a mechanism library only once.
"""

import json
import platform
import subprocess
import sys
from dataclasses import astuple, dataclass
from pathlib import Path

import pandas as pd
import pytest
from runs import Outcome, Project, copy_prepared

# 200 ms to settle at the holding current, then 500 ms at 1.2 times the threshold current.
NEURON_SCRIPT = """
import json, sys
hoc, template, library, directory, name, holding, threshold = json.loads(sys.argv[1])
from neuron import h
h.load_file("stdrun.hoc")
h.nrn_load_dll(library)
h.load_file(hoc)
cell = getattr(h, template)(0, directory, *([name] if name else []))
h.celsius, h.v_init = 34, -80
soma = cell.soma[0](0.5)
clamps = []
for amplitude, delay, duration in ((holding, 0, 700), (1.2 * threshold, 200, 500)):
    clamp = h.IClamp(soma)
    clamp.amp, clamp.delay, clamp.dur = amplitude, delay, duration
    clamps.append(clamp)
time, voltage = h.Vector().record(h._ref_t), h.Vector().record(soma._ref_v)
h.cvode_active(1)
h.tstop = 700
h.run()
print(json.dumps([list(time), list(voltage)]))
"""

BLUECELLULAB_SCRIPT = """
import json, os, sys
hoc, template, library, directory, name, holding, threshold = json.loads(sys.argv[1])
os.environ["BLUECELLULAB_MOD_LIBRARY_PATH"] = library
from bluecellulab import Cell, Simulation
from bluecellulab.circuit.circuit_access import EmodelProperties
from neuron import h
cell = Cell(
    template_path=hoc,
    morphology_path=os.path.join(directory, name),
    template_format="v6",
    emodel_properties=EmodelProperties(
        threshold_current=threshold, holding_current=holding, AIS_scaler=None
    ),
)
h.celsius, h.v_init = 34, -80
cell.add_step(0, 700, cell.hypamp)
cell.add_step(200, 700, 1.2 * cell.threshold)
simulation = Simulation()
simulation.add_cell(cell)
simulation.run(700)
print(json.dumps([cell.get_time().tolist(), cell.get_soma_voltage().tolist()]))
"""


@dataclass(frozen=True)
class ReleasedCell:
    """A released combination: hoc and mechanisms, morphology (no name: the hoc's own), currents
    (nA)."""

    hoc: str
    template: str
    library: str
    morphology_dir: str
    morphology_name: str
    holding_current: float
    threshold_current: float


@pytest.fixture(
    scope="module",
    params=["tpc140301-A2", pytest.param("tpc140309-B2", marks=pytest.mark.slow)],
)
def released_cell(request: pytest.FixtureRequest, example: tuple[Project, Outcome]) -> ReleasedCell:
    """An .asc and a .swc morphology of the release."""
    project, outcome = example
    assert outcome.returncode == 0, outcome.output
    release = pd.read_csv(project.results / "release" / "mecombo_emodel.tsv", sep="\t")
    row = release.set_index("morph_name").loc[request.param]
    morphologies = project.inputs / "morphologies"
    package = project.results / "emodels" / row["emodel"] / "package"
    return ReleasedCell(
        hoc=str(project.results / "release" / "emodels_hoc" / f"{row['emodel']}.hoc"),
        template=row["emodel"],
        library=str(package / platform.machine() / "libnrnmech.so"),
        morphology_dir=str(morphologies),
        morphology_name=next(path.name for path in morphologies.glob(f"{request.param}.*")),
        holding_current=row["holding_current"],
        threshold_current=row["threshold_current"],
    )


def spike_times(script: str, cell: ReleasedCell, directory: Path) -> list[float]:
    """Times (ms) at which the soma crosses -20 mV upwards, simulated in an empty directory.

    Empty, because NEURON loads by itself the mechanisms that lie in its working directory.
    """
    done = subprocess.run(
        [sys.executable, "-c", script, json.dumps(astuple(cell))],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    time, voltage = json.loads(done.stdout.splitlines()[-1])
    return [t for t, v0, v1 in zip(time[1:], voltage, voltage[1:], strict=False) if v0 <= -20 < v1]


@pytest.mark.parametrize(
    ("simulator", "script"),
    [
        ("neuron", NEURON_SCRIPT),
        pytest.param("bluecellulab", BLUECELLULAB_SCRIPT, marks=pytest.mark.slow),
    ],
    ids=["neuron", "bluecellulab"],
)
def test_released_hoc_spikes(
    simulator: str, script: str, released_cell: ReleasedCell, tmp_path: Path
):
    pytest.importorskip(simulator)
    spikes = spike_times(script, released_cell, tmp_path)
    assert spikes, "no spike at 1.2 times the threshold current"
    assert min(spikes) > 200, f"spikes at the holding current alone: {spikes}"


@pytest.mark.slow
def test_a_template_of_the_users_own_takes_the_place_of_ours(
    example: tuple[Project, Outcome], tmp_path: Path
):
    project = copy_prepared(example[0], tmp_path)
    (project.inputs / "own.jinja2").write_text("{{ template_name }} on {{ morphology }}\n")
    project.edit("config.yaml", "# template: my_cell", "template: example/own.jinja2 # my_cell")
    outcome = project.snakemake("--until", "emodel_hoc")
    assert outcome.returncode == 0, outcome.output
    assert outcome.planned.keys() <= {"combos", "emodel_hoc"}
    hoc = project.results / "release" / "emodels_hoc" / "cNAC_LBC.hoc"
    assert hoc.read_text().strip() == "cNAC_LBC on lbc140501-1.swc"
    assert "combinations:" not in outcome.output  # nothing was aggregated
