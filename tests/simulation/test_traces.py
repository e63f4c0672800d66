"""Traces: every response that is one, as float32, with what was recorded."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from megate.simulation.traces import SCHEMA, write_traces


def test_traces_are_written_with_their_variables(tmp_path: Path):
    responses = {
        "mm.Step.soma.v": {"time": [0.0, 0.1], "voltage": [-80.0, -79.9]},
        "mm.bAP.soma.cai": pd.DataFrame({"time": [0.0], "voltage": [5e-5]}),
        "mm.bpo_holding_current": -0.1,
        "mm.failed.soma.v": None,
    }
    path = tmp_path / "E" / "m.parquet"
    write_traces(path, responses, {"mm.bAP.soma.cai": "cai", "mm.Step.soma.v": "v"})
    table = pq.read_table(path)
    assert table.schema.equals(SCHEMA)
    assert table.to_pylist() == [
        {"response": "mm.Step.soma.v", "variable": "v", "t": 0.0, "value": -80.0},
        {
            "response": "mm.Step.soma.v",
            "variable": "v",
            "t": float(np.float32(0.1)),
            "value": float(np.float32(-79.9)),
        },
        {
            "response": "mm.bAP.soma.cai",
            "variable": "cai",
            "t": 0.0,
            "value": float(np.float32(5e-5)),
        },
    ]
    assert pq.ParquetFile(path).metadata.row_group(0).column(3).compression == "ZSTD"


def test_no_responses_make_an_empty_table(tmp_path: Path):
    write_traces(tmp_path / "m.parquet", {"mm.bpo_holding_current": -0.1}, {})
    assert pq.read_table(tmp_path / "m.parquet").schema.equals(SCHEMA)
    assert pq.read_table(tmp_path / "m.parquet").num_rows == 0
