"""What goes wrong, and where. Nothing here; tests write their own."""

from typing import Any


def at(place: str, morphology: str, *objects: Any) -> None:
    """Called in the places of `evaluator.py`; `morphology` is the file's name without extension.

    "create" (), "sweep" (protocol, simulator, cell): stimuli and recordings are about to be set,
    "swept" (protocol, simulator): they have been taken away, "between" (cell model): between two
    sweeps, "features" ().
    """
