"""Read and write files, with one message for each problem and without partial files."""
