"""me-gating: compare scores with thresholds and decide."""
