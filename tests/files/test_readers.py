"""files: well-formed input is read; anything else is one sentence that names the file."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from megate.core.errors import MegateError
from megate.files.readers import read_json, read_json_object, read_xml, read_yaml_mapping

Reader = Callable[[Path, str], Any]
READERS = [read_json, read_json_object, read_yaml_mapping, read_xml]


def xml_file(folder: Path, text: str) -> Path:
    path = folder / "file.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_json_values_come_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text('{"b": [1, 2.5, null, true, "ü"], "a": {}}', encoding="utf-8")
    content = read_json_object(path, "thing")
    assert content == {"b": [1, 2.5, None, True, "ü"], "a": {}}
    assert list(content) == ["b", "a"]


def test_json_may_be_a_list_where_no_object_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_text("[1, 2]")
    assert read_json(path, "thing") == [1, 2]


@pytest.mark.parametrize("reader", READERS)
def test_missing_file_is_named(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "file"
    with pytest.raises(MegateError, match="thing: file not found") as caught:
        reader(path, "thing")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("reader", READERS)
def test_a_folder_is_not_a_file(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(MegateError, match=r"thing: .* is a folder, expected a file"):
        reader(tmp_path, "thing")


@pytest.mark.parametrize("reader", READERS)
def test_unreadable_file_is_named(
    reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.touch()

    def refuse(self: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    reason = os.strerror(errno.EACCES)
    with pytest.raises(MegateError, match=f"thing: cannot read .*file: {reason}"):
        reader(path, "thing")


@pytest.mark.parametrize(
    ("reader", "language", "content"),
    [
        pytest.param(read_json, "JSON", b"", id="empty JSON"),
        pytest.param(read_json, "JSON", b'{"a": 1,}', id="comma too many"),
        pytest.param(read_json, "JSON", b"{'a': 1}", id="single quotes"),
        pytest.param(read_json, "JSON", b'{"a": 1', id="cut off"),
        pytest.param(read_json, "JSON", b'{"a": "\xe9"}', id="Latin-1"),
        pytest.param(read_yaml_mapping, "YAML", b"a: [1", id="bracket left open"),
        pytest.param(read_yaml_mapping, "YAML", b"a: 1\n\tb: 2", id="tab"),
        pytest.param(read_yaml_mapping, "YAML", b"a: b: c", id="colon too many"),
        pytest.param(read_yaml_mapping, "YAML", b"a: \xe9", id="Latin-1 YAML"),
        pytest.param(read_yaml_mapping, "YAML", b"a: *nobody", id="alias of nothing"),
        pytest.param(read_yaml_mapping, "YAML", b"a: 2024-13-45", id="impossible date"),
        pytest.param(read_xml, "XML", b"", id="empty XML"),
        pytest.param(read_xml, "XML", b"<a><b></a>", id="wrong closing tag"),
        pytest.param(read_xml, "XML", b"<a>", id="not closed"),
        pytest.param(
            read_xml,
            "XML",
            b"<?xml version='1.0' encoding='UTF-8'?><a>\xe9</a>",
            id="bytes that are no UTF-8",
        ),
        pytest.param(read_xml, "XML", b"<a>&unknown;</a>", id="unknown entity"),
    ],
)
def test_malformed_file_is_named_with_its_language(
    reader: Reader, language: str, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(MegateError) as caught:
        reader(path, "thing")
    message = str(caught.value)
    assert message.startswith(f"thing: {path} is not valid {language}: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("reader", "content", "found"),
    [
        (read_json_object, "[1]", "list"),
        (read_json_object, "null", "nothing"),
        (read_json_object, '"text"', "str"),
        (read_yaml_mapping, "", "nothing"),
        (read_yaml_mapping, "# only a comment", "nothing"),
        (read_yaml_mapping, "- a\n- b", "list"),
        (read_yaml_mapping, "text", "str"),
    ],
)
def test_other_than_a_mapping_is_refused(
    reader: Reader, content: str, found: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    with pytest.raises(MegateError, match=f"holds {found}, expected a ") as caught:
        reader(path, "thing")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object/apply:os.mkdir [{marker}]",
        "!!python/name:os.system",
        "!include {marker}",
    ],
)
def test_yaml_tags_are_refused_and_do_nothing(value: str, tmp_path: Path) -> None:
    path, marker = tmp_path / "file.yaml", tmp_path / "marker"
    path.write_text(f"a: {value.format(marker=marker)}")
    with pytest.raises(MegateError, match=r"file\.yaml is not valid YAML: .*line 1"):
        read_yaml_mapping(path, "thing")
    assert not marker.exists()


def test_yaml_aliases_stand_for_their_anchor(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("a: &types {cADpyr: 1.0}\nb: *types\nc:\n  <<: *types\n  bAC: 2\n")
    assert read_yaml_mapping(path, "thing") == {
        "a": {"cADpyr": 1.0},
        "b": {"cADpyr": 1.0},
        "c": {"cADpyr": 1.0, "bAC": 2},
    }


def test_xml_gives_its_root(tmp_path: Path) -> None:
    root = read_xml(xml_file(tmp_path, '<a><b id="1">x &amp; y &#65;</b></a>'), "thing")
    assert root.tag == "a"
    assert root.find("b").get("id") == "1"
    assert root.findtext("b") == "x & y A"


@pytest.mark.parametrize("inside", ["<!-- a comment -->", "<?an instruction?>"])
def test_comments_and_instructions_do_not_cut_a_text(inside: str, tmp_path: Path) -> None:
    root = read_xml(xml_file(tmp_path, f"<a><name>C0601{inside}10A2</name></a>"), "thing")
    assert root.findtext("name") == "C060110A2"


def test_an_entity_that_is_only_declared_does_nothing(tmp_path: Path) -> None:
    text = '<!DOCTYPE a [<!ENTITY x "expanded">]><a><name>C060110A2 &lt;</name></a>'
    assert read_xml(xml_file(tmp_path, text), "thing").findtext("name") == "C060110A2 <"


@pytest.mark.parametrize("use", ["<name>C06&x;01</name>", '<name id="C06&x;01"/>'])
@pytest.mark.parametrize("declaration", ['"expanded"', 'SYSTEM "secret"', 'SYSTEM "{uri}"'])
def test_an_entity_in_use_is_refused(declaration: str, use: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    declaration = declaration.format(uri=secret.as_uri())
    path = xml_file(tmp_path, f"<!DOCTYPE a [<!ENTITY x {declaration}>]><a>{use}</a>")
    with pytest.raises(MegateError) as caught:
        read_xml(path, "thing")
    message = str(caught.value)
    assert message.startswith(f"thing: {path}")
    assert "entit" in message
    assert "expanded" not in message


@pytest.mark.parametrize("use", ["<name>&x9;</name>", '<name id="&x9;"/>'])
def test_entities_of_entities_are_not_expanded(use: str, tmp_path: Path) -> None:
    nested = "".join(
        f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' if n else '<!ENTITY x0 "ten letters">'
        for n in range(10)
    )
    path = xml_file(tmp_path, f"<!DOCTYPE a [{nested}]><a>{use}</a>")
    with pytest.raises(MegateError, match=r"thing: .*file\.xml"):
        read_xml(path, "thing")


def test_an_external_document_type_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "types.dtd").write_text('<!ENTITY x "expanded"><!ATTLIST name id CDATA "5">')
    text = '<!DOCTYPE a SYSTEM "types.dtd"><a><name>C06</name></a>'
    assert read_xml(xml_file(tmp_path, text), "thing").find("name").get("id") is None
    with pytest.raises(MegateError, match="entit"):
        read_xml(xml_file(tmp_path, text.replace("C06", "C06&x;")), "thing")


@pytest.mark.parametrize("folder", ["a b", "a%20b", "a#b?c", "a:b", "ü", "a'b\"c"])
@pytest.mark.parametrize(
    ("reader", "content"), [(read_json, "{}"), (read_yaml_mapping, "a: 1"), (read_xml, "<a/>")]
)
def test_any_folder_name_will_do(reader: Reader, content: str, folder: str, tmp_path: Path) -> None:
    path = tmp_path / folder / "file"
    path.parent.mkdir()
    path.write_text(content)
    reader(path, "thing")
