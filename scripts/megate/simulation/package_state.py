"""What an e-model's package keeps between sweeps outside the objects that are handed on."""

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
    """Global variables of the package's modules, attributes of its classes, and the state of
    NumPy's global random numbers (Python's own are seeded anew at every fork), to be compared.

    Not seen: attributes of functions, closures, modules outside the package, environment variables.

    Args:
        package: the folder that its modules are in, absolute
    """
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
    """Name of something that differs, or None."""
    names = before.keys() | after.keys()
    return next((name for name in sorted(names) if before.get(name) != after.get(name)), None)


def _variables(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in list(namespace.items()):
        if not (name.startswith("__") or isinstance(value, _CODE)):
            yield name, value


def _fingerprint(value: Any) -> Any:
    try:
        return pickle.dumps(value)
    except Exception:  # what cannot be pickled is known by its identity
        return id(value)
