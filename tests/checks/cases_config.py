"""Checks of the configuration."""

from broken import Case

CONFIG = [
    Case(
        "unknown key",
        lambda p: p.edit("config.yaml", "to_skip_features:", "to_skip_featurs:"),
        ("config.yaml", "'to_skip_featurs' in 'select'", "'to_skip_features'"),
    ),
    Case(
        "missing key",
        lambda p: p.configure("prepare", morph_path=None),
        ("prepare: 'morph_path' is a required property",),
    ),
]
