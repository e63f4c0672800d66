"""Checks of e-models that are a hoc."""

import hoc_emodel
from broken import PREPARE, Case
from folder import FINAL_JSON, Folder

_PACKAGE = "emodels/cNAC_LBC"
_HOC = f"{_PACKAGE}/hoc/hh_cell.hoc"


def _hoc(text: str = hoc_emodel.HOC):
    """Have a hoc for cNAC_LBC, instead of its configuration files."""

    def change(p: Folder) -> None:
        p.remove(f"{_PACKAGE}/config", f"{_PACKAGE}/mechanisms")
        p.set(FINAL_JSON, "cNAC_LBC", "params", to={})
        p.write(_HOC, text)

    return change


def _with(old: str, new: str):
    assert old in hoc_emodel.HOC
    return _hoc(hoc_emodel.HOC.replace(old, new))


HOCS = [
    Case(
        "evaluator: hoc for a package without hoc",
        lambda p: p.configure("scoring", evaluator="hoc"),
        ("cNAC_LBC", _PACKAGE, "no .hoc file", "expected one with a NEURON template"),
    ),
    Case(
        "hoc without template",
        _hoc("proc go() {}\n"),
        ("cNAC_LBC", "no hoc with a NEURON template", "config/recipes/recipes.json"),
    ),
    Case(
        "several hoc templates",
        lambda p: (
            _hoc()(p),
            p.write(f"{_PACKAGE}/other.hoc", hoc_emodel.HOC.replace("hh_cell", "other")),
        ),
        ("cNAC_LBC", "hoc/hh_cell.hoc (hh_cell), other.hoc (other)", "expected one", "remove"),
    ),
    Case(
        "hoc whose init takes other arguments",
        _with('"%s/%s", $s2, $s3', '"%s", $s2'),
        ("cNAC_LBC", _HOC, "($1, $s2)", "(gid, morphology_dir, morphology_name)"),
    ),
    Case(
        "hoc that needs other attributes of the cell",
        _hoc(hoc_emodel.HOC + 'hh_cell_NeededAttributes = "age"\n'),
        ("cNAC_LBC", _HOC, "age", "hh_cell_NeededAttributes"),
    ),
    Case(
        "adaptation of a hoc",
        lambda p: (_hoc()(p), p.configure("adapt")),
        ("cNAC_LBC", "adapt", "a hoc", "adapt: false"),
    ),
    Case(
        "hoc without exemplar",
        lambda p: (_hoc()(p), p.remove(f"{_PACKAGE}/morphologies/lbc140501-1.swc")),
        ("cNAC_LBC", "unrepaired exemplar not found", "morphologies/lbc140501-1.swc"),
    ),
    Case(
        "tolerance of 0",
        lambda p: p.configure("scoring", hoc_tests={"voltage_mV": 0}),
        ("scoring.hoc_tests.voltage_mV", "0"),
    ),
    Case(
        "hoc that inserts a mechanism without .mod file",
        _with("insert pas\n", "insert pas\n    insert Ih\n"),
        ("cNAC_LBC", "'Ih'", "no .mod file in its mechanisms/"),
        PREPARE,
    ),
    Case(
        "hoc that fails on its exemplar",
        _with("  importer.instantiate(this)\n", '  execerror("this axon is too short", "")\n'),
        ("cNAC_LBC", "template cNAC_LBC fails on lbc140501-1.swc", "this axon is too short"),
        PREPARE,
    ),
    Case(
        "hoc without one of the section lists",
        _hoc(hoc_emodel.HOC.replace("apical", "apicals")),
        ("cNAC_LBC", "template cNAC_LBC has no section lists apical", "expected all, somatic"),
        PREPARE,
    ),
    Case(
        "hoc with a syntax error",
        _with("obfunc getCell() { return this }", "obfunc getCell() { return this"),
        ("cNAC_LBC", "NEURON: syntax error", "proc clear()"),
        PREPARE,
    ),
    Case(
        "exemplar that does not spike",
        _hoc(hoc_emodel.passive()),
        ("cNAC_LBC", "lbc140501-1.swc", "does not spike with steps of up to 2 nA"),
        PREPARE,
    ),
]
