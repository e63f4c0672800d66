"""What the simulations of an e-model have told of its protocols: how often a protocol's features
were over their limits, and its CPU time. With `stop_early`, protocols are run in this order.

The file is not an output of a rule: simulations update it while others run. If two write at the
same time, one of them may not be counted. It may be deleted at any time.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from megate.files.atomic import write_text

Protocols: TypeAlias = Mapping[str, Mapping[str, float]]
"""Protocol -> `runs` and `failed` (numbers of simulations), and `cpu_s`, the CPU time of all runs,
s."""


def read_protocols(path: Path, emodel_sha256: str) -> dict[str, Any]:
    """What is known of an e-model's protocols; nothing if the file is missing, cannot be read, or
    is about an earlier version of the e-model."""
    with suppress(OSError, ValueError, AttributeError, KeyError):
        content = json.loads(path.read_text())
        if content.get("emodel_sha256") == emodel_sha256:
            return dict(content["protocols"])
    return {}


def add_protocols(path: Path, emodel_sha256: str, told: Mapping[str, Mapping[str, Any]]) -> None:
    """Add what one simulation told: protocol -> `failed` (whether a feature was over its limit) and
    `cpu_s`."""
    known = read_protocols(path, emodel_sha256)
    for name, of_run in told.items():
        before = known.get(name, {"runs": 0, "failed": 0, "cpu_s": 0.0})
        known[name] = {
            "runs": before["runs"] + 1,
            "failed": before["failed"] + int(of_run["failed"]),
            "cpu_s": before["cpu_s"] + of_run["cpu_s"],
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"emodel_sha256": emodel_sha256, "protocols": known}
    write_text(path, json.dumps(content, indent=1) + "\n")


def most_telling_first(names: Sequence[str], known: Protocols) -> list[str]:
    """Protocols in the order of the failures per CPU second that are expected of them; those of
    which nothing is known count as average. Equal ones stay in their order.

    The expected share of failures is (failed + 1) / (runs + 2), the rule of succession.
    """
    costs = {name: of["cpu_s"] / of["runs"] for name, of in known.items() if of["runs"]}
    usual = sum(costs.values()) / len(costs) if costs else 1.0

    def failures_per_second(name: str) -> float:
        of = known.get(name, {"failed": 0, "runs": 0})
        return (of["failed"] + 1) / (of["runs"] + 2) / max(costs.get(name, usual), 1e-6)

    return sorted(names, key=failures_per_second, reverse=True)
