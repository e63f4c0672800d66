"""Deprecated names: configurations of earlier versions are accepted with a warning."""

from collections.abc import Mapping
from typing import Any

from megate.core.errors import MegateError

KEYS = {
    ("scoring", "fresh_cell"): "rebuild_cell",
    ("select", "open_gates"): "uncomputable_exemplar_feature",
}
"""Section and old key -> new key."""

VALUES = {("prepare", "morphologies_without_recipe", "skip"): "warn"}
"""Section, key and old value -> new value."""


def with_current_names(
    settings: Mapping[str, Any], name: str
) -> tuple[Mapping[str, Any], list[str]]:
    """Replace old names in the settings of the source `name`.

    Returns:
        The settings, and a warning for each old name.

    Raises:
        MegateError: a key is given under both names.
    """
    changed = {
        key: dict(value) if isinstance(value, Mapping) else value for key, value in settings.items()
    }
    warnings = []
    for (section, old), new in KEYS.items():
        keys = changed.get(section)
        if isinstance(keys, dict) and old in keys:
            if new in keys:
                raise MegateError(f"{name}: {section}: {old} is the old name of {new}; remove it")
            keys[new] = keys.pop(old)
            warnings.append(f"{name}: {section}.{old} is deprecated; use {section}.{new}")
    for (section, key, old), new in VALUES.items():
        keys = changed.get(section)
        if isinstance(keys, dict) and keys.get(key) == old:
            keys[key] = new
            warnings.append(f"{name}: {section}.{key}: {old} is deprecated; use {new}")
    return changed, warnings
