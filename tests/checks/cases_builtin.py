"""Checks of an e-model's configuration files: recipes and parameters."""

import json

from broken import Case
from folder import FINAL_JSON

_PACKAGE = "emodels/cNAC_LBC"
_RECIPES = f"{_PACKAGE}/config/recipes/recipes.json"
_FILE = f"{_PACKAGE}/config/params/lbc.json"
_FUN = "distributions.exponential.fun"
_WHERE = ("cNAC_LBC", "config/params/lbc.json")
_IH = {"name": "gbar_KdG07", "val": 0.001, "dist": "exponential"}


def _with_distribution(fun: str, *own: str):
    """Give a mechanism another distribution."""
    return lambda p: (
        p.set(_FILE, "distributions", to={"exponential": {"fun": fun, "parameters": list(own)}}),
        p.set(_FILE, "parameters", "basal", 4, to=_IH),
        p.drop(FINAL_JSON, "cNAC_LBC", "params", "gbar_KdG07.basal"),
        own
        and p.set(
            _FILE,
            "parameters",
            "distribution_exponential",
            to=[{"name": name, "val": 1} for name in own],
        ),
    )


PARAMETERS = [
    Case(
        "two packages without code and without configuration files",
        lambda p: p.remove("emodels/cADpyr_TPC/setup", f"{_PACKAGE}/config/recipes"),
        (
            "cADpyr_TPC",
            "setup/__init__.py",
            "emodels/cADpyr_TPC/config/recipes/recipes.json",
            "cNAC_LBC",
            _RECIPES,
        ),
    ),
    Case(
        "recipes.json that is not valid JSON",
        lambda p: p.edit(_RECIPES, "lbc.json", 'lbc.json"'),
        ("cNAC_LBC", _RECIPES, "not valid JSON", "line 3"),
    ),
    Case(
        "e-model is missing in recipes.json",
        lambda p: p.edit(_RECIPES, "cNAC_LBC", "cNAC"),
        (_RECIPES, "'cNAC_LBC'", "it has cNAC"),
    ),
    Case(
        "two missing keys in recipes.json",
        lambda p: p.write_json(_RECIPES, {"cNAC_LBC": {"params": "config/params/lbc.json"}}),
        (_RECIPES, "cNAC_LBC: 'protocol' is missing", "cNAC_LBC: 'features' is missing"),
    ),
    Case(
        "recipe in BluePyEModel's layout",
        lambda p: (
            p.configure("scoring", evaluator="builtin"),
            p.set(_RECIPES, "cNAC_LBC", "pipeline_settings", to={"optimiser": "SO-CMA"}),
        ),
        (_RECIPES, "cNAC_LBC", "BluePyEModel's layout", "scoring.evaluator is auto"),
    ),
    Case(
        "unknown key in recipes.json",
        lambda p: p.edit(_RECIPES, '"morph_modifiers"', '"morph_modifier"'),
        (_RECIPES, "cNAC_LBC", "'morph_modifier'", "'morph_modifiers'"),
    ),
    Case(
        "unknown replacement of the axon",
        lambda p: p.edit(_RECIPES, "bluepyopt_replace_axon", "replace_axon"),
        (_RECIPES, "cNAC_LBC.morph_modifiers[0]", "'replace_axon'", "bluepyopt_replace_axon"),
    ),
    Case(
        "use_powertransform, which is not supported",
        lambda p: p.set(_RECIPES, "cNAC_LBC", "use_powertransform", to=True),
        (_RECIPES, "cNAC_LBC.use_powertransform", "True", "False"),
    ),
    Case(
        "configuration file outside of its package",
        lambda p: p.edit(_RECIPES, "config/params", "../params"),
        (_RECIPES, "cNAC_LBC.params", "'../params/lbc.json'", "outside"),
    ),
    Case(
        "invalid path of a configuration file",
        lambda p: p.edit(_RECIPES, "config/params", "config\\u0000/params"),
        (_RECIPES, "cNAC_LBC.params", "'config\\x00/params/lbc.json'", "not a valid path"),
    ),
    Case(
        "configuration file that is too large",
        lambda p: p.grow(_FILE, 6),
        ("cNAC_LBC", _FILE, "6.0 MB", "at most 5 MB"),
    ),
    Case(
        "configuration file that is nested too deeply",
        lambda p: p.set(_FILE, "mechanisms", to=json.loads("[" * 101 + "]" * 101)),
        ("cNAC_LBC", _FILE, "nests more than 100 deep"),
    ),
    Case(
        "missing configuration file",
        lambda p: p.remove(_FILE),
        ("cNAC_LBC", _FILE, "not found"),
    ),
    Case(
        "unknown key in the parameters file",
        lambda p: p.set(_FILE, "parameters", "all", 0, "value", to=-68.0),
        (*_WHERE, "parameters.all[0]", "'value'", "'val'"),
    ),
    Case(
        "two parameters without a value",
        lambda p: (
            p.drop(_FILE, "parameters", "all", 0, "val"),
            p.drop(_FILE, "parameters", "somatic", 1, "val"),
        ),
        (*_WHERE, "parameters.all[0]: 'val' is missing", "parameters.somatic[1]: 'val' is missing"),
    ),
    Case(
        "value that is neither a number nor bounds",
        lambda p: p.set(_FILE, "parameters", "all", 0, "val", to="-68 mV"),
        (*_WHERE, "parameters.all[0].val", "'-68 mV'", "a number"),
    ),
    Case(
        "bounds with one number",
        lambda p: p.set(_FILE, "parameters", "all", 3, "val", to=[1e-05]),
        (*_WHERE, "parameters.all[3].val", "[1e-05]", "a list of 2 or more"),
    ),
    Case(
        "bounds in the wrong order",
        lambda p: p.set(_FILE, "parameters", "all", 3, "val", to=[0.0005, 1e-05]),
        (*_WHERE, "parameters.all[3].val", "0.0005", "1e-05", "bound"),
    ),
    Case(
        "invalid name of a mechanism",
        lambda p: p.set(_FILE, "mechanisms", "all", "mech", 0, to="pas 2"),
        (*_WHERE, "mechanisms.all.mech[0]", "'pas 2'", "^[A-Za-z][A-Za-z0-9_]*"),
    ),
    Case(
        "mechanisms and parameters of an unknown section list",
        lambda p: p.edit(_FILE, '"basal"', '"dendritic"'),
        (*_WHERE, "mechanisms.dendritic", "parameters.dendritic", "somatic, basal, apical"),
    ),
    Case(
        "two missing mechanisms of a package without code",
        lambda p: p.remove(*(f"{_PACKAGE}/mechanisms/{m}.mod" for m in ("KdG07", "NaW96"))),
        ("cNAC_LBC", "emodels/cNAC_LBC", "'KdG07', 'NaW96'", ".mod", "mechanisms/"),
    ),
    Case(
        "parameters in final.json that are not the optimised ones",
        lambda p: p.edit(FINAL_JSON, "gbar_NaW96.basal", "gbar_NaW96.dendritic"),
        (
            "emodels/final.json",
            "cNAC_LBC",
            "no value",
            "'gbar_NaW96.basal'",
            "'gbar_NaW96.dendritic'",
            "not one of the optimised parameters",
        ),
    ),
    Case(
        "value outside of its bounds",
        lambda p: p.set(FINAL_JSON, "cNAC_LBC", "params", "g_pas.all", to=0.1),
        ("emodels/final.json", "cNAC_LBC", "'g_pas.all'", "0.1", "[1e-05, 0.0005]"),
    ),
    Case(
        "values in an order that differs from that in hoc",
        lambda p: (
            _with_distribution("{value} * {distance}")(p),
            p.set(_FILE, "parameters", "alldend", to=[{"name": "gbar_KdG07", "val": 0}]),
        ),
        (*_WHERE, "parameters.alldend", "'gbar_KdG07'", "basal", "hoc"),
    ),
    Case(
        "distribution of a global parameter",
        lambda p: p.set(_FILE, "parameters", "global", 0, "dist", to="uniform"),
        (*_WHERE, "parameters.global[0].dist", "section lists"),
    ),
    Case(
        "two distributions that do not exist",
        lambda p: (
            p.set(_FILE, "parameters", "basal", 4, "dist", to="exponential"),
            p.set(_FILE, "parameters", "distribution_decay", to=[{"name": "tau", "val": 100}]),
        ),
        (
            *_WHERE,
            "parameters.basal[4].dist",
            "'exponential'",
            "parameters.distribution_decay",
            "'decay'",
        ),
    ),
    Case(
        "distribution with a parameter without a value",
        lambda p: (
            _with_distribution("{value} * math.exp({distance} / {tau})", "tau")(p),
            p.set(_FILE, "parameters", "distribution_exponential", to=[]),
        ),
        (*_WHERE, "parameters.distribution_exponential", "'tau'"),
    ),
    Case(
        "value for an unknown parameter of a distribution",
        lambda p: (
            _with_distribution("{value} * math.exp({distance} / {tau})", "tau")(p),
            p.set(
                _FILE,
                "parameters",
                "distribution_exponential",
                to=[{"name": "tau", "val": 100}, {"name": "lambda", "val": 100}],
            ),
        ),
        (*_WHERE, "parameters.distribution_exponential[1]", "'lambda'", "'exponential'"),
    ),
    Case(
        "distribution with an unknown name and an unused parameter",
        _with_distribution("{value} * math.exp({distance} / {lambda})", "tau"),
        (*_WHERE, _FUN, "{lambda}", "{tau}", "{distance}, {tau}, {value}"),
    ),
    Case(
        "distribution that is not only arithmetic",
        _with_distribution("__import__('os').system('true')"),
        (*_WHERE, _FUN, "__import__"),
    ),
    Case(
        "distribution that is not an expression",
        _with_distribution("{value} * * {distance}"),
        (*_WHERE, _FUN, "arithmetic expression"),
    ),
    Case(
        "distribution with an unclosed brace",
        _with_distribution("{value} * {distance"),
        (*_WHERE, _FUN, "{distance"),
    ),
    Case(
        "distribution that formats a number",
        _with_distribution("{value:.3f} * {distance}"),
        (*_WHERE, _FUN, "{value"),
    ),
    Case(
        "distribution with a reserved parameter name",
        _with_distribution("{value} * {comment}", "comment"),
        (*_WHERE, _FUN, "'comment'"),
    ),
    Case(
        "distribution with a comparison outside of int()",
        _with_distribution("{value} * ({distance} > 100)"),
        (*_WHERE, _FUN, "comparisons", "int(({distance} > 600) & ({distance} < 700))"),
    ),
    Case(
        "distribution with a number that is too large",
        _with_distribution("{value} * 1e999"),
        (*_WHERE, _FUN, "1e999", "too large"),
    ),
    Case(
        "distribution with an operator missing before brackets",
        _with_distribution("{value} ({distance})"),
        (*_WHERE, _FUN, "brackets", "an operator"),
    ),
    Case(
        "distribution with two powers",
        _with_distribution("{value} ** 2 ** 3"),
        (*_WHERE, _FUN, "more than one power"),
    ),
    Case(
        "distribution with a large power",
        _with_distribution("{value} ** 1000"),
        (*_WHERE, _FUN, "found ** 1000", "at most 100"),
    ),
]
