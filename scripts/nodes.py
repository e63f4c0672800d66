"""Give each cell of a circuit a released combination, and write its SONATA nodes.

Input: the release's folder for circuits, the circuit's nodes. Output: the nodes with e-models and
currents; the list of cells without a combination, if there are any.
"""

from pathlib import Path

from megate.processes.logs import job_log
from megate.steps.nodes import nodes

with job_log(snakemake.log[0]):
    nodes(
        snakemake.config,
        release=Path(snakemake.input.release),
        target=Path(snakemake.output[0]),
        missing=Path(snakemake.params.missing),
    )
