"""The values used in megate's results. Tables, pages and documentation take them from here."""

from enum import StrEnum


class Status(StrEnum):
    """How a simulation ended."""

    SCORED = "scored"
    RAISED = "raised"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    MEMORY = "memory"

    @property
    def about(self) -> str:
        """Meaning, for the documentation."""
        return _STATUSES[self]


_STATUSES = {
    Status.SCORED: "all protocols ran and the features were scored",
    Status.RAISED: "the e-model's package or NEURON raised an exception",
    Status.CRASHED: "the process ended without a result (a signal, or an exit)",
    Status.TIMEOUT: "stopped after `timeout_s`",
    Status.MEMORY: "stopped over `memory_mb`",
}

NOT_SCORED = tuple(status for status in Status if status is not Status.SCORED)


class Reason(StrEnum):
    """Why a combination is released or not."""

    PASSED = "passed"
    OVER_LIMIT = "over_limit"
    SIMULATION_ERROR = "simulation_error"
    MISSING_SCORE = "missing_score"
    NOT_AMONG_BEST = "not_among_best"

    @property
    def about(self) -> str:
        """Meaning, for the documentation."""
        return _REASONS[self]

    @property
    def label(self) -> str:
        """The value as shown on pages."""
        return self.replace("_", " ")


_REASONS = {
    Reason.PASSED: "all gated features have a score within their limit",
    Reason.OVER_LIMIT: "a gated feature's score is over its limit",
    Reason.SIMULATION_ERROR: "the simulation has no scores: see its status",
    Reason.MISSING_SCORE: "a gated feature has no score",
    Reason.NOT_AMONG_BEST: "not among the best fraction (`select_perc_best`)",
}


class UncomputableExemplarFeature(StrEnum):
    """What to do about a feature that could not be computed for the exemplar."""

    WARN = "warn"
    FAIL = "fail"
    IGNORE = "ignore"
