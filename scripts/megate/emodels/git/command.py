"""Run git independently of the caller's environment and of what a repository asks for."""

import os
import subprocess
from pathlib import Path

from megate.config.git_address import PROTOCOLS, without_secrets
from megate.core.errors import MegateError
from megate.processes.process import kill_group

# No hooks; no clean-up, which would delete commits that no branch contains any more.
_SETTINGS = ("core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false")
# No questions, no protocol that runs a program, an end to silent connections (bytes/s, s).
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
}
# Of the caller's GIT_ variables, those that say how to reach a server or where the user's
# configuration is.
_KEPT = (
    *("GIT_SSH", "GIT_SSL", "GIT_ASKPASS", "GIT_PROXY", "GIT_EXEC_PATH"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
)
# Lines that say nothing about the cause of an error.
_LEFT_OUT = (
    *("Please make sure you have the correct access", "and the repository exists.", "hint:"),
    *("Cloning into", "remote: Enum"),
)
_LONGEST = 400  # characters of git's message that are shown


class GitError(MegateError):
    """git failed or took too long. The message is git's own."""


def run_git(
    *arguments: str,
    directory: Path | None = None,
    given: str = "",
    timeout_s: float = 120,
    address: str = "",
) -> bytes:
    """Run git and return its standard output.

    Args:
        directory: the bare repository to work on
        given: standard input
        address: that git connects to; its password is removed from messages

    Raises:
        GitError: git failed or took too long.
        MegateError: git cannot be started.
    """
    settings = [option for setting in _SETTINGS for option in ("-c", setting)]
    repository = [] if directory is None else [f"--git-dir={directory}"]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") or k.startswith(_KEPT)}
    try:
        process = subprocess.Popen(
            ["git", *settings, *repository, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=kept | _ENVIRONMENT,
            start_new_session=True,  # no terminal to ask questions on
        )
    except OSError as error:
        raise MegateError(
            f"emodels_repo needs the program git, which cannot be run ({error.strerror}); install "
            "it, or give a folder with the e-models as emodels_dir"
        ) from error
    with process:
        try:
            output, stderr = process.communicate(given.encode(), timeout_s)
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} took longer than {timeout_s:g} s") from error
        finally:
            if process.poll() is None:
                kill_group(process.pid)  # git's own children, such as ssh, too
    if process.returncode:
        text = stderr.decode(errors="replace")
        if "unknown option" in text:
            raise GitError("this git is too old; megate needs version 2.29 or newer")
        lines = [line.strip() for line in text.splitlines() if not line.startswith(_LEFT_OUT)]
        message = without_secrets(" ".join(filter(None, lines)), address)[:_LONGEST]
        raise GitError(message or f"git {arguments[0]} failed ({process.returncode})")
    return output
