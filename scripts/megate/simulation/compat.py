"""Run e-model packages written for BluePyOpt before 1.14 unchanged on a current version.

BluePyOpt 1.14 changed how it calls three methods that packages override. The calls are translated
for the classes that have an older signature.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from bluepyopt import ephys

from megate.simulation.classes import is_of_bluepyopt, replace_method, subclasses

_NEW_KEYWORDS = (
    (ephys.protocols.Protocol, "run", "timeout"),
    (ephys.morphologies.NrnFileMorphology, "replace_axon", "axon_stub_length"),
    (ephys.morphologies.NrnFileMorphology, "replace_axon", "axon_nseg_frequency"),
)


def adapt_older_packages() -> None:
    """Adapt all existing subclasses of BluePyOpt's protocols and morphologies."""
    for cls in _packages_subclasses(ephys.protocols.SweepProtocol):
        if _lacks(cls, "instantiate", "cell_model"):
            _accept_icell_in_base()
            replace_method(cls, "instantiate", _with_icell)
    for base, method, name in _NEW_KEYWORDS:
        for cls in _packages_subclasses(base):
            if _lacks(cls, method, name):
                replace_method(cls, method, functools.partial(_without, name=name))


def _packages_subclasses(base: type) -> Iterator[type]:
    return (cls for cls in subclasses(base) if not is_of_bluepyopt(cls))


def _lacks(cls: type, method: str, parameter: str) -> bool:
    """Whether `cls` itself defines `method` and the method does not accept `parameter`."""
    if method not in vars(cls):
        return False
    parameters = inspect.signature(getattr(cls, method)).parameters
    takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    return parameter not in parameters and not takes_any


def _without(function: Callable, name: str) -> Callable:
    """`function`, called without the keyword argument `name`, which it does not accept."""

    @functools.wraps(function)
    def adapted(*args: Any, **kwargs: Any) -> Any:
        kwargs.pop(name, None)
        return function(*args, **kwargs)

    # the signature accepts the keyword, so that the function is not adapted twice
    adapted.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            *inspect.signature(function).parameters.values(),
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None),
        ]
    )
    return adapted


def _with_icell(instantiate: Callable) -> Callable:
    """``instantiate(self, sim, icell)`` as a function that takes a cell model."""

    @functools.wraps(instantiate)
    def adapted(self: Any, sim: Any = None, cell_model: Any = None, icell: Any = None) -> Any:
        return instantiate(self, sim=sim, icell=cell_model.icell if icell is None else icell)

    return adapted


def _accept_icell_in_base() -> None:
    """Accept an icell in BluePyOpt's own ``instantiate``, which older subclasses call with one."""
    base = ephys.protocols.SweepProtocol
    current = base.instantiate
    if hasattr(current, "__wrapped__"):
        return

    @functools.wraps(current)
    def adapted(self: Any, sim: Any = None, cell_model: Any = None, icell: Any = None) -> Any:
        if icell is None and not isinstance(cell_model, ephys.models.Model):
            icell = cell_model
        if icell is not None:
            cell_model = SimpleNamespace(icell=icell)
        return current(self, sim=sim, cell_model=cell_model)

    base.instantiate = adapted
