"""One simulation: an e-model's protocols on a morphology, in a process of its own."""
