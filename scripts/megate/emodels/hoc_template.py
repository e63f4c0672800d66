"""The user's own template of the e-models' hoc: can it be read?"""

from pathlib import Path

from megate.core.errors import MegateError, shortened
from megate.files.readers import SMALL_MB, read_text


def check_template(path: Path) -> None:
    """See that a template is there and is Jinja2. Whether it renders, only an e-model can show.

    Raises:
        MegateError: naming file and line.
    """
    import jinja2  # not needed where the template is megate's own

    text = read_text(path, "template", SMALL_MB)
    try:
        jinja2.Environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        reason = shortened(str(error.message), 300)
        raise MegateError(f"template: {path}, line {error.lineno}: {reason}") from error
    except RecursionError as error:
        raise MegateError(f"template: {path} nests too deeply") from error
