"""The values used in megate's results. Tables, pages and documentation take them from here."""

from enum import StrEnum


class _Word(StrEnum):
    """A value, with its meaning for the documentation (`about`)."""

    about: str

    def __new__(cls, value: str, about: str = "") -> "_Word":
        word = str.__new__(cls, value)
        word._value_ = value
        word.about = about
        return word


class Status(_Word):
    """How a simulation ended."""

    SCORED = (
        "scored",
        "the features were scored (with `stop_early`, perhaps not all)",
    )
    RAISED = "raised", "the e-model's package or NEURON raised an exception"
    CRASHED = "crashed", "the process ended without a result (a signal, or an exit)"
    TIMEOUT = "timeout", "stopped after `timeout_s`"
    MEMORY = "memory", "stopped over `memory_mb`"


NOT_SCORED = tuple(status for status in Status if status is not Status.SCORED)


class Reason(_Word):
    """Why a combination is released or not."""

    PASSED = "passed", "all gated features have a score within their limit"
    OVER_LIMIT = "over_limit", "a gated feature's score is over its limit"
    SIMULATION_ERROR = "simulation_error", "the simulation has no scores: see its status"
    MISSING_SCORE = "missing_score", "a gated feature has no score"
    NO_THRESHOLD = (
        "no_threshold",
        "the cell passes, but has no threshold current (`release_without_threshold`)",
    )
    NOT_AMONG_BEST = "not_among_best", "not among the best fraction (`select_perc_best`)"

    @property
    def label(self) -> str:
        """The value as shown on pages."""
        return self.replace("_", " ")


class Evaluator(_Word):
    """What runs and scores an e-model."""

    CODE = "code", "the code of its package (`setup/`)"
    BUILTIN = "builtin", "megate's built-in evaluator, from the package's configuration files"

    @property
    def recorded(self) -> bool | str:
        """The value that Snakemake records of a prepared e-model."""
        return {Evaluator.CODE: False, Evaluator.BUILTIN: True}.get(self, self.value)


class UncomputableExemplarFeature(StrEnum):
    """What to do about a feature that could not be computed for the exemplar."""

    WARN = "warn"
    FAIL = "fail"
    IGNORE = "ignore"
