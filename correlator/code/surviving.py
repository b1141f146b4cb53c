"""Where every line of a whole tree came from: one ``git blame`` a file, a few at a time, kept.

Blame is asked with a commit-graph of our own beside it, which tells which commits touched a path
and makes it several times faster; nothing is written into the repository. What was found is kept
in a file and only what commits touched since is asked again.
"""

import json
import os
import re
import secrets
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from correlator.code.contents import read_raw
from correlator.code.git import is_full_sha, run_git
from correlator.code.repo import BLAME_RECIPE, IGNORE_REVS, Repo
from correlator.errors import Permanent

LARGEST_FILE = 1024 * 1024
# From so many files on the commit-graph is worth its seconds.
MANY_FILES = 200
_RUN = re.compile(rb"([0-9a-f]{40,64}) (\d+) (\d+) (\d+)\Z")
_SCHEMA = """
create table if not exists known (name text primary key, value text not null);
create table if not exists files (path text primary key, runs blob not null);
"""


class Run(NamedTuple):
    """Lines in a row that one commit wrote: its path and first line there, the first line now,
    and how many. Lines count from 1."""

    sha: str
    path: str
    first: int
    now: int
    size: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A revision whose lines are asked for, and where what was found is kept."""

    repository: Path
    revision: str
    kept: Path
    timeout: float = 600.0


def surviving(tree: Tree, tell: Callable[[int, int], None]) -> dict[str, tuple[Run, ...]]:
    """The runs of every text file at the revision. ``tell`` hears how many files of how many."""
    ignored = Repo(tree.repository, timeout=tree.timeout).ignored(tree.revision)
    files = _text_files(tree)
    tree.kept.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(tree.kept)) as database:
        database.executescript(_SCHEMA)
        recipe = f"1 {BLAME_RECIPE} {zlib.crc32(' '.join(ignored).encode())}"
        found = _still_true(tree, database, recipe)
        found = {path: runs for path, runs in found.items() if path in files}
        todo = [path for path in files if path not in found]
        once = _written_once(tree, files, frozenset(ignored)) if len(todo) >= MANY_FILES else {}
        found.update({path: once[path] for path in todo if path in once})
        rows = [(path, _packed(found[path])) for path in todo if path in once]
        database.executemany("insert or replace into files values (?, ?)", rows)
        todo = [path for path in todo if path not in once]
        database.executemany(
            "delete from files where path = ?", [(path,) for path in _stored(database) - set(found)]
        )
        for done, (path, runs) in enumerate(_blames(tree, todo, ignored), 1):
            found[path] = runs
            database.execute("insert or replace into files values (?, ?)", (path, _packed(runs)))
            tell(done, len(todo))
        for name, value in (("revision", tree.revision), ("recipe", recipe)):
            database.execute("insert or replace into known values (?, ?)", (name, value))
        database.commit()
    return found


def _text_files(tree: Tree) -> dict[str, tuple[str, int]]:
    """Blob and number of lines of files that are neither empty, large nor binary, in order."""
    listed = run_git(tree.repository, "ls-tree", "-r", "-z", "-l", "--full-tree", tree.revision,
                     timeout=tree.timeout)  # fmt: skip
    found: dict[str, str] = {}
    for row in listed.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        about, _, path = row.partition("\t")
        mode, kind, blob, size = about.split()
        if kind == "blob" and mode != "120000" and 0 < int(size) <= LARGEST_FILE:
            found[path] = blob
    counts = _counts(tree)
    return {path: (blob, counts[path]) for path, blob in found.items() if path in counts}


def _counts(tree: Tree) -> dict[str, int]:
    """Lines of each file, against an empty tree; binary ones have none."""
    empty = run_git(tree.repository, "hash-object", "-t", "tree", "/dev/null", timeout=60)
    form = ("diff-tree", "-r", "-z", "--numstat", "--no-renames")
    names = (empty.decode().strip(), f"{tree.revision}^{{tree}}")
    output = run_git(tree.repository, *form, *names, timeout=tree.timeout)
    rows = output.decode("utf-8", "surrogateescape").split("\0")
    triples = (row.split("\t", 2) for row in rows if row)
    return {path: int(added) for added, _, path in triples if added.isdigit()}


def _written_once(
    tree: Tree, files: Mapping[str, tuple[str, int]], ignored: frozenset[str]
) -> dict[str, tuple[Run, ...]]:
    """Files that one commit made and that are as it made them: nothing is left to blame."""
    mark = secrets.token_hex(12)
    form = ("log", f"--format={mark}%H", "-z", "--raw", "--no-abbrev", "-M", tree.revision, "--")
    output = run_git(tree.repository, *form, timeout=tree.timeout)
    last: dict[str, tuple[str, str, str]] = {}
    often: set[str] = set()
    for sha, changed in read_raw(output, mark):
        for one in changed:
            for path in {one.path, one.old_path}:
                if path in last:
                    often.add(path)
                last[path] = (sha, one.old_blob, one.new_blob)
    return {
        path: (Run(sha, path, 1, 1, lines),)
        for path, (blob, lines) in files.items()
        if path in last and path not in often
        for sha, old, new in (last[path],)
        if not old and new == blob and sha not in ignored
    }


def _still_true(
    tree: Tree, database: sqlite3.Connection, recipe: str
) -> dict[str, tuple[Run, ...]]:
    """What was kept and no commit since has touched; nothing if history was rewritten."""
    known = dict(database.execute("select name, value from known"))
    before = known.get("revision", "")
    if known.get("recipe") != recipe or not is_full_sha(before):
        return {}
    repo = Repo(tree.repository, timeout=tree.timeout)
    if not repo.has(before) or not repo.is_ancestor(before, tree.revision):
        return {}
    form = ("log", "-z", "--format=", "--name-only", "--no-renames", "-m", "--full-history")
    output = run_git(tree.repository, *form, f"{before}..{tree.revision}", "--",
                     timeout=tree.timeout)  # fmt: skip
    touched = set(output.decode("utf-8", "surrogateescape").replace("\n", "\0").split("\0"))
    if IGNORE_REVS in touched:
        return {}
    rows = database.execute("select path, runs from files")
    return {path: _unpacked(runs) for path, runs in rows if path not in touched}


def _stored(database: sqlite3.Connection) -> set[str]:
    return {path for (path,) in database.execute("select path from files")}


def _packed(runs: Sequence[Run]) -> bytes:
    return zlib.compress(json.dumps(runs).encode("utf-8", "surrogateescape"), 1)


def _unpacked(kept: bytes) -> tuple[Run, ...]:
    return tuple(Run(*one) for one in json.loads(zlib.decompress(kept)))


def _blames(
    tree: Tree, paths: Sequence[str], ignored: Sequence[str]
) -> Iterator[tuple[str, tuple[Run, ...]]]:
    with _graph(tree, len(paths)) as around, ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        feed = "\n".join(ignored).encode() or None
        skip = ["--ignore-revs-file", "/dev/stdin"] if ignored else []

        def blame(path: str) -> tuple[Run, ...]:
            form = ("blame", "--incremental", "-w", "-M", *skip, tree.revision, "--", path)
            output = run_git(
                tree.repository, *form, feed=feed, timeout=tree.timeout, extra_environment=around
            )
            return tuple(sorted(read_runs(output), key=lambda run: run.now))

        yield from zip(paths, pool.map(blame, paths), strict=True)


def read_runs(output: bytes) -> Iterator[Run]:
    """The runs of ``git blame --incremental``, in the order of its search."""
    current: tuple[str, int, int, int] | None = None
    for line in output.split(b"\n"):
        if found := _RUN.match(line):
            current = (found[1].decode(), int(found[2]), int(found[3]), int(found[4]))
        elif line.startswith(b"filename ") and current is not None:
            sha, first, now, count = current
            yield Run(sha, line[9:].decode("utf-8", "surrogateescape"), first, now, count)


@contextmanager
def _graph(tree: Tree, files: int) -> Iterator[Mapping[str, str]]:
    """Environment in which git sees a commit-graph with the paths that commits touched."""
    objects = run_git(tree.repository, "rev-parse", "--git-path", "objects", timeout=60)
    real = str((tree.repository / os.fsdecode(objects.strip())).resolve())
    if files < MANY_FILES or ":" in real:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="correlator-graph-") as beside:
        around = {"GIT_OBJECT_DIRECTORY": beside, "GIT_ALTERNATE_OBJECT_DIRECTORIES": real}
        form = ("commit-graph", "write", "--stdin-commits", "--changed-paths", "--no-progress")
        try:
            run_git(
                tree.repository,
                *form,
                feed=f"{tree.revision}\n".encode(),
                timeout=tree.timeout,
                extra_environment=around,
            )
        except Permanent:  # a shallow clone has none: blame is right without it, only slower
            around = {}
        yield around
