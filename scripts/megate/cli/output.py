"""What commands print: text, or with `--json` one JSON document."""

import argparse
import json
from collections.abc import Iterable
from typing import Any


def add_results(parser: argparse.ArgumentParser) -> None:
    """The option `--results`."""
    about = "folder of the run's results, as in its configuration (default: results)"
    parser.add_argument("--results", default="results", metavar="FOLDER", help=about)


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    about = "print one JSON document, for programs, instead of text"
    parser.add_argument("--json", action="store_true", help=about)


def print_lines(lines: Iterable[str]) -> None:
    """Print lines of text."""
    print("\n".join(lines))


def print_json(document: Any) -> None:
    """Print a JSON document. Numbers that JSON does not have (NaN) are null."""
    print(json.dumps(_plain(document), indent=2, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value - value != 0:  # NaN or infinite
        return None
    return value
