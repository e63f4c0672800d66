"""Write traces: the responses that the scores were computed from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from megate.files.atomic import written_whole

SCHEMA = pa.schema(
    [
        pa.field("response", pa.dictionary(pa.int32(), pa.string()), False),
        pa.field("variable", pa.dictionary(pa.int32(), pa.string()), False),
        pa.field("t", pa.float32(), False, {"unit": "ms"}),
        pa.field("value", pa.float32(), False, {"unit": "mV for v, else NEURON's of the variable"}),
    ]
)


def write_traces(path: Path, responses: Mapping[str, Any], variables: Mapping[str, str]) -> None:
    """Write the responses that are traces as a Parquet file, one row per point in time.

    Args:
        responses: name -> BluePyOpt's response; currents are skipped, as they are not traces
        variables: name -> NEURON's name of the recorded variable; "" where it is not known
    """
    tables = []
    for name, response in responses.items():
        try:
            times = np.asarray(response["time"], np.float32)
            values = np.asarray(response["voltage"], np.float32)
        except (TypeError, KeyError, IndexError, ValueError):
            continue
        if times.ndim != 1 or values.shape != times.shape:
            continue
        texts = (
            pa.DictionaryArray.from_arrays(np.zeros(times.size, np.int32), pa.array([text]))
            for text in (name, variables.get(name, ""))
        )
        tables.append(pa.table([*texts, pa.array(times), pa.array(values)], schema=SCHEMA))
    with written_whole(path) as partial:
        table = pa.concat_tables(tables).unify_dictionaries() if tables else SCHEMA.empty_table()
        pq.write_table(table, partial, compression="zstd")
