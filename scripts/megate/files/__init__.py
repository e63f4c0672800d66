"""Read and write files: one message for what is wrong, and no partial files."""
