"""Names with a fixed meaning in an e-model's configuration files."""

from collections.abc import Mapping, Sequence
from typing import Any

SECTION_LISTS = ("all", "somatic", "basal", "apical", "axonal", "myelinated")
MULTIPLE = {
    "alldend": ("apical", "basal"),
    "somadend": ("apical", "basal", "somatic"),
    "somaxon": ("axonal", "somatic"),
    "allact": ("apical", "basal", "somatic", "axonal"),
}
"""Names that stand for several section lists."""

GLOBAL, DISTRIBUTION = "global", "distribution_"
"""Places of parameters that belong to no section: NEURON's global parameters, and the parameters of
a distribution (``distribution_<name>``)."""

UNIFORM = "uniform"
"""The predefined distribution: the value itself."""

PREFIX = "mm"
"""First part of the names of features and responses."""

MAIN, RMP, RIN = "Main", "RMP", "Rin"
HOLDING, HOLDING_FEATURES = "RinHoldcurrent", "RinHoldCurrent"
"""The protocol that searches the holding current: its names in the protocols and features files."""
THRESHOLD, THRESHOLD_FEATURES = "ThresholdDetection", "Threshold"
HOLDING_CURRENT, THRESHOLD_CURRENT = "bpo_holding_current", "bpo_threshold_current"
SOMA_V = "soma.v"

DEP, HYP = "_dep", "_hyp"
"""Ends of names, if currents are searched at two holding voltages (depolarised, hyperpolarised)."""

TAPER, BLUEPYOPT_AXON = "replace_axon_with_taper", "bluepyopt_replace_axon"
"""Ways to replace a morphology's axon, by BluePyEModel's names."""
TAPER_ONLY = "replace_axon_with_taper_without_myelin"
"""The way of EModelRunner's thalamic cells."""


def section_lists(name: str) -> tuple[str, ...]:
    """The section lists that a name of the parameters file stands for."""
    return MULTIPLE.get(name, (name,))


def levels_of(protocols: Mapping[str, Any]) -> tuple[str, ...]:
    """The holding voltages at which currents are searched, as ends of the names of protocols: `DEP`
    and `HYP`, or `HYP` alone; an empty string if there is only one holding voltage."""
    if HOLDING + DEP in protocols:
        return DEP, HYP
    return (HYP,) if HOLDING + HYP in protocols else ("",)


def level_of(protocol: str, levels: Sequence[str]) -> str:
    """The holding voltage whose currents a protocol of `Main` is run with (EModelRunner)."""
    if DEP not in levels and HYP not in levels:
        return ""
    return HYP if protocol.endswith(HYP) else DEP


def threshold_features(level: str) -> str:
    """The name of a threshold search in the features file."""
    return THRESHOLD + level if level else THRESHOLD_FEATURES
