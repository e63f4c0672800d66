"""Deprecated names: configurations of earlier versions are accepted with a warning."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from megate.config.schema import Source
from megate.core.errors import MegateError

KEYS = {
    ("scoring", "fresh_cell"): "rebuild_cell",
    ("select", "open_gates"): "uncomputable_exemplar_feature",
}
"""Section and old key -> new key."""

VALUES = {("prepare", "morphologies_without_recipe", "skip"): "warn"}
"""Section, key and old value -> new value."""


def with_current_names(source: Source, warn: Callable[[str], None]) -> Source:
    """Replace old names by the current ones, with a warning for each.

    Raises:
        MegateError: a key is given under both names.
    """
    changed = {
        key: dict(value) if isinstance(value, Mapping) else value
        for key, value in source.settings.items()
    }
    for (section, old), new in KEYS.items():
        keys = changed.get(section)
        if isinstance(keys, dict) and old in keys:
            where = f"{source.name}: {section}"
            if new in keys:
                raise MegateError(f"{where}: {old} is the old name of {new}; remove it")
            keys[new] = keys.pop(old)
            warn(f"{where}.{old} is deprecated; use {section}.{new}")
    for (section, key, old), new in VALUES.items():
        keys = changed.get(section)
        if isinstance(keys, dict) and keys.get(key) == old:
            keys[key] = new
            warn(f"{source.name}: {section}.{key}: {old} is deprecated; use {new}")
    return replace(source, settings=changed)
