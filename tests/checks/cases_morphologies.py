"""Checks of the morphology release: neuronDB, folders, files, apical points."""

from broken import LOOK, PREPARE, Case
from folder import APICAL_POINTS as POINTS
from folder import FINAL_JSON, NEURONDB

_PROTOCOLS = "emodels/cNAC_LBC/config/protocols/lbc.json"
_RECIPES = "emodels/cNAC_LBC/config/recipes/recipes.json"
_APICAL_RECORDING = {
    "type": "somadistanceapic",
    "name": "apic1",
    "var": "v",
    "seclist_name": "apical",
    "somadistance": 100,
}
_DAT = "morphologies/neurondb.dat"
_A, _B = "morphologies/tpc140402_1.asc", "morphologies/lbc140503.1.asc"
_SOMA = '"CellBody" (CellBody) (-5 -5 0 1) (5 -5 0 1) (5 5 0 1) (-5 5 0 1)'


def _with_dat(text: str):
    """Give the neuronDB in lines."""
    return lambda p: (p.write(_DAT, text), p.configure("prepare", neurondb_path=_DAT))


def _asc(dendrite: str, soma: str = _SOMA) -> str:
    return f"({soma})\n((Dendrite) (5 0 0 2) {dendrite} (20 40 0 1))\n"


def _broken(what: str, a: str | bytes, names: tuple[str, ...], b: str | bytes = "") -> Case:
    """Two morphologies that are read, but are wrong."""

    def change(p):
        p.write(_A, a)
        if b:
            p.write(_B, b)

    where = (f"tpc140402_1 ({_A})", f"lbc140503.1 ({_B})")[: 2 if b else 1]
    return Case(what, change, ("results/morphologies.tsv", *where, *names), LOOK)


NEURONDBS = [
    Case(
        "no neuronDB",
        lambda p: p.remove(NEURONDB),
        ("neuronDB", "morphologies/neuronDB.xml", "not found", "neurondb.dat", "neurondb_path"),
    ),
    Case(
        "no neuronDB where neurondb_path says",
        lambda p: p.configure("prepare", neurondb_path="neuronDB.xml"),
        ("neuronDB", "neuronDB.xml", "not found", "neurondb_path"),
    ),
    Case(
        "two neuronDBs whose names differ from neuronDB.xml in case",
        lambda p: (
            p.remove(NEURONDB),
            p.write("morphologies/neurondb.xml", "<neurondb/>"),
            p.write("morphologies/NeuronDB.xml", "<neurondb/>"),
        ),
        (
            "several files",
            "morphologies/NeuronDB.xml",
            "morphologies/neurondb.xml",
            "neurondb_path",
        ),
    ),
    Case(
        "neurondb.dat with a header",
        _with_dat("# made by hand\nname layer mtype\ntpc140301-A1 5 L5_TPC:A\n"),
        ("neurondb.dat", "line 2", "'name layer mtype' is a header", "remove it"),
    ),
    Case(
        "neuronDB of an unknown kind of file",
        lambda p: (
            p.write("neuronDB.csv", "name,layer\n"),
            p.configure("prepare", neurondb_path="neuronDB.csv"),
        ),
        ("neuronDB.csv", ".xml or .dat"),
    ),
    Case(
        "neuronDB that is no XML",
        lambda p: p.edit(NEURONDB, "</listing>", ""),
        ("neuronDB", "morphologies/neuronDB.xml", "not valid XML", "listing"),
    ),
    Case(
        "neuronDB without morphologies",
        lambda p: p.edit(NEURONDB, "morphology>", "cell>"),
        ("morphologies/neuronDB.xml", "no morphology"),
    ),
    Case(
        "two entries that lack something",
        lambda p: (
            p.edit(NEURONDB, "<name>tpc140402_1</name>", ""),
            p.edit(NEURONDB, "<mtype>L4_LBC</mtype>\n      <msubtype></msubtype>", ""),
        ),
        ("morphologies/neuronDB.xml", "line 40", "no name", "'lbc140503.1' has no m-type"),
    ),
    Case(
        "two lines of neurondb.dat that lack something",
        _with_dat("tpc140301-A1 5 L5_TPC:A\ntpc140301-A2 5\nlbc140501-1\n"),
        (
            _DAT,
            "line 2",
            "'tpc140301-A2' has no m-type",
            "line 3",
            "'lbc140501-1' has no m-type",
            "layer",
        ),
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

FOLDERS = [
    Case(
        "no such folder",
        lambda p: p.configure("prepare", morph_path="morphs", neurondb_path=NEURONDB),
        ("morphologies", "morphs", "not found"),
    ),
    Case(
        "folder whose name NEURON takes for a variable",
        lambda p: (
            (p.path / "$1").mkdir(),
            p.configure("prepare", morph_path="$1", neurondb_path=NEURONDB),
        ),
        ("morphologies", "$1", "NEURON", "without '$'"),
    ),
    Case(
        "folder whose name NEURON cannot read",
        lambda p: (
            (p.path / "Öl").mkdir(),
            p.configure("prepare", morph_path="Öl", neurondb_path=NEURONDB),
        ),
        ("morphologies", "Öl", "NEURON", "ASCII"),
    ),
    Case(
        "two morphologies of the neuronDB without file",
        lambda p: p.remove(_A, _B),
        (".asc, .swc or .h5", "in morphologies", "tpc140402_1", "lbc140503.1"),
    ),
    Case(
        "two morphologies whose names NEURON cannot read",
        lambda p: (
            [p.edit(NEURONDB, name, f"ö{name}") for name in ("tpc140402_1", "lbc140503.1")],
            [
                (p.path / "morphologies" / f"{name}.asc").rename(
                    p.path / "morphologies" / f"ö{name}.asc"
                )
                for name in ("tpc140402_1", "lbc140503.1")
            ],
        ),
        ("in morphologies", "NEURON", "ASCII", "ötpc140402_1", "ölbc140503.1"),
    ),
    Case(
        "exemplar without folder for its kind of file",
        lambda p: (
            (p.path / "h5").mkdir(),
            p.configure("prepare", rep_morph_path={"asc": "morphologies", "h5": "h5"}),
        ),
        ("cNAC_LBC", "'lbc140501-1.swc'", "no folder", "asc"),
    ),
    Case(
        "exemplar whose name NEURON cannot read",
        lambda p: (
            p.set(FINAL_JSON, "cNAC_LBC", "morph_path", to="morphologies/ölbc.swc"),
            p.write("emodels/cNAC_LBC/morphologies/ölbc.swc", ""),
            p.write("morphologies/ölbc.swc", ""),
        ),
        ("cNAC_LBC", "emodels/cNAC_LBC/morphologies/ölbc.swc", "NEURON", "ASCII"),
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
        ("morphologies/apical_points_isec.json", "'tpc140301-A2'", "6.5", "whole number", "'last'"),
    ),
]

FILES = [
    _broken("two files that are no morphologies", "(", ("does not load",), b"\x00\x01"),
    Case(
        "two files that are empty or a folder",
        lambda p: (p.write(_A, ""), p.remove(_B), (p.path / _B).mkdir()),
        (f"tpc140402_1 ({_A}): is empty", f"lbc140503.1 ({_B}): is a folder", "a file"),
        LOOK,
    ),
    Case(
        "a file that is much too large to be a morphology",
        lambda p: p.grow(_A, 300),
        (f"tpc140402_1 ({_A})", "300 MB", "200 MB"),
        LOOK,
    ),
    _broken("no soma", "((Dendrite) (5 0 0 2) (20 40 0 1))\n", ("has no soma",)),
    _broken(
        "two morphologies that NEURON does not read right",
        f'({_SOMA})\n((Dendrite) (GUID "a1") (5 0 0 2) (20 40 0 1))\n',
        (
            "NEURON does not read it right",
            "line 2: (GUID ...) between the type of a neurite and its first point",
            "line 2: a spine in brackets",
            "check_morphologies: convert",
        ),
        f"({_SOMA})\n((Dendrite) (5 0 0 2) <((9 9 0 1))> (20 40 0 1))\n",
    ),
    Case(
        "two neurites that are not attached",
        lambda p: p.write(
            "morphologies/lbc140501-1.swc",
            "1 1 0 0 0 5 -1\n2 3 9 0 0 1 -1\n3 3 50 0 0 1 2\n4 2 0 9 0 1 -1\n5 2 0 50 0 1 4\n",
        ),
        (
            "lbc140501-1",
            "2 neurites (axon, basal) are not attached",
            "the first starts at (9, 0, 0)",
        ),
        LOOK,
    ),
    _broken(
        "a soma of two points, and one without area",
        _asc("", "(CellBody) (0 0 0 1) (5 5 0 1)"),
        ("2 points", "at least 3", "no area"),
        _asc("", "(CellBody) (0 0 0 1) (5 5 0 1) (9 9 0 1)"),
    ),
    _broken(
        "a soma whose contour is almost a line",
        _asc("", '"CellBody" (CellBody) (0 0 0 1) (5 5 0 1) (9 9.000001 0 1)'),
        ("NEURON cannot make a soma of its contour",),
    ),
    _broken(
        "a soma at no place",
        _asc("", "(CellBody) (-5 nan 0 1) (5 -5 0 1) (5 5 0 1)"),
        ("soma", "not a finite number"),
    ),
    Case(
        "a soma without diameter",
        lambda p: p.write(
            "morphologies/lbc140501-1.swc", "1 1 0 0 0 0 -1\n2 3 5 0 0 1 1\n3 3 50 0 0 1 2\n"
        ),
        ("lbc140501-1 (morphologies/lbc140501-1.swc)", "soma", "diameter", "not above 0"),
        LOOK,
    ),
    _broken(
        "points without coordinate or diameter",
        _asc("(10 nan 0 1) (12 0 0 1)"),
        ("1 of 4 points", "coordinate", "(10, nan, 0)", "diameter", "not a finite number"),
        _asc("(10 0 0 nan)"),
    ),
    _broken(
        "points with a diameter of 0",
        _asc("(10 0 0 0)"),
        ("1 of 3 points", "diameter", "not above 0", "(10, 0, 0)"),
    ),
]

NEEDS = [
    Case(
        "two morphologies without the apical point that the e-model records at",
        lambda p: (
            p.with_passive_emodel(),
            p.set(_PROTOCOLS, "Step_0.15", "extra_recordings", to=[_APICAL_RECORDING]),
            p.set(POINTS, "lbc140501-1", to=3),
        ),
        (
            "e-model cNAC_LBC",
            "lbc140501-2 (morphologies/lbc140501-2.asc): has no entry in",
            "apical_points_isec.json",
            "lbc140501-1 (",
            "is 3",
            "0 apical sections",
            "lbc140503.1 (",
        ),
        PREPARE,
    ),
    Case(
        "two morphologies with too little axon for the one that the e-model makes of it",
        lambda p: (
            p.with_passive_emodel(),
            [p.write(file, _asc("")) for file in (_B, "morphologies/lbc140507.1.asc")],
            p.edit(_RECIPES, "bluepyopt_replace_axon", "replace_axon_with_taper"),
        ),
        (
            "e-model cNAC_LBC",
            f"lbc140503.1 ({_B}): its axon has 0 segments",
            "lbc140507.1 (",
            "are needed",
        ),
        PREPARE,
    ),
]
