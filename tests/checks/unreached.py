"""Refusals that no broken example reaches: they are for what the machine does, not for an input, or
take more than a test here may."""

_MACHINE = "the operating system refuses"
STACK = "a case is refused so, but Python ends tracing where its stack does"

UNREACHED = {
    (
        "files/readers.py",
        "cannot read",
    ): f"{_MACHINE}: tests/files/test_readers.py::test_unreadable_file_is_named",
    ("files/readers.py", "grows while it is read"): "another process writes: "
    "tests/files/test_hostile_files.py::test_no_more_is_read_than_a_file_says_that_it_has",
    ("files/readers.py", "does not fit into the memory"): "the machine has too little: "
    "tests/files/test_hostile_files.py::test_more_than_fits_into_memory",
    (
        "core/patterns.py",
        "it takes too long",
    ): "no pattern within the other limits is known that does",
    ("core/patterns.py", "it nests too deeply"): STACK,
    ("emodels/hoc_template.py", "nests too deeply"): STACK,
    ("morphologies/release.py", "cannot read"): _MACHINE,
    ("inputs/circuit.py", "cannot be read"): "the process that reads it dies: "
    "tests/inputs/test_circuits.py::test_crash_hang_and_greed_are_one_message",
    ("emodels/git/repository.py", "a job does not fetch"): "of a job: "
    "tests/emodels/test_emodels_repository.py::test_a_job_does_not_fetch",
    ("emodels/git/command.py", "needs the program git"): "git is not installed: "
    "tests/emodels/test_git_mirror.py::test_without_git",
    ("emodels/git/mirror.py", "is damaged"): "of megate's own copy: "
    "tests/emodels/test_git_mirror.py::test_a_damaged_copy_is_named",
    ("emodels/prepare.py", "cannot read"): _MACHINE,
    ("emodels/mechanisms.py", "cannot read"): _MACHINE,
    ("emodels/mechanisms.py", "nrnivmodl not found"): "NEURON is not installed",
    ("builtin/package.py", "e-model {emodel}:"): "of a job, if the files have changed since the "
    "Snakefile was read: tests/builtin/test_builtin_package.py::test_a_problem_is_named",
    (
        "builtin/distributions.py",
        "characters, expected at most",
    ): "the schema of params comes first: "
    "tests/builtin/test_builtin_distributions.py::test_what_takes_long_is_refused",
    ("files/sqlite_file.py", "file not found"): "the configuration's check comes first: "
    "tests/bluepymm_db/test_scores_db_read.py::test_bad_files",
}
"""Module and a text of the place's code -> why no case reaches it, and the test that does."""
