"""Run git, so that neither a repository nor the caller's environment decides what happens."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from megate.config.git_address import PROTOCOLS, without_secrets
from megate.core.errors import MegateError
from megate.processes.process import kill_group

# Settings that count more than the user's: no hooks, no helper programs, nothing in the background.
_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",  # what branches have left behind is still needed
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
}
_OPTIONS = [option for key, value in _SETTINGS.items() for option in ("-c", f"{key}={value}")]
# No questions, no protocol that runs a program, and an end to silence (bytes/s, s).
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
}
# The caller's variables that stay: how a server is reached, and the user's own configuration.
_KEPT = ("GIT_SSH", "GIT_SSL", "GIT_ASKPASS", "GIT_PROXY", "GIT_CONFIG_", "GIT_EXEC_PATH")
_DROPPED = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
# What git adds to any failure to connect.
_OF_NO_USE = (
    "Please make sure you have the correct access rights",
    "and the repository exists.",
    "hint:",
)
_LONGEST = 400  # characters of git's words that are shown


class GitError(MegateError):
    """git did not do what it was to do. The message is git's own."""


@contextmanager
def git_started(
    *arguments: str, directory: Path | None = None, stderr: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen]:
    """A running git with pipes to talk through; it is ended with all its children at the end.

    Args:
        arguments: subcommand and its arguments
        directory: the (bare) repository it works on
        stderr: where its complaints go; a pipe that nobody reads would fill up, and git wait

    Raises:
        MegateError: git is not there.
    """
    where = [] if directory is None else [f"--git-dir={directory}"]
    try:
        process = subprocess.Popen(
            ["git", *_OPTIONS, *where, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=_environment(),
            start_new_session=True,  # no terminal to ask questions on
        )
    except OSError as error:
        raise MegateError(
            f"emodels_repo needs the program git, which cannot be run ({error.strerror}); install "
            "it, or give a folder with the e-models as emodels_dir"
        ) from error
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                kill_group(process.pid)
            with suppress(BrokenPipeError):  # what it was not there to read
                process.stdin.close()


def git(
    *arguments: str, directory: Path | None = None, timeout_s: float = 120, address: str = ""
) -> bytes:
    """What git writes to its standard output.

    Args:
        arguments: subcommand and its arguments
        directory: the (bare) repository it works on
        timeout_s: wall time after which it is stopped, s
        address: where from it fetches; a password in it is not shown

    Raises:
        GitError: it failed, or took too long.
        MegateError: git is not there.
    """
    with git_started(*arguments, directory=directory, stderr=subprocess.PIPE) as process:
        try:
            output, complaint = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} took longer than {timeout_s:g} s") from error
    if process.returncode:
        text = without_secrets(_own_words(complaint), address)
        raise GitError(text[:_LONGEST] or f"git {arguments[0]} failed ({process.returncode})")
    return output


def _own_words(complaint: bytes) -> str:
    """What git has to say about a failure, without what it always says."""
    lines = complaint.decode(errors="replace").splitlines()
    told = [line.strip() for line in lines if line.strip() and not line.startswith(_OF_NO_USE)]
    return " ".join(line for line in told if not line.startswith(("Cloning into", "remote: Enum")))


def _environment() -> dict[str, str]:
    """The caller's, without what would point git at another repository or change what it does."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or (name.startswith(_KEPT) and name not in _DROPPED)
    }
    return kept | _ENVIRONMENT
