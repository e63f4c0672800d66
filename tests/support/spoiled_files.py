"""Configuration files with mistakes, for hypothesis: the valid ones with one to three changes."""

import copy
from typing import Any

import two_levels
from config_emodel import Files, steps_only
from hypothesis import strategies as st

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([10**400, -1, 0, "", "Main", "{value}", "a\n", "\ud800", [], {}, [{}], "Rin"])
    | st.text(max_size=10)
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)
)
NAMES = [
    "Main",
    "Rin",
    "RinHoldcurrent_dep",
    "all",
    "global",
    "distribution_exp",
    "_ignored",
    "other",
]


@st.composite
def spoiled(draw: st.DrawFn) -> Files:
    """Mistakes of all kinds: other values, keys that are lost, renamed or doubled."""
    files = copy.deepcopy(draw(st.sampled_from([Files(), steps_only(), two_levels.files()])))
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["recipes", "params", "protocols", "features"]))
        where, key = draw(st.sampled_from([(vars(files), kind), *_places(getattr(files, kind))]))
        change = draw(st.sampled_from(["replace", "remove", "rename", "copy"]))
        if change == "replace" or key == kind:
            where[key] = draw(JSON)
        elif change == "remove":
            del where[key]
        elif isinstance(where, dict):
            value = where.pop(key) if change == "rename" else where[key]
            name = draw(st.text(max_size=8) | st.sampled_from([*where, *NAMES]))
            where[name] = copy.deepcopy(value)
        else:
            where.append(copy.deepcopy(where[key]))
    return files


@st.composite
def renumbered(draw: st.DrawFn) -> Files:
    """Other numbers in one to five places; many of these files are valid."""
    files = copy.deepcopy(draw(st.sampled_from([Files(), steps_only()])))
    for _ in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from(["params", "protocols", "features"]))
        numbers = [
            (where, key)
            for where, key in _places(getattr(files, kind))
            if isinstance(where[key], int | float) and not isinstance(where[key], bool)
        ]
        where, key = draw(st.sampled_from(numbers))
        where[key] = draw(st.integers(-1, 9) | st.floats(-1, 1000) | st.floats())
    return files


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Everything in it: the object or list that it stands in, and its key there."""
    keys = list(content) if isinstance(content, dict) else []
    keys = list(range(len(content))) if isinstance(content, list) else keys
    found = [(content, key) for key in keys]
    inner = [content[key] for key in keys if isinstance(content[key], dict | list)]
    return found + [place for value in inner for place in _places(value)]
