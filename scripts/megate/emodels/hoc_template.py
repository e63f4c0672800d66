"""Check the Jinja2 template that a user gives for the hoc of the e-models."""

from pathlib import Path

from megate.core.errors import MegateError, shortened
from megate.files.readers import SMALL_MB, read_text


def check_template(path: Path) -> None:
    """Raise a MegateError unless a template exists and is valid Jinja2. It is rendered later."""
    import jinja2  # not needed with megate's default template

    text = read_text(path, "template", SMALL_MB)
    try:
        jinja2.Environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        reason = shortened(str(error.message), 300)
        raise MegateError(f"template: {path}, line {error.lineno}: {reason}") from error
    except RecursionError as error:
        raise MegateError(f"template: {path} is nested too deeply") from error
