"""Where the results of a run are: the names of all files and folders below `results`."""

from dataclasses import dataclass
from pathlib import Path

PARQUET = ".parquet"

# files of a release
EXTNEURONDB = "extneurondb.dat"
MECOMBO_EMODEL = "mecombo_emodel.tsv"
MECOMBO_RELEASE = "mecombo_release.json"
FAILURES = "failures.tsv"
GATING_PDF = "megating.pdf"
SUMMARY = "summary.txt"
COMPLIANCE_LOG = "log_neuron_compliance.csv"
EMODELS_REVISIONS = "emodels_revisions.json"
EMODELS_HOC = "emodels_hoc"
COMBOS_HOC = "combos_hoc"
EXTRA_DATA = "extra_data"
THRESHOLD_SWEEP = "threshold_sweep.csv"


@dataclass(frozen=True)
class Paths:
    """The files and folders of a run.

    Attributes:
        results: the folder of all of them

    E-models and jobs may also be given as Snakemake's wildcards (``{emodel}``, ``{job}``).
    """

    results: Path

    # Tables

    @property
    def combos(self) -> Path:
        """The table of combinations."""
        return self.results / "combos.parquet"

    @property
    def scores(self) -> Path:
        """The gathered scores of all simulations."""
        return self.results / "scores.parquet"

    @property
    def decisions(self) -> Path:
        """The table of decisions."""
        return self.results / "decisions.parquet"

    @property
    def morphologies(self) -> Path:
        """What the check of the morphologies found."""
        return self.results / "morphologies.tsv"

    @property
    def runtimes(self) -> Path:
        """The mean run time of each e-model's simulations."""
        return self.results / "runtimes.json"

    @property
    def scores_db(self) -> Path:
        """Combinations and scores as BluePyMM's `select` reads them."""
        return self.results / "scores.sqlite"

    @property
    def revisions(self) -> Path:
        """The commits of e-models from a git repository."""
        return self.results / "emodels_repo" / "revisions.json"

    # Simulations

    @property
    def shards(self) -> Path:
        """Folder of the shards, one folder per e-model below it."""
        return self.results / "scores"

    @property
    def all_traces(self) -> Path:
        """Folder of the traces, one folder per e-model below it."""
        return self.results / "traces"

    @property
    def finished(self) -> Path:
        """Folder of the finished simulations that are kept; see `megate.scores.finished`."""
        return self.results / "finished"

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

    # E-models

    @property
    def emodels(self) -> Path:
        """Folder of the prepared e-models."""
        return self.results / "emodels"

    def manifest(self, emodel: str) -> Path:
        """The manifest of a prepared e-model."""
        return self.emodels / emodel / "emodel.json"

    def package(self, emodel: str) -> Path:
        """The staged package of a prepared e-model, beside its manifest."""
        return package_beside(self.manifest(emodel))

    # The release

    @property
    def release(self) -> Path:
        """Folder of the release."""
        return self.results / "release"

    @property
    def summary(self) -> Path:
        """The outcome of a run in a few lines."""
        return self.release / SUMMARY

    def emodel_hoc(self, emodel: str) -> Path:
        """The hoc of an e-model."""
        return self.release / EMODELS_HOC / f"{emodel}.hoc"

    def combos_hoc(self, emodel: str) -> Path:
        """Folder with the hoc of an e-model's released combinations."""
        return self.release / COMBOS_HOC / emodel

    @property
    def combos_hoc_table(self) -> Path:
        """Which hoc belongs to which released combination."""
        return self.release / COMBOS_HOC / "combos_hoc.tsv"

    # The pages of Snakemake's report

    @property
    def report(self) -> Path:
        """Folder of the report's pages."""
        return self.results / "report"

    @property
    def release_page(self) -> Path:
        """The page about the release."""
        return self.report / "release.html"

    @property
    def runtimes_page(self) -> Path:
        """The page about the run times."""
        return self.report / "runtimes.html"

    def emodel_page(self, emodel: str) -> Path:
        """The page about an e-model."""
        return self.report / "emodels" / f"{emodel}.html"

    def traces_page(self, emodel: str) -> Path:
        """The page with an e-model's traces."""
        return self.report / "traces" / f"{emodel}.html"

    # What the jobs leave

    @property
    def logs(self) -> Path:
        """Folder of the jobs' logs."""
        return self.results / "logs"

    @property
    def benchmarks(self) -> Path:
        """Folder of the jobs' benchmarks."""
        return self.results / "benchmarks"

    def log(self, job: str) -> Path:
        """The log of a job.

        Args:
            job: its rule, then ``/`` and its wildcards, if it has any
        """
        return self.logs / f"{job}.log"

    def benchmark(self, job: str) -> Path:
        """The benchmark of a job.

        Args:
            job: as in `log`
        """
        return self.benchmarks / f"{job}.tsv"

    def folders(self) -> list[Path]:
        """The folders that rules write files to."""
        return [
            self.results,
            self.emodels,
            self.shards,
            self.all_traces,
            self.finished,
            self.release,
            self.release / EMODELS_HOC,
            self.release / EXTRA_DATA,
            self.report,
            self.emodel_page("").parent,
            self.traces_page("").parent,
            self.logs,
            self.benchmarks,
        ]


def package_beside(manifest: Path) -> Path:
    """The staged package of a prepared e-model.

    Args:
        manifest: path of its manifest
    """
    return manifest.parent / "package"
