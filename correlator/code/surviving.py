"""Where every line of a whole tree came from: one ``git blame`` a file, a few at a time, kept.

What was found is kept in a file of ours together with which commits touched what, and only what
commits touched since is asked again. Nothing is written into the repository.
"""

import json
import sqlite3
import zlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from correlator.code.ancestry import Ancestry, packed, read_steps, unpacked
from correlator.code.blaming import Blaming, Run
from correlator.code.git import is_full_sha, run_git
from correlator.code.repo import BLAME_RECIPE, IGNORE_REVS, Repo

__all__ = ["LARGEST_FILE", "MANY_FILES", "Run", "Tree", "surviving"]

LARGEST_FILE = 1024 * 1024
# From so many files on, reading the whole history once is worth its seconds.
MANY_FILES = 50
_SCHEMA = """
create table if not exists known (name text primary key, value text not null);
create table if not exists files (path text primary key, runs blob not null);
create table if not exists history (part integer primary key, steps blob not null);
"""
_Files = Mapping[str, tuple[str, int]]


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
        recipe = f"2 {BLAME_RECIPE} {zlib.crc32(' '.join(ignored).encode())}"
        _forget(tree, database, recipe)
        found = {path: runs for path, runs in _kept(database).items() if path in files}
        todo = [path for path in files if path not in found]
        ancestry = _ancestry(tree, database, len(todo))
        made = _made(files, todo, frozenset(ignored), ancestry)
        _keep(database, made)
        todo = [path for path in todo if path not in made]
        blaming = Blaming(tree.repository, tree.revision, ignored, ancestry, tree.timeout)
        for done, (path, runs) in enumerate(blaming.all(todo), 1):
            found[path] = runs
            _keep(database, {path: runs})
            tell(done, len(todo))
        _know(database, revision=tree.revision, recipe=recipe)
        database.commit()
    return {**found, **made}


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


def _forget(tree: Tree, database: sqlite3.Connection, recipe: str) -> None:
    """Drops what commits since have touched; all of it if history was rewritten."""
    known = dict(database.execute("select name, value from known"))
    before = known.get("revision", "")
    if known.get("recipe") == recipe and _leads_to(tree, before):
        form = ("log", "-z", "--format=", "--name-only", "--no-renames", "-m", "--full-history")
        output = run_git(tree.repository, *form, f"{before}..{tree.revision}", "--",
                         timeout=tree.timeout)  # fmt: skip
        touched = set(output.decode("utf-8", "surrogateescape").replace("\n", "\0").split("\0"))
        if IGNORE_REVS not in touched:
            rows = [(_name(path),) for path in touched if path]
            database.executemany("delete from files where path = ?", rows)
            return
    database.execute("delete from files")


def _leads_to(tree: Tree, before: str) -> bool:
    repo = Repo(tree.repository, timeout=tree.timeout)
    return is_full_sha(before) and repo.has(before) and repo.is_ancestor(before, tree.revision)


def _ancestry(tree: Tree, database: sqlite3.Connection, todo: int) -> Ancestry | None:
    """The history, as far as kept from there; None where reading it is not worth while."""
    known = dict(database.execute("select name, value from known where name = 'history'"))
    before = known.get("history", "")
    if not _leads_to(tree, before):
        before = ""
        database.execute("delete from history")
    if not todo or (not before and todo < MANY_FILES):
        return None
    parts = database.execute("select steps from history order by part desc")
    old = [step for (part,) in parts for step in unpacked(part)]
    if before != tree.revision:
        asked = f"{before}..{tree.revision}" if before else tree.revision
        steps = read_steps(tree.repository, asked, tree.timeout)
        database.execute("insert into history (steps) values (?)", (packed(steps),))
        _know(database, history=tree.revision)
        old = [*steps, *old]
    return Ancestry(old)


def _made(
    files: _Files, todo: Sequence[str], ignored: Collection[str], ancestry: Ancestry | None
) -> dict[str, tuple[Run, ...]]:
    """Files that one commit made and that are as it made them: nothing is left to blame."""
    if ancestry is None:
        return {}
    makers = {path: ancestry.maker(path, files[path][0]) for path in todo}
    return {
        path: (Run(sha, path, 1, 1, files[path][1]),)
        for path, sha in makers.items()
        if sha is not None and sha not in ignored
    }


def _kept(database: sqlite3.Connection) -> dict[str, tuple[Run, ...]]:
    rows = database.execute("select path, runs from files")
    return {_path(name): _unpacked(runs) for name, runs in rows}


def _keep(database: sqlite3.Connection, found: Mapping[str, Sequence[Run]]) -> None:
    rows = [(_name(path), _packed(runs)) for path, runs in found.items()]
    database.executemany("insert or replace into files values (?, ?)", rows)


def _know(database: sqlite3.Connection, **facts: str) -> None:
    database.executemany("insert or replace into known values (?, ?)", facts.items())


def _name(path: str) -> str | bytes:
    """A path as it is kept: bytes where it is no text."""
    raw = path.encode("utf-8", "surrogateescape")
    return path if path.isascii() else raw


def _path(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")


def _packed(runs: Sequence[Run]) -> bytes:
    return zlib.compress(json.dumps(runs).encode("utf-8", "surrogateescape"), 1)


def _unpacked(kept: bytes) -> tuple[Run, ...]:
    return tuple(Run(*one) for one in json.loads(zlib.decompress(kept)))
