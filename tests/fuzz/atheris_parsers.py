"""Coverage-guided fuzzing of the readers of text formats, with Atheris (a Python 3.11 to 3.13 of
its own is best: `pip install atheris` beside megate's lxml, pandas, pyarrow, pyyaml, jsonschema).

    PYTHONPATH=scripts python tests/fuzz/atheris_parsers.py PARSER [CORPUS_FOLDER] \
        -max_total_time=60 -timeout=20 -rss_limit_mb=2000

PARSER is one of the names in PARSERS. Inputs that find new code are kept in CORPUS_FOLDER, which
starts with one valid file. Anything but a result or a MegateError stops the run, and leaves the
input in a file crash-*. Not collected by
pytest: tests/inputs/test_fuzz.py covers the same readers without Atheris.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import atheris
except ImportError:
    sys.exit("atheris is not installed: pip install atheris")

with atheris.instrument_imports(include=["megate", "yaml", "json", "jsonschema"]):
    from megate.config import config
    from megate.config.schema import Source
    from megate.core.errors import MegateError
    from megate.files.readers import read_json, read_xml, read_yaml_mapping
    from megate.inputs.etype_map import read_etype_map
    from megate.inputs.final_json import read_final_json
    from megate.inputs.neurondb import read_neurondb
    from megate.inputs.recipe import read_recipe
    from megate.morphologies.release import APICAL_POINTS, MorphologyDirectory

# the reader of JSON in Python, in place of the one in C, so that new branches are seen there
json.scanner.make_scanner = json.scanner.py_make_scanner
json.decoder.scanstring = json.decoder.py_scanstring

SCHEMA = Path(__file__).parents[2] / "workflow" / "schemas" / "config.schema.yaml"


def with_schema_read_once() -> None:
    """Reading it takes much longer than all the rest."""
    schema = read_yaml_mapping(SCHEMA, "schema")
    config.read_yaml_mapping = lambda path, what: schema


def read_config(path: Path) -> object:
    """A configuration file, and BluePyMM's files that it may name."""
    settings = read_yaml_mapping(path, "config")
    return config.load_config([Source(str(path), settings, path.parent)], SCHEMA)


def read_bluepymm(path: Path) -> object:
    """The same file as each of BluePyMM's three."""
    files = dict.fromkeys(("prepare", "run", "select"), str(path))
    return config.load_config([Source("test", {"bluepymm": files}, path.parent)], SCHEMA)


# name -> file name, reader of the path, an input to start from
PARSERS: dict[str, tuple[str, Callable[[Path], Any], bytes]] = {
    "json": ("a.json", lambda path: read_json(path, "file"), b'{"a": [1, 2.5, null, true, "x"]}'),
    "yaml": (
        "a.yaml",
        lambda path: read_yaml_mapping(path, "file"),
        b"a: &x {b: 1}\nc: [*x, 2024-01-02, 'y', .inf]\nd:\n  <<: *x\n",
    ),
    "xml": (
        "a.xml",
        lambda path: read_xml(path, "file"),
        b'<!DOCTYPE a [<!ENTITY x "y">]><a b="1"><!-- c --><d>&amp;&#65;</d></a>',
    ),
    "recipe_yaml": (
        "recipe.yaml",
        read_recipe,
        b"version: v2.0\nneurons:\n- traits: {layer: 5, mtype: L5_TPC:A, etype: {cADpyr: 1.0}}\n",
    ),
    "recipe_xml": (
        "recipe.xml",
        read_recipe,
        b'<r><NeuronTypes><Layer id="5" percentage="1"><StructuralType id="A" percentage="1">'
        b'<ElectroType id="e" percentage="1"/></StructuralType></Layer></NeuronTypes></r>',
    ),
    "neurondb_xml": (
        "neuronDB.xml",
        read_neurondb,
        b"<n><morphology><name>m</name><mtype>L5</mtype><msubtype>A</msubtype><layer>5</layer>"
        b"</morphology></n>",
    ),
    "etype_map": (
        "map.json",
        read_etype_map,
        b'{"e": {"mm_recipe": "m", "layer": ["5", 6], "etype": "c.*", "morph_name": "a|b"}}',
    ),
    "final_json": (
        "final.json",
        lambda path: read_final_json(path, ["e"]),
        b'{"e": {"params": {"cm": 1.0}, "fitness": {"f": 2}, "morph_path": "m/a.asc", '
        b'"main_path": "x"}}',
    ),
    "apical_points": (
        APICAL_POINTS,
        lambda path: MorphologyDirectory(path.parent).apical_points,
        b'{"m": 3, "n": null, "o": "4"}',
    ),
    "config": (
        "config.yaml",
        read_config,
        b"prepare: {recipe_path: r.yaml, morph_path: m, rep_morph_path: m, emodels_dir: e, "
        b"emodel_etype_map_path: map.json, final_json_path: final.json}\n"
        b"select: {megate_thresholds: [{features: ['.*'], megate_threshold: 5}]}\n"
        b"scoring: {timeout_s: 3.5}\n",
    ),
    "bluepymm": (
        "settings.json",
        read_bluepymm,
        b'{"version": "v2.0", "output_dir": "out", "scores_db": "s.sqlite"}',
    ),
}


def main() -> None:
    """Fuzz the parser that the first argument names; what follows is libFuzzer's."""
    name = sys.argv.pop(1) if len(sys.argv) > 1 else ""
    if name not in PARSERS:
        sys.exit(f"expected one of {', '.join(PARSERS)}")
    file_name, read, example = PARSERS[name]
    with_schema_read_once()
    for argument in sys.argv[1:]:
        if not argument.startswith("-"):
            Path(argument).mkdir(parents=True, exist_ok=True)
            Path(argument, "example").write_bytes(example)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, file_name)

        def read_one(content: bytes) -> None:
            path.write_bytes(content)
            try:
                read(path)
            except MegateError as error:
                assert len(str(error)) < 50_000, "the message is not bounded"

        atheris.Setup(sys.argv, read_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
