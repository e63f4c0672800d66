"""The morphology release: its files, their content, and what e-models need of it."""
