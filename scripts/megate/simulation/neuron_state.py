"""NEURON's state, to compare it to the last bit."""

import functools
from collections.abc import Iterator
from typing import Any

_SETTINGS = ("celsius", "v_init", "secondorder", "t", "dt", "tstop", "steps_per_ms")
_CVODE = (
    "active",
    "atol",
    "rtol",
    "maxstep",
    "minstep",
    "maxorder",
    "jacobian",
    "stiff",
    "use_local_dt",
)
# Objects that a sweep may create, besides point processes and artificial cells.
_OBJECTS = ("NetCon", "Vector", "FInitializeHandler", "LinearMechanism")


class NeuronState:
    """Sections with their mechanisms, geometry and connections; v and all variables of density
    mechanisms and ions in all segments; global parameters and the solver's settings; numbers of
    NEURON's objects. Variables of point processes are not included.
    """

    def __init__(self, h: Any) -> None:
        """For the sections that exist now."""
        self._h = h
        mechanisms = _mechanism_variables(h)
        self._layout = self._sections()
        references = list(_references(h, mechanisms))
        self._pointers = h.PtrVector(max(len(references), 1))
        for index, reference in enumerate(references):
            self._pointers.pset(index, reference)
        self._values = h.Vector(max(len(references), 1))

    def now(self) -> tuple[Any, ...] | None:
        """The state, or None if sections have changed."""
        if self._sections() != self._layout:  # the pointers may be invalid
            return None
        self._pointers.gather(self._values)
        return self._values.as_numpy().tobytes(), global_settings(self._h), object_counts(self._h)

    def _sections(self) -> list[tuple[Any, ...]]:
        return [
            (
                section.name(),
                section.nseg,
                section.L,
                section.Ra,
                section.n3d(),
                section(0.5).area(),  # NEURON applies changes of 3D points now
                str(section.parentseg()),
                [mechanism.name() for mechanism in section(0.5)],
            )
            for section in self._h.allsec()
        ]


def _references(h: Any, mechanisms: dict[str, list[tuple[str, int]]]) -> Iterator[Any]:
    """Pointers to every variable in every segment."""
    for section in h.allsec():
        variables = [("v", 1)]
        for mechanism, its_variables in mechanisms.items():
            if section.has_membrane(mechanism):
                variables += its_variables
        for segment in section:
            for name, size in variables:
                reference = getattr(segment, f"_ref_{name}", None)
                if reference is not None and size == 1:
                    yield reference
                elif reference is not None:
                    yield from (reference[index] for index in range(size))


def global_settings(h: Any) -> dict[str, Any]:
    """Values of the global parameters of NEURON, its solver and all mechanisms, by name."""
    settings = {name: getattr(h, name) for name in _SETTINGS if hasattr(h, name)}
    solver = h.CVode()
    settings |= {f"cvode.{name}": float(getattr(solver, name)()) for name in _CVODE}
    for processes in (False, True):
        for variables in _mechanism_variables(h, kind=-1, point_processes=processes).values():
            for name, size in variables:
                value = getattr(h, name)
                settings[name] = value if size == 1 else [value[index] for index in range(size)]
    return settings


def _mechanism_variables(
    h: Any, kind: int = 0, point_processes: bool = False
) -> dict[str, list[tuple[str, int]]]:
    """Variables (name, array size) of density mechanisms and ions, or of point processes.

    Kind 0: variables of each instance; -1: global variables.
    """
    names = mechanism_names(h, point_processes)
    return {mechanism: _variables_of(h, mechanism, kind) for mechanism in names}


@functools.cache  # (NEURON 8.2 starts a run again at 0 ms after a MechanismStandard is created)
def _variables_of(h: Any, mechanism: str, kind: int) -> list[tuple[str, int]]:
    name, standard = h.ref(""), h.MechanismStandard(mechanism, kind)
    variables = []
    for variable in range(int(standard.count())):
        size = int(standard.name(name, variable))
        variables.append((name[0], size))
    return variables


def mechanism_names(h: Any, point_processes: bool) -> list[str]:
    """Names of all density mechanisms and ions, or of all point processes and artificial cells."""
    kinds, name = h.MechanismType(int(point_processes)), h.ref("")
    names = []
    for index in range(int(kinds.count())):
        kinds.select(index)
        kinds.selected(name)
        names.append(name[0])
    return names


def object_counts(h: Any) -> dict[str, int]:
    """Numbers of point processes, artificial cells and other objects that sweeps create."""
    names = [*_OBJECTS, *mechanism_names(h, point_processes=True)]
    return {name: int(h.List(name).count()) for name in names}


def has_point_processes(h: Any) -> bool:
    """Whether there are point processes or artificial cells."""
    return any(count for name, count in object_counts(h).items() if name not in _OBJECTS)
