"""What is new in a repository: commits of a branch, notes that moved, what deploys brought.

Hashes only: of a history of any length no more is held than its names.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from correlator.code.git import is_full_sha, run_git
from correlator.errors import Permanent

_KINDS = ("refs/notes/", "refs/ai/", "refs/entire/", "refs/heads/entire/")
_OTHERS = "others"


def branch_head(path: Path, timeout: float = 60.0) -> str | None:
    """The newest commit of the default branch; None of an empty repository."""
    form = ("rev-parse", "--verify", "--quiet", "--default", "HEAD")
    try:
        head = run_git(path, *form, timeout=timeout).decode("utf-8", "replace").strip()
    except Permanent:
        return None
    return head if is_full_sha(head) else None


def reachable(path: Path, head: str, timeout: float = 600.0) -> list[str]:
    """Every commit that a commit contains, children first, a branch's commits together."""
    if not is_full_sha(head):
        raise Permanent(f"{head[:80]!r} is not a full commit hash")
    return run_git(path, "rev-list", "--topo-order", head, "--", timeout=timeout).decode().split()


def record_refs(path: Path, timeout: float = 60.0) -> dict[str, str]:
    """The refs that hold records, each with what it points at; those of one commit each (there
    may be thousands) as one entry that changes when any of them does."""
    form = "--format=%(objecttype) %(objectname) %(refname)"
    listed = run_git(path, "for-each-ref", form, *_KINDS, timeout=timeout)
    found: dict[str, str] = {}
    others = 0
    for line in listed.decode("utf-8", "replace").splitlines():
        kind, sha, ref = line.split(" ", 2)
        if kind == "commit" and ref.startswith("refs/notes/") and len(ref) <= 200:
            found[ref] = sha
        else:
            others = (others * 31 + int(sha[:15], 16)) % (1 << 60)
    return {**found, _OTHERS: f"{others:x}"} if others else found


def annotated(
    path: Path, before: Mapping[str, str], after: Mapping[str, str], timeout: float = 600.0
) -> set[str]:
    """The commits whose notes differ between two states of the refs. A ref that was not there
    before counts with all its notes."""
    found: set[str] = set()
    for ref, sha in after.items():
        if ref != _OTHERS and before.get(ref) != sha:
            found |= _between(path, before.get(ref, ""), sha, timeout)
    return found


def _between(path: Path, old: str, new: str, timeout: float) -> set[str]:
    if is_full_sha(old):
        form: tuple[str, ...] = ("diff-tree", "-r", "--name-only", "--no-renames", old, new)
        try:
            listed = run_git(path, *form, "--", timeout=timeout)
        except Permanent:  # the old state is gone: all its notes may differ
            return _between(path, "", new, timeout)
    else:
        form = ("ls-tree", "-r", "--name-only", "--full-tree", new)
        listed = run_git(path, *form, timeout=timeout)
    names = (line.replace("/", "") for line in listed.decode("utf-8", "replace").splitlines())
    return {name for name in names if is_full_sha(name)}


def brought(
    path: Path, revisions: Iterable[str], without: str, limit: int, timeout: float = 60.0
) -> list[str]:
    """The commits that any of these revisions contains and ``without`` does not, newest first.
    Revisions that are not here are passed over; nothing if ``without`` is not."""
    here = _commits_here(path, [without, *revisions], timeout)
    if without not in here:
        return []
    feed = "\n".join([*(here - {without}), f"^{without}"]).encode()
    form = ("rev-list", "--date-order", f"-n{int(limit)}", "--stdin")
    return run_git(path, *form, feed=feed, timeout=timeout).decode().split()


def _commits_here(path: Path, shas: Iterable[str], timeout: float) -> set[str]:
    wanted = [sha for sha in dict.fromkeys(shas) if is_full_sha(sha)]
    if not wanted:
        return set()
    feed = "".join(f"{sha}\n" for sha in wanted).encode()
    form = ("cat-file", "--batch-check=%(objecttype)")
    lines = run_git(path, *form, feed=feed, timeout=timeout).decode().splitlines()
    return {sha for sha, line in zip(wanted, lines, strict=True) if line == "commit"}
