# Adapt: what is known of each e-model's exemplar, to which its other cells are adapted.


rule adapt_emodel:
    """Measure AIS, soma and their input resistances in an e-model's exemplar."""
    input:
        manifest=rules.prepare_emodel.output.manifest,
        shard=lambda wildcards: paths.shard(project.exemplar_job(wildcards.emodel)),
        morphology=lambda wildcards: local(project.emodels[wildcards.emodel].exemplar.unrepaired),
    output:
        paths.adaptation("{emodel}"),
    log:
        paths.log("adapt_emodel/{emodel}"),
    benchmark:
        paths.benchmark("adapt_emodel/{emodel}")
    priority: 100  # before simulations, so that errors in e-models show early
    retries: 0  # they would only show again
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(30),
    params:
        apical_point=lambda wildcards: project.emodels[wildcards.emodel].exemplar_apical_point,
        scaled={part: config["adapt"][part] for part in ("ais", "soma")},
    script:
        "../../scripts/adapt_emodel.py"
