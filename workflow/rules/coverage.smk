# Coverage: with select.require_coverage, an error if a type has no released combination.


rule check_coverage:
    """Stop if a type has no released combination. This rule comes after everything else that is
    written: Snakemake would remove the outputs of a rule that fails."""
    input:
        everything,
        retained,
        coverage=rules.aggregate.output.coverage,
    output:
        paths.covered,
    log:
        paths.log("check_coverage"),
    retries: 0  # it would only fail again
    localrule: True
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(1000),
        runtime=per_attempt(10),
    script:
        "../../scripts/check_coverage.py"
