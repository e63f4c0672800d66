"""git_address: which addresses are taken, which count from a folder, and what is shown of them."""

from pathlib import Path

import pytest
from loading import Load, message_of

from megate.config.git_address import (
    absolute_address,
    check_address,
    shown_address,
    without_secrets,
)
from megate.core.errors import MegateError

GOOD = [
    "https://example.org/emodels.git",
    "https://user:pa%40ss@example.org:8443/emodels.git",
    "http://localhost/emodels",
    "ssh://git@example.org:22/~anna/emodels.git",
    "ssh://example.org/emodels",
    "ssh://git@[::1]:22/emodels",
    "git://example.org/emodels.git",
    "file:///data/emodels",
    "git@example.org:anna/emodels.git",
    "example.org:emodels",
    "/data/emodels",
    "/data/a:b",
    "/data/ext::sh",
]
HOSTILE = [
    ("-oProxyCommand=touch", "option"),
    ("--upload-pack=touch x", "option"),
    ("ext::sh -c touch% /tmp/x", "helper"),
    ("fd::17/foo", "helper"),
    ("persistent-https::x", "helper"),
    ("::x", "helper"),
    ("ftp://example.org/x", "protocol 'ftp'"),
    ("ext://example.org/x", "protocol 'ext'"),
    ("HTTPS://example.org/x", "protocol 'HTTPS'"),
    ("git+ssh://example.org/x", "protocol 'git+ssh'"),
    ("://example.org/x", "protocol ''"),
    ("ssh://-oProxyCommand=touch/x", "host"),
    ("ssh://%2doProxyCommand=touch/x", "host"),
    ("ssh://git@-oProxyCommand=touch/x", "host"),
    ("ssh://-oProxyCommand=touch@example.org/x", "host"),
    ("ssh://%2DoProxyCommand=touch@example.org/x", "host"),
    ("ssh://example.org:-p/x", "host"),
    ("ssh:///x", "host"),
    ("https:///x", "host"),
    ("ssh://example.org%0a/x", "control"),
    ("-oProxyCommand=touch:x", "option"),
    ("git@-oProxyCommand=touch:x", "host"),
    ("example.org:-x", "option"),
    ("exam ple.org:x", "host"),
    ("/data/emodels\n", "control"),
    ("/data/\x1b[2J", "control"),
]


@pytest.mark.parametrize("address", GOOD)
def test_usual_addresses_are_taken(address: str) -> None:
    check_address(address, "here")


@pytest.mark.parametrize(("address", "problem"), HOSTILE)
def test_hostile_addresses_are_refused(address: str, problem: str) -> None:
    with pytest.raises(MegateError) as caught:
        check_address(address, "here")
    assert str(caught.value).startswith("here: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("address", "problem"), HOSTILE)
def test_the_configuration_refuses_them(address: str, problem: str, load: Load) -> None:
    settings = dict.fromkeys(["recipe_path", "morph_path", "rep_morph_path"], "x")
    settings |= dict.fromkeys(["emodel_etype_map_path", "final_json_path"], "x.json")
    message = message_of(
        load, {"prepare": settings | {"emodels_repo": address, "emodels_githash": "main"}}
    )
    assert message.startswith("config: prepare: emodels_repo: ")
    assert problem in message


@pytest.mark.parametrize("address", [*GOOD, *(address for address, _ in HOSTILE[:-2])])
def test_what_is_no_relative_folder_stays(address: str, tmp_path: Path) -> None:
    assert absolute_address(address, tmp_path) == address


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("emodels", "/base/emodels"),
        ("../emodels.git", "/emodels.git"),
        ("./a:b", "/base/a:b"),
        ("~/emodels", "/home/anna/emodels"),
    ],
)
def test_relative_folders_count_from_the_base(
    address: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/anna")
    assert absolute_address(address, Path("/base")) == expected


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:secret@example.org/x", "https://example.org/x"),
        ("https://secret@example.org/x", "https://example.org/x"),
        ("https://secret:x-oauth-basic@example.org/x", "https://example.org/x"),
        ("ssh://git:secret@example.org/x", "ssh://git@example.org/x"),
        ("git@example.org:x", "git@example.org:x"),
        ("/data/a@b", "/data/a@b"),
    ],
)
def test_passwords_are_not_shown(address: str, shown: str) -> None:
    assert shown_address(address) == shown
    text = f"fatal: unable to access '{address}': 403 for secret\x1b[31m"
    assert "\x1b" not in without_secrets(text, address)
    if "secret" in address:
        assert "secret" not in without_secrets(text, address)
