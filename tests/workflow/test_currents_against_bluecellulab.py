"""BlueCelluLab's tools measure the same currents and input resistances of released combinations,
with the released hoc.

They run in a process of their own for each cell: NEURON can load a mechanism library only once.
"""

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from runs import Outcome, Project

pytestmark = pytest.mark.slow

# The holding current by a voltage clamp, if the cell is to be held at a voltage; the threshold
# current, if it is to be searched up to a current.
SCRIPT = """
import json, os, sys
hoc, library, morphology, holding, step, voltage, largest = json.loads(sys.argv[1])
os.environ["BLUECELLULAB_MOD_LIBRARY_PATH"] = library
from bluecellulab import tools
from bluecellulab.circuit.circuit_access import EmodelProperties
from bluecellulab.simulation.neuron_globals import set_neuron_globals
from bluecellulab.simulation.parallel import IsolatedProcess
set_neuron_globals(temperature=34, v_init=-80)
properties = EmodelProperties(threshold_current=0, holding_current=holding, AIS_scaler=None)
cell = (hoc, morphology, "v6", properties)
rest, held, stepped = (
    tools.calculate_SS_voltage(*cell, current) for current in (0.0, holding, holding + step)
)
found = {"rest": rest, "held": held, "resistance": (stepped - held) / step}
if voltage is not None:
    names = ("template_path", "morphology_path", "template_format", "emodel_properties")
    with IsolatedProcess() as runner:
        arguments = [voltage, False, dict(zip(names, cell))]
        found["holding"] = runner.apply(tools.holding_current_subprocess, arguments)[0]
    found["threshold"] = tools.search_threshold_current(
        *cell, holding, 1000.0, 3000.0, 0.0, largest, current_precision=0.001
    )
print(json.dumps(found))
"""


def in_bluecellulab(project: Project, row: Any, tmp_path: Path) -> dict[str, float]:
    """What BlueCelluLab measures of a released combination. The step for the input resistance is
    megate's."""
    step = -min(0.02, 2 / row.input_resistance) if row.input_resistance > 250 else -0.02
    measured = row.emodel == "cNAC_LBC"  # the other e-model has currents of its own
    arguments = [
        str(project.results / "release" / "emodels_hoc" / f"{row.emodel}.hoc"),
        str(
            project.results / "emodels" / row.emodel / "package" / platform.machine()
            / "libnrnmech.so"
        ),
        str(next((project.inputs / "morphologies").glob(f"{row.morph_name}.*"))),
        row.holding_current,
        step,
        -83 if measured else None,
        4 * row.threshold_current,
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(arguments)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_bluecellulab_measures_the_same(example: tuple[Project, Outcome], tmp_path: Path):
    """Of all combinations with scores; those with the same cell once."""
    pytest.importorskip("bluecellulab")
    project, outcome = example
    assert outcome.returncode == 0, outcome.output
    decisions = pd.read_parquet(project.results / "decisions.parquet")
    cells = decisions[decisions["score"].notna()].drop_duplicates(["emodel", "morph_name"])
    assert len(cells) == 12
    for row in cells.itertuples():
        found = in_bluecellulab(project, row, tmp_path)
        name = row.combo_name
        assert found["rest"] == pytest.approx(row.resting_potential, abs=0.02), name
        assert found["held"] == pytest.approx(row.holding_voltage, abs=0.02), name
        assert found["resistance"] == pytest.approx(row.input_resistance, rel=0.015), name
        if row.emodel == "cNAC_LBC":
            assert row.holding_voltage == pytest.approx(-83, abs=0.1), name
            assert found["holding"] == pytest.approx(row.holding_current, abs=2e-4), name
            # each search is exact to 0.001 nA
            assert found["threshold"] == pytest.approx(row.threshold_current, abs=0.002), name
