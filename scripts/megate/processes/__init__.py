"""Processes of megate's own: a guarded child, its limits, its log."""
