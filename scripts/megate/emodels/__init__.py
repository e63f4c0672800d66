"""E-models: read them from their sources, prepare them, write them as hoc."""
