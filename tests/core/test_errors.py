"""errors: messages are short, whatever they quote; failed checks are reported together."""

import pytest

from megate.core.errors import MegateError, brief, listing, run_checks, shortened, unknown_key


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a b", "'a b'"),
        ("\x1b[31m\n", r"'\x1b[31m\n'"),
        ("x" * 200, repr("x" * 200)),
        (5, "5"),
        (1.5, "1.5"),
        (None, "None"),
        ([1, {"a": "b"}], "[1, {'a': 'b'}]"),
    ],
)
def test_brief(value: object, expected: str) -> None:
    assert brief(value) == expected


@pytest.mark.parametrize(
    "value",
    ["x" * 100_000_000, ["x" * 1000] * 1000, {str(n): [n] * 1000 for n in range(1000)}],
    ids=["text", "list", "mapping"],
)
def test_brief_is_brief(value: object) -> None:
    assert len(brief(value)) < 2000
    assert len(unknown_key(value, ["results"])) < 2200


def test_lines_and_lists_of_problems_end() -> None:
    assert shortened("a" * 1000) == "a" * 1000
    assert shortened("a" * 1000 + "b") == "a" * 500 + " ... " + "a" * 499 + "b"
    lines = listing(["x" * 10_000] * 25).splitlines()
    assert len(lines) == 22
    assert lines[-1] == "  ... and 5 more"
    assert max(map(len, lines)) < 1020


def test_a_list_in_a_list_is_indented_further() -> None:
    inner = "of two files:" + listing(["a", "b"])
    assert listing([inner, "c"]) == "\n  - of two files:\n    - a\n    - b\n  - c"


def test_all_checks_are_made() -> None:
    def fails(message: str) -> None:
        raise MegateError(message)

    assert run_checks([lambda: 1, lambda: 2]) == [1, 2]
    with pytest.raises(MegateError, match=r"^a\nb$"):
        run_checks([lambda: fails("a"), lambda: 1, lambda: fails("b")])
