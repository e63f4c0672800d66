# Score: one job per me-combination.
import math

from megate.scores.runtimes import priority, read_runtimes

score_outputs = {"scores": f"{RESULTS}/scores/{{job}}.parquet"}
if config["scoring"]["keep_traces"]:
    score_outputs["traces"] = f"{RESULTS}/traces/{{job}}.parquet"

kept = lambda wildcards: lost(score_outputs.values())
runtimes = read_runtimes(Path(RESULTS, "runtimes.json"))


rule score_combo:
    """Run an e-model's protocols on a morphology and score its features."""
    input:
        morphology=lambda wildcards: local(project.jobs[wildcards.job].morph_path),
        manifest=lambda wildcards: f"{EMODELS}/{project.jobs[wildcards.job].package}/emodel.json",
    output:
        **score_outputs,
    log:
        f"{LOGS}/score_combo/{{job}}.log",
    # no benchmark: run time, CPU time and memory are columns of the shard, and a file less for each
    # no long one is left alone at the end
    priority:
        lambda wildcards, input: priority(
            project.jobs[wildcards.job].emodel, Path(input.morphology).stat().st_size, runtimes
        )
    group:
        bundle
    conda:
        "../../envs/megate.yaml"
    # limits are megate's own (config): a simulation that passes one is a result, not a failed job;
    # with each attempt there is more time for what lies around it
    resources:
        bundle=1,
        mem_mb=growing(2 * int(config["scoring"]["memory_mb"] or 4000) + 500),
        runtime=lambda wildcards, attempt: (
            math.ceil((config["scoring"]["timeout_s"] or 86400) / 60) + 5 * attempt
        ),
    params:
        # what it depends on beside its inputs; one function, as it is called for each of very many
        job=lambda wildcards: project.jobs[wildcards.job].plain(),
    script:
        "../../scripts/score_combo.py"


rule gather_scores:
    """Put the scores of all jobs into one table."""
    input:
        lambda wildcards: expand(rules.score_combo.output.scores, job=project.jobs),
    output:
        scores=SCORES,
        runtimes=f"{RESULTS}/runtimes.json",
    log:
        f"{LOGS}/gather_scores.log",
    benchmark:
        f"{BENCHMARKS}/gather_scores.tsv"
    conda:
        "../../envs/megate.yaml"
    threads: 2  # files are read side by side
    resources:
        mem_mb=growing(4000),
        runtime=growing(30),
    script:
        "../../scripts/gather_scores.py"
