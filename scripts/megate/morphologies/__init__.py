"""The morphology release: where its files are, what they hold, what e-models need."""
