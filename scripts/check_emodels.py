"""Check the prepared e-models' features against the thresholds.

Input: combos.parquet and the e-models' manifests. Output: the features that will be scored.

The thresholds come from the configuration, not from `params`: changing one must not run this
again (the aggregation checks it then).
"""

from pathlib import Path

import pandas as pd
from megate.config import Config
from megate.emodel import Manifest
from megate.logs import job_log
from megate.megating import check_thresholds

with job_log(snakemake.log[0]):
    manifests = [Manifest.read(Path(path)) for path in snakemake.input.manifests]
    select = Config.from_plain(snakemake.config).select
    if select.select_perc_best is None:
        check_thresholds(
            {manifest.emodel: manifest.features for manifest in manifests},
            pd.read_parquet(snakemake.input.combos),
            select.megate_thresholds,
            select.to_skip_features,
        )
    features = [(m.emodel, feature) for m in manifests for feature in m.features]
    table = pd.DataFrame(features, columns=["emodel", "feature"])
    table.to_csv(snakemake.output[0], sep="\t", index=False)
