"""The colours of outcomes, the same in all figures and pages."""

COLOURS = {
    "passed": "#0072B2",
    "failed": "#D55E00",
    "raised": "#E69F00",
    "missing score": "#999999",
}
"""From the palette of Okabe and Ito, which colour-blind people can tell apart."""

DARK, GREY, PALE = "#222222", "#666666", "#CCCCCC"
"""Text, what is beside the point, and rules."""
