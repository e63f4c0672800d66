"""Each job's log file: what it did, and what went wrong."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from megate.errors import MegateError

logger = logging.getLogger(__name__)


@contextmanager
def job_log(path: str | Path) -> Iterator[None]:
    """Log to `path`. A `MegateError` ends the process, after its message (no traceback) is in
    the log and on the screen; warnings are shown on the screen too."""
    Path(path).write_text("")
    # appended to, as child processes append what they print
    to_file = logging.FileHandler(path, mode="a", encoding="utf-8")
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
    except Exception:
        logger.exception("unexpected error; please report it with this log")
        sys.exit(1)
    finally:
        logging.shutdown()
