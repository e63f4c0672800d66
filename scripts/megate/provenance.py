"""What a release was made from and with: for the report's first page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from megate.versions import versions

_LIBRARIES = ("neuron", "bluepyopt", "efel", "snakemake", "pandas", "pyarrow")
_INPUTS = ("recipe_path", "morph_path", "rep_morph_path", "unrep_morph_path", "emodels_dir")


def facts(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Date, versions and inputs, as (label, text).

    Args:
        config: the complete configuration, as plain values
    """
    inputs = [(key, str(config["prepare"][key])) for key in _INPUTS if config["prepare"].get(key)]
    return [
        ("date", datetime.now().astimezone().isoformat(timespec="seconds")),
        ("versions", ", ".join(versions(*_LIBRARIES))),
        *inputs,
    ]
