"""The text of a new project's megate.yaml: the keys that users change first, each with a line
about it."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

THRESHOLDS = {"default": 5, "strict": 3}
"""Limits of scores, in standard deviations. 5 is the threshold of the examples of BluePyMM and
SSCxEModelExamples, and of BluePyEModel's `validation_threshold`; 3 is where a value is commonly
called an outlier."""

_HEAD = """\
# Made by megate init. Keys that are not here have their defaults: docs/configuration.md describes
# all of them. Relative paths start at the folder of this file.

"""
_ABOUT = {
    "results": "Folder for all outputs.",
    "prepare": "The inputs.",
    "recipe_path": "The e-types of each layer and m-type.",
    "morphologies_without_recipe": "Leave out morphologies whose layer and m-type are not in the "
    "recipe (error: stop).",
    "morph_path": "The morphologies (.asc, .swc, .h5).",
    "neurondb_path": "Their names, layers and m-types.",
    "rep_morph_path": "The repaired exemplars: scores above 1 raise the limits.",
    "skip_repaired_exemplar": "true: no repaired exemplars; limits are then not raised.",
    "emodels_dir": "The e-models' files.",
    "emodel_etype_map_path": "The layers, m-types and e-types of each e-model (in emodels_dir).",
    "final_json_path": "The e-models' parameters and exemplars (in emodels_dir).",
    "check_morphologies": "If NEURON misreads a file: simulate a clean copy of it (error: stop; "
    "warn: continue).",
    "scoring": "How a combination is simulated.",
    "evaluator": "What runs the e-models.",
    "use_apical_points": "true: take the cells' apical points from apical_points_isec.json in "
    "morph_path.",
    "timeout_s": "Stop a simulation that takes longer, s.",
    "select": "The decision. Changing it simulates nothing.",
    "megate_thresholds": "Largest score that passes, in standard deviations; the last matching "
    "rule counts.",
    "to_skip_features": "Features that are not gated (regular expressions), for example "
    '[".*bAP.*"].',
    "check_opt_scores": "true: compare the exemplars' scores with the fitness in final.json.",
}
_PLAIN = re.compile(r"[A-Za-z/][\w./-]*")


def config_text(config: Mapping[str, Any]) -> str:
    """A configuration (sections of keys, or keys) in YAML, with a comment before each key."""
    lines = []
    for key, value in config.items():
        lines += [f"# {_ABOUT[key]}", *_lines(key, value), ""]
    return _HEAD + "\n".join(lines)


def _lines(key: str, value: Any) -> list[str]:
    if not isinstance(value, Mapping) or key not in ("prepare", "scoring", "select"):
        return [f"{key}: {_yaml(value)}"]
    lines = [f"{key}:"]
    for name, setting in value.items():
        lines += [f"  # {_ABOUT[name]}"]
        if name == "megate_thresholds":
            lines += [f"  {name}:", *(f"    - {_yaml(rule)}" for rule in setting)]
        else:
            lines.append(f"  {name}: {_yaml(setting)}")
    return lines


def _yaml(value: Any) -> str:
    """A value in one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Path) or (isinstance(value, str) and _PLAIN.fullmatch(value)):
        text = str(value)
        return text if _PLAIN.fullmatch(text) and text not in _WORDS else json.dumps(text)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


_WORDS = ("true", "false", "null", "yes", "no", "on", "off")
