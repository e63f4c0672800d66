"""Checks of the configuration."""

from broken import Case
from folder import CONFIG

_RULE = {"features": [".*"], "megate_threshold": 5}

CONFIGURATION = [
    Case(
        "two unknown keys",
        lambda p: p.configure("select", to_skip_featurs=[], uncomputable_exemplar_featur="warn"),
        (
            "config.yaml",
            "'to_skip_featurs' in 'select'",
            "'to_skip_features'",
            "'uncomputable_exemplar_feature'",
        ),
    ),
    Case(
        "unknown key in a threshold rule",
        lambda p: p.configure("select", megate_thresholds=[_RULE, _RULE | {"fullmtypes": ["L5"]}]),
        ("config.yaml", "'fullmtypes'", "select.megate_thresholds[1]", "'fullmtype'"),
    ),
    Case(
        "two keys are missing",
        lambda p: p.configure("prepare", morph_path=None, final_json_path=None),
        ("config.yaml", "prepare", "'morph_path' is missing", "'final_json_path' is missing"),
    ),
    Case(
        "key of a threshold rule is missing",
        lambda p: p.configure("select", megate_thresholds=[_RULE, {"features": [".*"]}]),
        ("config.yaml", "select.megate_thresholds[1]", "'megate_threshold' is missing"),
    ),
    Case(
        "rule for currents without the threshold current",
        lambda p: p.configure("select", currents=[{"holding_current": "bpo_holding_current_hyp"}]),
        ("config.yaml", "select.currents[0]", "'threshold_current' is missing"),
    ),
    Case(
        "two unknown settings for measuring currents",
        lambda p: p.configure(
            "scoring", currents={"max_current": 3, "emodels": [{"emodel": [".*"], "holding": -70}]}
        ),
        (
            "config.yaml",
            "'max_current' in 'scoring.currents'",
            "'max_current_nA'",
            "'holding' in 'scoring.currents.emodels[0]'",
        ),
    ),
    Case(
        "stopped simulations, but the best by median score",
        lambda p: (
            p.configure("scoring", stop_early=True),
            p.configure("select", select_perc_best=0.5),
        ),
        ("scoring.stop_early", "select.select_perc_best", "remove one of them"),
    ),
    Case(
        "values for measuring currents",
        lambda p: p.configure(
            "scoring",
            currents={
                "holding_voltage_mV": -830,
                "threshold_precision_nA": 0,
                "max_current_nA": "large",
                "emodels": [{"max_current_nA": 3}],
            },
        ),
        (
            "config.yaml: scoring.currents.holding_voltage_mV: -830",
            "-150 or more",
            "scoring.currents.threshold_precision_nA: 0",
            "scoring.currents.max_current_nA: 'large'",
            "scoring.currents.emodels[0]: 'emodel' is missing",
        ),
    ),
    Case(
        "two values of the wrong kind",
        lambda p: p.configure("scoring", timeout_s="soon", rebuild_cell=1),
        (
            "config.yaml: scoring.timeout_s",
            "'soon'",
            "a number or null",
            "scoring.rebuild_cell",
            "1",
            "true or false",
        ),
    ),
    Case(
        "neither a string nor a list",
        lambda p: p.configure("prepare", emodels_dir=5),
        ("config.yaml: prepare.emodels_dir", "5", "a string", "a list"),
    ),
    Case(
        "value on the command line that is not a number (--config 'scoring={timeout_s: soon}')",
        lambda p: p.type_in(scoring={"timeout_s": "soon"}),
        ("--config: scoring.timeout_s", "'soon'", "a number or null"),
    ),
    Case(
        "number that is too small",
        lambda p: p.configure("select", borderline_margin=-1),
        ("config.yaml: select.borderline_margin", "-1", "0 or more"),
    ),
    Case(
        "half a combination to validate",
        lambda p: p.configure("circuit", validate_sample=0.5),
        ("config.yaml: circuit.validate_sample", "0.5", "a whole number or null"),
    ),
    Case(
        "number that must be above 0",
        lambda p: p.configure("scoring", timeout_s=0),
        ("config.yaml: scoring.timeout_s", "0", "above 0"),
    ),
    Case(
        "number that is too large",
        lambda p: p.configure("select", select_perc_best=50),
        ("config.yaml: select.select_perc_best", "50", "at most 1"),
    ),
    Case(
        "infinite number",
        lambda p: p.configure("select", opt_scores_tolerance=float("inf")),
        ("config.yaml: select.opt_scores_tolerance", "inf", "finite"),
    ),
    Case(
        "value that is not one of the choices",
        lambda p: p.configure("select", uncomputable_exemplar_feature="maybe"),
        ("config.yaml: select.uncomputable_exemplar_feature", "'maybe'", "warn, fail, ignore"),
    ),
    Case(
        "empty string",
        lambda p: p.configure("prepare", final_json_path=""),
        ("config.yaml: prepare.final_json_path", "''", "1 or more characters"),
    ),
    Case(
        "empty list",
        lambda p: p.configure("select", megate_thresholds=[_RULE | {"features": []}]),
        ("config.yaml: select.megate_thresholds[0].features", "[]", "a list of 1 or more"),
    ),
    Case(
        "two invalid regular expressions",
        lambda p: p.configure("select", to_skip_features=["Step_(", "*.v"]),
        ("config.yaml: select.to_skip_features[0]", "'Step_('", "to_skip_features[1]", "'*.v'"),
    ),
]

SOURCES = [
    Case(
        "no inputs at all",
        lambda p: p.configure(None, prepare=None),
        ("config", "'prepare'", "'bluepymm'", "'scores_db'"),
    ),
    Case(
        "no recipe and no circuit",
        lambda p: p.configure("prepare", recipe_path=None),
        ("prepare", "recipe_path, circuitmvd3_path, sonata_nodes_path", "none of them"),
    ),
    Case(
        "a recipe and a circuit",
        lambda p: p.configure("prepare", circuitmvd3_path="circuit.mvd3"),
        ("prepare", "the combinations come from one of", "recipe_path and circuitmvd3_path"),
    ),
    Case(
        "no e-models",
        lambda p: p.configure("prepare", emodels_dir=None),
        ("prepare", "emodels_dir, emodels_repo", "none of them"),
    ),
    Case(
        "e-models from a folder and from a git repository",
        lambda p: p.configure("prepare", emodels_repo="repo", emodels_githash="main"),
        ("prepare", "the e-models come from one of", "emodels_dir and emodels_repo"),
    ),
    Case(
        "git repository without commit",
        lambda p: p.configure("prepare", emodels_dir=None, emodels_repo="repo"),
        ("prepare", "emodels_repo is given", "emodels_githash is not"),
    ),
    Case(
        "commit without git repository",
        lambda p: p.configure("prepare", emodels_githash="main"),
        ("prepare", "emodels_githash is given", "emodels_repo is not"),
    ),
    Case(
        "population without SONATA nodes",
        lambda p: p.configure("prepare", sonata_population="cortex"),
        ("prepare", "sonata_population is given", "sonata_nodes_path is not"),
    ),
    Case(
        "morphologies_without_recipe for a circuit",
        lambda p: p.configure(
            "prepare",
            recipe_path=None,
            circuitmvd3_path="circuit.mvd3",
            morphologies_without_recipe="warn",
        ),
        ("prepare", "morphologies_without_recipe is warn", "recipe_path is not given"),
    ),
    Case(
        "repaired exemplars are skipped, but scale the limits",
        lambda p: (
            p.configure("prepare", skip_repaired_exemplar=True),
            p.configure("select", skip_repaired_exemplar=False),
        ),
        ("prepare.skip_repaired_exemplar is true", "select.skip_repaired_exemplar is false"),
    ),
    Case(
        "results is a file",
        lambda p: p.configure(None, results=str(p.path / CONFIG)),
        ("config", "results", "config.yaml", "not a folder"),
    ),
    Case(
        "two paths with braces (wildcards of Snakemake)",
        lambda p: p.configure("prepare", recipe_path="{a}.yaml", template="{b}.jinja2"),
        ("prepare.recipe_path", "{a}.yaml", "prepare.template", "{b}.jinja2", "braces"),
    ),
]
