"""Real git repositories, made so that the same content has the same commits everywhere."""

import os
import subprocess
from pathlib import Path

ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_AUTHOR_NAME": "Author",
    "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_COMMITTER_NAME": "Author",
    "GIT_COMMITTER_EMAIL": "author@example.org",
}
FIRST_DATE = 1_500_000_000


class Repository:
    """The repository in `root`, or a new one; its commits follow one another by a minute."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._date = FIRST_DATE
        root.mkdir(parents=True, exist_ok=True)
        if not (root / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str, given: bytes = b"") -> str:
        """What git says."""
        date = f"{self._date} +0000"
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        result = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=kept | ENVIRONMENT | dates,
            input=given,
            capture_output=True,
        )
        assert result.returncode == 0, result.stderr.decode()
        return result.stdout.decode().strip()

    def branch(self, name: str) -> None:
        """Start a branch without history and without files."""
        self.git("checkout", "--quiet", "--orphan", name)
        self.git("rm", "-r", "--force", "--quiet", "--ignore-unmatch", ".")

    def switch(self, name: str) -> None:
        """Work on another branch."""
        self.git("checkout", "--quiet", name)

    def commit(self, files: dict[str, str] | None = None) -> str:
        """Commit these files, and all that changed. Gives the commit."""
        for name, text in (files or {}).items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self._date += 60
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "work")
        return self.git("rev-parse", "HEAD")

    def commit_tree(self, listing: str, branch: str) -> str:
        """Commit a tree as `git mktree` takes it, however odd, to a new branch."""
        tree = self.tree(listing)
        commit = self.git("commit-tree", tree, "-m", "odd")
        self.git("update-ref", f"refs/heads/{branch}", commit)
        return commit

    def tree(self, listing: str) -> str:
        """The id of a tree of entries, `<mode> <kind> <id>\\t<name>`, one a line."""
        return self.git("mktree", "--missing", given=listing.encode())

    def blob(self, content: str) -> str:
        """The id of a file's content."""
        return self.git("hash-object", "-w", "--stdin", given=content.encode())
