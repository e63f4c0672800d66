"""Results of checks that either stop the run or show a warning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from megate.core.errors import MegateError, listing


@dataclass(frozen=True)
class Finding:
    """Problems of one kind, a line for each, and what they have in common."""

    headline: str
    problems: list[str]


def stop_or_warn(findings: Iterable[Finding], stop: bool, warn: Callable[[str], object]) -> None:
    """Report all findings in one message: a MegateError with `stop`, else a warning."""
    texts = [f"{each.headline}:{listing(each.problems)}" for each in findings if each.problems]
    if texts and stop:
        raise MegateError("\n".join([*texts, "(check_morphologies: warn continues the run)"]))
    if texts:
        warn("\n".join(texts))
