# Score: one job per simulation. docs/reruns.md lists what makes a simulation run again.
import json
import math

from megate.scores.runtimes import priority, read_runtimes

# functions that give a job's output, and their folders
simulation_outputs = [(paths.shard, paths.shards)]
score_outputs = {"scores": paths.shard("{job}")}
if config["scoring"]["keep_traces"]:
    simulation_outputs.append((paths.traces, paths.all_traces))
    score_outputs["traces"] = paths.traces("{job}")

# what simulations need of their exemplar; Snakemake calls each function for every simulation
exemplar_inputs = {"exemplar": exemplar_of} if settings.adapt else {}
if stops.any_could_stop:
    exemplar_inputs["exemplar_scores"] = exemplar_scores_of
early_params = {}
if settings.scoring.stop_early:
    # with `input`, so that a new type does not run the simulation again, unless its digest changes
    early_params["types"] = lambda wildcards, input: json.dumps(stops.types(wildcards.job))
# what the command needs of the configuration (`params` would run finished simulations again)
select_settings = ["currents", *(Stops.SETTINGS if early_params else [])]
of_config = {
    "scoring": config["scoring"],
    "select": {name: config["select"][name] for name in select_settings},
    "adapt": config["adapt"],
    "results": config["results"],
    "check_morphologies": config["prepare"]["check_morphologies"],
}
score_command = [
    f"exec {in_shell(PYTHON)} {in_shell(source('scripts/score_combo.py'))}",
    "{wildcards.job:q} --facts={params.job:q} --morphology={input.morphology:q}",
    "--manifest={input.manifest:q} --scores={output.scores:q}",
    "--exemplar={input.exemplar:q}" if settings.adapt else "",
    "--traces={output.traces:q}" if "traces" in score_outputs else "",
    "--types={params.types:q} --exemplar-scores={input.exemplar_scores:q}" if early_params else "",
    f"--log={{log:q}} --config={in_shell(json.dumps(of_config))}",
]
retained = lambda wildcards: missing_outputs()
runtimes = read_runtimes(paths.runtimes)


rule score_combo:
    """Simulate an e-model's protocols on a morphology and score its features."""
    input:
        **exemplar_inputs,
        morphology=lambda wildcards: local(project.jobs[wildcards.job].morph_path),
        manifest=lambda wildcards: paths.manifest(project.jobs[wildcards.job].package),
    output:
        **score_outputs,
    log:
        paths.log("score_combo/{job}"),
    # no benchmark: run time, CPU time and memory are columns of the shard
    # long simulations first, so that none is left to run alone at the end
    priority:
        lambda wildcards, input: (
            100
            if comes_first(wildcards.job)
            else priority(
                project.jobs[wildcards.job].emodel, Path(input.morphology).stat().st_size, runtimes
            )
        )
    group:
        bundle
    conda:
        "../../envs/megate.yaml"
    # megate itself stops a simulation at the limits of the configuration, and records that as its
    # result; the limits of the batch job are larger, so that they are not reached
    resources:
        bundle=1,
        mem_mb=per_attempt(2 * int(config["scoring"]["memory_mb"] or 4000) + 500),
        runtime=lambda wildcards, attempt: (
            math.ceil((config["scoring"]["timeout_s"] or 86400) / 60) + 5 * attempt
        ),
    params:
        **early_params,
        job=lambda wildcards: facts_of(wildcards.job),
    # not a script: to start it, and to import the libraries, takes longer than a short simulation
    shell:
        " ".join(score_command)


rule gather_scores:
    """Gather the scores of all simulations in one table."""
    input:
        lambda wildcards: expand(rules.score_combo.output.scores, job=project.jobs),
    output:
        **({"unadapted": paths.unadapted_scores} if EXEMPLARS else {}),
        scores=paths.scores,
        runtimes=paths.runtimes,
    log:
        paths.log("gather_scores"),
    benchmark:
        paths.benchmark("gather_scores")
    conda:
        "../../envs/megate.yaml"
    threads: 2  # reads two files at a time
    resources:
        mem_mb=per_attempt(4000),
        runtime=per_attempt(30),
    params:
        **({"exemplars": lambda wildcards: sorted(project.exemplar_jobs)} if EXEMPLARS else {}),
        # a change of the main pair gathers again, but simulates nothing
        currents=config["select"]["currents"],
    script:
        "../../scripts/gather_scores.py"
