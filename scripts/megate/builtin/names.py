"""Names that mean something in an e-model's configuration files."""

SECTION_LISTS = ("all", "somatic", "basal", "apical", "axonal", "myelinated")
MULTIPLE = {
    "alldend": ("apical", "basal"),
    "somadend": ("apical", "basal", "somatic"),
    "somaxon": ("axonal", "somatic"),
    "allact": ("apical", "basal", "somatic", "axonal"),
}
"""Names for several section lists at once."""

GLOBAL, DISTRIBUTION = "global", "distribution_"
"""Where parameters stand that belong to no section: NEURON's globals, those of a distribution."""

UNIFORM = "uniform"
"""The distribution that is always there: the value itself."""

PREFIX = "mm"
"""First part of the names of features and responses."""

MAIN, RMP, RIN = "Main", "RMP", "Rin"
HOLDING, HOLDING_FEATURES = "RinHoldcurrent", "RinHoldCurrent"
"""The protocol that searches the holding current: its name, and that of its features."""
THRESHOLD, THRESHOLD_FEATURES = "ThresholdDetection", "Threshold"
HOLDING_CURRENT, THRESHOLD_CURRENT = "bpo_holding_current", "bpo_threshold_current"
SOMA_V = "soma.v"

TAPER, BLUEPYOPT_AXON = "replace_axon_with_taper", "bluepyopt_replace_axon"
"""What may become of a morphology's axon; the names are BluePyEModel's."""


def section_lists(name: str) -> tuple[str, ...]:
    """The section lists that a name of the parameters file stands for."""
    return MULTIPLE.get(name, (name,))
