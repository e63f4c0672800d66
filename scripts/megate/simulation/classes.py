"""Change methods of BluePyOpt's classes and of the classes that packages derive from them."""

from collections.abc import Callable, Iterator


def subclasses(base: type) -> Iterator[type]:
    """All existing direct and indirect subclasses."""
    cls: type
    for cls in base.__subclasses__():
        yield cls
        yield from subclasses(cls)


def is_of_bluepyopt(defined: type | Callable) -> bool:
    """Whether a class or function is BluePyOpt's own."""
    return defined.__module__.startswith("bluepyopt.")


def replace_method(cls: type, method: str, wrap: Callable[[Callable], Callable]) -> None:
    """Replace a method that `cls` itself defines by ``wrap(method)``."""
    original = vars(cls)[method]
    if isinstance(original, staticmethod | classmethod):
        setattr(cls, method, type(original)(wrap(original.__func__)))
    else:
        setattr(cls, method, wrap(original))
