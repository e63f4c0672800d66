"""How large a page may be. (A module of its own: the rules read it, without the libraries that draw.)"""

MAX_BYTES = 1_550_000
"""Largest page that Chromium shows in a report in one file (2 MiB as base64, and its header)."""
