"""What simulations tell of an e-model's protocols, and the order that follows from it."""

from pathlib import Path

from megate.scores.protocols import add_protocols, most_telling_first, read_protocols


def test_runs_failures_and_times_are_added(tmp_path: Path):
    path = tmp_path / "protocols" / "e.json"
    add_protocols(path, "a", {"Step": {"failed": True, "cpu_s": 2.0}})
    add_protocols(
        path, "a", {"Step": {"failed": False, "cpu_s": 4.0}, "bAP": {"failed": False, "cpu_s": 1.0}}
    )
    assert read_protocols(path, "a") == {
        "Step": {"runs": 2, "failed": 1, "cpu_s": 6.0},
        "bAP": {"runs": 1, "failed": 0, "cpu_s": 1.0},
    }


def test_another_emodel_under_the_same_name_starts_anew(tmp_path: Path):
    path = tmp_path / "e.json"
    add_protocols(path, "a", {"Step": {"failed": True, "cpu_s": 2.0}})
    assert read_protocols(path, "b") == {}
    add_protocols(path, "b", {"Step": {"failed": False, "cpu_s": 1.0}})
    assert read_protocols(path, "b") == {"Step": {"runs": 1, "failed": 0, "cpu_s": 1.0}}


def test_files_that_cannot_be_read_tell_nothing(tmp_path: Path):
    path = tmp_path / "e.json"
    assert read_protocols(path, "a") == {}
    for text in ("", "[]", "null", '{"emodel_sha256": "a"}', '{"emodel_sha256": "a", "protocols'):
        path.write_text(text)
        assert read_protocols(path, "a") == {}


def test_order():
    known = {
        "long": {"runs": 8, "failed": 8, "cpu_s": 80.0},  # 0.9 / 10 s
        "short": {"runs": 8, "failed": 1, "cpu_s": 8.0},  # 0.2 / 1 s
        "never": {"runs": 8, "failed": 0, "cpu_s": 8.0},  # 0.1 / 1 s
    }
    assert most_telling_first(["long", "never", "short"], known) == ["short", "never", "long"]
    # nothing known: 0.5 / 4 s, the mean of the others
    assert most_telling_first(["long", "new", "short"], known) == ["short", "new", "long"]
    assert most_telling_first(["b", "a"], {}) == ["b", "a"]
