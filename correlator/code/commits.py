"""Commits by what a person types: a revision, a range, a date. One git call, newest first."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from correlator.code.git import Incomplete, NoRepository, is_full_sha, run_git
from correlator.code.patches import log_format, read_log
from correlator.errors import Permanent
from correlator.types import Commit


def revision_of(path: Path, text: str, timeout: float = 60.0) -> str:
    """The full hash of the commit that a branch, tag, hash or the like names; Permanent if none."""
    if not text or "\0" in text or "\n" in text:
        raise Permanent(f"{text[:80]!r} names no revision")
    form = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}")
    try:
        sha = run_git(path, *form, timeout=timeout).decode("utf-8", "replace").strip()
    except NoRepository:
        raise
    except Permanent as fault:
        raise Permanent(f"{path} has no revision {text[:80]!r}; is it fetched?") from fault
    if not is_full_sha(sha):
        raise Permanent(f"{path} has no revision {text[:80]!r}; is it fetched?")
    return sha


def named_commit(path: Path, text: str, timeout: float = 60.0) -> str | None:
    """The full hash of the commit that a revision names; None where it names none, as HEAD does
    in a mirror of branches alone."""
    try:
        return revision_of(path, text, timeout)
    except NoRepository:
        raise
    except Permanent:
        return None


def added_lines(path: Path, shas: Sequence[str], timeout: float = 600.0) -> dict[str, int]:
    """How many lines each of these commits adds to what its first parent had, in one git call;
    none of them where the repository is incomplete."""
    how = ("--no-renames", "--diff-merges=first-parent")
    return {sha: added for sha, (added, _) in _counted(path, shas, how, timeout).items()}


def changed_lines(path: Path, shas: Sequence[str], timeout: float = 600.0) -> dict[str, int]:
    """How many lines each of these commits adds and removes, in one git call. A file that only
    moved has none; nor has a merge: its lines are those of what it merged."""
    how = ("--find-renames", "--no-merges")
    return {sha: sum(both) for sha, both in _counted(path, shas, how, timeout).items()}


def _counted(
    path: Path, shas: Sequence[str], how: Sequence[str], timeout: float
) -> dict[str, tuple[int, int]]:
    """Lines added and removed, binary files left out."""
    if not shas:
        return {}
    mark = secrets.token_hex(12)
    form = ("log", f"--format={mark}%H", "--numstat", "--no-walk=unsorted", *how, "--stdin", "--")
    try:
        output = run_git(path, *form, feed="\n".join(shas).encode(), timeout=timeout)
    except Incomplete:
        return {}
    counted: dict[str, tuple[int, int]] = {}
    sha = ""
    for line in output.decode("utf-8", "replace").splitlines():
        if line.startswith(mark):
            sha = line[len(mark) :]
            counted[sha] = 0, 0
            continue
        added, removed = [*line.split("\t"), "", ""][:2]
        if added.isdigit() and removed.isdigit():
            counted[sha] = counted[sha][0] + int(added), counted[sha][1] + int(removed)
    return counted


def read_commits(
    path: Path, revisions: str = "HEAD", since: str | None = None, timeout: float = 600.0
) -> tuple[Commit, ...]:
    """The commits that ``REV``, ``FROM..TO`` or ``FROM..`` reaches, newest first; ``since`` is a
    date as git takes it."""
    excluded, dots, included = revisions.rpartition("..")
    wanted = [revision_of(path, included or ("HEAD" if dots else ""))]
    if dots:
        wanted.append("^" + revision_of(path, excluded or "HEAD"))
    dated = [f"--since={since}"] if since else []
    mark = secrets.token_hex(12)
    output = run_git(path, "log", log_format(mark), *dated, *wanted, "--", timeout=timeout)
    return tuple(patch.commit for patch in read_log(output, mark))
