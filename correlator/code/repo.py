"""Repo: what we ask of one repository, read-only. Git is asked once per file or per range.

Revisions given to a method are full hashes; only ``resolve`` takes what a person wrote.
"""

import math
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

from correlator.code import logs
from correlator.code.batches import bodies, texts
from correlator.code.blame import BLAME_RECIPE, BlameCache, Kept, read_blame
from correlator.code.fact_store import FactStore
from correlator.code.git import TooSlow, is_full_sha, run_git
from correlator.code.origins import Origins
from correlator.errors import Permanent
from correlator.types import Commit, Origin, Patch

PREFIX = re.compile(r"\A[0-9a-f]{7,64}\Z")
__all__ = ["BLAME_RECIPE", "IGNORE_REVS", "BlameCache", "Repo"]

IGNORE_REVS = ".git-blame-ignore-revs"


class Repo:
    """One repository, bare or not."""

    def __init__(
        self,
        path: Path,
        *,
        timeout: float = 60,
        blames: BlameCache | None = None,
        patches: Path | None = None,
    ) -> None:
        """``timeout``: seconds that one git command may take. ``blames`` and ``patches``: where
        answers are kept for good, if anywhere; what is found of commits lies with ``patches``."""
        self.path = path
        self._timeout = timeout
        self._blames = Kept(str(path), blames)
        self._patches = logs.patch_store(patches) if patches is not None else None
        self._facts = FactStore(patches) if patches is not None else None
        self._until = math.inf
        self._ignored: dict[str, tuple[str, ...]] = {}

    def until(self, moment: float) -> "Repo":
        """The same repository, whose commands raise TooSlow at a moment of ``time.monotonic``."""
        hurried = copy(self)
        hurried._until = moment
        return hurried

    def resolve(self, text: str) -> str | None:
        """The commit that a full hash or a unique prefix (7 digits or more) names, else None."""
        text = text.strip().lower()
        if not PREFIX.match(text):
            return None
        # One line per name, whatever the object is: it never fails on an unknown one.
        answer = self._run("cat-file", "--batch-check", feed=f"{text}^{{commit}}\n".encode())
        sha, _, rest = answer.decode("utf-8", "replace").partition(" ")
        return sha if is_full_sha(sha) and rest.startswith("commit ") else None

    def has(self, sha: str) -> bool:
        """Whether this commit is here."""
        return is_full_sha(sha) and self.resolve(sha) == sha

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether ``newer`` contains ``older``."""
        self._full(older, newer)
        # The exit code of merge-base --is-ancestor tells no from failure, but costs a fault.
        return not self._run("rev-list", "-n1", older, "--not", newer, "--").strip()

    def commits(self, shas: Iterable[str]) -> dict[str, Commit]:
        """The commits of these hashes, as far as they are here, in one git call."""
        wanted = [sha for sha in dict.fromkeys(shas) if is_full_sha(sha)]
        if not wanted:
            return {}
        here = self._here(wanted)
        patches = self._read(["--no-walk=unsorted", "--stdin"], feed="\n".join(here).encode())
        return {patch.commit.sha: patch.commit for patch in patches} if here else {}

    def between(self, previous: str, deployed: str, limit: int = 5000) -> tuple[Commit, ...]:
        """Commits that ``deployed`` contains and ``previous`` does not, newest first."""
        self._full(previous, deployed)
        arguments = ["--date-order", f"-n{int(limit)}", deployed, f"^{previous}", "--"]
        return tuple(patch.commit for patch in self._read(arguments))

    def patches(self, previous: str, deployed: str, limit: int = 2000) -> tuple[Patch, ...]:
        """What the commits between changed in source files, newest first.

        A commit that only touched prose, styles and the like is left out.
        """
        shas = [commit.sha for commit in self.between(previous, deployed, limit)]
        return tuple(patch for patch in self.changes(shas).values() if patch.files)

    def recent(self, revision: str, limit: int = 300) -> tuple[Patch, ...]:
        """What the newest commits of a revision changed in source files, newest first."""
        self._full(revision)
        listed = self._run(
            "rev-list", "--topo-order", f"-n{int(limit)}", revision, "--", *logs.CODE
        )
        return tuple(self.changes(listed.decode().split()).values())

    def history(self, revision: str, paths: Sequence[str], limit: int = 400) -> tuple[Patch, ...]:
        """What commits did to these files, newest first, children first, at most ``limit``."""
        self._full(revision)
        if not paths:
            return ()
        asked = (revision, tuple(paths), int(limit))
        return tuple(logs.history(self._run, str(self.path), asked, self.edge, self._patches))

    def changes(self, shas: Iterable[str]) -> dict[str, Patch]:
        """What each of these commits changed in source files, in two git calls at most."""
        wanted = [sha for sha in dict.fromkeys(shas) if is_full_sha(sha)]
        if not wanted:
            return {}
        return logs.changes(self._run, str(self.path), wanted, self.edge, self._patches)

    def known(self, question: str, shas: Iterable[str]) -> dict[str, bool]:
        """What was found of these commits before, as far as it is kept (see ``fact_store``)."""
        wanted = list(shas)
        return self._facts.get(question, wanted) if self._facts and wanted else {}

    def know(self, question: str, answers: Mapping[str, bool]) -> None:
        """Keep what was found of commits, but of a shallow clone's edge."""
        if self._facts:
            lasting = {sha: yes for sha, yes in answers.items() if sha not in self.edge}
            self._facts.put(question, lasting)

    def blame(self, revision: str, path: str) -> tuple[Origin, ...]:
        """The origin of every line of a file (index: line number less one)."""
        self._full(revision)
        ignored = self.ignored(revision)
        skip = ["--ignore-revs-file", "/dev/stdin"] if ignored else []
        arguments = ["blame", "--porcelain", "-w", "-M", *skip, revision, "--", path]
        found, _ = read_blame(self._run(*arguments, feed="\n".join(ignored).encode() or None))
        return tuple(found[number] for number in sorted(found))

    def blame_lines(self, revision: str, path: str, lines: Collection[int]) -> Mapping[int, Origin]:
        """The origins of these lines (numbers from 1; the file must have them), and perhaps of
        more. Asked of git once, and then kept."""
        self._full(revision)
        return self._origins.of(revision, path, lines, self.ignored(revision))

    def before(
        self, revision: str, origins: Mapping[int, Origin], sweeps: Collection[str]
    ) -> dict[int, Origin]:
        """These origins, as found at a revision, as if ``sweeps`` had not been: commits that are
        looked through, as those of ``.git-blame-ignore-revs`` are."""
        self._full(revision, *sweeps)
        return self._origins.behind(origins, sweeps, self.ignored(revision))

    def ignored(self, revision: str) -> tuple[str, ...]:
        """Full hashes that ``.git-blame-ignore-revs`` lists at this revision."""
        if revision not in self._ignored:
            text = self.text(revision, IGNORE_REVS) or ""
            words = (line.partition("#")[0].strip().lower() for line in text.splitlines())
            self._ignored[revision] = tuple(word for word in words if is_full_sha(word))
        return self._ignored[revision]

    def text(self, revision: str, path: str) -> str | None:
        """A file at a revision; None if there is none, or it is too large to be source."""
        return self.texts(revision, [path]).get(path)

    def texts(self, revision: str, paths: Sequence[str]) -> dict[str, str]:
        """Several files at a revision, in one git call; those that are not there are left out."""
        self._full(revision)
        asked = [path for path in dict.fromkeys(paths) if "\n" not in path]
        feed = "".join(f"{revision}:{path}\n" for path in asked).encode("utf-8", "surrogateescape")
        return texts(self._run("cat-file", "--batch", feed=feed), asked) if asked else {}

    def body(self, revision: str, path: str, limit: int) -> bytes | None:
        """A file at a revision as it is; None if there is none, or it has more bytes."""
        self._full(revision)
        feed = f"{revision}:{path}\n".encode("utf-8", "surrogateescape")
        if "\n" in path:
            return None
        about = self._run("cat-file", "--batch-check=%(objecttype) %(objectsize)", feed=feed)
        kind, _, size = about.decode("utf-8", "replace").strip().partition(" ")
        if kind != "blob" or not size.isdigit() or int(size) > limit:
            return None
        return bodies(self._run("cat-file", "--batch", feed=feed), [path]).get(path)

    def texts_at(self, places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Files by (commit, path), in one git call; those that are not there are left out."""
        asked = {
            f"{sha}:{path}": (sha, path)
            for sha, path in places
            if is_full_sha(sha) and "\n" not in path
        }
        if not asked:
            return {}
        feed = "".join(f"{name}\n" for name in asked).encode("utf-8", "surrogateescape")
        found = texts(self._run("cat-file", "--batch", feed=feed), list(asked))
        return {asked[name]: text for name, text in found.items()}

    def newest(self, limit: int = 5000) -> tuple[Commit, ...]:
        """The newest commits of the default branch, children first; none of an empty repository."""
        head = self._run("rev-parse", "--verify", "--quiet", "--default", "HEAD").decode().strip()
        arguments = ["--topo-order", f"-n{int(limit)}", head, "--"]
        return tuple(patch.commit for patch in self._read(arguments)) if is_full_sha(head) else ()

    def files(self, revision: str) -> tuple[str, ...]:
        """Every path at a revision."""
        self._full(revision)
        listed = self._run("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision)
        return tuple(listed.decode("utf-8", "surrogateescape").split("\0")[:-1])

    @cached_property
    def edge(self) -> frozenset[str]:
        """Commits whose parents a shallow clone lacks; empty for a whole repository."""
        answer = self._run("rev-parse", "--is-shallow-repository", "--absolute-git-dir")
        shallow, _, directory = answer.decode().strip().partition("\n")
        if shallow != "true":
            return frozenset()
        return frozenset((Path(directory) / "shallow").read_text().split())

    def _here(self, shas: list[str]) -> list[str]:
        feed = "".join(f"{sha}\n" for sha in shas).encode()
        lines = self._run("cat-file", "--batch-check", feed=feed).decode().splitlines()
        return [sha for sha, line in zip(shas, lines, strict=True) if " commit " in line]

    @property
    def _origins(self) -> Origins:
        # What is blamed on a shallow clone's edge is another's when the clone is deepened.
        kept = self._blames if not self.edge else Kept(f"{self.path} shallow", None)
        return Origins(self._run, str(self.path), kept)

    def _read(self, arguments: Sequence[str], feed: bytes | None = None) -> list[Patch]:
        return logs.read(self._run, arguments, feed)

    def _full(self, *shas: str) -> None:
        for sha in shas:
            if not is_full_sha(sha):
                raise Permanent(f"{sha[:80]!r} is not a full commit hash; resolve it first")

    def _run(
        self, *arguments: str, feed: bytes | None = None, config: dict[str, str] | None = None
    ) -> bytes:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooSlow(f"there was no time left for git {arguments[0]}")
        timeout = min(self._timeout, left)
        return run_git(self.path, *arguments, feed=feed, timeout=timeout, config=config)
