"""E-models in a git repository."""
