"""Checks of e-models in several folders, and in a git repository."""

import shutil

from broken import Case
from folder import ETYPE_MAP, FINAL_JSON, Folder

_NAC, _PYR = "cNAC_LBC", "cADpyr_TPC"
_TREES = "results/emodels_repo/files/"


def _addressed(address: str, **settings: str):
    """Give the repository's address."""
    prepare = {"emodels_dir": None, "emodels_repo": address, "emodels_githash": "main"}
    return lambda p: p.configure("prepare", **(prepare | settings))


def _with_final(emodel: str, key: str, value: object):
    """Change final.json in the repository."""

    def change(p: Folder) -> None:
        p.set(FINAL_JSON, emodel, key, to=value)
        p.as_repository()

    return change


def _with_tree(listing: str):
    """Have another tree at the end of an e-model's branch: entries of `git mktree`, in which {blob}
    is a file's content and {link} the place that a link leads to."""

    def change(p: Folder) -> None:
        repository = p.as_repository()
        repository.git("branch", "--delete", "--force", _NAC)
        lfs = "version https://git-lfs.github.com/spec/v1\n"
        ids = {
            "blob": repository.blob("x"),
            "link": repository.blob("/etc"),
            "lfs": repository.blob(lfs),
        }
        package = repository.tree(listing.format(**ids, gone="1" * 40))
        repository.commit_tree(f"040000 tree {package}\t{_NAC}\n", _NAC)

    return change


def _recorded(text: str):
    """Write a record of commits by hand."""
    return lambda p: (p.as_repository(), p.write("results/emodels_repo/revisions.json", text))


FOLDERS = [
    Case(
        "two folders with the same e-models",
        lambda p: (
            shutil.copytree(p.path / "emodels", p.path / "more"),
            p.configure("prepare", emodels_dir=["emodels", "more"]),
        ),
        (
            "e-model 'cADpyr_TPC'",
            "emodels/emodel_etype_map.json, more/emodel_etype_map.json",
            "mm_recipe 'cNAC_LBC'",
        ),
    ),
    Case(
        "two folders whose final.json lacks an e-model",
        lambda p: (
            shutil.copytree(p.path / "emodels", p.path / "more"),
            p.drop(ETYPE_MAP, _PYR),
            p.drop("more/emodel_etype_map.json", _NAC),
            p.drop(FINAL_JSON, _NAC),
            p.drop("more/final.json", _PYR),
            p.configure("prepare", emodels_dir=["emodels", "more"]),
        ),
        ("emodels/final.json", "'cNAC_LBC' is missing", "more/final.json", "'cADpyr_TPC'"),
    ),
    Case(
        "absolute path where one in the e-models' folder is expected",
        lambda p: p.configure("prepare", final_json_path="/final.json"),
        ("prepare: final_json_path", "/final.json", "in emodels_dir"),
    ),
]

ADDRESSES = [
    Case(
        "address that git takes for an option",
        _addressed("--upload-pack=touch pwned"),
        ("emodels_repo", "'--upload-pack=touch pwned'", "a folder", "https://"),
    ),
    Case(
        "address that makes git run a program",
        _addressed("ext::sh -c whoami"),
        ("emodels_repo", "'ext::sh -c whoami'", "a folder", "https://"),
    ),
    Case(
        "address of an unknown protocol",
        _addressed("ftp://example.org/emodels.git"),
        ("emodels_repo", "'ftp://example.org/emodels.git'", "a folder", "https://"),
    ),
    Case(
        "address without proper host",
        _addressed("ssh://-oProxyCommand=whoami/emodels.git"),
        ("emodels_repo", "-oProxyCommand", "user@host:path"),
    ),
    Case(
        "address whose path is an option",
        _addressed("git@example.org:-x"),
        ("emodels_repo", "'git@example.org:-x'", "user@host:path"),
    ),
    Case(
        "address with control characters",
        _addressed("https://example.org/%0aemodels.git"),
        ("emodels_repo", "'https://example.org/%0aemodels.git'", "a folder"),
    ),
    Case(
        "path that leads out of the repository",
        lambda p: (p.as_repository(), p.configure("prepare", final_json_path="../final.json")),
        ("prepare: final_json_path", "'../final.json'", "not a path in the repository"),
    ),
    Case(
        "no such repository",
        lambda p: (
            _addressed("repo")(p),
            p.configure(None, results=str(p.path / "results")),
        ),
        ("emodels_repo", "repo", "not found"),
    ),
    Case(
        "folder that is no repository",
        lambda p: (
            _addressed("emodels")(p),
            p.configure(None, results=str(p.path / "results")),
        ),
        ("emodels_repo", "cannot read emodels", "repository 'emodels' does not exist"),
    ),
]

REPOSITORIES = [
    Case(
        "no such commit, tag or branch",
        lambda p: (p.as_repository(), p.configure("prepare", emodels_githash="v2")),
        ("prepare.emodels_githash", "repo", "'v2'", "commit, tag or branch"),
    ),
    Case(
        "commit that the repository does not contain",
        lambda p: (p.as_repository(), p.configure("prepare", emodels_githash="1" * 40)),
        ("emodels_githash", "repo", "1111111111111111111111111111111111111111"),
    ),
    Case(
        "recorded commit that the repository does not contain any more",
        lambda p: (
            p.as_repository(),
            p.write(
                "results/emodels_repo/revisions.json",
                f'{{"repository": "{p.path}/repo", "emodels_githash": "main", '
                f'"commit": "{"1" * 40}", "date": "2017-07-14", "emodels": {{}}}}',
            ),
        ),
        ("repo no longer contains commit 1111", "results/emodels_repo/revisions.json", "newest"),
    ),
    Case(
        "no final.json in the repository",
        lambda p: (p.as_repository(), p.configure("prepare", final_json_path="params/final.json")),
        ("emodels_repo: repo", "params/final.json", "main", "commit"),
    ),
    Case(
        "e-model without branch, and e-model whose branch there is not",
        lambda p: (
            p.drop(FINAL_JSON, _PYR, "branch"),
            p.set(FINAL_JSON, _NAC, "branch", to="cNAC_v2"),
            p.as_repository(),
        ),
        ("final.json", "repo", "cADpyr_TPC: no 'branch'", "cNAC_LBC", "no branch 'cNAC_v2'"),
    ),
    Case(
        "branch without the e-model's folder",
        _with_final(_NAC, "main_path", "cNAC"),
        ("final.json", "repo", "cNAC_LBC: branch 'cNAC_LBC' (commit", "no folder 'cNAC'"),
    ),
    Case(
        "e-model's folder whose name cannot be used",
        _with_final(_NAC, "main_path", "cNAC\u200b"),
        ("final.json", "repo", "cNAC_LBC: main_path 'cNAC\\u200b'"),
    ),
    Case(
        "file whose name leads out of a package",
        _with_tree("100644 blob {blob}\t..\n"),
        ("cNAC_LBC: branch 'cNAC_LBC'", "invalid path '..'"),
    ),
    Case(
        "link that leads out of a package",
        _with_tree("120000 blob {link}\tetc\n"),
        ("cNAC_LBC: branch 'cNAC_LBC'", "link", "'etc'"),
    ),
    Case(
        "two files that lie elsewhere (Git LFS)",
        _with_tree("100644 blob {lfs}\ttraces.h5\n100644 blob {lfs}\tmore.h5\n"),
        ("cNAC_LBC: branch 'cNAC_LBC'", "Git LFS", "traces.h5", "more.h5"),
    ),
    Case(
        "record of commits that is none",
        _recorded('{"repository": "repo"}'),
        ("results/emodels_repo/revisions.json", "'emodels_githash' is missing", "newest"),
    ),
    Case(
        "record of commits with a commit that is none",
        _recorded(
            '{"repository": "repo", "emodels_githash": "main", "commit": "main", '
            '"date": "2017-07-14", "emodels": {}}'
        ),
        ("results/emodels_repo/revisions.json", "commit: 'main'", "newest"),
    ),
    Case(
        "record of commits with a date that is no text",
        _recorded(
            '{"repository": "repo", "emodels_githash": "main", "commit": "%s", '
            '"date": 2017, "emodels": {}}' % ("1" * 40)
        ),
        ("results/emodels_repo/revisions.json", "date: 2017", "a string", "newest"),
    ),
    Case(
        "record of commits with e-models in a list",
        _recorded(
            '{"repository": "repo", "emodels_githash": "main", "commit": "%s", '
            '"date": "2017-07-14", "emodels": []}' % ("1" * 40)
        ),
        ("results/emodels_repo/revisions.json", "emodels: []", "newest"),
    ),
    Case(
        "record of commits with an e-model that is no object",
        _recorded(
            '{"repository": "repo", "emodels_githash": "main", "commit": "%s", '
            '"date": "2017-07-14", "emodels": {"cNAC_LBC": "main"}}' % ("1" * 40)
        ),
        ("results/emodels_repo/revisions.json", "emodels.cNAC_LBC: 'main'", "newest"),
    ),
]
