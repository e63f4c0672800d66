# Select: apply the thresholds; write the release and its report.

# what there is only with adaptation
adaptation_inputs, adaptation_outputs = {}, {}
if EXEMPLARS:
    adaptation_inputs = {"exemplars": EXEMPLARS, "unadapted_scores": paths.unadapted_scores}
    adaptation_outputs = {
        "adaptation": report(
            paths.adaptation_table,
            caption="../report/adaptation_table.rst",
            category="Release",
            labels={"content": "Without and with adaptation", "as": "table to download"},
        ),
        "unadapted_decisions": paths.unadapted_decisions,
    }


rule aggregate:
    """Apply the thresholds, and write the release and the report."""
    input:
        **adaptation_inputs,
        combos=paths.combos,
        scores=paths.scores,
        hoc=EMODELS_HOC,
        revisions=REVISIONS,
        types=TYPES,
    output:
        **adaptation_outputs,
        decisions=paths.decisions,
        extneurondb=paths.release / names.EXTNEURONDB,
        mecombo_emodel=report(
            paths.release / names.MECOMBO_EMODEL,
            caption="../report/mecombo_emodel.rst",
            category="Release",
            labels={"content": "Released, with currents", "as": "table to download"},
        ),
        mecombo_release=paths.release / names.MECOMBO_RELEASE,
        coverage=report(
            paths.coverage,
            caption="../report/coverage_table.rst",
            category="Release",
            labels={"content": "Types and their combinations", "as": "table to download"},
        ),
        failures=report(
            paths.release / names.FAILURES,
            caption="../report/failures.rst",
            category="Release",
            labels={"content": "Not released, and why", "as": "table to download"},
        ),
        extra_data=directory(paths.release / names.EXTRA_DATA),
        megating=report(
            paths.release / names.GATING_PDF,
            caption="../report/megating.rst",
            category="Release",
            labels={"content": "Report, to print", "as": "PDF"},
        ),
        summary=paths.summary,
        revisions=[paths.release / names.EMODELS_REVISIONS for _ in REVISIONS],
    log:
        paths.log("aggregate"),
    benchmark:
        paths.benchmark("aggregate")
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(4000),
        runtime=per_attempt(30),
    params:
        **({"adapt": config["adapt"]} if EXEMPLARS else {}),
        select=config["select"],
        left_out=project.left_out if project else "",
        # for a warning in the summary; not an input, for the reason given at prepare_emodel
        morphologies=str(paths.morphologies),
    script:
        "../../scripts/aggregate.py"
