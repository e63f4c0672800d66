"""How large a page may be. The rules import this, and not the libraries that the pages need."""

MAX_BYTES = 1_550_000
"""Largest page that Chromium shows in a report in one file (2 MiB as base64, and its header)."""
