"""Where the workflow is, and where the results of a run are: the names of all files and folders
below `results`."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
"""megate's folder, with the Snakefile and config/, if megate is installed from there."""

PARQUET = ".parquet"

# files of a release
EXTNEURONDB = "extneurondb.dat"
MECOMBO_EMODEL = "mecombo_emodel.tsv"
MECOMBO_RELEASE = "mecombo_release.json"
FAILURES = "failures.tsv"
COVERAGE = "coverage.tsv"
ADAPTATION = "adaptation.tsv"
GATING_PDF = "megating.pdf"
SUMMARY = "summary.txt"
COMPLIANCE_LOG = "log_neuron_compliance.csv"
EMODELS_REVISIONS = "emodels_revisions.json"
EMODELS_HOC = "emodels_hoc"
COMBOS_HOC = "combos_hoc"
MORPHOLOGIES = "morphologies"
EXTRA_DATA = "extra_data"
VALIDATION = "validation.tsv"
THRESHOLD_SWEEP = "threshold_sweep.csv"
CIRCUIT = "circuit"

# files of a release's folder for circuits; programs of the field look for the first three names
CIRCUIT_EXTNEURONDB = "extNeuronDB.dat"
CIRCUIT_MECOMBO_EMODEL = MECOMBO_EMODEL
CIRCUIT_HOC = "hoc"
CIRCUIT_MECHANISMS = "mechanisms"
CIRCUIT_MORPHOLOGIES = MORPHOLOGIES
CIRCUIT_CELLS = "cells.tsv"
CIRCUIT_README = "README.md"


class Paths:
    """The files and folders of a run, below the folder `results`.

    E-models and jobs may also be given as Snakemake's wildcards (``{emodel}``, ``{job}``).
    """

    def __init__(self, results: Path) -> None:
        self.results = results
        # tables
        self.combos = results / "combos.parquet"
        self.types = results / "types.parquet"  # those that the combinations should cover
        self.circuit_cells = results / "circuit_cells.parquet"  # for batch jobs
        self.scores = results / "scores.parquet"
        self.decisions = results / "decisions.parquet"
        self.morphologies = results / "morphologies.tsv"  # what the check of them found
        self.runtimes = results / "runtimes.json"  # mean of each e-model's simulations
        self.scores_db = results / "scores.sqlite"  # as BluePyMM's `select` reads it
        self.revisions = results / "emodels_repo" / "revisions.json"  # commits of e-models
        # simulations, with one folder per e-model
        self.shards = results / "scores"
        self.all_traces = results / "traces"
        self.adaptation_folder = results / "adaptation"
        self.unadapted = self.adaptation_folder / "unadapted"  # results without adaptation
        self.unadapted_scores = self.adaptation_folder / "scores_unadapted.parquet"
        self.unadapted_decisions = self.adaptation_folder / "decisions_unadapted.parquet"
        self.start_folder = results / "start_folder.json"  # of Snakemake
        self.stop_digests = results / "stop_digests.json"  # of earlier simulations (stop_early)
        self.protocols = results / "protocols"  # what simulations told of them (stop_early)
        self.finished = results / "finished"  # kept ones; see `megate.scores.finished`
        self.emodels = results / "emodels"  # prepared ones
        self.release = results / "release"
        self.summary = self.release / SUMMARY
        self.coverage = self.release / COVERAGE
        self.adaptation_table = self.release / ADAPTATION  # what adaptation changes
        self.covered = results / "covered.txt"  # that each type is released (require_coverage)
        self.nodes = results / "nodes.h5"  # a circuit's cells, each with a combination
        self.nodes_left_out = results / "nodes_without_combination.tsv"
        self.circuit = self.release / CIRCUIT
        self.combos_hoc_table = self.release / COMBOS_HOC / "combos_hoc.tsv"
        self.validation_table = self.release / VALIDATION
        self.validation = results / "validation"  # of the release, in other simulators
        self.validation_mechanisms = self.validation / "mechanisms"
        self.validation_summary = self.validation / SUMMARY
        # pages of Snakemake's report
        self.report = results / "report"
        self.release_page = self.report / "release.html"
        self.coverage_page = self.report / "coverage.html"
        self.adaptation_page = self.report / "adaptation.html"
        self.validation_page = self.report / "validation.html"
        self.runtimes_page = self.report / "runtimes.html"
        self.explore_page = self.report / "explore.html"
        self.logs = results / "logs"
        self.simulation_logs = self.logs / "score_combo"
        self.benchmarks = results / "benchmarks"

    def shard(self, job: str) -> Path:
        """The scores of one simulation."""
        return self.shards / f"{job}{PARQUET}"

    def traces(self, job: str) -> Path:
        """The traces of one simulation."""
        return self.all_traces / f"{job}{PARQUET}"

    def finished_shard(self, job: str, key: str) -> Path:
        """The scores of a finished simulation that is kept under `key`."""
        return self.finished / "scores" / f"{job}.{key}{PARQUET}"

    def finished_traces(self, job: str, key: str) -> Path:
        """The traces of a finished simulation that is kept under `key`."""
        return self.finished / "traces" / f"{job}.{key}{PARQUET}"

    def adaptation(self, emodel: str) -> Path:
        """What the adaptation of an e-model's cells needs to know about its exemplar."""
        return self.adaptation_folder / f"{emodel}.json"

    def protocols_of(self, emodel: str) -> Path:
        """What the simulations of an e-model have told of its protocols."""
        return self.protocols / f"{emodel}.json"

    def unadapted_shard(self, job: str) -> Path:
        """The scores of one simulation without adaptation, if it was run like that, too."""
        return self.unadapted / f"{job}{PARQUET}"

    def manifest(self, emodel: str) -> Path:
        """The manifest of a prepared e-model."""
        return self.emodels / emodel / "emodel.json"

    def package(self, emodel: str) -> Path:
        """The staged package of a prepared e-model."""
        return package_beside(self.manifest(emodel))

    def emodel_hoc(self, emodel: str) -> Path:
        """The hoc of an e-model."""
        return self.release / EMODELS_HOC / f"{emodel}.hoc"

    def combos_hoc(self, emodel: str) -> Path:
        """Folder with the hoc of an e-model's released combinations."""
        return self.release / COMBOS_HOC / emodel

    def emodel_page(self, emodel: str) -> Path:
        """The page about an e-model."""
        return self.report / "emodels" / f"{emodel}.html"

    def validation_of(self, emodel: str) -> Path:
        """The results of validating an e-model's combinations."""
        return self.validation / "emodels" / f"{emodel}.tsv"

    def traces_page(self, emodel: str) -> Path:
        """The page with an e-model's traces."""
        return self.report / "traces" / f"{emodel}.html"

    def log(self, job: str) -> Path:
        """The log of a job, given as its rule or, if it has wildcards, rule/wildcards."""
        return self.logs / f"{job}.log"

    def benchmark(self, job: str) -> Path:
        """The benchmark of a job, which is given as in `log`."""
        return self.benchmarks / f"{job}.tsv"

    def folders(self) -> list[Path]:
        """The folders that rules write files to."""
        return [
            self.results,
            self.emodels,
            self.shards,
            self.all_traces,
            self.adaptation_folder,
            self.finished,
            self.protocols,
            self.release,
            self.release / EMODELS_HOC,
            self.release / EXTRA_DATA,
            self.validation,
            self.report,
            self.emodel_page("").parent,
            self.traces_page("").parent,
            self.logs,
            self.benchmarks,
        ]


def package_beside(manifest: Path) -> Path:
    """The staged package of the prepared e-model with this manifest."""
    return manifest.parent / "package"
