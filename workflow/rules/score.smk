# Score: one job per me-combination.


rule score_combo:
    """Run an e-model's protocols on a morphology and score its features."""
    input:
        morphology=lambda wildcards: local(project.jobs[wildcards.job].morph_path),
        manifest=lambda wildcards: f"{EMODELS}/{project.jobs[wildcards.job].package}/emodel.json",
    output:
        f"{RESULTS}/scores/{{job}}.parquet",
    log:
        f"{LOGS}/score_combo/{{job}}.log",
    benchmark:
        f"{BENCHMARKS}/score_combo/{{job}}.tsv"
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        emodel=lambda wildcards: project.jobs[wildcards.job].emodel,
        original_emodel=lambda wildcards: project.jobs[wildcards.job].original_emodel,
        morph_name=lambda wildcards: project.jobs[wildcards.job].morph_name,
        apical_point=lambda wildcards: project.jobs[wildcards.job].apical_point,
    script:
        "../../scripts/score_combo.py"


rule gather_scores:
    """Put the scores of all jobs into one table."""
    input:
        expand(rules.score_combo.output, job=project.jobs),
    output:
        f"{RESULTS}/scores.parquet",
    log:
        f"{LOGS}/gather_scores.log",
    benchmark:
        f"{BENCHMARKS}/gather_scores.tsv"
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    script:
        "../../scripts/gather_scores.py"
