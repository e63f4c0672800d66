"""Checks of files, names and patterns that are damaged or hostile."""

from broken import Case
from folder import ETYPE_MAP, FINAL_JSON, NEURONDB, RECIPE

_MAP = "emodels/emodel_etype_map.json"
_ENTITIES = "".join(
    f'<!ENTITY {name} "{f"&{of};" * 10}">' for of, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def _deep(levels: int) -> str:
    return "[" * levels + "]" * levels


FILES = [
    Case(
        "a folder in the place of a file",
        lambda p: (p.remove(RECIPE), (p.path / RECIPE).mkdir()),
        ("recipe", "recipe.yaml", "a folder", "a file"),
    ),
    Case(
        "a broken link",
        lambda p: (p.remove(RECIPE), (p.path / RECIPE).symlink_to("elsewhere.yaml")),
        ("recipe", "recipe.yaml", "a broken link"),
    ),
    Case(
        "a device in the place of a file",
        lambda p: (p.remove(RECIPE), (p.path / RECIPE).symlink_to("/dev/zero")),
        ("recipe", "recipe.yaml", "not a regular file"),
    ),
    Case(
        "a file that is much too large",
        lambda p: p.grow(ETYPE_MAP, 11),
        ("e-type map", _MAP, "11.0 MB", "at most 10 MB"),
    ),
    Case(
        "a file that is not UTF-8 text",
        lambda p: p.write(RECIPE, "version: v2.0 # Schürmann".encode("latin-1")),
        ("recipe", "recipe.yaml", "byte 20", "UTF-8"),
    ),
    Case(
        "two keys that stand twice in a YAML file",
        lambda p: (
            p.edit(RECIPE, "version: v2.0", "version: v2.0\nversion: v2.0"),
            p.edit(RECIPE, "layer: 4\n      mtype: L4_TPC", "layer: 4\n      layer: 5"),
        ),
        ("recipe.yaml", "line 4", "'version'", "line 3", "line 10", "'layer'", "line 9"),
    ),
    Case(
        "a YAML alias inside its own anchor",
        lambda p: p.write(RECIPE, "version: v2.0\nneurons: &all\n  - *all\n"),
        ("recipe.yaml", "nests more than 100 deep"),
    ),
    Case(
        "a YAML file that nests too deeply",
        lambda p: p.write(RECIPE, f"neurons: {_deep(200)}"),
        ("recipe.yaml", "nests more than 100 deep"),
    ),
    Case(
        "a YAML number with too many digits",
        lambda p: p.write(RECIPE, f"version: !!int {'9' * 400}"),
        ("recipe.yaml", "line 1", "a number of 400 characters"),
    ),
    Case(
        "a YAML value that is not what its tag says",
        lambda p: p.write(RECIPE, "version: !!bool perhaps"),
        ("recipe.yaml", "line 1", "'perhaps' is not a valid bool"),
    ),
    Case(
        "a YAML tag that makes Python run something",
        lambda p: p.write(RECIPE, "version: !!python/object/apply:os.system ['true']"),
        ("recipe.yaml", "not valid YAML", "python/object/apply:os.system", "line 1"),
    ),
    Case(
        "two keys that stand twice in a JSON file",
        lambda p: p.write(ETYPE_MAP, '{"a": {"layer": 4, "layer": 5}, "b": 1, "b": 2}'),
        (_MAP, "'layer'", "'b'", "twice"),
    ),
    Case(
        "a JSON file that nests too deeply",
        lambda p: p.write(ETYPE_MAP, _deep(200)),
        (_MAP, "nests more than 100 deep"),
    ),
    Case(
        "a JSON file that nests extremely deeply",
        lambda p: p.write(ETYPE_MAP, _deep(100_000)),
        (_MAP, "nests more than 100 deep"),
    ),
    Case(
        "a JSON number with too many digits",
        lambda p: p.write(ETYPE_MAP, f'{{"cADpyr_TPC": {"9" * 400}}}'),
        (_MAP, "400 digits"),
    ),
    Case(
        "XML entities that stand for one another",
        lambda p: p.write(NEURONDB, f"<!DOCTYPE n [<!ENTITY a 'a'>{_ENTITIES}]><n>&i;</n>"),
        ("neuronDB.xml", "not valid XML", "entity amplification"),
    ),
    Case(
        "an XML entity that reads another file",
        lambda p: p.write(NEURONDB, "<!DOCTYPE n [<!ENTITY x SYSTEM '/etc/passwd'>]><n>&x;</n>"),
        ("neuronDB.xml", "&x;"),
    ),
]

PATTERNS = [
    Case(
        "a regular expression that is too long",
        lambda p: p.set(ETYPE_MAP, "cNAC_LBC", "etype", to="cNAC|" * 3000),
        (_MAP, "cNAC_LBC: etype 'cNAC|cNAC", "15000 characters", "at most 10000"),
    ),
]

PATHS = [
    Case(
        "a path with a line end",
        lambda p: p.configure("prepare", recipe_path="recipe\n.yaml"),
        ("prepare.recipe_path", "recipe\\n.yaml", "cannot be shown"),
    ),
    Case(
        "a path with a name that is too long",
        lambda p: p.configure("prepare", recipe_path=f"/circuits/{'r' * 300}.yaml"),
        ("prepare.recipe_path", "rrr.yaml", "longer than 255 bytes"),
    ),
    Case(
        "a path that is too long",
        lambda p: p.configure("prepare", recipe_path="/circuits" * 600),
        ("prepare.recipe_path", "/circuits/circuits", "longer than 4000 bytes"),
    ),
    Case(
        "a BluePyMM project in a folder with a line end in its name",
        lambda p: p.as_bluepymm().configure(None, bluepymm="old\nproject"),
        ("bluepymm", "old\\nproject", "cannot be shown"),
    ),
    Case(
        "an exemplar's path with a line end",
        lambda p: p.set(FINAL_JSON, "cNAC_LBC", "morph_path", to="lbc\n1.swc"),
        ("emodels/final.json", "cNAC_LBC: morph_path 'lbc\\n1.swc'", "cannot be shown"),
    ),
    Case(
        "two files of a package whose names Snakemake cannot take",
        lambda p: [
            p.write(f"emodels/cNAC_LBC/{name}", "") for name in ("data{1}.txt", "two\nlines.txt")
        ],
        ("emodels/cNAC_LBC", "data{1}.txt", "braces", "two\\nlines.txt", "cannot be shown"),
    ),
    Case(
        "a package with very large files",
        lambda p: p.grow("emodels/cNAC_LBC/all_traces.dat", 1100),
        ("emodels/cNAC_LBC", "1,000 MB", "do not belong to the package"),
    ),
]
