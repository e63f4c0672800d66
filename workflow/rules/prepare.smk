# Prepare: the table of combinations, and every e-model ready to run.


localrules:
    combos,


rule combos:
    """Write the tables of combinations and types, if their content has changed."""
    output:
        combos=paths.combos,
        types=paths.types,
    log:
        paths.log("combos"),
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(10),
    params:
        # stands for the input files: one that is only touched changes nothing
        content=lambda wildcards: project.digest,
    script:
        "../../scripts/combos.py"


rule prepare_emodel:
    """Stage an e-model's package, compile its mechanisms, and check it."""
    input:
        package=lambda wildcards: [local(file) for file in project.emodels[wildcards.emodel].files],
    output:
        manifest=paths.manifest("{emodel}"),
        package=directory(paths.package("{emodel}")),
    log:
        paths.log("prepare_emodel/{emodel}"),
    benchmark:
        paths.benchmark("prepare_emodel/{emodel}")
    priority: 100  # before simulations, so that errors in e-models show early
    retries: 0  # they would only show again
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(30),
    # The script also reads the exemplar, its apical point, the hoc template and the thresholds, only to
    # check the e-model with them. They are not inputs or params: a change of one would prepare the
    # e-model and run all its simulations again, with the same scores.
    params:
        # sorted: the order in final.json does not matter
        parameters=lambda wildcards: dict(
            sorted(project.emodels[wildcards.emodel].final.params.items())
        ),
        # False: the package's code; True: the built-in evaluator (other values than those of
        # version 0.1.0 would run all simulations again)
        builtin=lambda wildcards: project.emodels[wildcards.emodel].evaluator.recorded,
        # Not an input: the file is written when the run starts (see common.smk), so it may not
        # exist yet when Snakemake looks for inputs. The e-model is checked against it, but not made
        # from it.
        morphologies=str(paths.morphologies),
    script:
        "../../scripts/prepare_emodel.py"


rule emodel_hoc:
    """Write an e-model's hoc (a rule of its own, so that a new template simulates nothing)."""
    input:
        manifest=rules.prepare_emodel.output.manifest,
        exemplar=lambda wildcards: ancient(
            local(project.emodels[wildcards.emodel].exemplar.unrepaired)
        ),
        template=local(config["prepare"]["template"] or HOC_TEMPLATE),
        adaptation=[paths.adaptation("{emodel}")] if settings.adapt else [],
    output:
        paths.emodel_hoc("{emodel}"),
    log:
        paths.log("emodel_hoc/{emodel}"),
    benchmark:
        paths.benchmark("emodel_hoc/{emodel}")
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(10),
    params:
        apical_point=lambda wildcards: project.emodels[wildcards.emodel].exemplar_apical_point,
    script:
        "../../scripts/emodel_hoc.py"
