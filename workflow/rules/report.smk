# Report: the pages of `snakemake --report`.

decisions_unadapted, adaptation_page = {}, {}
if EXEMPLARS:
    decisions_unadapted = {
        "adaptation": rules.aggregate.output.adaptation,
        "unadapted_decisions": rules.aggregate.output.unadapted_decisions,
    }
    adaptation_page["adaptation"] = report(
        paths.adaptation_page,
        caption="../report/adaptation.rst",
        category="Release",
        labels={"content": "Without and with adaptation", "as": "page"},
    )

# Browsers show no larger pages in a report in one file. (The report is made after the run.)
explore_page = paths.explore_page
if not explore_page.exists() or explore_page.stat().st_size <= MAX_BYTES:
    explore_page = report(
        explore_page,
        caption="../report/explore.rst",
        category="Release",
        labels={"content": "Explore: filters, limits, other thresholds", "as": "page"},
    )


rule report_pages:
    """Write the pages about release, coverage, adaptation, e-models and run times."""
    input:
        **adaptation_inputs,
        **decisions_unadapted,
        decisions=rules.aggregate.output.decisions,
        combos=paths.combos,
        scores=paths.scores,
        coverage=rules.aggregate.output.coverage,
    output:
        **adaptation_page,
        explore=explore_page,
        release=report(
            paths.release_page,
            caption="../report/release.rst",
            category="Release",
            labels={"content": "All combinations: totals, causes, rows", "as": "page"},
        ),
        coverage=report(
            paths.coverage_page,
            caption="../report/coverage.rst",
            category="Release",
            labels={"content": "Types and their combinations", "as": "page"},
        ),
        runtimes=report(
            paths.runtimes_page,
            caption="../report/runtimes.rst",
            category="Runtimes",
            labels={"content": "Simulations: time, memory, limits"},
        ),
        emodels=[
            report(
                paths.emodel_page(emodel),
                caption="../report/emodel.rst",
                category="E-models",
                labels={"e-model": emodel},
            )
            for emodel in emodels
        ],
    log:
        paths.log("report_pages"),
    benchmark:
        paths.benchmark("report_pages")
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(4000),
        runtime=per_attempt(30),
    script:
        "../../scripts/report_pages.py"


report_outputs = [rules.report_pages.output]

if project and config["scoring"]["keep_traces"]:

    rule report_traces:
        """Write the pages that compare exemplars' traces with those of released combinations."""
        input:
            decisions=rules.aggregate.output.decisions,
            combos=paths.combos,
            scores=paths.scores,
            traces=lambda wildcards: expand(score_outputs["traces"], job=project.jobs),
        output:
            [
                report(
                    paths.traces_page(emodel),
                    caption="../report/traces.rst",
                    category="Traces",
                    labels={"e-model": emodel},
                )
                for emodel in emodels
            ],
        log:
            paths.log("report_traces"),
        benchmark:
            paths.benchmark("report_traces")
        conda:
            "../../envs/megate.yaml"
        resources:
            mem_mb=per_attempt(4000),
            runtime=per_attempt(30),
        params:
            traces=str(paths.all_traces),
        script:
            "../../scripts/report_traces.py"

    report_outputs.append(rules.report_traces.output)
