"""Results of checks that either stop the run or show a warning."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from megate.core.errors import MegateError, listing


@dataclass(frozen=True)
class Finding:
    """Problems of one kind.

    Attributes:
        headline: what the problems have in common
        problems: one line for each problem; empty if none was found
    """

    headline: str
    problems: list[str]


def stop_or_warn(findings: Iterable[Finding], stop: bool, warn: Callable[[str], object]) -> None:
    """Report all findings in one message.

    Args:
        stop: whether problems end the run (check_morphologies: error)
        warn: shows the message otherwise

    Raises:
        MegateError: with the message.
    """
    texts = [f"{each.headline}:{listing(each.problems)}" for each in findings if each.problems]
    if texts and stop:
        raise MegateError("\n".join([*texts, "(check_morphologies: warn continues the run)"]))
    if texts:
        warn("\n".join(texts))
