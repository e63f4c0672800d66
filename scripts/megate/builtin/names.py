"""Names with a fixed meaning in an e-model's configuration files."""

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

TAPER, BLUEPYOPT_AXON = "replace_axon_with_taper", "bluepyopt_replace_axon"
"""The ways to replace a morphology's axon, by BluePyEModel's names."""


def section_lists(name: str) -> tuple[str, ...]:
    """The section lists that a name of the parameters file stands for."""
    return MULTIPLE.get(name, (name,))
