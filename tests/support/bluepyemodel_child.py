"""Functions that run BluePyEModel by itself, in child processes."""

from typing import Any


def scored_by_bluepyemodel(emodel: str, params: dict[str, float]) -> dict[str, Any]:
    """Scores and values of an e-model on its exemplar, by BluePyEModel's own functions, in the
    project's folder: those that its validation calls."""
    from bluepyemodel.access_point import get_access_point
    from bluepyemodel.evaluation.evaluation import get_evaluator_from_access_point, get_responses

    access_point = get_access_point("local", emodel, recipes_path="config/recipes.json")
    evaluator = get_evaluator_from_access_point(access_point, include_validation_protocols=True)
    responses = get_responses({"evaluator": evaluator, "parameters": dict(params)})
    scores = evaluator.fitness_calculator.calculate_scores(responses)
    return {
        "scores": {name: float(score) for name, score in scores.items()},
        "bpo": {name: value for name, value in responses.items() if name.startswith("bpo_")},
    }
