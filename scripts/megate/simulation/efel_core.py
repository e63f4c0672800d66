"""eFEL without what it does over and over: it is loaded lean, and made ready once.

BluePyOpt resets eFEL before and after each feature, and each time eFEL makes its C++ core anew from
a text file: nine tenths of the time that features take (eFEL 5.7.34). A core whose maps are emptied
(`cppcore.Clear`) is as new. Features are still computed one by one, each from its own copy of the
trace: computed together, they share an interpolated trace, and some differ in the last bits.
"""

import importlib
import sys
from types import ModuleType
from typing import Any


def make_efel_lean() -> None:
    """Import eFEL, if it has not been, without the file formats that it can read, and let its core
    be cleared where it would be made again from the same file."""
    if "efel" not in sys.modules:
        _import_when_used("neo")
    from efel import cppcore

    initialize = cppcore.Initialize
    if getattr(initialize, "only_once", False):
        return
    made_from: tuple | None = None

    def initialize_once(*arguments: Any) -> None:
        nonlocal made_from
        if arguments == made_from:
            cppcore.Clear()
        else:
            initialize(*arguments)
            made_from = arguments

    initialize_once.only_once = True  # type: ignore[attr-defined]
    cppcore.Initialize = initialize_once


def _import_when_used(name: str) -> None:
    """Let ``import name`` give a stand-in, which gets the module when something in it is used."""
    if name not in sys.modules:
        sys.modules[name] = _StandIn(name)


class _StandIn(ModuleType):
    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") and attribute != "__path__":
            raise AttributeError(attribute)  # whoever asks all modules for their files
        name = self.__name__
        if sys.modules.get(name) is self:
            del sys.modules[name]
        return getattr(importlib.import_module(name), attribute)
