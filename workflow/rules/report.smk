# Report: the pages of `snakemake --report`, beside the release's own files.


rule report_pages:
    """Write the pages about the release, the e-models and the run times."""
    input:
        decisions=rules.aggregate.output.decisions,
        combos=COMBOS,
        scores=SCORES,
    output:
        release=report(
            f"{REPORT}/release.html",
            caption="../report/release.rst",
            category="Release",
            labels={"content": "All combinations: totals, causes, rows", "as": "page"},
        ),
        runtimes=report(
            f"{REPORT}/runtimes.html",
            caption="../report/runtimes.rst",
            category="Runtimes",
            labels={"content": "Simulations: time, memory, limits"},
        ),
        emodels=[
            report(
                f"{REPORT}/emodels/{emodel}.html",
                caption="../report/emodel.rst",
                category="E-models",
                labels={"e-model": emodel},
            )
            for emodel in emodels
        ],
    log:
        f"{LOGS}/report_pages.log",
    benchmark:
        f"{BENCHMARKS}/report_pages.tsv"
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    script:
        "../../scripts/report_pages.py"


report_outputs = [rules.report_pages.output]

if project and config["scoring"]["keep_traces"]:

    rule report_traces:
        """Write the pages with the exemplars' traces beside those of released combinations."""
        input:
            decisions=rules.aggregate.output.decisions,
            combos=COMBOS,
            scores=SCORES,
            traces=lambda wildcards: expand(score_outputs["traces"], job=project.jobs),
        output:
            [
                report(
                    f"{REPORT}/traces/{emodel}.html",
                    caption="../report/traces.rst",
                    category="Traces",
                    labels={"e-model": emodel},
                )
                for emodel in emodels
            ],
        log:
            f"{LOGS}/report_traces.log",
        benchmark:
            f"{BENCHMARKS}/report_traces.tsv"
        conda:
            "../../envs/megate.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(30),
        params:
            traces=f"{RESULTS}/traces",
        script:
            "../../scripts/report_traces.py"

    report_outputs.append(rules.report_traces.output)
