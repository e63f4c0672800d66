"""Read .mod files (NMODL, NEURON's language for mechanisms) as far as megate needs."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_NOT_CODE = re.compile(
    r"^[ \t]*COMMENT\b.*?(?:^[ \t]*ENDCOMMENT\b|\Z)|^[ \t]*TITLE\b[^\n]*|[:?][^\n]*",
    re.DOTALL | re.MULTILINE,
)
_HEADER = re.compile(
    r".*\b(NEURON|UNITS|PARAMETER|CONSTANT|ASSIGNED|STATE|INDEPENDENT|INITIAL|BREAKPOINT|DERIVATIVE|"
    r"PROCEDURE|FUNCTION|KINETIC|NET_RECEIVE)\b\s*(\w*)(.*)",
    re.DOTALL,
)
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_UNIT = re.compile(rf"((?<![\w.]){_NUMBER}\s*)\([^()]*\)")
_TOKEN = re.compile(rf"\s*([A-Za-z_]\w*|{_NUMBER}|[=!<>]=|&&|\|\||[-+*/^()=<>!{{}},'])")


class NotReadError(Exception):
    """The code has something that is not read here."""


@dataclass(frozen=True)
class Block:
    """A block of a .mod file, for instance ``PROCEDURE rates(v (mV)) {...}``.

    Attributes:
        arguments: names
        start, end: positions of its content in the file
        content: without comments
    """

    kind: str
    name: str
    arguments: frozenset[str]
    start: int
    end: int
    content: str


def blanked(mod: str) -> str:
    """The text of a .mod file with spaces in place of comments and title: each character of the
    code keeps its position."""
    return _NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), mod)


def blocks_of(code: str) -> Iterator[Block]:
    """The blocks of a .mod file without comments.

    Raises:
        NotReadError: there is another kind of block.
    """
    outside = start = depth = 0
    for brace in re.finditer(r"[{}]", code):
        depth += 1 if brace.group() == "{" else -1
        if depth == 1 and brace.group() == "{":
            start = brace.end()
        elif depth == 0:
            header = _HEADER.fullmatch(code, outside, start - 1)
            if header is None:
                raise NotReadError
            kind, name, arguments = header.groups()
            names = names_in(arguments.strip()[1:])
            content = code[start : brace.start()]
            yield Block(kind, name, frozenset(names), start, brace.start(), content)
            outside = brace.end()
        elif depth < 0:
            raise NotReadError


def declared(blocks: Iterable[Block], *kinds: str) -> set[str]:
    """Names in the declarations of some kinds of block."""
    return names_in(" ".join(block.content for block in blocks if block.kind in kinds))


def listed(blocks: Iterable[Block], *keywords: str) -> set[str]:
    """Names in the lists that follow `keywords` in the NEURON block."""
    neuron = " ".join(block.content for block in blocks if block.kind == "NEURON")
    found = re.findall(rf"\b(?:{'|'.join(keywords)})\s+(\w+(?:\s*,\s*\w+)*)", neuron)
    return names_in(" ".join(found))


def names_in(code: str) -> set[str]:
    """Names in some code, without units."""
    return set(re.findall(r"[A-Za-z_]\w*", re.sub(r"\([^()]*\)", " ", code)))


def tokens_of(code: str) -> list[str]:
    """Names, numbers and operators of some code, without units.

    Raises:
        NotReadError: there is something else, for instance an index.
    """
    code, tokens, position = _UNIT.sub(r"\1", code).rstrip(), [], 0
    while position < len(code):
        found = _TOKEN.match(code, position)
        if found is None:
            raise NotReadError
        tokens.append(found.group(1))
        position = found.end()
    return tokens
