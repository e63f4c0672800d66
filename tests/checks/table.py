"""docs/errors.md, the table of all checks:

python tests/checks/table.py

writes it anew from what megate says; test_checks.py sees that it is up to date.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "support"), str(_HERE.parents[1] / "scripts")]

from broken import (  # noqa: E402
    ADAPT,
    IMPORT,
    INIT,
    LOOK,
    NODES,
    PREPARE,
    READ,
    Case,
    message_of,
)
from cases import CASES, OF_INPUTS  # noqa: E402
from folder import REPOSITORY  # noqa: E402

TABLE = REPOSITORY / "docs" / "errors.md"
_WHEN = {
    READ: "When the Snakefile is read: before any job, and by a dry run",
    LOOK: "When all morphologies are looked through: before the first simulation",
    PREPARE: "When an e-model is prepared: before its simulations",
    ADAPT: "When an e-model's exemplar is measured for adaptation: before its other simulations",
    IMPORT: "When the scores of an earlier run are imported",
    NODES: "When a circuit's cells get combinations (target `nodes`)",
    INIT: "When a project is made (`megate init`)",
}
_HEAD = """# Error catalogue

Each row is an error in the embedded example and the message that megate shows. `tests/checks`
makes the errors, and this page is generated from the messages (paths are shortened). If there are
several problems of one kind, one message lists all of them.
"""


def row(case: Case, message: str) -> str:
    """A line of the table."""
    lines = [_code(line) for line in message.splitlines()]
    return f"| {case.what} | {'<br>'.join(lines)} |"


def _code(text: str) -> str:
    """A text as Markdown's code, in a table."""
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def page(messages: Mapping[str, str]) -> str:
    """The page, from the message of each case, by what is wrong."""
    return _HEAD + "".join(f"{line}\n" for when in _WHEN for line in _section(when, messages))


def _section(when: str, messages: Mapping[str, str]) -> Iterator[str]:
    yield f"\n## {_WHEN[when]}"
    for what, cases in OF_INPUTS.items():
        rows = [row(case, messages[case.what]) for case in cases if case.when == when]
        if rows:
            yield from (f"\n### {what}\n", "| what is wrong | message |", "| --- | --- |", *rows)


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        messages = {
            case.what: message_of(case, Path(folder, str(number)))
            for number, case in enumerate(CASES)
        }
    TABLE.write_text(page(messages))


if __name__ == "__main__":
    main()
