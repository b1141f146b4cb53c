"""What releases are looked up in: a repository's commits and tags, by git.

Each question is one git run, and tags are read once: an object lives as long as one question.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from correlator.code.git import run_git

_PREFIX = re.compile(r"\A[0-9a-f]{7,64}\Z")
_TAG_FORMAT = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname:strip=2)"


class GitLookup:
    """A repository (bare or not) as ``code.releases.Lookup``."""

    def __init__(self, directory: Path, timeout: float = 60.0) -> None:
        self._directory = directory
        self._timeout = timeout

    def commits(self, prefix: str) -> tuple[str, ...]:
        """Full hashes of the commits that begin with ``prefix``; other objects do not count."""
        if not _PREFIX.match(prefix):
            return ()
        objects = self._run("rev-parse", f"--disambiguate={prefix}").split()
        if not objects:
            return ()
        kinds = self._run("cat-file", "--batch-check", feed="\n".join(objects) + "\n")
        lines = (line.split() for line in kinds.splitlines())
        return tuple(sorted(words[0] for words in lines if words[1:2] == ["commit"]))

    def tags(self) -> Mapping[str, str]:
        """Tag names to commits; annotated tags are followed, tags of other things left out."""
        return self._tags

    @cached_property
    def _tags(self) -> dict[str, str]:
        listed = self._run("for-each-ref", f"--format={_TAG_FORMAT}", "refs/tags")
        tags = dict[str, str]()
        for line in listed.splitlines():
            kind, sha, target_kind, target, name = line.split(" ", 4)
            if kind == "commit":
                tags[name] = sha
            elif target_kind == "commit":
                tags[name] = target
        return tags

    def _run(self, *arguments: str, feed: str | None = None) -> str:
        given = None if feed is None else feed.encode()
        said = run_git(self._directory, *arguments, feed=given, timeout=self._timeout)
        return said.decode("utf-8", "replace")
