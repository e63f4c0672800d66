"""Check distributions: how range parameters depend on the distance from the soma.

BluePyOpt formats the expression twice and passes it to Python's `eval`; the released hoc contains
it as code. An expression from a file is therefore checked first: only arithmetic is allowed, and
steps such as ``int(({distance} > 600) & ({distance} < 700))``, which are 1 or 0.
"""

import ast
import math
import re
from collections.abc import Collection, Iterator

FUNCTIONS = ("cos", "exp", "log", "sin", "sqrt", "tanh")
"""Functions of Python's `math` that have the same names in NEURON's hoc."""

RESERVED = frozenset(
    {"value", "distance", "name", "comment", "distribution", "inst_distribution"}
    | {"dist_param_names", "ref_section", "ref_location", "scale", "scale_dict", "eval_dist"}
    | {"acc_scale_iexpr", "from_dict", "to_dict", "SERIALIZED_FIELDS"}
)
"""Attributes of BluePyOpt's scaler, which a distribution's own parameter would overwrite."""

LARGEST_POWER = 100

# The tokens of an expression. Other names, strings, square brackets, commas and comments are not
# allowed, braces only around names.
_TOKEN = re.compile(
    rf"""  [ \t]+
    | \{{ (?P<field> [A-Za-z][A-Za-z0-9_]* ) \}}
    | (?P<number> (?: [0-9]+ \.? [0-9]* | \. [0-9]+ ) (?: [eE] [+-]? [0-9]+ )? )
    | (?: int | math \. (?: {"|".join(FUNCTIONS)} ) ) (?= [ \t]* \( )
    | \*\* | [<>]=? | [-+*/()&]
    """,
    re.VERBOSE,
)


def distribution_problems(expression: str, own_parameters: Collection[str]) -> Iterator[str]:
    """Problems of an expression of {value}, {distance} and the distribution's own parameters."""
    for name in own_parameters:
        if name in RESERVED:
            yield f"the parameter name {name!r} is reserved; choose another one"
    tokens, end = [], 0
    while token := _TOKEN.match(expression, end):
        tokens.append(token)
        end = token.end()
    if end < len(expression):
        functions = ", ".join(f"math.{name}()" for name in FUNCTIONS)
        yield (
            f"found {expression[end : end + 20]!r}, expected only numbers, {{value}}, "
            f"{{distance}}, its own parameters, + - * / ** ( ), {functions} and steps such as "
            "int(({distance} > 600) & ({distance} < 700))"
        )
        return
    fields = {token["field"] for token in tokens if token["field"]}
    known = {"value", "distance", *own_parameters}
    for field in sorted(fields - known):
        names = ", ".join(f"{{{name}}}" for name in sorted(known))
        yield f"found {{{field}}}, expected only {names}"
    for name in own_parameters:
        if name not in fields:
            yield f"its parameter {{{name}}} is not used"
    for token in tokens:
        if token["number"] and not math.isfinite(float(token["number"])):
            yield f"the number {token['number'][:20]} is too large"
    # joined with spaces, so that two tokens do not form another one (//)
    yield from _syntax_problems(" ".join("x" if token["field"] else token[0] for token in tokens))


def _syntax_problems(text: str) -> Iterator[str]:
    """Check with Python's parser that the text is one expression with at most one small power."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else error
        yield f"not an arithmetic expression: {reason}"
        return
    powers = []
    steps = set(_steps(tree))
    for node in ast.walk(tree):
        if (_is_step(node) or _is_condition(node)) and node not in steps:
            yield (
                "comparisons: expected two values in brackets inside of int(), joined with &, such "
                "as int(({distance} > 600) & ({distance} < 700))"
            )
            return
        if isinstance(node, ast.Tuple) or (
            isinstance(node, ast.Call)
            and not _is_step(node)
            and not (isinstance(node.func, ast.Attribute) and len(node.args) == 1)
        ):
            yield "brackets: expected one value inside, and an operator or a function before them"
            return
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            powers.append(node)
    if len(powers) > 1:
        yield "found more than one power (**), expected at most one"
    elif powers and not _is_small_number(powers[0].right):
        found = ast.unparse(powers[0].right)[:40]
        yield f"found ** {found}, expected a number of at most {LARGEST_POWER} after **"


def _is_step(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    return isinstance(node.func, ast.Name) and node.func.id == "int"


def _is_condition(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) or (
        isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd)
    )


def _steps(tree: ast.AST) -> Iterator[ast.AST]:
    """The valid steps of an expression, with their conditions.

    Python and hoc differ in the precedence of & and in comparisons of more than two values.
    """
    for node in ast.walk(tree):
        if not (_is_step(node) and isinstance(node, ast.Call) and len(node.args) == 1):
            continue
        conditions, left = [], [node.args[0]]
        while left:
            condition = left.pop()
            conditions.append(condition)
            if isinstance(condition, ast.BinOp):
                left += [condition.left, condition.right]
        if all(
            _is_condition(each) and not (isinstance(each, ast.Compare) and len(each.ops) > 1)
            for each in conditions
        ):
            yield from (node, *conditions)


def _is_small_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, int | float) and abs(value) <= LARGEST_POWER
