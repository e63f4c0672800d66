"""A small e-model for tests: a soma with a dendrite, Hodgkin-Huxley channels, current steps."""

from . import evaluator

multieval = True

__all__ = ["evaluator", "multieval"]
