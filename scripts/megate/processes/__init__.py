"""Child processes with limits, and the logs of jobs."""
