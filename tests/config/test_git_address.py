"""git_address: which addresses are accepted, which are relative, and how they are shown."""

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
    "example.org:a::b",
    "/data/emodels",
    "/data/a:b",
    "/data/ext::sh",
]
HOSTILE = [
    "-oProxyCommand=touch",
    "--upload-pack=touch x",
    "ext::sh -c touch% /tmp/x",
    "fd::17/foo",
    "persistent-https::x",
    "::x",
    "ext::sh@example.org:x",
    "a@ext::sh",
    "ftp://example.org/x",
    "ext://example.org/x",
    "HTTPS://example.org/x",
    "git+ssh://example.org/x",
    "://example.org/x",
    "ssh://-oProxyCommand=touch/x",
    "ssh://%2doProxyCommand=touch/x",
    "ssh://git@-oProxyCommand=touch/x",
    "ssh://-oProxyCommand=touch@example.org/x",
    "ssh://%2DoProxyCommand=touch@example.org/x",
    "ssh://example.org:-p/x",
    "ssh:///x",
    "https:///x",
    "ssh://example.org%0a/x",
    "-oProxyCommand=touch:x",
    "git@-oProxyCommand=touch:x",
    "example.org:-x",
    "exam ple.org:x",
    "/data/emodels\n",
    "/data/\x1b[2J",
]


@pytest.mark.parametrize("address", GOOD)
def test_usual_addresses_are_taken(address: str) -> None:
    check_address(address, "here")


@pytest.mark.parametrize("address", HOSTILE)
def test_hostile_addresses_are_refused(address: str) -> None:
    with pytest.raises(MegateError) as caught:
        check_address(address, "here")
    assert str(caught.value).startswith(f"here: {address!r} found, expected a folder, user@host:")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("address", HOSTILE)
def test_the_configuration_refuses_them(address: str, load: Load) -> None:
    settings = dict.fromkeys(["recipe_path", "morph_path", "rep_morph_path"], "x")
    settings |= dict.fromkeys(["emodel_etype_map_path", "final_json_path"], "x.json")
    message = message_of(
        load, {"prepare": settings | {"emodels_repo": address, "emodels_githash": "main"}}
    )
    assert message.startswith(f"config: prepare: emodels_repo: {address!r} found, expected ")


@pytest.mark.parametrize("address", [*GOOD, *HOSTILE[:-2]])
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
