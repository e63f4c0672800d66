"""Checks of the morphology release."""

from broken import Case
from folder import APICAL_POINTS as POINTS
from folder import NEURONDB

FOLDERS = [
    Case(
        "no such folder",
        lambda p: p.configure("prepare", morph_path="morphs"),
        ("morphologies", "morphs", "not found"),
    ),
    Case(
        "folder that NEURON cannot read from",
        lambda p: ((p.path / "$1").mkdir(), p.configure("prepare", morph_path="$1")),
        ("$1", "NEURON", "without '$'"),
    ),
    Case(
        "two morphologies of the neuronDB without file",
        lambda p: p.remove("morphologies/tpc140402_1.asc", "morphologies/lbc140503.1.asc"),
        ("neuronDB", ".asc or .swc", "in morphologies", "tpc140402_1", "lbc140503.1"),
    ),
]

NEURONDBS = [
    Case(
        "no neuronDB",
        lambda p: p.remove(NEURONDB),
        ("neuronDB", "morphologies/neuronDB.xml", "not found"),
    ),
    Case(
        "neuronDB that is no XML",
        lambda p: p.edit(NEURONDB, "</listing>", ""),
        ("neuronDB", "morphologies/neuronDB.xml", "not valid XML", "listing"),
    ),
    Case(
        "neuronDB without morphologies",
        lambda p: p.edit(NEURONDB, "morphology>", "cell>"),
        ("morphologies/neuronDB.xml", "no <morphology>"),
    ),
    Case(
        "two entries that lack something",
        lambda p: (
            p.edit(NEURONDB, "<name>tpc140402_1</name>", ""),
            p.edit(NEURONDB, "<name>lbc140507.1</name>\n      <mtype>L4_LBC</mtype>", "<name/>"),
        ),
        ("morphologies/neuronDB.xml", "line 40", "<name>", "line 76", "<name>, <mtype>"),
    ),
    Case(
        "names that cannot be used",
        lambda p: (
            p.edit(NEURONDB, "tpc140402_1", "../tpc140402"),
            p.edit(NEURONDB, "<mtype>L4_LBC", "<mtype>L4 LBC"),
        ),
        (
            "morphologies/neuronDB.xml",
            "line 40",
            "morphology name",
            "'../tpc140402'",
            "letters",
            "line 70",
            "line 76",
            "m-type",
            "'L4 LBC'",
        ),
    ),
]

APICAL_POINTS = [
    Case(
        "apical points that are no JSON",
        lambda p: p.edit(POINTS, "6,", "6;"),
        ("apical points", "morphologies/apical_points_isec.json", "not valid JSON", "line 2"),
    ),
    Case(
        "apical points in a list",
        lambda p: p.write(POINTS, "[6, 8]"),
        ("apical points", "morphologies/apical_points_isec.json", "list", "JSON object"),
    ),
    Case(
        "two apical points that are no index",
        lambda p: (
            p.edit(POINTS, '"tpc140301-A2": 6', '"tpc140301-A2": 6.5'),
            p.edit(POINTS, '"tpc140309-B1": 8', '"tpc140309-B1": "last"'),
        ),
        ("morphologies/apical_points_isec.json", "'tpc140301-A2'", "6.5", "whole number"),
    ),
]
