"""The embedded example, broken in one way: what does megate say, and when?"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from folder import CIRCUIT_CELLS, Folder

from megate.bluepymm_db.import_scores import copy_hoc, emodel_names, hoc_names
from megate.bluepymm_db.read import read_scores_db
from megate.cli.main import parser
from megate.config.config import Config
from megate.core.errors import MegateError
from megate.core.findings import stop_or_warn
from megate.core.paths import Paths
from megate.emodels.prepare import HOC_TEMPLATE, prepare_emodel
from megate.gating.opt_scores import check_opt_names
from megate.gating.thresholds import check_thresholds
from megate.morphologies.check import check, problems_in
from megate.morphologies.needs import Needs, emodel_finding
from megate.project.project import Project
from megate.release.nodes import write_nodes
from megate.scores.shards import JobResult, write_shard
from megate.steps.adapt_emodel import adapt_emodel
from megate.steps.nodes import options_of

_EXEMPLAR = {
    **dict.fromkeys(("job", "emodel", "original_emodel", "emodel_sha256", "host", "versions"), ""),
    **dict.fromkeys(("runtime_s", "cpu_s", "peak_memory_mb"), 1.0),
    "status": "scored",
    "holding_voltage": -80.0,
    "features": [{"feature": "Step.soma.v.Spikecount", "score": 1.0}],
}

READ, LOOK, PREPARE, IMPORT, NODES = "read", "look", "prepare", "import", "nodes"
ADAPT, INIT = "adapt", "init"
"""When a check is made: when the Snakefile is read (so by a dry run, too); before the first job, if
anything is to be simulated; by a job `prepare_emodel`, before the e-model's simulations; by the job
that imports scores; by the target `nodes`, after the release is written; by a job `adapt_emodel`,
once the exemplar is scored; by the command `megate init`."""


@dataclass(frozen=True)
class Case:
    """One check.

    Attributes:
        what: what is wrong, for the table
        change: makes it so
        names: texts that the message must have: file, key or row, what was found, what was expected
        when: READ, LOOK, PREPARE, IMPORT, NODES, ADAPT or INIT
        emodel: the one to prepare
        exemplar: values of its exemplar's shard
        arguments: of `megate init`; "@" is the folder
    """

    what: str
    change: Callable[[Folder], object]
    names: tuple[str, ...]
    when: str = READ
    emodel: str = "cNAC_LBC"
    exemplar: Mapping[str, object] = field(default_factory=dict)
    arguments: str = ""


def message_of(case: Case, path: Path) -> str:
    """What megate says about a broken project in the folder `path`, which does not exist yet;
    without that path."""
    folder = Folder(path)
    case.change(folder)
    when = READ
    try:
        for when in _run(folder, case):  # noqa: B007 (the last one is asked for below)
            pass
    except MegateError as error:
        assert when == case.when, f"said when {when}: {error}"
        return _without_place(str(error), path)
    raise AssertionError(f"not refused: {case.what}")


def _run(folder: Folder, case: Case) -> Iterator[str]:
    """Do what megate does before it simulates; before each part, tell which it is."""
    if case.when == INIT:
        yield INIT
        arguments = case.arguments.replace("@", str(folder.path)).split()
        options = parser().parse_args(["init", *arguments])
        options.run(options)
        return
    yield READ
    config = folder.config()
    if config.prepare is None:
        emodel_names(config.scores_db)
        hoc = [config.emodels_hoc_dir / f"{e}.hoc" for e in hoc_names(config.emodels_hoc_dir)]
        yield IMPORT
        _import(config, hoc, folder.path / "results")
        return
    project = Project(config, on_fetch=bool)
    if case.when == LOOK:
        yield LOOK
        rows = check([file for files in project.morphologies.values() for file in files], [], 1)
        stop_or_warn([problems_in(rows, Path("results/morphologies.tsv"))], True, bool)
    if case.when == NODES:
        yield NODES
        results = folder.path / "results"
        cells, written = folder.path / CIRCUIT_CELLS, Paths(results)
        write_nodes(options_of(config), cells, written.nodes, written.nodes_left_out)
    if case.when == PREPARE:
        yield PREPARE
        _prepare(config, project, case.emodel, folder.path / "results" / "emodels" / case.emodel)
    if case.when == ADAPT:
        results = Paths(folder.path / "results")
        _prepare(config, project, case.emodel, results.manifest(case.emodel).parent)
        yield ADAPT
        _adapt(config, project, case, results)


def _import(config: Config, hoc: list[Path], results: Path) -> None:
    combos, _ = read_scores_db(config.scores_db)
    emodels = set(combos.loc[~combos["is_exemplar"], "emodel"])
    copy_hoc(hoc, [results / path.name for path in hoc], emodels)


def _adapt(config: Config, project: Project, case: Case, paths: Paths) -> None:
    exemplar = project.emodels[case.emodel].exemplar
    shard = paths.shard(project.exemplar_job(case.emodel))
    values = _EXEMPLAR | {"morph_name": exemplar.morph_name} | case.exemplar
    write_shard(shard, JobResult(**values))
    adapt_emodel(
        paths.manifest(case.emodel),
        shard,
        exemplar.unrepaired,
        project.emodels[case.emodel].exemplar_apical_point,
        config.adapt,
        False,
        paths.manifest(case.emodel).with_name("adapt.log"),
    )


def _prepare(config: Config, project: Project, emodel: str, results: Path) -> None:
    results.mkdir(parents=True)
    manifest = prepare_emodel(
        project.emodels[emodel],
        package=results / "package",
        template=config.prepare.template or HOC_TEMPLATE,
        without_apical_points=project.without_apical_points,
        log=results / "log",
    )
    manifest.write(results / "emodel.json")
    check_thresholds(manifest.emodel, manifest.features, project.combos, config.select)
    fitness = project.emodels[emodel].final.fitness
    check_opt_names(manifest.emodel, manifest.features, fitness, config.select)
    files = project.morphologies[emodel]
    needs = Needs(**manifest.needs)
    stop_or_warn([emodel_finding(emodel, needs, files, check(files, [], 1), True)], True, bool)


def _without_place(message: str, path: Path) -> str:
    message = message.replace(f"{path}/", "").replace(str(path), ".")
    message = re.sub(r"\b[0-9a-f]{12}\b", "0123456789ab", message)  # ids of commits
    message = re.sub(r'"/[^"]*\.\.\."', '"..."', message)  # NEURON shortens arguments of hoc
    return re.sub(r"/\S*/(scripts/megate/)", r"\1", message)
