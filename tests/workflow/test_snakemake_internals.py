"""What megate uses of Snakemake's internals is there in the installed version. If a test fails with
a new Snakemake, adapt `workflow/snakemake_internals.py` and its `TESTED`."""

import dataclasses
import inspect
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import snakemake.cli  # before the rest: its modules import each other
from packaging.version import Version
from runs import REPOSITORY
from snakemake.dag import DAG
from snakemake.jobs import Job
from snakemake.modules import WorkflowModifier
from snakemake.path_modifier import PathModifier
from snakemake.settings.types import DAGSettings, GroupSettings
from snakemake.workflow import Workflow

sys.path.insert(0, str(REPOSITORY / "workflow"))

import snakemake_internals as internals


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_the_installed_version_is_a_tested_one():
    first, last = map(Version, internals.TESTED)
    installed = Version(snakemake.__version__)
    assert first <= Version(f"{installed.major}.{installed.minor}") <= last
    assert f'min_version("{internals.TESTED[0]}")' in (REPOSITORY / "Snakefile").read_text()


def test_the_search_for_pipes_is_a_method_of_jobs_that_is_asked_for_inputs():
    assert parameters(Job.is_pipe_or_service_input)[1:] == ["path"] or (
        # already replaced by this process
        parameters(Job.is_pipe_or_service_input) == ["job", "path"]
    )
    assert "self.is_pipe_or_service_input(f)" in inspect.getsource(sys.modules[Job.__module__])


def test_a_rules_function_is_inspected_once(monkeypatch: pytest.MonkeyPatch):
    modules = sys.modules["snakemake.common"], sys.modules["snakemake.rules"]
    for module in modules:
        monkeypatch.setattr(module, "get_function_params", modules[0].get_function_params)
    inspected = []

    class Function:
        @property
        def __signature__(self) -> inspect.Signature:
            inspected.append(self)
            return inspect.signature(lambda wildcards, attempt: 0)

        def __call__(self) -> None: ...

    internals.remember_parameters()
    function = Function()
    assert list(modules[1].get_function_params(function)) == ["wildcards", "attempt"]
    find = modules[0].get_input_function_aux_params
    assert find(function, {"attempt": 2, "input": []}) == {"attempt": 2}
    assert inspected == [function]


def test_the_graph_tells_which_jobs_run_and_which_are_forced():
    assert parameters(DAG.needrun_jobs)[0] == "self"
    assert {"forcerun", "forcetargets"} <= {field.name for field in dataclasses.fields(DAGSettings)}
    source = inspect.getsource(DAG)
    assert "self.forcerules.update(forcerules)" in source
    assert "self.targetjobs.add(job)" in source


def test_groups_are_found_by_their_parents_name():
    fields = {field.name: field for field in dataclasses.fields(GroupSettings)}
    assert {"group_components", "local_groupid"} <= fields.keys()
    assert isinstance(Workflow.parent_groupids, property)
    source = inspect.getsource(DAG._update_group_components)
    assert "self.workflow.parent_groupids.get(groupid, groupid)" in source
    assert "self.workflow.group_settings.group_components.get(" in source
    GroupSettings().group_components = {}  # can be set


def test_resources_can_be_registered():
    assert parameters(Workflow.register_resource) == ["self", "name", "value"]
    assert isinstance(Workflow.is_main_process, property)


def test_modules_can_be_told_and_start_with_the_workflow():
    source = inspect.getsource(WorkflowModifier)
    assert "return self.base_snakefile is None" in source
    assert "self.parent_modifier = workflow.modifier" in source
    assert 'self.globals["config"] = config' in source
    paths = PathModifier(None, "x", None)
    assert (paths.prefix, paths._prefix_replacements) == ("x/", None)
    source = inspect.getsource(Workflow)
    assert "self._onstart(" in source
    assert "self._onsuccess(" in source
    assert "rule.module_globals = self.modifier.globals" in source
    assert isinstance(Workflow.current_basedir, property)
    assert "self.default_target = default_target" in source


def test_locks_are_files_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = Path(snakemake.__file__).parent
    source = "".join(path.read_text() for path in package.glob("persistence*/*.py"))
    assert '"locks"' in source
    assert "{i}.{lock_type}.lock" in source

    monkeypatch.chdir(tmp_path)
    lock = tmp_path / ".snakemake" / "locks" / "0.input.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    assert not internals.remove_stale_locks()  # nothing tells whose it is
    [own] = (tmp_path / ".snakemake" / "megate-runs").iterdir()
    host = own.name.rpartition(".")[0]
    own.rename(own.with_name(f"{host}.{2**22 + 1}"))  # larger than any process id
    assert internals.remove_stale_locks()
    assert not lock.exists()


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(internals.logger, "warning", shown.append)
    return shown


def test_another_snakemake_is_done_without(warnings: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(Job, "is_pipe_or_service_input")
    workflow = SimpleNamespace(is_main_process=False)
    internals.skip_search_for_pipes({})
    internals.limit_bundle(workflow, "bundle")
    for _ in range(2):
        assert internals.bundle(workflow, "score", "score_e") is None
        assert internals.planned_jobs(workflow, None) is None
    assert len(warnings) == 4
    assert all(f"Snakemake {snakemake.__version__} differs from" in text for text in warnings)
    assert not hasattr(Job, "is_pipe_or_service_input")
