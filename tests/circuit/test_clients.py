"""The programs that take a release on its way into a circuit take the example's, as it is."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import h5py
import libsonata
import numpy as np
import pandas as pd
import pytest
from no_edges import write_no_edges
from runs import Project, copy_project

from megate.adaptation.geometry import SCALERS
from megate.release.circuit import read_cells
from megate.validation.run import BLUECELLULAB, NEURODAMUS, validate

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent
FIRST_SPIKES = Path(__file__).with_name("first_spikes.py")
CIRCUITS = ("asc", "swc", "adapted asc")
POPULATION = "cortex"
EDGES = f"{POPULATION}__{POPULATION}__chemical"
TYPES = ("morphology", "layer", "mtype", "etype", "combo_name")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example, run with its traces kept, validated."""
    project = copy_project(tmp_path_factory.mktemp("project") / "it's a (touch oops) project")
    project.edit("config.yaml", "keep_traces: false", "keep_traces: true")
    outcome = project.snakemake("all", "validate")
    assert outcome.returncode == 0, outcome.output
    (project.root / "output.txt").write_text(outcome.output)
    return project


@pytest.fixture(scope="module")
def adapted_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example with `adapt`, likewise."""
    project = copy_project(tmp_path_factory.mktemp("adapted") / "project")
    project.edit("config.yaml", "keep_traces: false", "keep_traces: true")
    project.edit("config.yaml", "adapt: false", "adapt: true")
    outcome = project.snakemake("all", "validate")
    assert outcome.returncode == 0, outcome.output
    assert "combinations in BlueCelluLab: all passed" in outcome.output
    assert "combinations in neurodamus: all passed" in outcome.output
    return project


@dataclass(frozen=True)
class Circuit:
    """A moved copy of release/circuit/ with the nodes of a circuit of it.

    Attributes:
        project: the one whose release it is
        cells: its cells, as brainbuilder's commands have left them
    """

    project: Project
    folder: Path
    cells: pd.DataFrame

    @property
    def config(self) -> Path:
        return self.folder / "circuit_config.json"


@pytest.fixture(scope="module", params=CIRCUITS)
def circuit(request: pytest.FixtureRequest, tmp_path_factory) -> Circuit:
    """A circuit of the release's morphologies of one format: neurodamus takes one format for a
    population. Each type of extNeuronDB.dat has two cells."""
    adapted, form = "adapted" in request.param, request.param[-3:]
    project = request.getfixturevalue("adapted_project" if adapted else "project")
    folder = tmp_path_factory.mktemp(request.param) / "circuit"
    shutil.copytree(project.results / "release" / "circuit", folder)
    types = extneurondb(folder)[list(TYPES[:-1])].drop_duplicates()
    own = [
        (folder / "morphologies" / form / f"{name}.{form}").exists() for name in types["morphology"]
    ]
    types = pd.concat([types[own]] * 2, ignore_index=True)
    write_cells(folder / "cells.h5", types)
    brainbuilder(
        *("cells", "assign-emodels", "--morphdb", "extNeuronDB.dat", "--seed", "1"),
        *("-o", "assigned.h5", "cells.h5"),
        cwd=folder,
    )
    brainbuilder(
        *("sonata", "provide-me-info", "--model-type", "biophysical"),
        *("--mecombo-info", "mecombo_emodel.tsv", "-o", "nodes.h5", "assigned.h5"),
        cwd=folder,
    )
    write_no_edges(folder / "edges.h5", EDGES, POPULATION, len(types))
    write_circuit_config(folder, form)
    return Circuit(project, folder, read_nodes(folder / "nodes.h5"))


def extneurondb(folder: Path) -> pd.DataFrame:
    text = (folder / "extNeuronDB.dat").read_text()
    return pd.DataFrame([line.split(" ") for line in text.splitlines()], columns=list(TYPES))


def write_cells(path: Path, types: pd.DataFrame) -> None:
    """Cells with the attributes that placement has given them, as SONATA nodes."""
    size = len(types)
    interneurons = types["mtype"].str.contains("LBC").to_numpy()
    texts = {name: types[name] for name in ("morphology", "layer", "mtype", "etype")} | {
        "morph_class": np.where(interneurons, "INT", "PYR"),
        "synapse_class": np.where(interneurons, "INH", "EXC"),
        "region": ["S1"] * size,
    }
    numbers = {name: np.zeros(size) for name in ("y", "z", *(f"orientation_{a}" for a in "xyz"))}
    numbers |= {"x": 100.0 * np.arange(size), "orientation_w": np.ones(size)}
    with h5py.File(path, "w") as file:
        population = file.create_group(f"nodes/{POPULATION}")
        population["node_type_id"] = np.full(size, -1)
        for name, values in texts.items():
            population[f"0/{name}"] = np.array(list(values), dtype=h5py.string_dtype())
        for name, values in numbers.items():
            population[f"0/{name}"] = values.astype(np.float32)


def write_circuit_config(folder: Path, form: str) -> None:
    """circuit_config.json, as docs/circuits.md has it."""
    morphologies = f"./morphologies/{form}"
    nodes = {"type": "biophysical", "biophysical_neuron_models_dir": "./hoc"}
    nodes["mechanisms_dir"] = "./mechanisms"
    if form == "swc":
        nodes["morphologies_dir"] = morphologies
    else:
        nodes["alternate_morphologies"] = {"neurolucida-asc": morphologies}
    config = {
        "version": 2.3,
        "networks": {
            "nodes": [{"nodes_file": "./nodes.h5", "populations": {POPULATION: nodes}}],
            "edges": [{"edges_file": "./edges.h5", "populations": {EDGES: {"type": "chemical"}}}],
        },
    }
    (folder / "circuit_config.json").write_text(json.dumps(config))


def brainbuilder(*arguments: str, cwd: Path) -> None:
    run([str(BIN / "brainbuilder"), *arguments], cwd)


def run(command: list[str], cwd: Path, **environment: str) -> str:
    search_path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    outcome = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"PATH": search_path} | environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert outcome.returncode == 0, outcome.stdout[-4000:] + outcome.stderr[-4000:]
    return outcome.stdout


def read_nodes(path: Path) -> pd.DataFrame:
    population = libsonata.NodeStorage(str(path)).open_population(POPULATION)
    everything = population.select_all()
    columns = {
        name: population.get_attribute(name, everything) for name in population.attribute_names
    } | {
        f"@{name}": population.get_dynamics_attribute(name, everything)
        for name in population.dynamics_attribute_names
    }
    return pd.DataFrame(columns)


def test_circuit_build_finds_its_files(project: Project):
    """It looks for `mecombo_emodel.tsv` and a folder `hoc` in the e-model release, and takes the
    morphology table `extNeuronDB.dat`. It is not on PyPI, and needs atlases to run."""
    folder = project.results / "release" / "circuit"
    assert {path.name for path in folder.iterdir()} >= {"mecombo_emodel.tsv", "extNeuronDB.dat"}
    assert {path.name for path in (folder / "hoc").iterdir()} == {
        "cADpyr_TPC.hoc",
        "cNAC_LBC.hoc",
    }


def test_brainbuilder_gives_each_cell_a_combination_of_its_type(circuit: Circuit):
    table = pd.read_csv(circuit.folder / "mecombo_emodel.tsv", sep="\t", dtype=str)
    released = table.set_index("combo_name")
    typed = ["morphology", "layer", "mtype", "etype"]
    columns = dict(zip(["morph_name", "layer", "fullmtype", "etype"], typed, strict=True))
    for row in circuit.cells.to_dict("records"):
        combination = released.loc[row["me_combo"]]
        assert {columns[name]: combination[name] for name in columns} == {
            name: row[name] for name in typed
        }
        assert row["model_template"] == f"hoc:{combination['emodel']}"
        assert row["model_type"] == "biophysical"
        for name in ("holding_current", "threshold_current", "input_resistance"):
            # pandas reads numbers to 15 digits or so
            assert row[f"@{name}"] == pytest.approx(float(combination[name]), rel=1e-14)
        for name in SCALERS:
            assert row.get(f"@{name}") == (float(combination[name]) if name in table else None)
    assert set(circuit.cells["model_template"]) == {"hoc:cADpyr_TPC", "hoc:cNAC_LBC"}


def test_bluepysnap_finds_no_fatal_error(circuit: Circuit):
    from bluepysnap.circuit_validation import validate

    found = validate(str(circuit.config), skip_slow=False, print_errors=False)
    # brainbuilder writes float64
    assert [(error.level, str(error)) for error in found if error.level == "FATAL"] == []
    assert [str(error) for error in found if "missing" in str(error)] == []


@pytest.fixture(scope="module")
def library(circuit: Circuit) -> str:
    """The mechanisms of circuit and neurodamus, compiled by its program, without reports."""
    printed = run(
        [
            str(BIN / "neurodamus-compile-mods"),
            "--with-internal-mods",
            *("--circuit-config", "circuit_config.json", "--output-dir", "../build"),
            "--incflags=-DDISABLE_REPORTINGLIB",
        ],
        circuit.folder,
    )
    return json.loads(printed)["NRNMECH_LIB_PATH"]


@dataclass(frozen=True)
class Scored:
    """A protocol of an e-model, as its configuration files have it: the step's start and end, ms,
    and its inputs in a circuit."""

    emodel: str
    v_init: float
    response: str
    start: float
    end: float
    inputs: dict


# The step of e-model cNAC_LBC is on top of no holding current.
SCORED = [
    Scored(
        "cADpyr_TPC",
        -80.0,
        "mm.Step_200.soma.v",
        80.0,
        580.0,
        {
            "holding": {"module": "hyperpolarizing", "delay": 0.0, "duration": 600.0},
            "step": {"module": "relative_linear", "percent_start": 200.0},
        },
    ),
    Scored(
        "cNAC_LBC",
        -70.0,
        "mm.Step_0.15.soma.v",
        50.0,
        300.0,
        {"step": {"module": "linear", "amp_start": 0.15}},
    ),
]


@pytest.mark.parametrize("scored", SCORED, ids=lambda scored: scored.emodel)
def test_simulators_and_the_scored_response_agree(circuit: Circuit, library: str, scored: Scored):
    """neurodamus and BlueCelluLab agree to the last bit. The scored response has variable time
    steps: its first spike differs by less than 0.2 ms."""
    nodes = circuit.cells.index[circuit.cells["model_template"] == f"hoc:{scored.emodel}"]
    config = write_simulation(circuit.folder, scored, [int(node) for node in nodes])
    results = {
        simulator: first_spikes(simulator, config, [str(node) for node in nodes], library)
        for simulator in ("neurodamus", "BlueCelluLab")
    }
    for result in results["neurodamus"].values():
        assert result.pop("detected") > 0
    assert results["neurodamus"] == results["BlueCelluLab"]
    for node in nodes:
        morphology = circuit.cells.loc[node, "morphology"]
        expected = scored_first_spike(circuit.project, scored, morphology)
        found = results["neurodamus"][str(node)]["first_spike"]
        assert found > scored.start
        assert found == pytest.approx(expected, abs=0.2)


def test_neurodamus_takes_input_resistance_and_the_axon_initial_segment(
    circuit: Circuit, library: str
):
    """A conductance relative to the inverse of `input_resistance`, and spikes at `axon[1](0.5)`."""
    noise = {
        "module": "relative_ornstein_uhlenbeck",
        "input_type": "conductance",
        "represents_physical_electrode": False,
        **{"mean_percent": 40.0, "sd_percent": 20.0, "tau": 2.7, "reversal": 0.0},
    }
    scored = Scored("noise", -80.0, "", 50.0, 350.0, {"noise": noise})
    config = write_simulation(circuit.folder, scored, circuit.cells.index.tolist(), "AIS")
    nodes = [str(node) for node in circuit.cells.index]
    found = first_spikes("neurodamus", config, nodes, library)
    assert all(found[node]["first_spike"] > 50 for node in nodes)
    assert all(found[node]["detected"] > 0 for node in nodes)


def test_neurodamus_applies_an_electric_field(circuit: Circuit, library: str):
    """It takes the positions of all sections, also of a scaled soma."""
    field = {
        "module": "spatially_uniform_e_field",
        "input_type": "extracellular_stimulation",
        "fields": [{"Ex": 0.0, "Ey": 50.0, "Ez": 0.0, "frequency": 0.0}],
        **{"ramp_up_time": 1.0, "ramp_down_time": 1.0},
    }
    nodes = circuit.cells.index.tolist()[:2]
    results = []
    for name, inputs in (("none", {}), ("field", {"field": field})):
        config = write_simulation(circuit.folder, Scored(name, -80.0, "", 5.0, 30.0, inputs), nodes)
        found = first_spikes("neurodamus", config, [str(node) for node in nodes], library)
        results.append([of["last_voltage"] for of in found.values()])
    assert np.isfinite(results).all()
    assert np.abs(np.subtract(*results)).min() > 0.001


def write_simulation(
    folder: Path, scored: Scored, nodes: list[int], spike_location: str = "soma"
) -> Path:
    clamp = {"input_type": "current_clamp", "represents_physical_electrode": True, "node_set": "of"}
    step = {"delay": scored.start, "duration": scored.end - scored.start}
    config = {
        "version": 2.4,
        "network": "./circuit_config.json",
        "node_sets_file": "./node_sets.json",
        "node_set": "of",
        "target_simulator": "NEURON",
        "run": {"tstop": scored.end, "dt": 0.025, "random_seed": 1},
        "conditions": {
            "celsius": 34.0,
            "v_init": scored.v_init,
            "spike_location": spike_location,
        },
        "output": {"output_dir": "./output"},
        "inputs": {name: clamp | step | stimulus for name, stimulus in scored.inputs.items()},
    }
    node_sets = {"of": {"population": POPULATION, "node_id": nodes}}
    (folder / "node_sets.json").write_text(json.dumps(node_sets))
    path = folder / f"{scored.emodel}.json"
    path.write_text(json.dumps(config))
    return path


def first_spikes(simulator: str, config: Path, nodes: list[str], library: str) -> dict[str, dict]:
    command = [sys.executable, str(FIRST_SPIKES), simulator, config.name, POPULATION, *nodes]
    printed = run(command, config.parent, NRNMECH_LIB_PATH=library)
    (line,) = [line for line in printed.splitlines() if line.startswith("RESULT ")]
    return json.loads(line.removeprefix("RESULT "))


def scored_first_spike(project: Project, scored: Scored, morphology: str) -> float:
    traces = pd.read_parquet(project.results / "traces" / scored.emodel / f"{morphology}.parquet")
    trace = traces[traces["response"] == scored.response]
    times, voltages = trace["t"].to_numpy(), trace["value"].to_numpy()
    return float(times[1:][(voltages[1:] >= -20) & (voltages[:-1] < -20)][0])


def test_the_release_is_valid(project: Project):
    """`validate` finds what the release says in all combinations."""
    table = pd.read_csv(project.results / "release" / "validation.tsv", sep="\t")
    released = pd.read_csv(project.results / "release" / "circuit" / "cells.tsv", sep="\t")
    assert table["passed"].all(), table[["combo_name", "message"]].to_string()
    in_bluecellulab = table[table["simulator"] == "BlueCelluLab"]
    assert sorted(in_bluecellulab["combo_name"]) == sorted(released["combo_name"])
    in_neurodamus = table[table["simulator"] == "neurodamus"]
    assert sorted(in_neurodamus["emodel"]) == ["cADpyr_TPC", "cNAC_LBC"]
    assert not table["spikes_below"].any()
    assert table["spikes_above"].all()
    assert (table["simulated_voltage"] - table["holding_voltage"]).abs().max() < 0.1
    output = (project.root / "output.txt").read_text()
    assert "megate: validated 12 combinations in BlueCelluLab: all passed" in output
    assert "megate: validated 2 of 12 combinations in neurodamus: all passed" in output


def test_cells_that_do_something_else_fail_and_the_others_go_on(project: Project, tmp_path: Path):
    circuit = project.results / "release" / "circuit"
    wrong = {
        "threshold_current": (0.01, "it does not spike at 105% of its threshold current"),
        "holding_current": (0.5, "it spikes with the holding current alone"),
        "holding_voltage": (-75.0, "the holding current holds it at -80.01 mV instead of -75.00"),
        "axon_sections": (9.0, "it has 3 axon sections instead of 9"),
        "celsius": (30.0, "celsius is 30, but e-model cADpyr_TPC was optimised with 34"),
        "morphology": ("morphologies/asc/none.asc", "none.asc"),
    }
    cell = read_cells(circuit / "cells.tsv").iloc[[0]]
    cells = pd.concat([cell] * (1 + len(wrong)), ignore_index=True)
    cells = pd.concat([cells, cell.assign(threshold_current=1.0)], ignore_index=True)
    for row, (column, (value, _)) in enumerate(wrong.items(), start=1):
        cells.loc[row, column] = value
    package = project.results / "validation" / "mechanisms"
    for simulator, rows in ((BLUECELLULAB, cells), (NEURODAMUS, cells.iloc[[0, 1, 5, 6, 7]])):
        log = tmp_path / f"{simulator}.log"
        log.touch()
        found = validate(rows, circuit, package / simulator, simulator, 2, None, log)
        messages = dict(zip(rows.index, found["message"], strict=True))
        assert list(found["passed"]) == [index == 0 for index in rows.index]
        assert messages.pop(0) == ""
        assert messages.pop(7) == "it spikes at 95% of its threshold current"
        for index, message in messages.items():
            assert list(wrong.values())[index - 1][1] in message


def test_validate_needs_the_morphologies(project: Project):
    outcome = project.snakemake("-n", "validate", "--config", "circuit={copy_morphologies: false}")
    assert outcome.returncode == 1
    assert (
        "megate: config: circuit.copy_morphologies: false found, but the target validate needs the "
        "morphologies; set it to true"
    ) in outcome.output


def test_a_new_release_has_no_validation(project: Project):
    """The last test: it changes the release."""
    table = project.results / "release" / "validation.tsv"
    assert table.exists()
    outcome = project.snakemake("--config", "select={borderline_margin: 0.2}")
    assert outcome.returncode == 0, outcome.output
    assert "score_combo" not in outcome.planned
    assert not table.exists()
