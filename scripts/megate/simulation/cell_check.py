"""Check that the cell that is simulated is the cell in the morphology file.

NEURON's Import3d stops at what it does not know, keeps what it has, and raises nothing.
"""

import functools
import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from megate.morphologies.built import difference
from megate.morphologies.formats.sections import APICAL, BASAL, Morphology
from megate.morphologies.import3d import read_in_neuron
from megate.simulation.classes import is_of_bluepyopt, replace_method, subclasses


class OtherCellError(Exception):
    """NEURON has built another cell than the morphology file holds."""


class CellCheck:
    """Compares the first cell that BluePyOpt's morphologies build with the file, before the e-model
    changes it: before the numbers of segments are set, the axon is replaced, or a modifier is
    called.

    A package's own class may build and change the cell in one function. Then only the dendrites are
    compared, and NEURON reads the file once more, to compare this whole cell.
    """

    def __init__(self, path: Path, morphology: Morphology) -> None:
        """
        Args:
            path: the .asc or .swc file that NEURON reads
            morphology: what it has to hold
        """
        self._path = path
        self._morphology = morphology
        # for all processes that are forked from this one
        self._done = multiprocessing.get_context("fork").Value("b", False)
        self._depth = 0
        self._may_be_changed = False

    def install(self) -> None:
        """Check the cells of all existing classes of morphologies."""
        base = ephys.morphologies.Morphology
        wraps = {
            "set_nseg": self._before_change,
            "replace_axon": self._before_change,
            "instantiate": self._around_instantiate,
        }
        for cls in (base, *subclasses(base)):
            for method in vars(cls).keys() & wraps.keys():
                replace_method(cls, method, functools.partial(_called_by, wraps[method]))

    def _before_change(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._compare(_cell_in(args, kwargs))
        return function(*args, **kwargs)

    def _around_instantiate(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        morphology, icell = args[0], _cell_in(args, kwargs)
        modifiers = getattr(morphology, "morph_modifiers", None)
        if modifiers:
            check = functools.partial(self._before_change, lambda *_, **__: None)
            morphology.morph_modifiers = [check, *modifiers]
        self._depth += 1
        self._may_be_changed = not is_of_bluepyopt(type(morphology).instantiate)
        try:
            result = function(*args, **kwargs)
        finally:
            self._depth -= 1
            if modifiers:
                morphology.morph_modifiers = modifiers
        if self._depth == 0:
            self._compare(icell)
        return result

    def finish(self) -> None:
        """Let NEURON read the file, if no cell was compared: the package builds it in a way of its
        own.

        Raises:
            OtherCellError: NEURON builds another cell.
        """
        if not self._done.value:
            found, _ = read_in_neuron(self._path, self._morphology)
            if found is not None:
                raise OtherCellError(f"{self._path.name}: {found}")

    def _compare(self, icell: Any) -> None:
        """
        Raises:
            OtherCellError: the cell is another one.
        """
        if self._done.value or icell is None:
            return
        found = difference(self._morphology, icell)
        if found is not None:
            again, _ = read_in_neuron(self._path, self._morphology)
            if self._may_be_changed and again is None:
                found = difference(self._morphology, icell, kinds=(BASAL, APICAL))
            if again is not None or found is not None:
                raise OtherCellError(f"{self._path.name}: {again or found}")
        self._done.value = True


def _cell_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The cell among a function's arguments."""
    if "icell" in kwargs:
        return kwargs["icell"]
    return next((each for each in args if hasattr(each, "somatic")), None)


def _called_by(call: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, replaced by ``call(function, ...)``."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return call(function, *args, **kwargs)

    return wrapped
