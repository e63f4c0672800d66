# Exchange with BluePyMM: import its scores.sqlite instead of simulating, or write one.

if project is None:
    # there are no simulations whose outputs could be missing
    retained = []

    rule import_scores:
        """Import combinations, scores and hoc of an earlier BluePyMM run."""
        input:
            scores_db=local(config["scores_db"]),
            hoc=expand(
                "{folder}/{emodel}.hoc",
                folder=local(config["emodels_hoc_dir"] or ""),
                emodel=emodels_with_hoc,
            ),
        output:
            combos=paths.combos,
            scores=paths.scores,
            hoc=EMODELS_HOC,
        log:
            paths.log("import_scores"),
        benchmark:
            paths.benchmark("import_scores")
        conda:
            "../../envs/megate.yaml"
        resources:
            mem_mb=per_attempt(2000),
            runtime=per_attempt(30),
        script:
            "../../scripts/import_scores.py"

else:

    rule scores_db:
        """Write combinations and scores as BluePyMM's scores.sqlite."""
        input:
            combos=paths.combos,
            scores=paths.scores,
        output:
            paths.scores_db,
        log:
            paths.log("scores_db"),
        benchmark:
            paths.benchmark("scores_db")
        conda:
            "../../envs/megate.yaml"
        resources:
            mem_mb=per_attempt(4000),
            runtime=per_attempt(30),
        script:
            "../../scripts/export_scores_db.py"
