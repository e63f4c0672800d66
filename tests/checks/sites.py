"""Where the code says what is wrong: each place is to be reached by a case of the table."""

import ast
from collections.abc import Iterator
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2] / "scripts" / "megate"


def sites(module: str) -> Iterator[int]:
    """Lines of a module (its path below scripts/megate) where a problem is said: MegateErrors that
    are raised, and the texts of functions that list problems."""
    tree = ast.parse((LIBRARY / module).read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and _is_own(node.exc) and not _passes_on(node.exc):
            yield node.lineno
        elif isinstance(node, ast.FunctionDef) and node.name.rstrip("s").endswith("problem"):
            yield from (inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Yield))
        elif _adds_a_problem(node):
            yield node.lineno


def _is_own(error: ast.expr | None) -> bool:
    return (
        isinstance(error, ast.Call)
        and isinstance(error.func, ast.Name)
        and error.func.id == "MegateError"
    )


def _passes_on(error: ast.expr) -> bool:
    """Whether it raises problems that were found elsewhere, as a list."""
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "id", None) == "listing"
        for node in ast.walk(error)
    )


def _adds_a_problem(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "problems"
        and isinstance(node.args[0], ast.JoinedStr | ast.Constant | ast.BinOp)
    )
