"""Which files each commit of a range touched, and how many lines: two git calls in all.

A merge counts only with the files in which it differs from all its parents: what a person or a
tool changed while merging. A rename touches the old path and the new one.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from correlator.code.git import run_git


@dataclass(frozen=True, slots=True)
class Touched:
    """Paths, and lines added and removed in all; of a merge, lines are not counted. ``added``: the
    added ones of each path, binary files left out."""

    paths: tuple[str, ...]
    lines: int | None
    added: Mapping[str, int] = field(default_factory=dict)


def touched_files(path: Path, shas: Sequence[str], timeout: float = 600.0) -> dict[str, Touched]:
    """What each of these commits touched; one that touched nothing has no paths."""
    if not shas:
        return {}
    feed = "\n".join(shas).encode()
    counted = _ask(path, ("--numstat", "--no-merges"), feed, timeout)
    merged = _ask(path, ("--name-only", "-c", "--merges"), feed, timeout)
    found = {sha: Touched((), 0) for sha in shas}
    for sha, entries in counted.items():
        parts = [entry.split("\t", 2) for entry in entries]
        lines = sum(int(n) for part in parts for n in part[:2] if n.isdigit())
        whole = [part for part in parts if len(part) == 3]
        added = {part[2]: int(part[0]) for part in whole if part[0].isdigit()}
        found[sha] = Touched(tuple(part[2] for part in whole), lines, added)
    for sha, entries in merged.items():
        found[sha] = Touched(tuple(entries), None)
    return found


def touched_before(path: Path, revision: str, limit: int, timeout: float = 600.0) -> "History":
    """Subject and paths of the newest ``limit`` commits that a revision reaches, newest first."""
    mark = secrets.token_hex(12)
    form = ("log", f"--format={mark}%ct %s", "--name-only", "--no-renames", "-z", "--no-merges")
    output = run_git(path, *form, f"-n{int(limit)}", revision, "--", timeout=timeout)
    return [
        (int(when), subject[:500], tuple(entries))
        for (when, _, subject), entries in (
            (head.partition(" "), entries) for head, entries in _records(output, mark)
        )
        if when.isdigit()
    ]


History = list[tuple[int, str, tuple[str, ...]]]


def _ask(path: Path, how: tuple[str, ...], feed: bytes, timeout: float) -> dict[str, list[str]]:
    mark = secrets.token_hex(12)
    form = ("log", f"--format={mark}%H", "--no-renames", "-z", "--no-walk=unsorted", *how)
    output = run_git(path, *form, "--stdin", "--", feed=feed, timeout=timeout)
    return dict(_records(output, mark))


def _records(output: bytes, mark: str) -> list[tuple[str, list[str]]]:
    """What follows each mark: the rest of its own entry, and the entries after it."""
    found: list[tuple[str, list[str]]] = []
    for token in output.decode("utf-8", "replace").split("\0"):
        entry = token.lstrip("\n")
        if entry.startswith(mark):
            found.append((entry[len(mark) :], []))
        elif entry and found:
            found[-1][1].append(entry)
    return found


def pull_heads(path: Path, timeout: float = 60.0) -> dict[str, int]:
    """Number of the pull or merge request by the commit at its head, as far as fetched."""
    listed = run_git(
        path, "for-each-ref", "--format=%(objectname) %(refname)", "refs/pull",
        "refs/merge-requests", "refs/remotes/origin/pull", timeout=timeout,
    )  # fmt: skip
    heads: dict[str, int] = {}
    for line in listed.decode("utf-8", "replace").splitlines():
        sha, _, ref = line.partition(" ")
        number, _, kind = ref.rpartition("/")
        number = number.rpartition("/")[2]
        if kind == "head" and number.isdigit() and len(number) < 10:
            heads[sha] = max(int(number), heads.get(sha, 0))
    return heads
