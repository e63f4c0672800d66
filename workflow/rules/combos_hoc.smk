# Combos hoc: a hoc per released combination, on demand (`snakemake --cores N combos_hoc`).


rule emodel_combos_hoc:
    """Write the hoc of an e-model's released combinations."""
    input:
        release=rules.aggregate.output.mecombo_emodel,
        combos=paths.combos,
        manifest=rules.prepare_emodel.output.manifest,
        exemplar=lambda wildcards: ancient(
            local(project.emodels[wildcards.emodel].exemplar.unrepaired)
        ),
        template=local(config["prepare"]["template"] or HOC_TEMPLATE),
        adaptation=[paths.adaptation("{emodel}")] if settings.adapt else [],
    output:
        directory(paths.combos_hoc("{emodel}")),
    log:
        paths.log("combos_hoc/{emodel}"),
    benchmark:
        paths.benchmark("combos_hoc/{emodel}")
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(30),
    params:
        emodels=list(project.emodels),
        # sections and clean copies; not an input, for the reason given at prepare_emodel
        morphologies=str(paths.morphologies),
        apical_point=lambda wildcards: project.emodels[wildcards.emodel].exemplar_apical_point,
    script:
        "../../scripts/combos_hoc.py"


rule combos_hoc:
    """Write the hoc of all released combinations, and the table that lists them."""
    input:
        hoc=expand(rules.emodel_combos_hoc.output, emodel=project.emodels),
        release=rules.aggregate.output.mecombo_emodel,
        combos=paths.combos,
    output:
        paths.combos_hoc_table,
    log:
        paths.log("combos_hoc"),
    benchmark:
        paths.benchmark("combos_hoc")
    localrule: True
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(10),
    params:
        emodels=list(project.emodels),
        # sections and clean copies; not an input, for the reason given at prepare_emodel
        morphologies=str(paths.morphologies),
    script:
        "../../scripts/combos_hoc_table.py"
