# Combos hoc: a hoc per released combination, for who asks (`snakemake --cores N combos_hoc`).


localrules:
    combos_hoc,


rule emodel_combos_hoc:
    """Write the hoc of an e-model's released combinations: one process, its evaluator made once."""
    input:
        release=rules.aggregate.output.mecombo_emodel,
        combos=COMBOS,
        manifest=rules.prepare_emodel.output.manifest,
        exemplar=lambda wildcards: ancient(
            local(project.emodels[wildcards.emodel].exemplar.unrepaired)
        ),
        template=local(config["prepare"]["template"] or HOC_TEMPLATE),
    output:
        directory(f"{RELEASE}/combos_hoc/{{emodel}}"),
    log:
        f"{LOGS}/combos_hoc/{{emodel}}.log",
    benchmark:
        f"{BENCHMARKS}/combos_hoc/{{emodel}}.tsv"
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        emodels=list(project.emodels),
        apical_point=lambda wildcards: project.emodels[wildcards.emodel].exemplar_apical_point,
    script:
        "../../scripts/combos_hoc.py"


rule combos_hoc:
    """Say which hoc belongs to which released combination; the target that writes them all."""
    input:
        hoc=expand(rules.emodel_combos_hoc.output, emodel=project.emodels),
        release=rules.aggregate.output.mecombo_emodel,
        combos=COMBOS,
    output:
        f"{RELEASE}/combos_hoc/combos_hoc.tsv",
    log:
        f"{LOGS}/combos_hoc.log",
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        emodels=list(project.emodels),
    script:
        "../../scripts/combos_hoc_table.py"
