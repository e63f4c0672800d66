# Exchange with BluePyMM: its scores.sqlite, read in place of simulating, or written.

if project is None:
    # nothing beside the release
    kept = []

    rule import_scores:
        """Take over combinations, scores and hoc of an earlier BluePyMM run."""
        input:
            scores_db=local(config["scores_db"]),
            hoc=expand(
                "{folder}/{emodel}.hoc",
                folder=local(config["emodels_hoc_dir"] or ""),
                emodel=emodels_with_hoc,
            ),
        output:
            combos=COMBOS,
            scores=SCORES,
            hoc=HOC,
        log:
            f"{LOGS}/import_scores.log",
        benchmark:
            f"{BENCHMARKS}/import_scores.tsv"
        conda:
            "../../envs/megate.yaml"
        resources:
            mem_mb=growing(2000),
            runtime=growing(30),
        script:
            "../../scripts/import_scores.py"

else:

    rule scores_db:
        """Write combinations and scores as BluePyMM's select takes them."""
        input:
            combos=COMBOS,
            scores=SCORES,
        output:
            f"{RESULTS}/scores.sqlite",
        log:
            f"{LOGS}/scores_db.log",
        benchmark:
            f"{BENCHMARKS}/scores_db.tsv"
        conda:
            "../../envs/megate.yaml"
        resources:
            mem_mb=growing(4000),
            runtime=growing(30),
        script:
            "../../scripts/export_scores_db.py"
