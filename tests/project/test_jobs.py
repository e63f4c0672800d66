"""Jobs without a file."""

from pathlib import Path

from megate.project.jobs import without_file


def test_jobs_without_a_file(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.parquet").touch()
    (tmp_path / "a" / ".2.parquet.123.partial").touch()
    (tmp_path / "part0000.parquet").touch()
    assert without_file(["a/1", "a/2", "b/1"], tmp_path) == ["a/2", "b/1"]
    assert without_file(["a/1"], tmp_path / "none") == ["a/1"]
