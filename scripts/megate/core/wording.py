"""Numbers and lists in sentences."""

from collections.abc import Iterable

_SHOWN = 5


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number of things: "1 simulation", "1,200 simulations".

    Args:
        number: how many
        noun: of one
        plural: of several, by default the noun with an "s"
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def first_few(names: Iterable[str], separator: str = ", ") -> str:
    """The first five of `names`, and how many more there are."""
    listed = list(names)
    more = len(listed) - _SHOWN
    return separator.join(listed[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
