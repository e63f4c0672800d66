# Prepare: the table of combinations, and every e-model ready to run.


localrules:
    combos,


rule combos:
    """Write the table of combinations; rewritten when its content changes, not when a file is touched."""
    output:
        COMBOS,
    log:
        f"{LOGS}/combos.log",
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        content=lambda wildcards: project.digest,
    script:
        "../../scripts/combos.py"


rule prepare_emodel:
    """Stage an e-model's package, compile the mechanisms that it uses, check that its features have
    thresholds and that its hoc renders."""
    input:
        package=lambda wildcards: map(local, project.emodels[wildcards.emodel].files),
    output:
        manifest=f"{EMODELS}/{{emodel}}/emodel.json",
        package=directory(f"{EMODELS}/{{emodel}}/package"),
    log:
        f"{LOGS}/prepare_emodel/{{emodel}}.log",
    benchmark:
        f"{BENCHMARKS}/prepare_emodel/{{emodel}}.tsv"
    priority: 100  # what is wrong with an e-model is found before long
    retries: 0  # and said once
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        # What it depends on beside its inputs, in whatever order. The exemplar, which it is created
        # with, has no part in it: another one, or its apical point, must not score all anew.
        parameters=lambda wildcards: dict(
            sorted(project.emodels[wildcards.emodel].final.params.items())
        ),
        builtin=lambda wildcards: project.emodels[wildcards.emodel].builtin,
    script:
        "../../scripts/prepare_emodel.py"


rule emodel_hoc:
    """Write an e-model's hoc: apart from what its scores depend on, so that another template, or a
    lost release, costs no simulation."""
    input:
        manifest=rules.prepare_emodel.output.manifest,
        exemplar=lambda wildcards: ancient(
            local(project.emodels[wildcards.emodel].exemplar.unrepaired)
        ),
        template=local(config["prepare"]["template"] or HOC_TEMPLATE),
    output:
        f"{RELEASE}/emodels_hoc/{{emodel}}.hoc",
    log:
        f"{LOGS}/emodel_hoc/{{emodel}}.log",
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        apical_point=lambda wildcards: project.emodels[wildcards.emodel].exemplar_apical_point,
    script:
        "../../scripts/emodel_hoc.py"
