"""Let mechanisms compute their rates once for each voltage.

Most mechanisms compute the rates of their gates in a DERIVATIVE block, before the equations:

    DERIVATIVE states {
        rates(v)
        m' = (minf - m) / mtau
    }

CVODE runs this block twice in each iteration of a time step: for the derivatives, and to solve the
linear equations. Voltage and concentrations are the same both times, so that the second calculation
gives the same bits. It takes a sixth of the solver's time. The block is therefore changed to

    if (v != rates_v) { rates_v = v  rates(v) }

with a new variable of each instance, which INITIAL sets to a value that no voltage has.
"""

import re
from collections.abc import Iterable
from itertools import pairwise

from megate.emodels.nmodl import (
    Block,
    NotReadError,
    blanked,
    blocks_of,
    declared,
    listed,
    tokens_of,
)

_OPERATORS = frozenset(["+", "-", "*", "/", "^", "==", "!=", "<=", ">=", "<", ">", "&&", "||"])
_TRIGONOMETRIC = frozenset({"acos", "asin", "atan", "cos", "cosh", "sin", "sinh", "tan", "tanh"})
_COSTLY = _TRIGONOMETRIC | {"exp", "log", "log10", "pow", "sqrt"}
_FUNCTIONS = _COSTLY | {"ceil", "fabs", "floor", "fmod"}
# the blocks with statements that run after INITIAL
_STATEMENTS = ("BREAKPOINT", "DERIVATIVE", "PROCEDURE", "FUNCTION", "KINETIC", "NET_RECEIVE")
_NEVER = "1e300"  # no voltage and no concentration


def compute_rates_once(mod: str) -> str:
    """Change the text of a .mod file so that it computes its rates once for each voltage.

    The results are the same to the last bit. If this is not certain, the text is returned as it is:
    what stands before the equations may depend on voltage, concentrations and constants only, and
    may change only variables that each instance has for itself and nothing else changes.
    """
    try:
        return _changed(mod)
    except NotReadError:
        return mod


def _changed(mod: str) -> str:
    code = blanked(mod)
    _require(not re.search(r"\b(VERBATIM|INCLUDE|DEFINE|BEFORE|AFTER)\b", code))
    blocks = list(blocks_of(code))
    first = {block.kind: block for block in reversed(blocks)}
    _require({"ASSIGNED", "INITIAL", "DERIVATIVE"} <= first.keys())
    _require(sum(block.kind == "DERIVATIVE" for block in blocks) == 1)
    derivative = first["DERIVATIVE"]
    equation = re.search(r"\b\w+\s*'", derivative.content)
    split = equation.start() if equation else 0
    rates, equations = _Walk(blocks), _Walk(blocks)
    rates.statements(tokens_of(derivative.content[:split]))
    equations.equations(tokens_of(derivative.content[split:]))
    _refuse_shared(rates, equations, blocks)
    inputs = _inputs(rates, blocks)
    others = [
        block.content[split:] if block is derivative else block.content
        for block in blocks
        if block.kind in _STATEMENTS and block.name not in rates.called
    ]
    _refuse_changed_elsewhere(rates, inputs, others)
    saved = {name: f"rates_{name}" for name in sorted(inputs)}
    _require(not any(re.search(rf"\b{name}\b", code) for name in saved.values()))
    condition = " || ".join(f"{name} != {own}" for name, own in saved.items())
    save = " ".join(f"{own} = {name}" for name, own in saved.items())
    return _inserted(
        mod,
        {
            first["ASSIGNED"].start: f" {' '.join(saved.values())} ",
            first["INITIAL"].end: f" {' '.join(f'{own} = {_NEVER}' for own in saved.values())} ",
            derivative.start: f" if ({condition}) {{ {save} ",
            derivative.start + split: "} ",
        },
    )


def _refuse_shared(rates: "_Walk", equations: "_Walk", blocks: list[Block]) -> None:
    """Refuse rates that are not variables of each instance, or that are quick to compute."""
    _require(rates.costly and rates.changed)
    _require(rates.changed <= declared(blocks, "ASSIGNED"))
    _require(not rates.changed & listed(blocks, "GLOBAL", "POINTER", "READ", "WRITE"))
    _require(not equations.changed and not (rates.changes_v and "v" in equations.read))


def _inputs(rates: "_Walk", blocks: list[Block]) -> set[str]:
    """Voltage and concentrations that the rates depend on; everything else must be constant."""
    inputs = rates.read & (listed(blocks, "READ") | {"v"})
    constants = rates.read - inputs - rates.changed
    known = declared(blocks, "ASSIGNED", "PARAMETER", "CONSTANT") | {"celsius", "diam", "area"}
    _require(inputs and constants <= known)
    varying = listed(blocks, "POINTER", "BBCOREPOINTER", "WRITE") | declared(blocks, "STATE")
    _require(not constants & (varying | {"t", "dt"}))
    return inputs


def _refuse_changed_elsewhere(rates: "_Walk", inputs: set[str], others: Iterable[str]) -> None:
    """Refuse rates or constants that other code changes, apart from INITIAL."""
    for content in others:
        assigned = set(re.findall(r"\b(\w+)\s*=(?!=)", content))
        called = set(re.findall(r"\b(\w+)\s*\(", content))
        _require(not assigned & ((rates.changed | rates.read) - inputs))
        _require(not called & rates.changing)


def _inserted(text: str, insertions: dict[int, str]) -> str:
    positions = [0, *sorted(insertions), len(text)]
    return "".join(
        insertions.get(start, "") + text[start:end] for start, end in pairwise(positions)
    )


def _require(condition: object) -> None:
    if not condition:
        raise NotReadError


class _Walk:
    """Walks through statements in the order of the text, and through the procedures and functions
    that they call. Refuses a variable that is read and then changed: computing it a second time
    would give something else.

    Attributes:
        read, changed: variables of the mechanism; v is not among the changed ones
        changes_v: whether v is changed (NEURON sets it again before each call)
        called: the procedures and functions
        changing: those of them that change variables
        costly: whether functions like exp are called
    """

    def __init__(self, blocks: list[Block]) -> None:
        self._routines = {b.name: b for b in blocks if b.kind in ("PROCEDURE", "FUNCTION")}
        self._open: list[str] = []
        self._local: frozenset[str] = frozenset()
        self._tokens: list[str] = []
        self._at = 0
        self.read: set[str] = set()
        self.changed: set[str] = set()
        self.changes_v = False
        self.called: set[str] = set()
        self.changing: set[str] = set()
        self.costly = False

    def statements(self, tokens: list[str]) -> None:
        """Walk through assignments, calls, and conditions."""
        self._tokens, self._at = tokens, 0
        depth = 0
        while self._at < len(tokens):
            token = self._next()
            if token in ("{", "}"):
                depth += 1 if token == "{" else -1
                _require(depth >= 0)
            elif token in ("UNITSON", "UNITSOFF", "else"):
                pass
            elif token == "if":
                self._expression()
            elif token == "LOCAL":
                _require(self._open)  # one of DERIVATIVE may be used in the equations
                self._declare_local()
            elif self._peek() == "=":
                self._next()
                self._expression()
                self._change(token)
            else:
                _require(self._peek() == "(")
                self._operand(token)
        _require(depth == 0)

    def equations(self, tokens: list[str]) -> None:
        """Walk through differential equations."""
        self._tokens, self._at = tokens, 0
        while self._at < len(tokens):
            self._next()
            _require((self._next(), self._next()) == ("'", "="))
            self._expression()

    def _next(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ""

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _declare_local(self) -> None:
        self._local |= {self._next()}
        while self._peek() == ",":
            self._next()
            self._local |= {self._next()}

    def _change(self, name: str) -> None:
        if name in self._local:
            return
        self.changing.update(self._open)
        if name == "v":
            self.changes_v = True
        else:
            _require(name not in self.read)
            self.changed.add(name)

    def _expression(self) -> None:
        self._operand(self._next())
        while self._peek() in _OPERATORS:
            self.costly |= self._next() == "^"
            self._operand(self._next())

    def _operand(self, token: str) -> None:
        if token in ("-", "+", "!"):
            self._operand(self._next())
        elif token == "(":
            self._expression()
            _require(self._next() == ")")
        elif token.isidentifier() and self._peek() == "(":
            self._next()
            while self._peek() not in (")", ""):
                self._expression()
                if self._peek() == ",":
                    self._next()
            _require(self._next() == ")")
            self._call(token)
        elif token.isidentifier():
            if token not in self._local:
                self.read.add(token)
        else:
            _require(token[:1].isdigit() or token[:1] == ".")

    def _call(self, name: str) -> None:
        self.costly |= name in _COSTLY
        if name in _FUNCTIONS:
            return
        _require(name in self._routines and name not in self._open)
        routine = self._routines[name]
        caller = self._local, self._tokens, self._at
        self._open.append(name)
        self._local = routine.arguments | {name}
        self.statements(tokens_of(routine.content))
        self.called.add(name)
        self._open.pop()
        self._local, self._tokens, self._at = caller
