# Select: thresholds decide; the release and its report.


rule aggregate:
    """Apply the thresholds, write the release and the report."""
    input:
        combos=COMBOS,
        scores=SCORES,
        hoc=HOC,
        revisions=REVISIONS,
    output:
        decisions=f"{RESULTS}/decisions.parquet",
        extneurondb=f"{RELEASE}/extneurondb.dat",
        mecombo_emodel=report(
            f"{RELEASE}/mecombo_emodel.tsv",
            caption="../report/mecombo_emodel.rst",
            category="Release",
            labels={"content": "Released, with currents", "as": "table to download"},
        ),
        mecombo_release=f"{RELEASE}/mecombo_release.json",
        failures=report(
            f"{RELEASE}/failures.tsv",
            caption="../report/failures.rst",
            category="Release",
            labels={"content": "Not released, and why", "as": "table to download"},
        ),
        extra_data=directory(f"{RELEASE}/extra_data"),
        megating=report(
            f"{RELEASE}/megating.pdf",
            caption="../report/megating.rst",
            category="Release",
            labels={"content": "Report, to print", "as": "PDF"},
        ),
        summary=f"{RELEASE}/summary.txt",
        revisions=[f"{RELEASE}/{RELEASED_REVISIONS}" for _ in REVISIONS],
    log:
        f"{LOGS}/aggregate.log",
    benchmark:
        f"{BENCHMARKS}/aggregate.tsv"
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    params:
        select=config["select"],
        left_out=project.left_out if project else "",
    script:
        "../../scripts/aggregate.py"
