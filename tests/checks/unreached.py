"""Refusals that no broken example reaches: they are for what the machine does, not for an input, or
take more than a test here may."""

_MACHINE = "the operating system refuses"
STACK = "a case is refused so, but Python ends tracing where its stack does"

UNREACHED = {
    (
        "files/readers.py",
        "cannot read",
    ): f"{_MACHINE}: tests/files/test_readers.py::test_unreadable_file_is_named",
    ("emodels/hoc_template.py", "is nested too deeply"): STACK,
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
    ("inputs/bluepyemodel.py", "which is not installed"): "it is installed: "
    "tests/inputs/test_bluepyemodel_inputs.py::test_problems_are_named",
    ("project_setup/recognise.py", "several formats"): "megate's own formats exclude each other: "
    "tests/project_setup/test_recognise.py::test_two_formats_at_once",
    (
        "project_setup/new_project.py",
        "the example is not found",
    ): "megate is not installed from its folder",
    ("project_setup/new_project.py", "need different settings"): "megate's own formats need none: "
    "tests/project_setup/test_recognise.py::test_different_evaluators",
    ("bluepymm_db/read.py", "yield str(error)"): "the names are checked first: "
    "tests/bluepymm_db/test_scores_db_read.py::test_bad_files",
    ("files/sqlite_file.py", "file not found"): "the configuration's check comes first: "
    "tests/bluepymm_db/test_scores_db_read.py::test_bad_files",
}
"""Module and a text of the place's code -> why no case reaches it, and the test that does."""
