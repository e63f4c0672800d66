"""The colours of outcomes, the same in all figures and pages."""

from megate.core.vocabulary import Reason

COLOURS: dict[Reason, str] = {
    Reason.PASSED: "#0072B2",
    Reason.OVER_LIMIT: "#D55E00",
    Reason.NOT_AMONG_BEST: "#D55E00",
    Reason.SIMULATION_ERROR: "#E69F00",
    Reason.MISSING_SCORE: "#999999",
}
"""From the palette of Okabe and Ito, which colour-blind people can tell apart."""

DARK, GREY, PALE = "#222222", "#666666", "#CCCCCC"
"""Text, what is beside the point, and rules."""
