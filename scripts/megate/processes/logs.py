"""Each job's log file: what it did, and what went wrong."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from megate.core.errors import MegateError
from megate.files.writing import explained, not_written

logger = logging.getLogger(__name__)


class _LogFile(logging.FileHandler):
    """A log on a disk that may become full: what went wrong is on the screen, too."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Do not report that the log has no room: it would hide what is reported already."""

    def close(self) -> None:
        """Close the file, without what it had no room for."""
        with suppress(OSError):
            super().close()


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Log to `path`. A `MegateError` ends the process, after its message (no traceback) is in
    the log and on the screen; so does a file that cannot be written. Warnings are shown on the
    screen too."""
    _start(path)
    try:
        yield
    except MegateError as error:
        logger.error("%s", error)
        sys.exit(1)
    except KeyboardInterrupt:
        logger.info("interrupted")
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        problem = explained(error) if isinstance(error, OSError) else None
        if problem is None:
            logger.exception("unexpected error; please report it with this log")
        else:
            logger.error("%s", problem)
        sys.exit(1)
    finally:
        logging.shutdown()


def _start(path: str | Path) -> None:
    try:
        Path(path).write_text("")
        # appended to, as child processes append what they print
        to_file = _LogFile(path, mode="a", encoding="utf-8")
    except OSError as error:
        sys.exit(f"megate: {not_written(path, error)}")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    to_screen = logging.StreamHandler(sys.stderr)
    to_screen.setLevel(logging.WARNING)
    to_screen.setFormatter(logging.Formatter("megate: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_screen], force=True)
    logging.captureWarnings(True)
