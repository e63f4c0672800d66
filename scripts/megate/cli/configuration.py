"""The configuration that options of Snakemake give."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from megate.core.errors import MegateError
from megate.core.paths import REPOSITORY

_REPLACE_INPUTS = {"bluepymm", "scores_db"}


def parsed(settings: Sequence[str] | None) -> dict[str, Any]:
    """The settings of ``--config KEY=VALUE ...``.

    Raises:
        MegateError: they cannot be parsed.
    """
    from snakemake.cli import parse_config

    try:
        return dict(parse_config(settings))
    except ValueError as error:
        raise MegateError(
            f"--config: {error} Expected KEY=VALUE, and for keys of a section "
            "'SECTION={KEY: VALUE}', for example 'select={borderline_margin: 0.2}'"
        ) from error


def files_read(files: Sequence[Path] | None, typed: Mapping[str, Any]) -> list[Path]:
    """The configuration files that the Snakefile reads with these of ``--configfile``: without any,
    the example's, unless `typed` (of ``--config``) names other inputs."""
    if not files and not _REPLACE_INPUTS & typed.keys():
        return [REPOSITORY / "config" / "config.yaml"]
    return list(files or [])
