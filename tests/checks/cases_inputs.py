"""Checks of recipe, neuronDB, e-type map, final.json and morphologies."""

from broken import Case

INPUTS = [
    Case(
        "recipe: file missing",
        lambda p: p.remove("recipe.yaml"),
        ("recipe", "recipe.yaml", "not found"),
    ),
    Case(
        "recipe of another version",
        lambda p: p.edit("recipe.yaml", "v2.0", "v1.0"),
        ("recipe.yaml", "'v1.0'", "'v2.0'"),
    ),
]
