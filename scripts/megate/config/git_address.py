"""Addresses of git repositories: which ones are taken, and how they are shown."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

from megate.core.errors import MegateError

PROTOCOLS = ("https", "http", "ssh", "git", "file")
_FORMS = f"a folder, user@host:path, or a URL ({', '.join(f'{name}://' for name in PROTOCOLS)})"

_URL = re.compile(r"(?P<protocol>[^:/]*)://(?P<authority>[^/]*)(?P<path>.*)", re.DOTALL)
_SCP = re.compile(r"(?P<authority>[^:/]+):(?P<path>.*)", re.DOTALL)  # git's rule: no / before :
_HELPER = re.compile(r"[^/@\[]*::")
_USER = re.compile(r"[^\s/-][^\s/]*")
_HOST = re.compile(r"(\w[\w.-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?", re.ASCII)
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_SHORT = 3  # characters of what is no secret, but could be part of any word


def is_folder(address: str) -> bool:
    """Whether `address` is a folder's path, and neither a URL nor host:path nor an option."""
    other_forms = (_URL, _SCP, _HELPER)
    return not (address.startswith("-") or any(form.match(address) for form in other_forms))


def absolute_address(address: str, base: Path) -> str:
    """`address`, made absolute from `base` if it is a folder's path."""
    if not is_folder(address):
        return address
    # as schema.with_absolute_paths: links stay links, and an unknown user's ~ is no error
    return os.path.abspath(base / os.path.expanduser(address))  # noqa: PTH100, PTH111


def check_address(address: str, where: str) -> None:
    """Refuse addresses that git could take for an option or a program to run, and protocols that
    are not known to be harmless.

    Raises:
        MegateError: naming `where` the address was found.
    """
    url, scp = _URL.fullmatch(address), _SCP.fullmatch(address)
    if _NOT_PRINTED.search(unquote(address)):
        problem = "it has control characters"
    elif address.startswith("-"):
        problem = "git would take it for an option"
    elif _HELPER.match(address):
        problem = "git would run a helper program"
    elif url and url["protocol"] not in PROTOCOLS:
        problem = f"unknown protocol {url['protocol']!r}"
    elif (url or scp) and not _is_authority(
        (url or scp)["authority"], may_be_empty=bool(url) and url["protocol"] == "file"
    ):
        problem = "it names no proper host (and user)"
    elif not url and scp and scp["path"].startswith("-"):
        problem = "its path could be taken for an option"
    else:
        return
    raise MegateError(f"{where}: {shown_address(address)!r}: {problem}; expected {_FORMS}")


def shown_address(address: str) -> str:
    """`address` for files and the screen: without password, and for http(s), where a name may be
    an access token, without name."""
    url = _URL.fullmatch(address)
    if not url:
        return address
    user, host = _user_and_host(url["authority"])
    name = user.partition(":")[0] + "@" if user and not _is_http(url) else ""
    return f"{url['protocol']}://{name}{host}{url['path']}"


def without_secrets(text: str, address: str) -> str:
    """`text`, which a program wrote, on one line, `address` in it as it is shown."""
    text = text.replace(address, shown_address(address))
    url = _URL.fullmatch(address)
    user = _user_and_host(url["authority"])[0] if url else ""
    name, _, password = user.partition(":")
    for secret in (user, password, name if url and _is_http(url) else ""):
        if len(secret) > _SHORT:
            text = text.replace(secret, "...")
    return _NOT_PRINTED.sub(" ", text)


def _is_authority(text: str, may_be_empty: bool = False) -> bool:
    """Whether it is host, user@host or host:port, also as git decodes it: ssh takes what starts
    with - for an option."""
    user, host = _user_and_host(text)
    return (may_be_empty and not text) or bool(
        _HOST.fullmatch(unquote(host)) and (not user or _USER.fullmatch(unquote(user)))
    )


def _user_and_host(authority: str) -> tuple[str, str]:
    """Of user@host, or user:password@host."""
    user, _, host = authority.rpartition("@")
    return user, host


def _is_http(url: re.Match[str]) -> bool:
    return url["protocol"].lower().startswith("http")
