"""Addresses of git repositories: which ones are accepted, and how they are shown."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from megate.core.errors import MegateError

PROTOCOLS = ("https", "http", "ssh", "git", "file")

_HOST = r"(\w[\w.-]*|\[[0-9A-Fa-f:.]+\])"  # git and ssh would take a leading - for an option
_URL = re.compile(rf"(https?|ssh|git)://(\w[^\s/]*@)?{_HOST}(:[0-9]*)?(/.*)?|file://{_HOST}?/.*")
_HOST_AND_PATH = re.compile(rf"(\w[^\s/:]*@)?{_HOST}:(?![-:]|//).*")  # no option, helper:: or URL
_OTHER_THAN_FOLDER = re.compile(r"-|[^/@\[]*::|[^:/]*://|[^:/]+:")  # git's rule: no / before :


def is_folder(address: str) -> bool:
    """Whether `address` is the path of a folder: no URL, no host:path, no option."""
    return not _OTHER_THAN_FOLDER.match(address)


def absolute_address(address: str, base: Path) -> str:
    """`address`; if it is the path of a folder, made absolute from `base`."""
    if not is_folder(address):
        return address
    # as schema.with_absolute_paths: links stay links, and an unknown user's ~ is no error
    return os.path.abspath(base / os.path.expanduser(address))  # noqa: PTH100, PTH111


def check_address(address: str, where: str) -> None:
    """Check that git reads from `address` as megate means it: not as an option, and not by running
    another program. `where` is the key in the configuration.

    Raises:
        MegateError: it is not an address of an accepted form.
    """
    usable = is_folder(address) or _URL.fullmatch(address) or _HOST_AND_PATH.fullmatch(address)
    if not usable or not unquote(address).isprintable():
        protocols = ", ".join(f"{name}://" for name in PROTOCOLS)
        raise MegateError(
            f"{where}: {shown_address(address)!r} found, expected a folder, user@host:path, or a "
            f"URL ({protocols})"
        )


def shown_address(address: str) -> str:
    """`address` without its password. For http(s), also without the user's name, which may be an
    access token."""
    address = re.sub(r"(?i)^(https?://)[^/]*@", r"\1", address)
    return re.sub(r"^([^:/]*://[^:/]*):[^/]*@", r"\1@", address)


def without_secrets(text: str, address: str) -> str:
    """A program's output without the password in `address`, and on one line."""
    text = text.replace(address, shown_address(address))
    credentials = re.match(r"[^:/]*://([^/]*)@", address)
    if credentials and shown_address(address) != address:
        user, _, password = credentials[1].partition(":")
        secrets = {credentials[1], password, user if address.startswith("http") else ""}
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) > 3:  # shorter ones are part of many words
                text = text.replace(secret, "...")
    return "".join(letter if letter.isprintable() else " " for letter in text)
