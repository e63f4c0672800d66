"""Compile the mechanisms of the release's folder for circuits, for the simulators.

Input: the folder. Output: a folder with a library per simulator.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.validation.run import compile_all

with job_log(snakemake.log[0]):
    circuit, output = Path(snakemake.input.circuit), Path(snakemake.output[0])
    compile_all(circuit, output, snakemake.params.simulators)
