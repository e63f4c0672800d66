"""megate's own evaluator, for e-models that are configuration files without code."""
