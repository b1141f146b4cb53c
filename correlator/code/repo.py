"""Repo: what we ask of one repository, read-only. Git is asked once per file or per range.

Revisions given to a method are full hashes; only ``resolve`` takes what a person wrote.
"""

import re
import secrets
from collections.abc import Iterable, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from correlator.code.blame import read_blame
from correlator.code.git import is_full_sha, run_git
from correlator.code.patches import log_format, read_log
from correlator.errors import Permanent
from correlator.types import Commit, Origin, Patch

PREFIX = re.compile(r"\A[0-9a-f]{7,64}\Z")
IGNORE_REVS = ".git-blame-ignore-revs"
BLAME_RECIPE = "w-M-1"
TEXT_LIMIT = 4 * 1024 * 1024
# Patches of such files say nothing about a crash, and can be very large.
_NO_PATCH = (
    "*.min.js", "*.min.css", "*.map", "*.svg", "*.po", "*.mo", "*.pot", "*.snap", "*.csv",
    "*.rst", "*.md", "*.html", "*.css", "*.ipynb", "tests/**", "test/**", "__tests__/**",
    "testdata/**", "test_*", "*_test.*", "*.test.*", "*.spec.*", "docs/**",
)  # fmt: skip
_DIFF = (
    "-U0", "-w", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/",
    "--dst-prefix=b/", "--no-indent-heuristic", "--submodule=short", "--ignore-submodules",
)  # fmt: skip
# Ours, never the repository's: they only tell git what opens a function in which language.
_ATTRIBUTES = Path(__file__).with_name("languages.gitattributes")
_LOG_CONFIG = {
    "core.bigFileThreshold": "1m",
    "log.follow": "false",
    "diff.orderFile": "/dev/null",
    "core.attributesFile": str(_ATTRIBUTES),
    "diff.ecmascript.xfuncname": (
        "^[[:space:]]*((export |default |async )*(function|class)[ *].*"
        "|(export )?(const|let|var) [A-Za-z_$][A-Za-z0-9_$]* *=.*(=>|function).*"
        r"|((static|async|get|set) )*[A-Za-z_$][A-Za-z0-9_$]*\(.*\)[^;]*\{)[[:space:]]*$"
    ),
}


class BlameCache(Protocol):
    """Keeps blames for good: the blame of a path at a revision never changes."""

    def get(self, revision: str, path: str, recipe: str) -> tuple[Origin, ...] | None:
        """What was put, or None."""

    def put(self, revision: str, path: str, recipe: str, origins: tuple[Origin, ...]) -> None:
        """Keep it; a second time changes nothing."""


class Repo:
    """One repository, bare or not."""

    def __init__(
        self, path: Path, *, timeout: float = 60, blames: BlameCache | None = None
    ) -> None:
        """``timeout``: seconds that one git command may take."""
        self.path = path
        self._timeout = timeout
        self._blames = blames

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
        patches = self._log(["--no-walk=unsorted", "--stdin"], feed="\n".join(here).encode())
        return {patch.commit.sha: patch.commit for patch in patches} if here else {}

    def between(self, previous: str, deployed: str, limit: int = 5000) -> tuple[Commit, ...]:
        """Commits that ``deployed`` contains and ``previous`` does not, newest first."""
        self._full(previous, deployed)
        arguments = ["--date-order", f"-n{int(limit)}", deployed, f"^{previous}", "--"]
        return tuple(patch.commit for patch in self._log(arguments))

    def patches(self, previous: str, deployed: str, limit: int = 2000) -> tuple[Patch, ...]:
        """What the commits between changed in source files, newest first, children first.

        A commit that only touched prose, styles and the like is left out. ``parents`` of these
        commits are the nearest ancestors that are in the answer.
        """
        self._full(previous, deployed)
        exclude = [f":(exclude,glob)**/{glob}" for glob in _NO_PATCH]
        arguments = ["--topo-order", "--parents", "-p", *_DIFF, f"-n{int(limit)}"]
        return tuple(self._log([*arguments, deployed, f"^{previous}", "--", ".", *exclude]))

    def recent(self, revision: str, limit: int = 300) -> tuple[Patch, ...]:
        """What the newest commits of a revision changed in source files, newest first."""
        self._full(revision)
        exclude = [f":(exclude,glob)**/{glob}" for glob in _NO_PATCH]
        arguments = ["--topo-order", "-p", *_DIFF, f"-n{int(limit)}"]
        return tuple(self._log([*arguments, revision, "--", ".", *exclude]))

    def history(self, revision: str, paths: Sequence[str], limit: int = 400) -> tuple[Patch, ...]:
        """What commits did to these files, newest first, children first, at most ``limit``."""
        self._full(revision)
        if not paths:
            return ()
        literal = [f":(literal){path}" for path in paths]
        arguments = ["--topo-order", "--parents", "-p", *_DIFF, f"-n{int(limit)}"]
        return tuple(self._log([*arguments, revision, "--", *literal]))

    def changes(self, shas: Iterable[str]) -> dict[str, Patch]:
        """What each of these commits changed in source files, in one git call."""
        wanted = [sha for sha in dict.fromkeys(shas) if is_full_sha(sha)]
        if not wanted:
            return {}
        exclude = [f":(exclude,glob)**/{glob}" for glob in _NO_PATCH]
        arguments = ["--no-walk=unsorted", "--stdin", "-p", *_DIFF, "--", ".", *exclude]
        patches = self._log(arguments, feed="\n".join(wanted).encode())
        return {patch.commit.sha: patch for patch in patches}

    def blame(self, revision: str, path: str, past: Sequence[str] = ()) -> tuple[Origin, ...]:
        """The origin of every line of a file (index: line number less one).

        ``past``: commits that are looked through, as those of ``.git-blame-ignore-revs`` are.
        """
        self._full(revision, *past)
        recipe = BLAME_RECIPE
        if past:
            recipe += "-" + sha256("".join(sorted(past)).encode()).hexdigest()[:12]
        if self._blames and (kept := self._blames.get(revision, path, recipe)) is not None:
            return kept
        ignored = [*self.ignored(revision), *past]
        skip = ["--ignore-revs-file", "/dev/stdin"] if ignored else []
        arguments = ["blame", "--porcelain", "-w", "-M", *skip, revision, "--", path]
        found = read_blame(self._run(*arguments, feed="\n".join(ignored).encode() or None))
        origins = tuple(found[number] for number in sorted(found))
        if self._blames:
            self._blames.put(revision, path, recipe, origins)
        return origins

    def ignored(self, revision: str) -> tuple[str, ...]:
        """Full hashes that ``.git-blame-ignore-revs`` lists at this revision."""
        text = self.text(revision, IGNORE_REVS) or ""
        words = (line.partition("#")[0].strip().lower() for line in text.splitlines())
        return tuple(word for word in words if is_full_sha(word))

    def text(self, revision: str, path: str) -> str | None:
        """A file at a revision; None if there is none, or it is too large to be source."""
        return self.texts(revision, [path]).get(path)

    def texts(self, revision: str, paths: Sequence[str]) -> dict[str, str]:
        """Several files at a revision, in one git call; those that are not there are left out."""
        self._full(revision)
        asked = [path for path in dict.fromkeys(paths) if "\n" not in path]
        feed = "".join(f"{revision}:{path}\n" for path in asked).encode("utf-8", "surrogateescape")
        return _batch(self._run("cat-file", "--batch", feed=feed), asked) if asked else {}

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
        found = _batch(self._run("cat-file", "--batch", feed=feed), list(asked))
        return {asked[name]: text for name, text in found.items()}

    def newest(self, limit: int = 5000) -> tuple[Commit, ...]:
        """The newest commits of the default branch, children first; none of an empty repository."""
        head = self._run("rev-parse", "--verify", "--quiet", "--default", "HEAD").decode().strip()
        arguments = ["--topo-order", f"-n{int(limit)}", head, "--"]
        return tuple(patch.commit for patch in self._log(arguments)) if is_full_sha(head) else ()

    def files(self, revision: str) -> tuple[str, ...]:
        """Every path at a revision."""
        self._full(revision)
        listed = self._run("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision)
        return tuple(listed.decode("utf-8", "surrogateescape").split("\0")[:-1])

    def notes(self, ref: str, shas: Iterable[str]) -> dict[str, bytes]:
        """The notes under ``ref`` on these commits, in two git calls."""
        wanted = {sha for sha in shas if is_full_sha(sha)}
        if not wanted or not re.fullmatch(r"refs/[\w./-]+", ref) or not self._ref(ref):
            return {}
        listed = self._run("notes", f"--ref={ref}", "list").decode().split("\n")
        pairs = (line.split(" ", 1) for line in listed if " " in line)
        blobs = {sha: blob for blob, sha in pairs}
        asked = [sha for sha in wanted if sha in blobs]
        feed = "".join(f"{blobs[sha]}\n" for sha in asked).encode()
        return _batch_bytes(self._run("cat-file", "--batch", feed=feed), asked) if asked else {}

    def note_refs(self) -> tuple[str, ...]:
        """Refs that hold notes, wherever a mirror keeps them."""
        listed = self._run("for-each-ref", "--format=%(refname)", "refs/notes/", "refs/ai/")
        return tuple(listed.decode("utf-8", "replace").split())

    @cached_property
    def edge(self) -> frozenset[str]:
        """Commits whose parents a shallow clone lacks; empty for a whole repository."""
        answer = self._run("rev-parse", "--is-shallow-repository", "--absolute-git-dir")
        shallow, _, directory = answer.decode().strip().partition("\n")
        if shallow != "true":
            return frozenset()
        return frozenset((Path(directory) / "shallow").read_text().split())

    def _ref(self, ref: str) -> bool:
        return bool(self._run("for-each-ref", "--format=%(refname)", ref).strip())

    def _here(self, shas: list[str]) -> list[str]:
        feed = "".join(f"{sha}\n" for sha in shas).encode()
        lines = self._run("cat-file", "--batch-check", feed=feed).decode().splitlines()
        return [sha for sha, line in zip(shas, lines, strict=True) if " commit " in line]

    def _log(self, arguments: list[str], feed: bytes | None = None) -> list[Patch]:
        mark = secrets.token_hex(12)
        output = self._run("log", log_format(mark), *arguments, feed=feed, config=_LOG_CONFIG)
        return list(read_log(output, mark))

    def _full(self, *shas: str) -> None:
        for sha in shas:
            if not is_full_sha(sha):
                raise Permanent(f"{sha[:80]!r} is not a full commit hash; resolve it first")

    def _run(
        self, *arguments: str, feed: bytes | None = None, config: dict[str, str] | None = None
    ) -> bytes:
        return run_git(self.path, *arguments, feed=feed, timeout=self._timeout, config=config)


def _batch(output: bytes, names: Sequence[str]) -> dict[str, str]:
    return {
        name: body.decode("utf-8", "replace")
        for name, body in _batch_bytes(output, names).items()
        if len(body) <= TEXT_LIMIT
    }


def _batch_bytes(output: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """What ``cat-file --batch`` printed for these names, in order; only blobs."""
    found: dict[str, bytes] = {}
    at = 0
    for name in names:
        end = output.find(b"\n", at)
        header = output[at:end].rsplit(b" ", 2)
        at = end + 1
        if len(header) != 3 or not header[2].isdigit():
            continue  # "<name> missing"
        size = int(header[2])
        if header[1] == b"blob":
            found[name] = output[at : at + size]
        at += size + 1
    return found
