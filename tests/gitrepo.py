"""Real git repositories for tests, built in a temporary directory.

Dates are fixed and move on a minute a commit, and nothing of the user's configuration is read, so
that the same calls give the same hashes on every machine.
"""

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ALICE = "Alice Example <alice@example.org>"

Files = Mapping[str, str | bytes | None]


class GitRepo:
    """A working repository on branch ``main``. Paths are relative to its root."""

    def __init__(self, path: Path) -> None:
        """Make the directory and an empty repository in it."""
        self.path = path
        self._clock = START
        path.mkdir(parents=True, exist_ok=True)
        self.run("init", "--quiet", "--initial-branch=main")

    def commit(
        self,
        subject: str,
        files: Files | None = None,
        who: str = ALICE,
        at: datetime | None = None,
        body: str = "",
        committer: str | None = None,
    ) -> str:
        """Write ``files`` (None deletes), stage everything and commit; the full hash.

        ``who`` and ``committer`` are ``Name <mail>``; the committer is the author if not given.
        ``at`` is the time of both; without it, a minute after the commit before.
        """
        self.write(files or {})
        self.run("add", "--all")
        message = f"{subject}\n\n{body}" if body else subject
        self._commit(["commit", "--allow-empty"], message, who, committer or who, at)
        return self.head

    def write(self, files: Files) -> None:
        """Write files as they are, making directories; None deletes. Nothing is staged."""
        for name, content in files.items():
            file = self.path / name
            if content is None:
                file.unlink(missing_ok=True)
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def branch(self, name: str, start: str | None = None) -> None:
        """Switch to a branch, making it (from ``start``, else from here) if there is none."""
        known = self.run("branch", "--list", "--format=%(refname:short)").split()
        if name in known:
            self.run("switch", "--quiet", name)
        else:
            self.run("switch", "--quiet", "--create", name, *([start] if start else []))

    def merge(
        self, branch: str, subject: str | None = None, who: str = ALICE, at: datetime | None = None
    ) -> str:
        """Merge a branch into the current one, always with a merge commit; its full hash."""
        message = subject or f"Merge branch '{branch}'"
        self._commit(["merge", "--no-ff", branch], message, who, who, at)
        return self.head

    def pick(self, sha: str, at: datetime, message: str = "") -> str:
        """Cherry-pick a commit, keeping its author and time; its full hash. ``message``: its own
        in place of the original's."""
        self._run(["cherry-pick", "--no-commit", sha], None, {})
        self._clock = max(self._clock, at) + timedelta(minutes=1)
        how = ["-C", sha] if not message else ["-m", message]
        kept = {} if not message else _person("AUTHOR", ALICE, at)
        self._run(
            ["commit", "--quiet", "--no-verify", *how],
            None,
            {**kept, **_person("COMMITTER", ALICE, at)},
        )
        return self.head

    def tag(self, name: str, sha: str = "HEAD", message: str | None = None) -> None:
        """A tag on a commit; annotated if there is a message."""
        kind = ["--annotate", "-m", message] if message is not None else []
        self.run("tag", *kind, name, sha)

    def note(self, sha: str, text: str, ref: str = "refs/notes/commits") -> None:
        """Attach a git note to a commit, in place of one that is there."""
        self.run("notes", f"--ref={ref}", "add", "--force", "-m", text, sha)

    def update_ref(self, ref: str, sha: str) -> None:
        """Point any ref at an object, e.g. ``refs/pull/1/head``."""
        self.run("update-ref", ref, sha)

    @property
    def head(self) -> str:
        """Full hash of the commit that is checked out."""
        return self.run("rev-parse", "HEAD").strip()

    def run(self, *arguments: str, feed: str | None = None) -> str:
        """Run git here; what it printed. Fails with git's own words."""
        return self._run(list(arguments), feed, {})

    def _commit(
        self, how: list[str], message: str, who: str, committer: str, at: datetime | None
    ) -> None:
        when = at or self._clock
        self._clock = max(self._clock, when) + timedelta(minutes=1)
        people = {**_person("AUTHOR", who, when), **_person("COMMITTER", committer, when)}
        self._run([*how, "--quiet", "--no-verify", "-m", message], None, people)

    def _run(self, arguments: list[str], feed: str | None, extra: dict[str, str]) -> str:
        done = subprocess.run(
            ["git", "-c", "commit.gpgSign=false", "-c", "gc.auto=0", *arguments],
            cwd=self.path,
            input=feed,
            stdin=subprocess.DEVNULL if feed is None else None,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            env={**_environment(), **extra},
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"git {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout


@pytest.fixture
def git_repo(tmp_path: Path) -> GitRepo:
    """An empty repository, ``tmp_path / "repo"``."""
    return GitRepo(tmp_path / "repo")


def _person(role: str, who: str, at: datetime) -> dict[str, str]:
    name, _, rest = who.partition("<")
    return {
        f"GIT_{role}_NAME": name.strip(),
        f"GIT_{role}_EMAIL": rest.rstrip("> "),
        f"GIT_{role}_DATE": f"{int(at.timestamp())} +0000",
    }


def _environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        **_person("AUTHOR", ALICE, START),
        **_person("COMMITTER", ALICE, START),
    }
