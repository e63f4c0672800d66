"""The folder in which Snakemake is started.

Snakemake records there, in .snakemake, the settings of each output under its path as it is written.
From another folder, or with another spelling of `results`, it would not see changed settings.
"""

import json
from pathlib import Path

from megate.core.errors import MegateError
from megate.core.paths import Paths
from megate.files.atomic import write_text
from megate.files.readers import read_json_object


def check_start_folder(paths: Paths) -> None:
    """Stop if earlier runs with these results were started elsewhere. (Results that were moved or
    copied may be continued from anywhere.)

    Raises:
        MegateError: so it is.
    """
    if not paths.start_folder.exists():
        return
    known, now = read_json_object(paths.start_folder, "results"), _start(paths)
    if known["location"] == now["location"] and known != now:
        raise MegateError(
            f"results: earlier runs with these results were started in {known['folder']}, with "
            f"results: {known['results']}; found {now['folder']}, with results: {now['results']}. "
            "Start from there, where Snakemake has recorded the settings of the results. To start "
            f"from here, remove {paths.start_folder} and add --forcerun combos prepare_emodel "
            "once; simulations whose results are kept do not run again"
        )


def keep_start_folder(paths: Paths) -> None:
    """Write where this run was started.

    Raises:
        NotWrittenError: the file cannot be written.
    """
    write_text(paths.start_folder, json.dumps(_start(paths), indent=1) + "\n")


def _start(paths: Paths) -> dict[str, str]:
    return {
        "location": str(paths.results.resolve()),
        "results": str(paths.results),
        "folder": str(Path.cwd()),
    }
