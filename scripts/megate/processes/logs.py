"""Log files of jobs."""

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
    """A log on a disk that may become full. Errors are also shown on the screen."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Do not report that the disk is full: it would hide the error that is being logged."""

    def close(self) -> None:
        """Close the file, also if the disk is full."""
        with suppress(OSError):
            super().close()


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Log to `path`, and warnings and errors to the screen. An exception, or a log that cannot be
    created, ends the process with status 1. For a `MegateError`, or a file that cannot be written,
    only the message is logged; for others the traceback too."""
    try:
        Path(path).write_text("")
        # child processes append their output to it
        to_file = _LogFile(path, mode="a", encoding="utf-8")
    except OSError as error:
        sys.exit(f"megate: {not_written(path, error)}")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    to_screen = logging.StreamHandler(sys.stderr)
    to_screen.setLevel(logging.WARNING)
    to_screen.setFormatter(logging.Formatter("megate: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[to_file, to_screen], force=True)
    logging.captureWarnings(True)
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
