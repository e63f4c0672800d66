"""Where the code says what is wrong: each place is to be reached by a case of the table."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2] / "scripts" / "megate"
_REFUSALS = {"MegateError", "RefusedError"}
_SAYS_WHAT_IS_WRONG = re.compile("problem|reason|refusal|lacks")


@dataclass(frozen=True)
class Site:
    """A place in a module (its path below scripts/megate)."""

    module: str
    line: int
    code: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}"

    @property
    def place(self) -> tuple[str, int]:
        """As a trace has it: file and line."""
        return str(LIBRARY / self.module), self.line


def sites(module: str) -> list[Site]:
    """The places of a module: refusals that are raised, and the texts of lists of problems."""
    source = (LIBRARY / module).read_text()
    found = {node.lineno: node for node in _nodes(ast.parse(source))}
    return [
        Site(module, line, ast.get_source_segment(source, found[line])) for line in sorted(found)
    ]


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and _is_refusal(node.exc):
            yield node
        elif isinstance(node, ast.FunctionDef) and _SAYS_WHAT_IS_WRONG.search(node.name):
            yield from (inner for inner in ast.walk(node) if _gives_a_text(inner))
        elif _adds_a_problem(node):
            yield node


def _is_refusal(error: ast.expr | None) -> bool:
    return isinstance(error, ast.Call) and getattr(error.func, "id", None) in _REFUSALS


def _gives_a_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Yield) or (isinstance(node, ast.Return) and _is_text(node.value))


def _adds_a_problem(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):  # problem = "..."
        return getattr(node.targets[0], "id", None) == "problem" and _is_text(node.value)
    if isinstance(node, ast.AugAssign):
        return getattr(node.target, "id", None) == "problems" and isinstance(node.value, ast.List)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and getattr(node.func.value, "id", None) == "problems"
        and _is_text(node.args[0])
    )


def _is_text(value: ast.expr | None) -> bool:
    """Whether a text is written there, or a list of texts, and not one passed on."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, str)
    return isinstance(value, ast.JoinedStr | ast.BinOp | ast.List)
