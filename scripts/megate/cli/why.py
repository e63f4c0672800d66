"""Say why a combination is released or not."""

import argparse
from pathlib import Path

from megate.cli.output import add_json, add_results, print_json, print_lines
from megate.core.paths import Paths

NAME = "why"
HELP = "why a combination is released or not"
DESCRIPTION = """\
Show why a combination is released or not: the reason, each feature over its limit with value,
experimental mean and SD, score, limit and margin, and what was decided about other e-models on the
same morphology. It reads the results only. Exit status 1: nothing has this name.

    megate why cADpyr_TPC_L5_TPC:A_5_tpc140305-A1
    megate why tpc140305-A1 --results results_2026
    megate why cADpyr_TPC/tpc140305-A1 --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The name, and options."""
    about = "a combination (combo_name), a morphology (all its combinations), or e-model/morphology"
    parser.add_argument("name", metavar="NAME", help=about)
    add_results(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the explanations."""
    from megate.gating.explain import describe_explanation, explain, explanation_document

    explanations = explain(Paths(Path(options.results)), options.name)
    if options.json:
        print_json([explanation_document(each) for each in explanations])
    else:
        for number, each in enumerate(explanations):
            print_lines([*([""] if number else []), *describe_explanation(each)])
    return 0
