"""Checks of the e-type map, final.json, exemplars and e-model packages."""

from broken import PREPARE, Case
from folder import APICAL_POINTS, ETYPE_MAP, FINAL_JSON, NEURONDB

_NAC, _PYR = "cNAC_LBC", "cADpyr_TPC"
_BOTH = (_PYR, _NAC)
_FEATURES = "emodels/cNAC_LBC/config/features/lbc.json"
_SMALL_FEATURES = [
    f"{step}.soma.v.{feature}"
    for step in ("High", "Low")
    for feature in ("maximum_voltage", "minimum_voltage", "Spikecount", "voltage_base")
]
_CLAMP = "NEURON { POINT_PROCESS Clamp }\nPARAMETER { del }\nBREAKPOINT {\n  del = = 5\n}\n"


def _in_both(file: str, key: str, to: object):
    """Set a key of both e-models."""
    return lambda p: [p.set(file, emodel, key, to=to) for emodel in _BOTH]


def _with_code(text: str):
    """Give the small e-model another evaluator.py."""
    return lambda p: (p.with_small_emodel() / "setup" / "evaluator.py").write_text(text)


def _with_template(text: str):
    """Give a template of the hoc."""
    return lambda p: (
        p.write("cell.jinja2", text),
        p.configure("prepare", template="cell.jinja2"),
    )


ETYPE_MAPS = [
    Case(
        "missing e-type map",
        lambda p: p.remove(ETYPE_MAP),
        ("e-type map", "emodels/emodel_etype_map.json", "not found"),
    ),
    Case(
        "e-type map without e-models",
        lambda p: p.write_json(ETYPE_MAP, {}),
        ("emodels/emodel_etype_map.json", "no e-model"),
    ),
    Case(
        "two e-models that are not objects",
        lambda p: p.write_json(ETYPE_MAP, {"cADpyr_TPC": "cADpyr", "cNAC_LBC": ["4", "5"]}),
        ("emodels/emodel_etype_map.json", "cADpyr_TPC: found 'cADpyr'", "cNAC_LBC", "an object"),
    ),
    Case(
        "two e-models without mm_recipe or layer",
        lambda p: (p.drop(ETYPE_MAP, _PYR, "mm_recipe"), p.drop(ETYPE_MAP, _NAC, "layer")),
        (
            "emodels/emodel_etype_map.json",
            "cADpyr_TPC: 'mm_recipe' is missing",
            "cNAC_LBC: 'layer' is missing",
        ),
    ),
    Case(
        "unknown key in the e-type map",
        lambda p: p.set(ETYPE_MAP, _NAC, "layers", to=["4"]),
        ("emodels/emodel_etype_map.json", "cNAC_LBC", "'layers'", "'layer'"),
    ),
    Case(
        "region that is not a list",
        lambda p: p.set(ETYPE_MAP, _NAC, "region", to="VPL"),
        ("emodels/emodel_etype_map.json", "cNAC_LBC", "region", "'VPL'", "a list"),
    ),
    Case(
        "layer that is not a list",
        lambda p: p.set(ETYPE_MAP, _NAC, "layer", to="4"),
        ("emodels/emodel_etype_map.json", "cNAC_LBC", "layer", "'4'", "a list"),
    ),
    Case(
        "layer that is not a name",
        lambda p: p.set(ETYPE_MAP, _NAC, "layer", to=["4", None]),
        ("emodels/emodel_etype_map.json", "cNAC_LBC", "layer", "None", "a name"),
    ),
    Case(
        "two invalid regular expressions in the e-type map",
        lambda p: (
            p.set(ETYPE_MAP, _PYR, "etype", to="cAD("),
            p.set(ETYPE_MAP, _NAC, "mtype", to="*_LBC"),
        ),
        (
            "emodels/emodel_etype_map.json",
            "cADpyr_TPC: etype 'cAD('",
            "cNAC_LBC: mtype '*_LBC'",
            "regular expression",
        ),
    ),
    Case(
        "regular expression that is not a string",
        lambda p: p.set(ETYPE_MAP, _NAC, "morph_name", to=5),
        ("emodels/emodel_etype_map.json", "cNAC_LBC: morph_name 5", "regular expression"),
    ),
    Case(
        "invalid name of an e-model",
        lambda p: p.set(ETYPE_MAP, _NAC, "mm_recipe", to="cNAC-LBC"),
        ("emodels/emodel_etype_map.json", "cNAC_LBC: mm_recipe", "'cNAC-LBC'", "digits and _"),
    ),
    Case(
        "e-model and layer with invalid names",
        lambda p: (
            p.set(ETYPE_MAP, _PYR, "layer", to=["L 5"]),
            p.edit(ETYPE_MAP, '"cNAC_LBC": {', '"cNAC/LBC": {'),
        ),
        ("emodels/emodel_etype_map.json", "cADpyr_TPC: layer 'L 5'", "'cNAC/LBC'", "letters"),
    ),
    Case(
        "mm_recipe that is not a name",
        lambda p: p.set(ETYPE_MAP, _NAC, "mm_recipe", to=None),
        ("emodels/emodel_etype_map.json", "cNAC_LBC: mm_recipe", "None", "a name"),
    ),
    Case(
        "two e-models with the same name",
        _in_both(ETYPE_MAP, "mm_recipe", "cADpyr_TPC"),
        ("emodels/emodel_etype_map.json", "cADpyr_TPC and cNAC_LBC", "mm_recipe 'cADpyr_TPC'"),
    ),
]

FINAL_JSONS = [
    Case(
        "missing final.json",
        lambda p: p.remove(FINAL_JSON),
        ("final.json", "emodels/final.json", "not found"),
    ),
    Case(
        "two e-models that are missing in final.json",
        lambda p: p.write_json(FINAL_JSON, {"cADpyr": {}, "cNAC": {}}),
        ("emodels/final.json", "'cADpyr_TPC' is missing", "'cNAC_LBC' is missing"),
    ),
    Case(
        "e-model in final.json that is not an object",
        lambda p: p.set(FINAL_JSON, _NAC, to=[0.0002, 0.35]),
        ("emodels/final.json", "cNAC_LBC", "[0.0002, 0.35]", "an object"),
    ),
    Case(
        "two e-models without an exemplar",
        lambda p: (
            p.drop(FINAL_JSON, _PYR, "morph_path"),
            _in_both(FINAL_JSON, "morph_path", 5)(p),
        ),
        (
            "emodels/final.json",
            "cADpyr_TPC: morph_path is 5",
            "cNAC_LBC: morph_path is 5",
            "the exemplar's file",
        ),
    ),
    Case(
        "folder of a package that is not a string",
        lambda p: p.set(FINAL_JSON, _NAC, "main_path", to=5),
        ("emodels/final.json", "cNAC_LBC", "main_path", "5", "a folder"),
    ),
    Case(
        "two packages outside of the e-models' folder",
        lambda p: (
            p.set(FINAL_JSON, _PYR, "main_path", to="../elsewhere"),
            p.set(FINAL_JSON, _NAC, "main_path", to="/elsewhere"),
        ),
        ("emodels/final.json", "cADpyr_TPC: main_path '../elsewhere'", "'/elsewhere'", "leaves"),
    ),
    Case(
        "parameters that are not an object",
        lambda p: p.set(FINAL_JSON, _NAC, "params", to=[0.0002, 0.35]),
        ("emodels/final.json", "cNAC_LBC: 'params'", "[0.0002, 0.35]", "names to numbers"),
    ),
    Case(
        "two parameters that are not numbers",
        lambda p: (
            p.set(FINAL_JSON, _PYR, "params", "g_pas.all", to="5e-5 S"),
            p.set(FINAL_JSON, _NAC, "params", "g_pas.all", to=None),
        ),
        (
            "emodels/final.json",
            "cADpyr_TPC: params['g_pas.all']",
            "'5e-5 S'",
            "cNAC_LBC: params['g_pas.all']",
            "None",
            "a number",
        ),
    ),
    Case(
        "infinite parameter",
        lambda p: p.set(FINAL_JSON, _NAC, "params", "g_pas.all", to=float("inf")),
        ("emodels/final.json", "cNAC_LBC: params['g_pas.all']", "inf", "finite"),
    ),
    Case(
        "two e-models without the optimisation's scores, with check_opt_scores",
        lambda p: (
            _in_both(FINAL_JSON, "fitness", {})(p),
            p.configure("select", check_opt_scores=True),
        ),
        (
            "emodels/final.json",
            "cADpyr_TPC: no 'fitness'",
            "cNAC_LBC: no 'fitness'",
            "check_opt_scores: false",
        ),
    ),
]

EXEMPLARS = [
    Case(
        "two exemplars are missing in their packages",
        lambda p: p.remove(*(f"emodels/{emodel}/morphologies" for emodel in _BOTH)),
        (
            "emodels/final.json",
            "cADpyr_TPC",
            "unrepaired exemplar not found",
            "cNAC_LBC",
            "emodels/cADpyr_TPC/morphologies/tpc140301-A1.asc",
            "morph_path",
        ),
    ),
    Case(
        "two exemplars are missing among the repaired morphologies",
        lambda p: (
            (p.path / "repaired").mkdir(),
            p.configure("prepare", rep_morph_path="repaired"),
        ),
        (
            "emodels/final.json",
            "cADpyr_TPC: repaired exemplar not found",
            "repaired/tpc140301-A1.asc",
            "cNAC_LBC",
            "repaired/lbc140501-1.swc",
            "morph_path",
        ),
    ),
    Case(
        "exemplar with an invalid name",
        lambda p: p.set(FINAL_JSON, _NAC, "morph_path", to="morphologies/lbc 1.swc"),
        (
            "emodels/final.json",
            "cNAC_LBC",
            "morph_path 'morphologies/lbc 1.swc'",
            "'lbc 1'",
            "letters",
        ),
    ),
    Case(
        "exemplar outside of its package",
        lambda p: p.set(FINAL_JSON, _NAC, "morph_path", to="../lbc140501-1.swc"),
        ("cNAC_LBC", "morph_path '../lbc140501-1.swc'", "leaves", "unrep_morph_path"),
    ),
    Case(
        "two exemplars are missing in the neuronDB of the repaired morphologies",
        lambda p: (
            p.edit(NEURONDB, "<name>tpc140301-A1", "<name>tpc140301-A2"),
            p.edit(NEURONDB, "<name>lbc140501-1", "<name>lbc140501-2"),
        ),
        (
            "neuronDB.xml",
            "repaired",
            "cADpyr_TPC",
            "'tpc140301-A1'",
            "cNAC_LBC",
            "'lbc140501-1'",
            "skip_repaired_exemplar",
        ),
    ),
]

PACKAGES = [
    Case(
        "package that cannot be imported",
        _with_code("import numpi\n"),
        ("cNAC_LBC", "emodels/cNAC_LBC/setup/evaluator.py, line 1", "No module named 'numpi'"),
        when=PREPARE,
    ),
    Case(
        "package whose create() raises",
        _with_code('def create(etype, altmorph):\n    raise ValueError("no such e-type")\n'),
        ("cNAC_LBC", "emodels/cNAC_LBC/setup/evaluator.py, line 2", "no such e-type"),
        when=PREPARE,
    ),
    Case(
        "package whose create() does not return an evaluator",
        lambda p: (
            _with_code("def create(etype):\n    return {}\n")(p),
            p.edit("emodels/cNAC_LBC/setup/__init__.py", "multieval = True", ""),
        ),
        ("cNAC_LBC", "setup.evaluator.create()", "{}", "CellEvaluator"),
        when=PREPARE,
    ),
    Case(
        "package that uses apical points, without a file of them",
        lambda p: p.remove(APICAL_POINTS),
        ("cADpyr_TPC", "morphologies/apical_points_isec.json", "use_apical_points: false"),
        when=PREPARE,
        emodel=_PYR,
    ),
    Case(
        "two missing mechanisms of a package with code",
        lambda p: p.remove(*(f"emodels/{_PYR}/mechanisms/{m}.mod" for m in ("KmP08", "NaP08"))),
        ("cADpyr_TPC", "emodels/cADpyr_TPC", "'KmP08', 'NaP08'", ".mod", "mechanisms/"),
        when=PREPARE,
        emodel=_PYR,
    ),
    Case(
        "two features that eFEL does not have",
        lambda p: (
            p.edit(_FEATURES, '"AHP_depth_abs"', '"AHP_depths"'),
            p.edit(_FEATURES, '"ISI_CV"', '"ISI_CVs"'),
        ),
        ("cNAC_LBC", "eFEL", "Step_0.15.soma.v.AHP_depths", "'AHP_depth'", "ISI_CVs", "'ISI_CV'"),
        when=PREPARE,
    ),
    Case(
        "mechanism that does not compile",
        lambda p: (
            p.with_small_emodel(),
            p.remove("emodels/cNAC_LBC/mechanisms"),
            p.write("emodels/cNAC_LBC/mechanisms/Clamp.mod", _CLAMP),
        ),
        ("cNAC_LBC", "emodels/cNAC_LBC", "Clamp.mod", "compile", "line 4"),
        when=PREPARE,
    ),
    Case(
        "missing hoc template",
        lambda p: p.configure("prepare", template="cell.jinja2"),
        ("template", "cell.jinja2", "not found"),
    ),
    Case(
        "hoc template that is not valid Jinja2",
        lambda p: _with_template("begintemplate {{template_name}}\n{% if %}\n")(p),
        ("template", "cell.jinja2", "line 2", "Expected an expression"),
    ),
    Case(
        "hoc template that is nested too deeply",
        lambda p: _with_template("{{ " + "(" * 10_000)(p),
        ("template", "cell.jinja2", "nested too deeply"),
    ),
    Case(
        "hoc template that does not scale AIS and soma, with adapt",
        lambda p: (
            _with_template("begintemplate {{ template_name }}\n")(p),
            p.edit("config.yaml", "adapt: false", "adapt: true"),
        ),
        ("template", "cell.jinja2", "adapt_cell", "adapt: false"),
    ),
    Case(
        "hoc template that does not render",
        lambda p: (p.with_small_emodel(), _with_template("begintemplate {{ cell.name }}")(p)),
        ("cNAC_LBC", "template", "cell.jinja2", "'cell' is undefined"),
        when=PREPARE,
    ),
]

THRESHOLDS = [
    Case(
        "features and names in final.json's fitness that cannot be compared",
        lambda p: (
            p.with_small_emodel(),
            p.set(
                FINAL_JSON,
                _NAC,
                "fitness",
                to={f"_.{name}": 1.0 for name in (*_SMALL_FEATURES[1:], "Low.soma.v.ISI_CV")},
            ),
            p.configure("select", check_opt_scores=True),
        ),
        (
            "cNAC_LBC",
            "final.json's fitness",
            "check_opt_scores: false",
            "mm.High.soma.v.maximum_voltage is missing in final.json",
            "_.Low.soma.v.ISI_CV is missing in the scores",
        ),
        when=PREPARE,
    ),
    Case(
        "features without a name in common with final.json's fitness",
        lambda p: (
            p.with_small_emodel(),
            p.set(FINAL_JSON, _NAC, "fitness", to={"_.Step.soma.v.ISI_CV": 1.0}),
            p.configure("select", check_opt_scores=True),
        ),
        (
            "cNAC_LBC",
            "no names in common: 12 features, 1 in final.json",
            "mm.High.soma.v.Spikecount and _.Step.soma.v.ISI_CV",
        ),
        when=PREPARE,
    ),
    Case(
        "two features without a threshold",
        lambda p: (
            p.with_small_emodel(),
            p.configure(
                "select",
                megate_thresholds=[
                    {"features": [".*"], "etype": ["cNAC"], "megate_threshold": 5},
                    {"features": [".*(Spikecount|m_voltage)"], "megate_threshold": 5},
                ],
            ),
        ),
        (
            "cNAC_LBC",
            "megate_thresholds",
            "to_skip_features",
            "mm.Low.soma.v.voltage_base",
            "dNAC",
            "mm.High.soma.v.voltage_base",
            "L5_LBC",
        ),
        when=PREPARE,
    ),
]
