"""BluePyMM's scores.sqlite: read and written."""
