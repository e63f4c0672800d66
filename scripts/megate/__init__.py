"""megate: which electrical model works on which morphology.

The library behind the Snakemake workflow. It does not know Snakemake: every function takes and
returns plain values, tables or dataclasses.
"""

__version__ = "0.1.0"
