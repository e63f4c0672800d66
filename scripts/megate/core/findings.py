"""What a check of the morphologies has found: a reason to stop, or to warn."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from megate.core.errors import MegateError, listing


@dataclass(frozen=True)
class Finding:
    """Problems of a kind.

    Attributes:
        headline: what they are
        problems: a line for each; if there is none, all is right
    """

    headline: str
    problems: list[str]


def stop_or_warn(findings: Iterable[Finding], stop: bool, warn: Callable[[str], object]) -> None:
    """Say all that was found in one message.

    Args:
        stop: whether problems end the run (check_morphologies: error)
        warn: shows the message if they do not

    Raises:
        MegateError: with the message.
    """
    texts = [f"{each.headline}:{listing(each.problems)}" for each in findings if each.problems]
    if texts and stop:
        raise MegateError("\n".join([*texts, "(check_morphologies: warn goes on all the same)"]))
    if texts:
        warn("\n".join(texts))
