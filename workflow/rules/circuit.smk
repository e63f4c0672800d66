# Circuit: the release's folder that circuits take as it is.


rule circuit:
    """Write the release's folder for circuits."""
    input:
        decisions=rules.aggregate.output.decisions,
        combos=paths.combos,
        hoc=EMODELS_HOC,
        manifests=[paths.manifest(emodel) for emodel in emodels if project],
    output:
        directory(paths.circuit),
    log:
        paths.log("circuit"),
    benchmark:
        paths.benchmark("circuit")
    priority: -1  # if it fails, the report has been written
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(4000),
        runtime=per_attempt(30),
    params:
        make_names_neuron_compliant=config["select"]["make_names_neuron_compliant"],
        # (those of imported combinations may be gone)
        copy_morphologies=config["circuit"]["copy_morphologies"] if project else False,
        # sections and clean copies; not an input, for the reason given at prepare_emodel
        morphologies=str(paths.morphologies),
    script:
        "../../scripts/circuit.py"
