"""Errors, names and vocabulary that all other packages use."""
