"""Validate a release: simulate the cells of its folder for circuits in other programs."""
