"""Check that every run starts from a bit-identical state of NEURON."""

import time
from collections.abc import Iterator
from typing import Any

import numpy as np

# Objects that a sweep may create and must remove, besides point processes.
_OBJECTS = ("NetCon", "Vector", "FInitializeHandler", "LinearMechanism")
_SETTINGS = ("celsius", "v_init", "secondorder")
# Variables that only depend on the stimuli. No mechanism reads them.
_OUTPUTS = {"i_cap", "i_membrane", "i_membrane_", "sav_g", "sav_rhs"}
_CVODE = ("atol", "rtol", "maxstep", "minstep", "maxorder", "jacobian", "stiff", "use_local_dt")


class NeuronState:
    """Compares the state at the start of every run with that of the newly built cell, and stops a
    run that starts from a different state.

    After initialisation (INITIAL blocks), these are compared: sections with their mechanisms,
    geometry and connections; v and all variables of density mechanisms and ions in all segments;
    global parameters and the solver's settings. Point processes are not, as stimuli differ between
    runs. The comparisons took `cpu_s` s of CPU time.
    """

    def __init__(self, h: Any) -> None:
        """Initialise the cell and store its state. NEURON must hold no other cell."""
        self._h = h
        self._mechanisms = _mechanism_variables(h)
        self._layout = self._sections()
        references = [reference for _, reference in self._variables()]
        self._pointers = h.PtrVector(max(len(references), 1))
        for index, reference in enumerate(references):
            self._pointers.pset(index, reference)
        self._values = h.Vector(max(len(references), 1))
        self.cpu_s = 0.0
        self._initial: tuple | None = None
        self._difference: str | None = None
        # type 2: called at the end of finitialize
        self._handler = h.FInitializeHandler(2, self._at_initialisation)
        h.finitialize(h.v_init)
        self._objects = _objects(h)

    def start_difference(self) -> str | None:
        """How the start of the last run differed from the new cell, or None. Resets it."""
        difference, self._difference = self._difference, None
        return difference

    def leftover_object(self) -> str | None:
        """Which object the last sweep did not remove, or None. Call it between sweeps."""
        for name, count in _objects(self._h).items():
            if count > self._objects[name]:
                return f"a sweep did not remove its {name}"
        return None

    def _at_initialisation(self) -> None:
        started = time.process_time()
        try:
            current = self._snapshot()
        except Exception as error:  # a pointer into a section that was deleted
            self._difference = f"sections have changed ({error})"
        else:
            if self._initial is None:
                self._initial = current
            elif current != self._initial:
                self._difference = self._describe(current, self._initial)
        if self._difference is not None:
            self._h.tstop = 0
        self.cpu_s += time.process_time() - started

    def _snapshot(self) -> tuple:
        sections = self._sections()
        if sections != self._layout:  # the pointers may be invalid
            return sections, b"", {}
        self._pointers.gather(self._values)
        return sections, self._values.as_numpy().tobytes(), global_settings(self._h)

    def _describe(self, current: tuple, initial: tuple) -> str:
        sections, values, settings = current
        first_sections, first_values, first_settings = initial
        if len(sections) != len(first_sections):
            return f"{len(sections)} sections instead of {len(first_sections)}"
        for new, old in zip(sections, first_sections, strict=True):
            for now, then in zip(new, old, strict=True):
                if now != then:
                    return f"{new[0]}: {now} instead of {then}"
        for name, setting in settings.items():
            if setting != first_settings.get(name):
                return f"{name}: {setting} instead of {first_settings.get(name)}"
        now, then = np.frombuffer(values), np.frombuffer(first_values)
        index = int(np.flatnonzero(now.view(np.int64) != then.view(np.int64))[0])
        name = next(name for i, (name, _) in enumerate(self._variables()) if i == index)
        return f"{name}: {float(now[index])!r} instead of {float(then[index])!r}"

    def _sections(self) -> list[tuple]:
        return [
            (
                section.name(),
                f"nseg {section.nseg}",
                f"L {section.L}",
                f"Ra {section.Ra}",
                f"{section.n3d()} 3D points",
                f"parent {section.parentseg()}",
                [mechanism.name() for mechanism in section(0.5)],
            )
            for section in self._h.allsec()
        ]

    def _variables(self) -> Iterator[tuple[str, Any]]:
        """Name and pointer of every variable in every segment."""
        for section in self._h.allsec():
            variables = [("v", 1)]
            for mechanism, its_variables in self._mechanisms.items():
                if section.has_membrane(mechanism):
                    variables += [each for each in its_variables if each[0] not in _OUTPUTS]
            for segment in section:
                for name, size in variables:
                    reference = getattr(segment, f"_ref_{name}", None)
                    if reference is not None and size == 1:
                        yield f"{name} at {segment}", reference
                    elif reference is not None:
                        for index in range(size):
                            yield f"{name}[{index}] at {segment}", reference[index]


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
    name = h.ref("")
    variables: dict[str, list[tuple[str, int]]] = {}
    for mechanism in mechanism_names(h, point_processes):
        standard = h.MechanismStandard(mechanism, kind)
        variables[mechanism] = []
        for variable in range(int(standard.count())):
            size = int(standard.name(name, variable))
            variables[mechanism].append((name[0], size))
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


def point_processes(h: Any) -> int:
    """Number of existing point processes and artificial cells."""
    return sum(count for name, count in _objects(h).items() if name not in _OBJECTS)


def _objects(h: Any) -> dict[str, int]:
    names = [*_OBJECTS, *mechanism_names(h, point_processes=True)]
    return {name: int(h.List(name).count()) for name in names}
