"""What a released cell must do: judged from responses that the tests write down."""

import numpy as np
import pandas as pd
import pytest

from megate.release.circuit import read_cells
from megate.simulation import currents
from megate.validation import checks, table
from megate.validation.cells import sample
from megate.validation.checks import Response, problems, spike_times

NAN = float("nan")
CELL = {
    "combo_name": "E_one",
    "threshold_current": 0.1,
    "holding_current": -0.01,
    "holding_voltage": -80.0,
    "axon_sections": 3.0,
    "basal_sections": 12.0,
    "apical_sections": 0.0,
}
GOOD = Response(-79.5, (3, 12, 0), False, True, 20.0)


@pytest.mark.parametrize(
    ("cell", "response", "expected"),
    [
        (CELL, GOOD, []),
        (CELL, Response(-79.0, (3, 12, 0), False, True, 20.0), []),
        (
            CELL,
            Response(-78.9, (3, 12, 0), False, True, 20.0),
            ["the holding current holds it at -78.90 mV instead of -80.00 mV"],
        ),
        (
            CELL,
            Response(None, (3, 12, 0), False, True, 20.0),
            ["it spikes with the holding current alone"],
        ),
        (
            CELL,
            Response(-80.0, (3, 12, 0), True, True, 20.0),
            ["it spikes at 95% of its threshold current"],
        ),
        (
            CELL,
            Response(-80.0, (3, 12, 0), False, False),
            ["it does not spike at 105% of its threshold current"],
        ),
        (
            CELL,
            Response(-80.0, (2, 12, 1), False, True, 20.0),
            ["it has 2 axon sections instead of 3", "it has 1 apical sections instead of 0"],
        ),
        # what the release does not know is not tested
        (
            CELL | {"holding_voltage": NAN, "axon_sections": NAN},
            Response(-10, (9, 12, 0), False, True),
            [],
        ),
        (CELL | {"holding_voltage": NAN, "threshold_current": NAN}, Response(None, (3, 12, 0)), []),
    ],
)
def test_problems(cell: dict, response: Response, expected: list[str]):
    assert problems(cell, response) == expected


def test_spikes_rise_above_minus_20_mv_and_fall_below_it():
    voltages = np.array([-80, -20, 30, -21, -70, 10, -19.9, -20.1, -30, 0, 20], dtype=float)
    assert spike_times(np.arange(11) / 10, voltages) == [0.1, 0.5]
    assert spike_times(np.arange(3), np.array([30.0, 10.0, -80.0])) == []


def test_times_of_spikes_count_from_the_step():
    response = Response.of(-80.0, (1, 2, 3), [[500.0], [1010.0, 2500.0]])
    assert response == Response(-80.0, (1, 2, 3), False, True, 10.0)
    assert Response.of(-80.0, (1, 2, 3), [[500.0]]) == Response(-80.0, (1, 2, 3))


def test_steps_are_those_of_the_measured_currents():
    assert (table.SETTLE_MS, table.STEP_MS) == (currents.SETTLE_MS, currents.STEP_MS)
    assert (currents.SETTLE_MS, currents.STEP_MS) == (1000, 2000)
    assert checks.SPIKE_MV == currents.SPIKE_MV == -20


def test_e_models_take_turns_in_samples():
    cells = pd.DataFrame({"combo_name": list("abcdefghij"), "emodel": list("AAAAAAABBC")})
    for number, of_each in ((3, (1, 1, 1)), (5, (2, 2, 1)), (6, (3, 2, 1)), (0, (0, 0, 0))):
        drawn = sample(cells, number)
        assert drawn.index.is_monotonic_increasing
        counts = drawn["emodel"].value_counts()
        assert tuple(counts.get(emodel, 0) for emodel in "ABC") == of_each
        assert drawn.equals(sample(cells, number))
    assert sample(cells, None).equals(cells)
    assert sample(cells, 99).equals(cells)


def test_names_of_cells_stay_as_they_are(tmp_path):
    row = dict.fromkeys(checks.SECTIONS, "3") | {
        "combo_name": "NA_L1_1_nan",
        "emodel": "NA",
        "morph_name": "nan",
        "layer": "01",
        "fullmtype": "L1",
        "etype": "None",
        "morphology": "morphologies/asc/nan.asc",
        "holding_current": "-0.10000000000000002",
        "threshold_current": "nan",
    }
    path = tmp_path / "cells.tsv"
    path.write_text("\t".join(row) + "\n" + "\t".join(row.values()) + "\n")
    (cell,) = read_cells(path, list(row)).to_dict("records")
    numbers = {"holding_current": -0.10000000000000002} | dict.fromkeys(checks.SECTIONS, 3.0)
    assert np.isnan(cell.pop("threshold_current"))
    del row["threshold_current"]
    assert cell == row | numbers
