# Validate: simulate the release in the programs that circuits use (`snakemake --cores N validate`).


rule validation_mechanisms:
    """Compile the mechanisms of the folder for circuits, outside of the release."""
    input:
        circuit=circuit_to_validate,
    output:
        directory(paths.validation_mechanisms),
    log:
        paths.log("validation_mechanisms"),
    benchmark:
        paths.benchmark("validation_mechanisms")
    retries: 0
    conda:
        "../../envs/circuit.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(30),
    params:
        simulators=simulators(settings.circuit.validate_neurodamus_sample),
    script:
        "../../scripts/validation_mechanisms.py"


rule validate_emodel:
    """Simulate the released cells of an e-model."""
    input:
        circuit=paths.circuit,
        mechanisms=rules.validation_mechanisms.output[0],
    output:
        paths.validation_of("{emodel}"),
    log:
        paths.log("validate_emodel/{emodel}"),
    benchmark:
        paths.benchmark("validate_emodel/{emodel}")
    conda:
        "../../envs/circuit.yaml"
    threads: 4
    resources:
        mem_mb=per_attempt(4000),
        runtime=per_attempt(240),
    params:
        sample=config["circuit"]["validate_sample"],
        neurodamus_sample=config["circuit"]["validate_neurodamus_sample"],
        timeout_s=config["scoring"]["timeout_s"],
    script:
        "../../scripts/validate_emodel.py"


rule validate:
    """Write the results of the validation of the release."""
    input:
        tables=expand(rules.validate_emodel.output, emodel=emodels),
        circuit=paths.circuit,
    output:
        table=report(
            paths.validation_table,
            caption="../report/validation.rst",
            category="Release",
            labels={"content": "Validation in circuit simulators", "as": "table to download"},
        ),
        page=report(
            paths.validation_page,
            caption="../report/validation.rst",
            category="Release",
            labels={"content": "Validation in circuit simulators", "as": "page"},
        ),
        summary=paths.validation_summary,
    log:
        paths.log("validate"),
    benchmark:
        paths.benchmark("validate")
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(2000),
        runtime=per_attempt(10),
    script:
        "../../scripts/validate.py"
