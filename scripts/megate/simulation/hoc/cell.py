"""The cell model of a hoc."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bluepyopt import ephys

from megate.emodels.hoc_package import Hoc

_SECTION_LISTS = ("all", "somatic", "basal", "apical", "axonal")


class HocCell(ephys.models.HocCellModel):
    """A cell that a hoc template builds from (gid, morphology_dir, morphology_name). (BluePyOpt's
    class calls templates that take no gid.)

    Global parameters are set before each run, and stochastic mechanisms are deterministic, as
    those of other e-models are.
    """

    def __init__(
        self, name: str, hoc: Hoc, morph_path: str, global_parameters: Mapping[str, float]
    ) -> None:
        super().__init__(name, morph_path, hoc_string=hoc.as_released(name))
        self.params = {
            parameter: ephys.parameters.NrnGlobalParameter(
                parameter, value=value, frozen=True, param_name=parameter
            )
            for parameter, value in global_parameters.items()
        }

    def instantiate(self, sim: Any = None) -> None:
        """Build the cell.

        Raises:
            RuntimeError: the hoc raises an error, or the cell has not the lists of sections that
                circuits use.
        """
        h = sim.neuron.h
        h.load_file("stdrun.hoc")
        path = Path(self.morphology.morphology_path)
        try:
            if not hasattr(h, self.name):
                h(self.hoc_string)
            self.cell = getattr(h, self.name)(self.gid, str(path.parent), path.name)
        except RuntimeError as error:
            reason = str(error).removeprefix("hocobj_call error: ").removeprefix("hoc_execerror: ")
            raise RuntimeError(
                f"template {self.name} fails on {path.name}: {reason.strip()}"
            ) from None
        self.icell = getattr(self.cell, "CellRef", None) or self.cell
        lacking = [name for name in _SECTION_LISTS if not hasattr(self.icell, name)]
        if lacking:
            raise RuntimeError(
                f"template {self.name} has no section lists {', '.join(lacking)}, expected "
                f"{', '.join(_SECTION_LISTS)}"
            )
        if not any(True for _ in self.icell.somatic):
            raise RuntimeError(f"template {self.name} builds a cell without soma from {path.name}")
        for parameter in self.params.values():
            parameter.instantiate(sim=sim, icell=self.icell)
        for section in self.icell.all:
            for segment in section:
                for mechanism in segment:
                    if hasattr(mechanism, "deterministic"):
                        mechanism.deterministic = 1
