"""Commits that took over noted work without a number, a date or a tree that says so: by content.

Only where a noted commit is left that nothing else led to, and only among commits that touched
the same files.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from correlator.code.contents import blobs_at, changes, graph, heads, texts_of
from correlator.code.records import Shelf
from correlator.investigation.takeovers import BRANCHES, REQUESTS, Takeover, request_name
from correlator.provenance.alignment import aligned
from correlator.provenance.following import Side
from correlator.types import Commit, Touched

MOST_COMMITS = 2000
MOST_REACHED = 1000
MOST_PAIRS = 200
_Known = tuple[Sequence[Takeover], Sequence[Side], Sequence[str]]


def alike(
    path: Path, shelf: Shelf, commits: Sequence[Commit], known: _Known, timeout: float
) -> tuple[Takeover, ...]:
    """More takeovers, beside the ``known`` ones (with their sides, and the tips of ``commits``)."""
    found, sides, tips = known
    asked = {commit.sha for commit in commits}
    covered = {sha for side in sides for sha in side.commits}
    noted = frozenset(shelf.noted)
    taken = noted.union(one.sha for one in found)
    here = noted - asked - covered
    free = [c.sha for c in commits if len(c.parents) == 1 and c.sha not in taken]
    if not here or not free:
        return ()
    free = free[:MOST_COMMITS]
    refs = {
        name: sha
        for name, (sha, _) in heads(path, *BRANCHES, *REQUESTS, timeout=timeout).items()
        if sha not in asked and sha not in covered
    }
    reach = _reach(graph(path, set(refs.values()), tips, timeout), refs, here)
    if not reach:
        return ()
    loose = sorted({sha for _, shas in reach.values() for sha in shas})[:MOST_COMMITS]
    touched = changes(path, [*free, *loose], timeout)
    by_head = list(_by_head(path, reach, touched, free, timeout))
    done = {one.sha for one in by_head}
    rest = [sha for sha in free if sha not in done]
    return (*by_head, *_by_patch(path, loose, touched, rest, timeout))


_Reach = Mapping[str, tuple[str, frozenset[str]]]


def _reach(
    parents: Mapping[str, tuple[str, ...]], refs: Mapping[str, str], here: frozenset[str]
) -> _Reach:
    """For each head: its ref, and the noted commits that it reaches; those with none left out."""
    found = {}
    for name, head in refs.items():
        seen: set[str] = set()
        waiting = [head]
        while waiting and len(seen) <= MOST_REACHED:
            sha = waiting.pop()
            if sha in parents and sha not in seen:
                seen.add(sha)
                waiting.extend(parents[sha])
        if noted := frozenset(seen & here):
            found[head] = (name, noted)
    return found


def _by_head(
    path: Path,
    reach: _Reach,
    touched: Mapping[str, tuple[Touched, ...]],
    free: Sequence[str],
    timeout: float,
) -> Iterator[Takeover]:
    """A commit after which every file that it touched is as it is at a head: the oldest such."""
    by_path: dict[str, list[str]] = {}
    for sha in free:
        for one in touched.get(sha, ()):
            by_path.setdefault(one.path, []).append(sha)
    pairs = [
        (head, sha)
        for head, (_, noted) in reach.items()
        for sha in dict.fromkeys(
            sha
            for commit in noted
            for one in touched.get(commit, ())
            for sha in by_path.get(one.path, ())
        )
    ][: MOST_PAIRS * 10]
    places = [(head, one.path) for head, sha in pairs for one in touched[sha]]
    blobs = blobs_at(path, places, timeout)
    # Newest first: the oldest of several stays.
    best = {head: sha for head, sha in pairs if _is_at(head, touched[sha], blobs)}
    for head, sha in best.items():
        yield Takeover(sha, head, request_name(reach[head][0]), sure=True)


def _is_at(head: str, files: Sequence[Touched], blobs: Mapping[tuple[str, str], str]) -> bool:
    same = all(blobs.get((head, one.path), "") == one.new_blob for one in files)
    return same and any(one.new_blob for one in files)


def _by_patch(
    path: Path,
    loose: Iterable[str],
    touched: Mapping[str, tuple[Touched, ...]],
    free: Iterable[str],
    timeout: float,
) -> Iterator[Takeover]:
    """A commit that adds and removes the same lines in the same files as a noted one."""
    by_paths: dict[frozenset[str], list[str]] = {}
    for sha in free:
        by_paths.setdefault(_paths(touched.get(sha, ())), []).append(sha)
    pairs = [(one, sha) for one in loose for sha in by_paths.get(_paths(touched.get(one, ())), ())][
        :MOST_PAIRS
    ]
    files = [one for pair in pairs for sha in pair for one in touched.get(sha, ())]
    texts = texts_of(
        path, [blob for one in files for blob in (one.old_blob, one.new_blob)], timeout
    )
    shas = dict.fromkeys(sha for pair in pairs for sha in pair)
    patches = {sha: _patch(touched[sha], texts) for sha in shas}
    for original, sha in pairs:
        if patches[sha] and patches[sha] == patches[original]:
            yield Takeover(sha, original, f"commit {original[:12]}", alone=True, sure=True)


def _paths(files: Iterable[Touched]) -> frozenset[str]:
    return frozenset(one.path for one in files)


def _patch(
    files: Iterable[Touched], texts: Mapping[str, Sequence[str]]
) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """What is added and removed, file by file, wherever in the file; white space left out, as
    ``git patch-id`` does. Empty where a file could not be read."""
    found = []
    for one in sorted(files, key=lambda file: file.path):
        if any(blob and blob not in texts for blob in (one.old_blob, one.new_blob)):
            return []
        old = ["".join(line.split()) for line in texts.get(one.old_blob, ())]
        new = ["".join(line.split()) for line in texts.get(one.new_blob, ())]
        match = aligned(old, new)
        kept = set(match)
        added = tuple(text for text, at in zip(new, match, strict=True) if at is None)
        removed = tuple(text for at, text in enumerate(old) if at not in kept)
        found.append((one.path, added, removed))
    return found if any(added for _, added, _ in found) else []
