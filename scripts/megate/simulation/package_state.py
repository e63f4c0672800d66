"""Check whether a sweep changes the Python state of an e-model's package."""

import os
import pickle
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

_CODE = (ModuleType, FunctionType, BuiltinFunctionType, classmethod, staticmethod, property)


def package_state(package: Path) -> dict[str, Any]:
    """Fingerprints of NumPy's global random number generator (Python's own is seeded again at every
    fork) and of the global variables and class attributes of modules in the folder `package` (an
    absolute path). Not included: attributes of functions, closures, environment variables."""
    state: dict[str, Any] = {"numpy.random": pickle.dumps(np.random.get_state())}
    folder = f"{package}{os.sep}"
    for module in list(sys.modules.values()):
        if not str(vars(module).get("__file__")).startswith(folder):
            continue
        for name, value in _variables(vars(module)):
            if not isinstance(value, type):
                state[f"{module.__name__}.{name}"] = _fingerprint(value)
            elif value.__module__ == module.__name__:
                for attribute, held in _variables(vars(value)):
                    state[f"{module.__name__}.{name}.{attribute}"] = _fingerprint(held)
    return state


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Name of a variable that differs, or None."""
    names = before.keys() | after.keys()
    return next((name for name in sorted(names) if before.get(name) != after.get(name)), None)


def _variables(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in list(namespace.items()):
        if not (name.startswith("__") or isinstance(value, _CODE)):
            yield name, value


def _fingerprint(value: Any) -> Any:
    try:
        return pickle.dumps(value)
    except Exception:  # cannot be pickled: compare by identity
        return id(value)
