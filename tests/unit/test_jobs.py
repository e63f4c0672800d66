"""Jobs in parts, and those without a file."""

from pathlib import Path

from megate.jobs import in_parts, without_file


def test_parts_have_all_jobs_in_their_order():
    assert in_parts(["a/1", "b/2", "a/3"], 2) == {"0000": ["a/1", "b/2"], "0001": ["a/3"]}
    assert in_parts([], 2) == {}


def test_jobs_without_a_file(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.parquet").touch()
    (tmp_path / "a" / ".2.parquet.spare").touch()
    (tmp_path / "part0000.parquet").touch()
    assert without_file(["a/1", "a/2", "b/1"], tmp_path) == ["a/2", "b/1"]
    assert without_file(["a/1"], tmp_path / "none") == ["a/1"]
