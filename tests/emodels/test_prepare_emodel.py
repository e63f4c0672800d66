"""E-model packages: what belongs to one, what its content is, which mechanisms it needs."""

import os
from pathlib import Path

import pytest
from limited_time import limited_cpu_time

from megate.core.errors import MegateError
from megate.emodels.manifest import Manifest
from megate.emodels.mechanisms import defined_in, mod_files_in_use
from megate.emodels.prepare import emodel_sha256, package_files


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "package"
    for name in (
        "setup/__init__.py",
        "setup/__pycache__/x.pyc",
        "mechanisms/a.mod",
        "x86_64/libnrnmech.so",
        ".git/config",
        "config/.hidden",
        "config/params.json",
        "final.json",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def relative(files: list[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in files]


def test_files_of_a_package(package: Path):
    files = package_files(package, but=[package / "final.json"])
    assert relative(files, package) == [
        "config/params.json",
        "mechanisms/a.mod",
        "setup/__init__.py",
    ]


def test_results_within_a_package_do_not_belong_to_it(package: Path):
    before = package_files(package)
    results = package / "results" / "emodels"
    results.mkdir(parents=True)
    (results / "emodel.json").touch()
    assert package_files(package, but=[package / "results"]) == before


def test_linked_folders_belong_to_it_and_loops_end(package: Path, tmp_path: Path):
    common = tmp_path / "common"
    common.mkdir()
    (common / "b.mod").touch()
    for name, target in (("linked", common), ("again", common), ("loop", package)):
        (package / name).symlink_to(target)
    (common / "back").symlink_to(package)
    (package / "broken").symlink_to(tmp_path / "nowhere")
    files = relative(package_files(package), package)
    assert {"linked/b.mod", "again/b.mod"} <= set(files)
    assert len(files) == 6


@pytest.mark.parametrize("target", ["/", "/usr"])
def test_a_link_to_all_of_a_disk_is_not_followed_to_its_end(
    target: str, package: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("megate.emodels.prepare._MAX_FILES", 500)
    (package / "world").symlink_to(target)
    with pytest.raises(MegateError, match="has more than 500 files and folders, or more than"):
        package_files(package)


@pytest.mark.slow
def test_folders_without_files_that_link_to_each_other_end(package: Path, tmp_path: Path):
    """Each of 30 levels has two links to the next: a thousand million ways down, and no file."""
    levels = [tmp_path / f"level{number}" for number in range(30)]
    for level, below in zip(levels, [*levels[1:], None], strict=True):
        level.mkdir()
        for name in ("a", "b") if below else ():
            (level / name).symlink_to(below)
    (package / "levels").symlink_to(levels[0])
    with pytest.raises(MegateError, match=r"has more than 10,000 files and folders"):
        package_files(package)


def test_files_that_are_too_large_are_not_copied(package: Path):
    (package / "checkpoint.pkl").touch()
    os.truncate(package / "checkpoint.pkl", 1_000_000_001)
    with pytest.raises(MegateError, match=r"or more than 1,000 MB; all of it would be copied"):
        package_files(package)
    package_files(package, but=[package / "checkpoint.pkl"])


def test_pipes_and_devices_are_no_part_of_it(package: Path):
    before = package_files(package)
    os.mkfifo(package / "pipe")
    (package / "zero").symlink_to("/dev/zero")
    (package / "nothing").symlink_to("nowhere")
    assert package_files(package) == before


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (b"a{1}.txt", "has braces, which Snakemake reads as a wildcard"),
        (b"gr\xf6\xdfe.txt", "has characters that cannot be shown"),  # in Latin-1, no UTF-8
        (b"two\nlines.txt", "has characters that cannot be shown"),
    ],
)
@pytest.mark.parametrize("is_folder", [False, True])
def test_names_that_no_input_can_have(name: bytes, problem: str, is_folder: bool, package: Path):
    path = package / os.fsdecode(name)
    (path / "file" if is_folder else path).parent.mkdir(exist_ok=True)
    (path / "file" if is_folder else path).touch()
    with pytest.raises(MegateError) as caught:
        package_files(package)
    assert str(caught.value) == (
        f"{package} has files that cannot be used:\n  - {str(path)!r} {problem}"
    )


def test_content_changes_with_files_names_and_parameters(package: Path):
    files = package_files(package)
    before = emodel_sha256(package, files, {"g": 1.0})
    assert emodel_sha256(package, files, {"g": 1.0}) == before
    assert emodel_sha256(package, files, {"g": 1.5}) != before
    (package / "mechanisms" / "a.mod").write_text("changed")
    changed = emodel_sha256(package, files, {"g": 1.0})
    assert changed != before
    (package / "mechanisms" / "a.mod").rename(package / "mechanisms" / "b.mod")
    assert emodel_sha256(package, package_files(package), {"g": 1.0}) != changed


def test_a_manifest_comes_back_as_it_was(tmp_path: Path):
    manifest = Manifest("E", "O", {"g": 0.1 + 0.2}, ["f"], ["a"], ["a.mod"], "abc")
    manifest.write(tmp_path / "emodel.json")
    assert Manifest.read(tmp_path / "emodel.json") == manifest


MOD_FILES = {
    "used.mod": "TITLE SUFFIX of something\nNEURON {\n  SUFFIX used\n}\n",
    "left_over.mod": "NEURON { SUFFIX left_over }",
    "commented.mod": ": NEURON { SUFFIX used }\nCOMMENT\nSUFFIX used\nENDCOMMENT\n"
    "NEURON {\n SUFFIX gone ? SUFFIX used\n}",
    "named_in_code.mod": "NEURON { SUFFIX named }",
    "clamp.mod": "NEURON { POINT_PROCESS Clamp }",
    "functions.mod": "NEURON { SUFFIX nothing }",
    "no_block.mod": "PARAMETER { a = 1 }",
}


@pytest.fixture
def mechanisms(tmp_path: Path) -> Path:
    for folder in ("mechanisms", "setup"):
        (tmp_path / folder).mkdir()
    for name, text in MOD_FILES.items():
        (tmp_path / "mechanisms" / name).write_text(text)
    (tmp_path / "setup" / "evaluator.py").write_text("section.insert('named')\n")
    return tmp_path


def test_mechanisms_in_use(mechanisms: Path):
    """What the cell inserts, what the code names, and all that is not a density mechanism."""
    names = [path.name for path in mod_files_in_use(mechanisms, ["used"])]
    assert names == ["clamp.mod", "functions.mod", "named_in_code.mod", "used.mod"]
    # without SUFFIX, NEURON names a mechanism after its file
    assert "no_block.mod" in [path.name for path in mod_files_in_use(mechanisms, ["no_block"])]


@pytest.mark.parametrize("text", ["\n", "COMMENT\n", "NEURON {\n", "NEURON\n", "NEURON { SUFFIX "])
def test_a_file_of_nothing_else_takes_no_time(text: str, mechanisms: Path):
    path = mechanisms / "mechanisms" / "used.mod"
    path.write_text(text * 50_000)
    with limited_cpu_time():
        defined_in(mechanisms)


def test_only_files_define_mechanisms(mechanisms: Path):
    """A comment may be left open."""
    folder = mechanisms / "mechanisms"
    before = defined_in(mechanisms)
    (folder / "a_folder.mod").mkdir()
    (folder / "open.mod").write_text("NEURON { SUFFIX last }\nCOMMENT\nNEURON { SUFFIX not }\n")
    assert defined_in(mechanisms) - before == {"last"}


def test_a_mechanism_that_no_file_defines_is_named(mechanisms: Path):
    with pytest.raises(MegateError, match=r"nor NEURON itself: 'absent'"):
        mod_files_in_use(mechanisms, ["used", "absent"])
