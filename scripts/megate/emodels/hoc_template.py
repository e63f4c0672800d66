"""Check the Jinja2 template that a user gives for the hoc of the e-models."""

from pathlib import Path

from megate.core.errors import MegateError, shortened
from megate.files.readers import SMALL_MB, read_text


def check_template(path: Path, adapt: bool = False) -> None:
    """Raise a MegateError unless a template exists, is valid Jinja2 and, with `adapt`, adapts
    cells. It is rendered later."""
    import jinja2.meta  # not needed with megate's default template

    text = read_text(path, "template", SMALL_MB)
    try:
        parsed = jinja2.Environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        reason = shortened(str(error.message), 300)
        raise MegateError(f"template: {path}, line {error.lineno}: {reason}") from error
    except RecursionError as error:
        raise MegateError(f"template: {path} is nested too deeply") from error
    if adapt and "adapt_cell" not in jinja2.meta.find_undeclared_variables(parsed):
        raise MegateError(
            f"template: {path} does not use the variable adapt_cell, the procedure that scales AIS "
            "and soma, so its cells would not be those that are scored; use it as megate's "
            "cell_template.jinja2 does, or set adapt: false"
        )
