"""Distributions: how a range parameter depends on the distance from the soma.

BluePyOpt formats the expression twice and hands it to Python's `eval`; the released hoc has it as
code. What comes from a file is therefore checked first: it may only calculate.
"""

import ast
import math
import re
from collections.abc import Collection, Iterator

FUNCTIONS = ("cos", "exp", "log", "sin", "sqrt", "tanh")
"""Of Python's `math`; NEURON's hoc has them under the same names."""

TAKEN = frozenset(
    {"value", "distance", "name", "comment", "distribution", "inst_distribution"}
    | {"dist_param_names", "ref_section", "ref_location", "scale", "scale_dict", "eval_dist"}
    | {"acc_scale_iexpr", "from_dict", "to_dict", "SERIALIZED_FIELDS"}
)
"""Names that a distribution's own parameter cannot have: BluePyOpt keeps its value beside these."""

LONGEST, LARGEST_POWER = 1000, 100

# What an expression is made of. Nothing else: no names, strings, brackets, commas or comments, and
# braces only around names.
_PIECE = re.compile(
    rf"""  [ \t]+
    | \{{ (?P<field> [A-Za-z][A-Za-z0-9_]* ) \}}
    | (?P<number> (?: [0-9]+ \.? [0-9]* | \. [0-9]+ ) (?: [eE] [+-]? [0-9]+ )? )
    | math \. (?: {"|".join(FUNCTIONS)} ) (?= [ \t]* \( )
    | \*\* | [-+*/()]
    """,
    re.VERBOSE,
)


def distribution_problems(expression: str, own_parameters: Collection[str]) -> Iterator[str]:
    """What is wrong with an expression of {value}, {distance} and the distribution's parameters."""
    for name in own_parameters:
        if name in TAKEN:
            yield f"its own parameter cannot be called {name!r}"
    if len(expression) > LONGEST:
        yield f"it has {len(expression)} characters, expected at most {LONGEST}"
        return
    pieces, end = _pieces(expression)
    if end < len(expression):
        functions = ", ".join(f"math.{name}()" for name in FUNCTIONS)
        yield (
            f"it has {expression[end : end + 20]!r}, expected only numbers, {{value}}, "
            f"{{distance}}, its own parameters, + - * / ** ( ) and {functions}"
        )
        return
    fields = {piece["field"] for piece in pieces if piece["field"]}
    known = {"value", "distance", *own_parameters}
    for field in sorted(fields - known):
        names = ", ".join(f"{{{name}}}" for name in sorted(known))
        yield f"it has {{{field}}}, expected only {names}"
    for name in own_parameters:
        if name not in fields:
            yield f"it does not have its parameter {{{name}}}"
    for piece in pieces:
        if piece["number"] and not math.isfinite(float(piece["number"])):
            yield f"{piece['number'][:20]} is too large a number"
    # apart: what becomes one word only when it is put together (//) is no piece
    yield from _form_problems(" ".join("x" if piece["field"] else piece[0] for piece in pieces))


def _pieces(expression: str) -> tuple[list[re.Match], int]:
    """What it is made of, and where something starts that is none of it."""
    pieces, end = [], 0
    while piece := _PIECE.match(expression, end):
        pieces.append(piece)
        end = piece.end()
    return pieces, end


def _form_problems(text: str) -> Iterator[str]:
    """Is it one expression, as Python's own parser sees it, and cheap?"""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else error
        yield f"not an arithmetic expression: {reason}"
        return
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Tuple) or (
            isinstance(node, ast.Call)
            and not (isinstance(node.func, ast.Attribute) and len(node.args) == 1)
        ):
            yield "brackets: expected one number in them, and an operator or a function before them"
            return
    powers = [node for node in nodes if isinstance(getattr(node, "op", None), ast.Pow)]
    if len(powers) > 1:
        yield "it has more than one power (**)"
    elif powers and not _is_small_number(powers[0].right):
        found = ast.unparse(powers[0].right)[:40]
        yield f"** {found} found, expected a number of at most {LARGEST_POWER} after **"
    try:
        compile(tree, "distribution", "eval")
    except RecursionError:
        yield "its operators are nested too deeply"


def _is_small_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and abs(node.value) <= LARGEST_POWER
