"""eFEL reads its table of dependencies once, not before every feature.

BluePyOpt resets eFEL before and after each feature, and each time eFEL makes its C++ core anew from
a text file: nine tenths of the time that features take (eFEL 5.7.34). A core whose maps are emptied
(`cppcore.Clear`) is as new. Features are still computed one by one, each from its own copy of the
trace: computed together, they share an interpolated trace, and some differ in the last bits.
"""

from typing import Any

from efel import cppcore


def read_dependencies_once() -> None:
    """Let `cppcore.Initialize` clear the core where it would make the same one again."""
    initialize = cppcore.Initialize
    if getattr(initialize, "reads_once", False):
        return
    made_from: tuple | None = None

    def initialize_once(*arguments: Any) -> None:
        nonlocal made_from
        if arguments == made_from:
            cppcore.Clear()
        else:
            initialize(*arguments)
            made_from = arguments

    initialize_once.reads_once = True  # type: ignore[attr-defined]
    cppcore.Initialize = initialize_once
