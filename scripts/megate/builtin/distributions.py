"""Distributions: how a range parameter depends on the distance from the soma.

BluePyOpt hands the expression to Python's `eval`. What comes from a file is therefore checked
first: it may only calculate.
"""

import ast
import string
from collections.abc import Collection, Iterator

FUNCTIONS = frozenset({"exp", "log", "sqrt", "sin", "cos", "tanh"})
"""Of Python's `math`; NEURON's hoc has them under the same names."""

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.UAdd, ast.USub)
_LARGEST_POWER = 100


def distribution_problems(expression: str, own_parameters: Collection[str]) -> Iterator[str]:
    """What is wrong with an expression of {value}, {distance} and the distribution's parameters."""
    known = {"value", "distance", *own_parameters}
    try:
        parts = list(string.Formatter().parse(expression))
    except ValueError as error:
        yield f"{expression!r}: {error}"
        return
    fields = [field for _, field, _, _ in parts if field is not None]
    formats = "".join(f"{spec or ''}{conversion or ''}" for _, _, spec, conversion in parts)
    for field in dict.fromkeys(fields):
        if field not in known:
            names = ", ".join(f"{{{name}}}" for name in sorted(known))
            yield f"{expression!r} has {{{field}}}, expected only {names}"
    for name in own_parameters:
        if name not in fields:
            yield f"{expression!r} does not have its parameter {{{name}}}"
    if formats:
        yield f"{expression!r} formats a number; expected plain {{names}}"
    yield from _calculation_problems(
        expression,
        "".join(text + ("1.0" if field is not None else "") for text, field, _, _ in parts),
    )


def _calculation_problems(expression: str, filled_in: str) -> Iterator[str]:
    """What is in an expression, its names filled in, beside arithmetic."""
    try:
        tree = ast.parse(filled_in.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield f"{expression!r} is not an arithmetic expression: {error}"
        return
    functions = {call.func for call in ast.walk(tree) if isinstance(call, ast.Call)}
    powers = [node for node in ast.walk(tree) if isinstance(node, ast.Pow)]
    if len(powers) > 1:
        yield f"{expression!r} has more than one power (**)"
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            if not _is_small_number(node.right):
                yield f"{expression!r}: expected a number of at most {_LARGEST_POWER} after **"
        elif isinstance(node, ast.Call):
            if len(node.args) != 1 or node.keywords or not _is_known_function(node.func):
                known = ", ".join(f"math.{name}" for name in sorted(FUNCTIONS))
                yield f"{expression!r} calls something else than {known} of one number"
        elif isinstance(node, ast.Attribute):
            if node not in functions:
                yield f"{expression!r} has {ast.unparse(node)!r}, expected arithmetic only"
        elif isinstance(node, ast.Constant):
            if type(node.value) not in (int, float):
                yield f"{expression!r} has {node.value!r}, expected numbers only"
        elif isinstance(node, ast.Name):
            if node.id != "math":
                yield f"{expression!r} has {node.id!r}, expected arithmetic only"
        elif not isinstance(
            node, ast.Expression | ast.BinOp | ast.UnaryOp | ast.Load | ast.operator
        ):
            if not isinstance(node, _OPERATORS):
                yield f"{expression!r} has {type(node).__name__}, expected arithmetic only"
                return
        elif isinstance(node, ast.operator) and not isinstance(node, _OPERATORS):
            yield f"{expression!r} has {type(node).__name__}, expected + - * / **"


def _is_known_function(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id == "math"
        and function.attr in FUNCTIONS
    )


def _is_small_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return (
        isinstance(node, ast.Constant)
        and type(node.value) in (int, float)
        and abs(node.value) <= _LARGEST_POWER
    )
