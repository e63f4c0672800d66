"""Results of checks that either stop the run or show a warning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from megate.core.errors import MegateError, listing


@dataclass(frozen=True)
class Finding:
    """Problems of one kind, a line for each, and what they have in common."""

    headline: str
    problems: list[str]
    serious: bool = True
    """Whether it may stop the run."""


def stop_or_warn(findings: Iterable[Finding], stop: bool, warn: Callable[[str], object]) -> None:
    """Report all serious findings in one message, a MegateError with `stop`, else all findings in
    one warning."""
    found = [each for each in findings if each.problems]
    stops = stop and any(each.serious for each in found)
    texts = [
        f"{each.headline}:{listing(each.problems)}" for each in found if each.serious or not stops
    ]
    if stops:
        raise MegateError("\n".join([*texts, "(check_morphologies: warn continues the run)"]))
    if texts:
        warn("\n".join(texts))
