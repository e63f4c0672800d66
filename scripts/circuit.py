"""Write the release's folder for circuits.

Input: decisions.parquet, combos.parquet, the e-models' hoc and manifests; morphologies.tsv and the
clean copies of morphologies. Output: the folder.
"""

from pathlib import Path

import pandas as pd

from megate.core.paths import MORPHOLOGIES, package_beside
from megate.emodels.manifest import Manifest
from megate.morphologies.check import read_table
from megate.processes.logs import job_log
from megate.release.circuit import write_circuit

with job_log(snakemake.log[0]):
    manifests = [Path(path) for path in snakemake.input.manifests]
    folder = Path(snakemake.output[0])
    write_circuit(
        folder,
        decisions=Path(snakemake.input.decisions),
        combos=pd.read_parquet(snakemake.input.combos),
        hoc=[Path(path) for path in snakemake.input.hoc],
        packages={package_beside(path): Manifest.read(path) for path in manifests},
        checked=read_table(Path(snakemake.params.morphologies)),
        copies=folder.parent / MORPHOLOGIES,
        make_names_neuron_compliant=snakemake.params.make_names_neuron_compliant,
        copy_morphologies=snakemake.params.copy_morphologies,
        adapted=bool(snakemake.config["adapt"]),
    )
