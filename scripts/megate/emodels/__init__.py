"""E-models: where they come from, preparing them, writing them as hoc."""
