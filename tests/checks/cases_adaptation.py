"""Checks of the adaptation of AIS and soma."""

from broken import ADAPT, Case
from folder import FINAL_JSON


def _limits(*limits: object):
    return lambda p: p.configure("adapt", limits=list(limits))


_EXEMPLAR = "emodels/cNAC_LBC/morphologies/lbc140501-1.swc"
_NO_AXON = "1 1 0 0 0 8 -1\n2 1 0 -8 0 8 1\n3 1 0 8 0 8 1\n4 3 8 0 0 1 1\n5 3 60 0 0 1 4\n"
_EXPECTED = "expected 0 < smallest <= 1 <= largest"

ADAPTATION = [
    Case("adapt.limits above 1", _limits(1.1, 1.5), ("adapt.limits", "[1.1, 1.5]", _EXPECTED)),
    Case("adapt.limits from 0", _limits(0, 1.2), ("adapt.limits", "[0, 1.2]", "0.32 and 3.16")),
    Case("three adapt.limits", _limits(0.8, 1, 1.2), ("adapt.limits", "a list of at most 2")),
    Case(
        "adaptation of imported scores",
        lambda p: (p.as_import(), p.configure(None, adapt=True)),
        ("'adapt' and 'scores_db'", "remove one of them"),
    ),
    Case(
        "nothing is to be scaled",
        lambda p: p.configure("adapt", ais=False, soma=False),
        ("adapt", "both ais and soma are false", "adapt: false"),
    ),
    Case(
        "e-model that does not replace the axon",
        lambda p: (p.configure("adapt"), p.with_small_emodel()),
        ("e-model cNAC_LBC", "lbc140501-1", "3 sections", "two sections of 30 um"),
        ADAPT,
    ),
    Case(
        "exemplar without axon",
        lambda p: (p.configure("adapt"), p.with_small_emodel(), p.write(_EXEMPLAR, _NO_AXON)),
        ("e-model cNAC_LBC", "lbc140501-1", "no axon", "two sections of 30 um", "adapt.ais: false"),
        ADAPT,
    ),
    Case(
        "exemplar without holding voltage",
        lambda p: (p.configure("adapt"), p.with_small_emodel()),
        ("e-model cNAC_LBC", "no holding voltage", "lbc140501-1", "--forcerun score_combo"),
        ADAPT,
        exemplar={"holding_voltage": None},
    ),
    Case(
        "exemplar that cannot be held at its holding voltage",
        lambda p: (p.configure("adapt"), p.with_small_emodel()),
        ("e-model cNAC_LBC", "no holding voltage", "lbc140501-1", "cannot be held at -83 mV"),
        ADAPT,
        exemplar={
            "holding_voltage": None,
            "no_threshold": "the cell cannot be held at -83 mV: it spikes with -0.3 nA",
        },
    ),
    Case(
        "exemplar without scores",
        lambda p: (p.configure("adapt"), p.with_small_emodel()),
        ("e-model cNAC_LBC", "lbc140501-1", "no scores (timeout)"),
        ADAPT,
        exemplar={"status": "timeout", "exception": "the simulation was stopped", "features": []},
    ),
    Case(
        "resistance that is negative at the holding voltage",
        lambda p: (
            p.configure("adapt", ais=False),
            p.with_small_emodel(),
            p.set(FINAL_JSON, "cNAC_LBC", "params", to={"gnabar_hh.all": 1.0}),
        ),
        ("e-model cNAC_LBC", "soma", "MOhm at scale", "expected a positive number"),
        ADAPT,
        exemplar={"holding_voltage": -50.0},
    ),
]
