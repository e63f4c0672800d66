"""errors: messages are short, whatever they quote; failed checks are reported together."""

import pytest

from megate.core.errors import MegateError, brief, listing, run_checks, shortened, unknown_keys


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
    (message,) = unknown_keys([value], ["results"])
    assert len(message) < 2200


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


def test_problems_of_one_cause_are_one_line() -> None:
    """Ten or more that differ in the last place before the reason only."""
    places = [f"a.json: soma[{n}]: unknown key 'x'" for n in range(84)]
    assert listing([*places, "a.json: dend[0]: unknown key 'y'"]) == (
        "\n  - a.json: soma[0], soma[1], soma[2], soma[3], soma[4] and 79 more: "
        "unknown key 'x'"
        "\n  - a.json: dend[0]: unknown key 'y'"
    )
    names = [f"m{n}: no file" for n in range(10)]  # each morphology counts
    assert len(listing(names).splitlines()) == 11
    few = ["line 1: no id", "line 2: no name", "line 3: no id", "line 3: no id", "line 4: no id"]
    assert listing(few) == "".join(f"\n  - {problem}" for problem in few)
    assert listing([f"line {n}: no id" for n in range(10)]) == (
        "\n  - line 0, line 1, line 2, line 3, line 4 and 5 more: no id"
    )


@pytest.mark.parametrize(
    ("key", "known", "expected"),
    [
        ("morph_pth", ["morph_path", "x"], "unknown key 'morph_pth'; the nearest known one is"),
        (
            "pipeline_settings",
            ["use_powertransform", "a"],
            "expected one of: a, use_powertransform",
        ),
        ("dend1", ["fun"], "unknown key 'dend1' in 'a.b'; expected one of: fun"),
        ("dend1", [], "unknown key 'dend1' in 'a.b'; expected none"),
    ],
)
def test_only_near_keys_are_hints(key: str, known: list[str], expected: str) -> None:
    (message,) = unknown_keys([key], known, "a.b" if "a.b" in expected else "")
    assert expected in message
    assert ("nearest" in message) == (key == "morph_pth")


def test_unknown_keys_without_a_near_one_share_a_message() -> None:
    messages = unknown_keys(["layr", *(f"dend{n}" for n in range(84))], ["layer", "fun"])
    assert messages == [
        "unknown key 'layr'; the nearest known one is 'layer'",
        "unknown keys 'dend0', 'dend1', 'dend2', 'dend3', 'dend4' and 79 more; "
        "expected one of: fun, layer",
    ]


def test_all_checks_are_made() -> None:
    def fails(message: str) -> None:
        raise MegateError(message)

    assert run_checks([lambda: 1, lambda: 2]) == [1, 2]
    with pytest.raises(MegateError, match=r"^a\nb$"):
        run_checks([lambda: fails("a"), lambda: 1, lambda: fails("b")])
