"""files: hostile input ends in one short message; no other file is opened and nothing is run."""

import errno
import http.server
import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from megate.core.errors import MegateError
from megate.files.readers import (
    read_json,
    read_json_object,
    read_text,
    read_xml,
    read_yaml_mapping,
)

Reader = Callable[[Path, str], Any]
READERS = [read_json, read_text, read_yaml_mapping, read_xml]
MEMORY = 500_000_000


@contextmanager
def little_memory() -> Iterator[None]:
    """In here, the process may grow by half a gigabyte at most."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def refusal(reader: Reader, path: Path, content: bytes | str | None = None) -> str:
    """The message with which a reader refuses a file, which is bounded."""
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with little_memory(), pytest.raises(MegateError) as caught:
        reader(path, "thing")
    message = str(caught.value)
    assert message.startswith(f"thing: {path}")
    assert len(message) < len(str(path)) + 1500
    return message.removeprefix(f"thing: {path}")


# ---- what kind of file it is ---------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS)
def test_a_giant_file_is_refused_unread(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, 20_000_000_000)  # sparse
    message = refusal(reader, path)
    assert " has 20,000.0 MB, expected at most" in message


@pytest.mark.parametrize(
    ("reader", "limit"), [(read_json, 10), (read_yaml_mapping, 10), (read_xml, 500)]
)
def test_a_file_just_too_large(reader: Reader, limit: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    os.truncate(path, limit * 1_000_000 + 1)
    assert f"expected at most {limit} MB" in refusal(reader, path)


def test_the_largest_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text('{"a": 1}'.ljust(10_000_000))
    assert read_json(path, "thing") == {"a": 1}


@pytest.mark.parametrize("reader", READERS)
def test_pipes_and_devices_are_not_awaited(reader: Reader, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is not a regular file" in refusal(reader, pipe)
    link = tmp_path / "link"
    link.symlink_to("/dev/zero")
    assert "is not a regular file" in refusal(reader, link)


@pytest.mark.parametrize("reader", READERS)
def test_links_to_nothing(reader: Reader, tmp_path: Path) -> None:
    for name, target in (("link", "nowhere"), ("loop", "loop")):
        path = tmp_path / name
        path.symlink_to(target)
        with pytest.raises(MegateError, match=f"thing: file not found: .*{name} is a broken link"):
            reader(path, "thing")


@pytest.mark.parametrize("reader", READERS)
def test_a_name_that_no_file_can_have(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(
        MegateError, match=f"thing: cannot read .*: {os.strerror(errno.ENAMETOOLONG)}"
    ):
        reader(tmp_path / ("x" * 300), "thing")


# ---- encodings -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "text"),
    [(read_json, '{"a": "\u00e9"}'), (read_yaml_mapping, "a: \u00e9"), (read_text, "\u00e9")],
)
def test_a_byte_order_mark_does_not_count(reader: Reader, text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(text.encode("utf-8-sig"))
    assert reader(path, "thing") in ({"a": "\u00e9"}, "\u00e9")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_xml_says_its_encoding_itself(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("<a>\u7d30</a>".encode(encoding))
    assert read_xml(path, "thing").text == "\u7d30"


@pytest.mark.parametrize("reader", [read_json, read_yaml_mapping, read_text])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_other_encodings_are_refused(reader: Reader, encoding: str, tmp_path: Path) -> None:
    message = refusal(reader, tmp_path / "file", '{"a": "\u00e9"}'.encode(encoding))
    assert "is not UTF-8 text" in message


@pytest.mark.parametrize(
    ("reader", "content"),
    [
        (read_json, b'{"a": "\0"}'),
        (read_json, b"\0" * 100),
        (read_yaml_mapping, b"a: b\0c"),
        (read_yaml_mapping, b"a: \x1b[31m"),
        (read_xml, b"<a>\0</a>"),
        (read_xml, b'<?xml version="1.0" encoding="nonsense"?><a/>'),
        (read_xml, b"\x4c\x6f\xa7\x94"),  # EBCDIC
    ],
)
def test_bytes_that_are_no_text(reader: Reader, content: bytes, tmp_path: Path) -> None:
    message = refusal(reader, tmp_path / "file", content)
    assert "is not valid" in message
    assert message.isprintable()


# ---- JSON ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [101, 2000, 100_000])
def test_json_nests_within_reason(opening: str, closing: str, depth: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    content = opening * depth + "1" + closing * depth
    assert refusal(read_json, path, content) == ": it nests more than 100 deep"
    path.write_text(opening * 100 + "1" + closing * 100)
    read_json(path, "thing")


def test_json_keys_that_stand_twice_are_all_named(tmp_path: Path) -> None:
    content = '{"a": 1, "b": {"c": 1, "c": 2, "d": {}}, "a": 1, "a": 2, "\\u0064": 3, "d": 4}'
    message = refusal(read_json_object, tmp_path / "file", content)
    assert [line.split("'")[1] for line in message.splitlines()[1:]] == ["c", "a", "d"]


def test_json_numbers_within_reason(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert "a whole number of 301 digits" in refusal(read_json, path, "1" * 301)
    assert "a whole number of 1000000 digits" in refusal(read_json, path, "-" + "1" * 999_999)
    path.write_text("9" * 300)
    assert float(read_json(path, "thing")) == 1e300


# ---- YAML ----------------------------------------------------------------------------------


def test_yaml_that_is_just_long_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("a: &a [" + "1, " * 2000 + "]\nb: [" + "*a, " * 400 + "]")  # 800,000 more
    assert sum(map(len, read_yaml_mapping(path, "thing")["b"])) == 800_000


def test_yaml_aliases_do_not_nest_deeply(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 5000))]
    message = refusal(read_yaml_mapping, tmp_path / "file", "\n".join(lines))
    assert "it nests more than 100 deep" in message


@pytest.mark.parametrize("content", ["a: &a {b: *a}", "a: &a [1, [*a]]"])
def test_yaml_alias_inside_its_own_anchor(content: str, tmp_path: Path) -> None:
    message = refusal(read_yaml_mapping, tmp_path / "file", content)
    assert "nests more than 100 deep" in message


@pytest.mark.parametrize("content", ["a: " + "[" * 100_000, "- " * 100_000, "? " * 100_000])
def test_yaml_nests_within_reason(content: str, tmp_path: Path) -> None:
    assert "nests more than 100 deep" in refusal(read_yaml_mapping, tmp_path / "file", content)


def test_yaml_keys_that_stand_twice_are_all_named(tmp_path: Path) -> None:
    content = "a: 1\nb:\n  c: 1\n  'c': 2\n5: x\n0x5: y\na: 2\nyes: 1\ntrue: 2\n<<: {}\n<<: {}\n"
    message = refusal(read_yaml_mapping, tmp_path / "file", content)
    assert message.splitlines()[1:] == [
        "  - line 4: the key 'c' already occurs in line 3",
        "  - line 6: the key 5 already occurs in line 5",
        "  - line 7: the key 'a' already occurs in line 1",
        "  - line 9: the key True already occurs in line 8",
        "  - line 11: the key '<<' already occurs in line 10",
    ]


def test_yaml_keys_that_a_merge_overrides_stand_once(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(
        "p: {q: &x {<<: &y {k: 1, l: 1}, k: 2}}\nb: {<<: *x, l: 3}\nc: {<<: [*x, *y]}\n"
    )
    assert read_yaml_mapping(path, "thing") == {
        "p": {"q": {"k": 2, "l": 1}},
        "b": {"k": 2, "l": 3},
        "c": {"k": 2, "l": 1},
    }


@pytest.mark.parametrize(
    "value",
    [
        "0x" + "f" * 1000,
        "1" * 100_000,
        "1" + ":59" * 1000,  # to the base 60
        "1" + ":59" * 1000 + ".5",
        "!!int 0b" + "1" * 1000,
    ],
)
def test_yaml_numbers_within_reason(value: str, tmp_path: Path) -> None:
    message = refusal(read_yaml_mapping, tmp_path / "file", f"a: {value}")
    assert "line 1: a number of " in message


@pytest.mark.parametrize(
    "value",
    [
        "!!bool maybe",
        "!!int ''",
        "!!int x",
        "!!float ''",
        "!!timestamp x",
        "!!binary '\u00e9'",
        "!!map x",
        "!!set x",
        "!!omap x",
        "!!seq x",
        "2024-13-45",
        "{[1]: 2}",
        "{{a: 1}: 2}",
        "!!map x: 1",
        "!!python/object/apply:os.system [ls]",
        "!!python/tuple [1]",
        "!!str [1]",
        "=",
    ],
)
def test_yaml_values_that_are_not_what_their_tag_says(value: str, tmp_path: Path) -> None:
    message = refusal(read_yaml_mapping, tmp_path / "file", f"a: {value}")
    assert " is not valid YAML: " in message
    assert "line 1" in message
    assert "\n" not in message


# ---- XML -----------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine: its address, and the requests that it saw."""
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'<!ENTITY y "from outside">')

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/x", requests
        server.shutdown()
        thread.join()


OUTSIDE = {
    "document type": '<!DOCTYPE a SYSTEM "{uri}"><a/>',
    "document type and its entity": '<!DOCTYPE a SYSTEM "{uri}"><a>&y;</a>',
    "entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "{uri}">]><a>&x;</a>',
    "entity in an attribute": '<!DOCTYPE a [<!ENTITY x SYSTEM "{uri}">]><a b="&x;"/>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "{uri}"> %p;]><a>&y;</a>',
    "XInclude": '<a xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="{uri}"/></a>',
    "XInclude as text": '<a xmlns:x="http://www.w3.org/2001/XInclude">'
    '<x:include parse="text" href="{uri}"/></a>',
    "schema": '<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
    'x:schemaLocation="b {uri}" x:noNamespaceSchemaLocation="{uri}"/>',
    "style sheet": '<?xml-stylesheet type="text/xsl" href="{uri}"?><a/>',
}


@pytest.mark.parametrize("kind", OUTSIDE)
def test_xml_reads_nothing_from_outside(
    kind: str, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    address, requests = server
    secret = tmp_path / "secret"
    secret.write_text('<!ENTITY y "from outside">')
    for uri in (address, secret.as_uri(), "secret", "file:///etc/passwd"):
        path = tmp_path / "file.xml"
        path.write_text(OUTSIDE[kind].format(uri=uri))
        try:
            root = read_xml(path, "thing")
        except MegateError as error:
            assert "from outside" not in str(error)
            assert "root:" not in str(error)
        else:
            texts = [*root.itertext(), *(v for e in root.iter() for v in e.attrib.values())]
            assert not any("outside" in text or "root:" in text for text in texts)
    assert requests == []


LONG = "x" * 100_000
NESTED = "".join(
    f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' if n else '<!ENTITY x0 "ten letters">'
    for n in range(12)
)
EXPLOSIVE = {
    "a billion laughs": f"<!DOCTYPE a [{NESTED}]><a>&x11;</a>",
    "a billion laughs in an attribute": f"<!DOCTYPE a [{NESTED}]><a b='&x11;'/>",
    "a long entity, often": f'<!DOCTYPE a [<!ENTITY x "{LONG}">]><a>{"&x;" * 100_000}</a>',
    "a long entity, often in an attribute": f'<!DOCTYPE a [<!ENTITY x "{LONG}">]>'
    f'<a b="{"&x;" * 100_000}"/>',
    "a long attribute of a document type": f'<!DOCTYPE a [<!ATTLIST b c CDATA "{LONG}">]>'
    f"<a>{'<b/>' * 100_000}</a>",
    "parameter entities of parameter entities": NESTED.join(["<!DOCTYPE a [", "%x11;]><a/>"])
    .replace("ENTITY x", "ENTITY % x")
    .replace("&x", "&#37;x"),
    "an entity of itself": '<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]><a>&x;</a>',
    "depth": "<a>" * 100_000,
    "a long text": f"<a>{'x' * 11_000_000}</a>",
    "a long attribute": f"<a b='{'x' * 11_000_000}'/>",
    "a long name": f"<{'x' * 11_000_000}/>",
}


@pytest.mark.parametrize("kind", EXPLOSIVE)
def test_xml_does_not_explode(kind: str, tmp_path: Path) -> None:
    message = refusal(read_xml, tmp_path / "file.xml", EXPLOSIVE[kind])
    assert "\n" not in message
    assert "xxxxxxxxxxxx" * 30 not in message
