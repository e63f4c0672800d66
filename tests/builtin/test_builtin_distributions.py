"""builtin.distributions: what an expression may be, and that nothing else reaches Python's eval."""

import math

import pytest
from bluepyopt.ephys.parameterscalers import NrnSegmentSomaDistanceScaler
from hypothesis import given, settings
from hypothesis import strategies as st
from limited_time import limited_cpu_time

from megate.builtin.distributions import FUNCTIONS, RESERVED, distribution_problems


def problems(expression: str, *own: str) -> str:
    return "\n".join(distribution_problems(expression, own))


# The two of the reference e-model, and one for each piece of the arithmetic.
ALLOWED = {
    "(-0.8696 + 2.087*math.exp(({distance})*0.0031))*{value}": 2 * (-0.8696 + 2.087 * 1.3634251141),
    "{value}": 2.0,
    "1 + {value} - 3": 0.0,
    "-{value} / +.5": -4.0,
    "1.e1 * 1E-2*{value}": 0.2,
    "\t{value}**2": 4.0,
    "{distance} ** -0.5": 0.1,
    "{value}**(3)": 8.0,
    "math.log (math.exp({value}))": 2.0,
    "math.sqrt({distance}) + math.sin(0) + math.cos(0) + math.tanh(0)": 11.0,
    # BluePyOpt's step between two distances
    "{value}*(0.1 + 0.9*int(({distance} > 90) & ({distance} < 110)))": 2.0,
    "{value}*(0.1 + 0.9*int(({distance} > 100) & ({distance} < 110)))": 0.2,
    "int({distance} >= 100)": 1.0,
    "int(({value} <= 2) & (({distance} > 99) & (1 < 2)))": 1.0,
}


@pytest.mark.parametrize("expression", ALLOWED)
def test_arithmetic_is_allowed(expression: str):
    assert problems(expression) == ""
    # evaluated as BluePyOpt does it, for a value of 2 at 100 um
    text = NrnSegmentSomaDistanceScaler(distribution=expression).eval_dist(2.0, 100.0)
    assert eval(text, {"math": math}) == pytest.approx(ALLOWED[expression], abs=1e-9)


def test_own_parameters_are_allowed():
    expression = "math.exp({distance}*{constant})*{value} + {offset_1}"
    assert problems(expression, "constant", "offset_1") == ""


# ---- refusals ------------------------------------------------------------------------------

_LINE_END = str.__doc__.index("\n")  # text formatting can reach attributes and characters of a text

NOT_MADE_OF_PIECES = [
    # formats
    "{value.__class__}",
    "{value!r}",
    "{value:>9}",
    "{value[0]}",
    "{0}",
    "{}",
    "{va lue}",
    "{value",
    "value}",
    "{{value}}",
    "{{{value}}}",
    f"(1.0 #{{{{value.__doc__[{_LINE_END}]}}}}*__import__('os').getpid()\n)",
    # names, attributes, calls
    "value",
    "x",
    "True",
    "__import__('os')",
    "math",
    "math.exp",
    "math.pow(2, 3)",
    "math.factorial(9)",
    "math.__dict__",
    "cmath.exp(1)",
    "exp(1)",
    "{value}.real",
    "(1).real",
    "1.real",
    # other syntax of Python
    "[1 for _ in (1,)]",
    "lambda: 1",
    "(x := 1)",
    "{value}[0]",
    "'text'",
    '"text"',
    "f'{{1}}'",
    "1, 2",
    "1 if 1 else 2",
    "1 and 2",
    "1 % 2",
    "1 @ 2",
    "~1",
    "...",
    "*1,",
    "1;2",
    "1\n+2",
    "1\r+2",
    "1\\\n+2",
    "1 # comment",
    "1j",
    "1_000",
    "0x10",
    "1e",
    # characters that look like others, or that Python takes for others
    "\uff11",  # a wide 1
    "\u0663",  # an Arabic 3
    "ma\u1d57h.exp(1)",
    "1\u00a0+ 2",
    "1\u2212 2",
    "\ufeff1",
    "1\0",
]


@pytest.mark.parametrize("expression", NOT_MADE_OF_PIECES)
def test_what_is_no_arithmetic_is_refused(expression: str):
    (message,) = distribution_problems(expression, ["constant"])
    assert message.startswith("found ") and "expected only numbers, {value}" in message


NO_EXPRESSIONS = (
    "|  |1 2|1{value}|{value}1|{value}{distance}|{value}//2|2***3|2* *3|(1|1)|*1|1*|01|1.2.3"
    "|2math.exp(1)|math.exp(1)math.exp(1)"
)


@pytest.mark.parametrize("expression", NO_EXPRESSIONS.split("|"))
def test_what_is_no_expression_is_refused(expression: str):
    assert problems(expression).startswith("not an arithmetic expression: ")


# Python and hoc would compute something else, or not a number.
NO_STEPS = [
    "{distance} > 600",
    "{value}*({distance} > 600)",
    "1 & 2",
    "int({value})",
    "int()",
    "int(1 & 2)",
    "int((1 < 2) & 3)",
    "int(1 < {distance} < 3)",
    "int({distance} > 1 & {distance} < 2)",
    "int((1 < 2) & int(2 < 3))",
    "int(-(1 < 2))",
    "int((1 < 2) + (1 < 3))",
    "int(1 + (1 < 2) < 3)",
]


@pytest.mark.parametrize("expression", NO_STEPS)
def test_comparisons_are_only_in_steps(expression: str):
    assert problems(expression).startswith("comparisons: expected two values in brackets")


@pytest.mark.parametrize("expression", ["1 << 2", "1 <> 2", "int(1 > > 2)", "int((1<2) && (2<3))"])
def test_other_operators_are_refused(expression: str):
    assert problems(expression).startswith("not an arithmetic expression: ")


@pytest.mark.parametrize(
    "expression",
    ["()", "math.exp()", "(2)(3)", "{value}(3)", "math.exp(1)(2)", "1*()", "int(1 < 2)(3)"],
)
def test_brackets_hold_one_number(expression: str):
    assert problems(expression).startswith("brackets: ")


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("{value}**2**3", "more than one power"),
        ("{value}**2 + {distance}**2", "more than one power"),
        ("{value}**101", "at most 100 after"),
        ("2**-1000000000", "at most 100 after"),
        ("2**{value}", "at most 100 after"),
        ("9**(10*10*10*10*10*10)", "at most 100 after"),
        ("1e999", "the number 1e999 is too large"),
        ("9" * 400, "is too large"),
        ("(" * 499 + "1" + ")" * 499, "not an arithmetic expression: "),
    ],
)
def test_what_takes_long_is_refused(expression: str, message: str):
    with limited_cpu_time():
        assert message in problems(expression)


def test_names_are_known_and_used():
    assert problems("{value}*{slope}") == "found {slope}, expected only {distance}, {value}"
    assert "expected only {distance}, {slope}, {value}" in problems("{slpe}", "slope")
    assert problems("{value}", "slope") == "its parameter {slope} is not used"


def test_an_own_parameter_does_not_overwrite_what_bluepyopt_needs():
    scaler = NrnSegmentSomaDistanceScaler(distribution="{value}")
    public = {name for name in dir(scaler) if not name.startswith("_")}
    assert public | {"value", "distance"} == RESERVED
    for name in RESERVED:
        assert f"{name!r} is reserved" in problems(f"{{{name}}}", name)


# ---- whatever is accepted only calculates ----------------------------------------------------

PIECES = st.sampled_from(
    ["{value}", "{distance}", "{own}", "1", "2.5", ".5", "3.", "1e3", "9" * 50, "+", "-", "*", "/"]
    + [
        "**",
        "(",
        ")",
        "int(",
        "<",
        ">=",
        " & ",
        " ",
        "//",
        "math.",
        "_",
        "N",
        "#",
        "\n",
        "'",
        ",",
        "{{",
        "}}",
        "x",
        "!r",
    ]
    + ["int(", "<", ">=", " & "]
    + [f"math.{name}(" for name in FUNCTIONS]
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**9), 10**9)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Well-formed ones."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(["{value}", "{distance}", "{own}", "2", "0", ".5", "1e-3"]))
    one, other = draw(expressions()), draw(expressions())
    function = draw(st.sampled_from(FUNCTIONS))
    power = draw(st.sampled_from(["2", "-1", "0.5", "100", "-100"]))
    steps = ["int({0} < {1})", "int(({0} >= {1}) & ({1} > 2))"]
    form = draw(st.sampled_from(["({0} + {1})", "{0}*{1}", "{0}/{1}", "-{0}", "m", "p", *steps]))
    if form == "m":
        return f"math.{function}({one})"
    return f"({one})**{power}" if form == "p" else form.replace("{0}", one).replace("{1}", other)


TEXTS = expressions() | st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40)


@settings(max_examples=5 * settings.default.max_examples, deadline=None)  # of the tier
@given(TEXTS, NUMBERS, NUMBERS, NUMBERS)
def test_an_accepted_expression_only_calculates(
    expression: str, value: float, distance: float, own: float
):
    if "{own}" not in expression or problems(expression, "own"):
        if problems(expression):
            return
        scaler = NrnSegmentSomaDistanceScaler(distribution=expression)
    else:
        scaler = NrnSegmentSomaDistanceScaler(distribution=expression, dist_param_names=["own"])
        scaler.own = own
    text = scaler.eval_dist(float(value), float(distance))
    code = compile(text.lstrip(" \t"), "distribution", "eval")  # as eval does
    assert set(code.co_names) <= {"math", "int", *FUNCTIONS}
    assert not any(isinstance(constant, str | bytes) for constant in code.co_consts)
    try:
        with limited_cpu_time():
            result = eval(code, {"__builtins__": {}, "math": math, "int": int})
    except (ArithmeticError, ValueError):
        result = 0.0
    except TypeError as error:  # a root of a negative number, in a function or a comparison
        assert "complex" in str(error) and "**" in expression
        result = 0.0
    assert isinstance(result, int | float) or (isinstance(result, complex) and "**" in expression)
