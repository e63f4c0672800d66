"""Refusals that no broken example reaches: what they say does not depend on an input, or another
test makes it."""

UNREACHED: dict[tuple[str, str], str] = {}
"""Module and a text of the place's code -> why, and the test that reaches it, if there is one."""
