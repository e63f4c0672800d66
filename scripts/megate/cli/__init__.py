"""The command `megate`: one module per command. Snakemake itself runs the workflow."""

from megate.cli.main import main

__all__ = ["main"]
