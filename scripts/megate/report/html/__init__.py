"""The pages of Snakemake's HTML report."""
