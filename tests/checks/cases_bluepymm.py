"""Checks of BluePyMM's configuration files."""

from broken import Case

_FILES = {"prepare": "prepare.json", "select": "select.json"}

BLUEPYMM = [
    Case(
        "folder is missing",
        lambda p: p.as_bluepymm().configure(None, bluepymm="elsewhere"),
        ("bluepymm", "elsewhere", "not found"),
    ),
    Case(
        "file is missing",
        lambda p: p.as_bluepymm().remove("run.json"),
        ("BluePyMM's run configuration", "run.json", "not found"),
    ),
    Case(
        "one of the three files is not named",
        lambda p: p.as_bluepymm().configure(None, bluepymm=_FILES),
        ("bluepymm", "without 'run'", "prepare.json and run.json and select.json"),
    ),
    Case(
        "neither a folder nor files",
        lambda p: p.as_bluepymm().configure(None, bluepymm=5),
        ("bluepymm", "5", "a folder with prepare.json and run.json and select.json"),
    ),
    Case(
        "two unknown keys in prepare.json",
        lambda p: p.as_bluepymm().write_json("prepare.json", {"recipe": "r", "morph_paths": "m"}),
        ("prepare.json", "'recipe'", "'recipe_path'", "'morph_paths'", "'morph_path'"),
    ),
    Case(
        "two keys are missing in prepare.json",
        lambda p: (
            p.as_bluepymm().drop("prepare.json", "morph_path"),
            p.drop("prepare.json", "final_json_path"),
        ),
        ("prepare.json: prepare", "'morph_path' is missing", "'final_json_path' is missing"),
    ),
    Case(
        "value of the wrong kind in run.json",
        lambda p: p.as_bluepymm().set("run.json", "use_apical_points", to="yes"),
        ("run.json: scoring.use_apical_points", "'yes'", "true or false"),
    ),
    Case(
        "invalid regular expression in select.json",
        lambda p: p.as_bluepymm().set("select.json", "to_skip_features", to=["Step_("]),
        ("select.json: select.to_skip_features[0]", "'Step_('", "regular expression"),
    ),
    Case(
        "BluePyMM's files beside inputs of one's own",
        lambda p: p.as_bluepymm().configure("prepare", recipe_path="recipe.yaml"),
        ("config.yaml", "'bluepymm'", "'prepare': recipe_path", "remove them"),
    ),
]
