# Nodes: a released combination for each cell of a circuit, on demand (`snakemake --cores N nodes`).


rule nodes:
    """Give each cell of a circuit a released combination, and write its nodes."""
    input:
        release=paths.circuit,
        nodes=nodes_files,
    output:
        paths.nodes,
    log:
        paths.log("nodes"),
    benchmark:
        paths.benchmark("nodes")
    retries: 0  # it would only fail again
    conda:
        "../../envs/megate.yaml"
    resources:
        mem_mb=per_attempt(4000),
        runtime=per_attempt(60),
    params:
        population=config["circuit"]["nodes_population"],
        seed=config["circuit"]["seed"],
        weights=config["circuit"]["emodel_weights"],
        without=config["circuit"]["cells_without_combination"],
        # not an output: Snakemake would remove it if the cells in it are an error
        missing=str(paths.nodes_left_out),
    script:
        "../../scripts/nodes.py"
