"""A project: all inputs read, joined and checked, and the jobs that they need."""
