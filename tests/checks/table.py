"""config/CHECKS.md, the table of all checks:

python tests/checks/table.py

writes it anew from what megate says; test_checks.py sees that it is up to date.
"""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[2] / "scripts")]

from broken import PREPARE, READ, REPOSITORY, Case, message_of  # noqa: E402
from cases import CASES  # noqa: E402

TABLE = REPOSITORY / "config" / "CHECKS.md"
_WHEN = {
    READ: "when the Snakefile is read: before any job, and by a dry run",
    PREPARE: "when an e-model is prepared: before its simulations",
}
_HEAD = """# What is checked, and what megate says

Each line is the embedded example, broken in one way ([tests/checks](../tests/checks) does it, and
this page is made from what megate says). All problems of a kind are said together.
"""


def row(case: Case, message: str) -> str:
    """A line of the table."""
    text = message.replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>")
    return f"| {case.what} | {text} |"


def page(messages: dict[str, str]) -> str:
    """The page, from the message of each case, by what is wrong."""
    parts = [_HEAD]
    for when, about in _WHEN.items():
        parts += [f"\n## Checked {about}\n", "| what is wrong | message |", "| --- | --- |"]
        parts += [row(case, messages[case.what]) for case in CASES if case.when == when]
    return "\n".join(parts) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        messages = {
            case.what: message_of(case, Path(folder, str(number)))
            for number, case in enumerate(CASES)
        }
    TABLE.write_text(page(messages))


if __name__ == "__main__":
    main()
