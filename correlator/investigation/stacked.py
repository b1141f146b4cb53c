"""Branches that were made on top of others: what the lower one brought is not said again.

Merged by squash, the lower one's commits are in no history, and the upper one still holds them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from correlator.code.contents import heads, subjects
from correlator.investigation.takeovers import REQUESTS, Takeover
from correlator.provenance.following import Side
from correlator.provenance.merged import ref_in

MOST_COMMITS = 1000


def unbrought(
    path: Path, pairs: Sequence[tuple[Takeover, Side]], timeout: float
) -> list[tuple[Takeover, Side]]:
    """Marks commits of a side that another request, on top of which it was made, brought before."""
    requests = heads(path, *REQUESTS, timeout=timeout)
    by_head: dict[str, list[str]] = {}
    for ref, (sha, _) in requests.items():
        by_head.setdefault(sha, []).append(ref)
    inner = {
        (over.sha, sha)
        for over, side in pairs
        for sha in side.commits
        if sha != side.head and sha in by_head
    }
    if not inner:
        return list(pairs)
    place, merged = _merged(path, {sha for sha, _ in inner}, timeout)
    marked = []
    for over, side in pairs:
        lower = [
            sha
            for sha in side.commits
            if (over.sha, sha) in inner
            and any(merged.get(ref, -1) > place.get(over.sha, 0) for ref in by_head[sha])
        ]
        order = {sha: number for number, sha in enumerate(side.commits)}
        brought = {one for sha in lower for one in reached(sha, side.commits, order)}
        marked.append((over, replace(side, brought=frozenset(brought))))
    return marked


def _merged(path: Path, tips: set[str], timeout: float) -> tuple[dict[str, int], dict[str, int]]:
    """Where each commit stands in the history, newest first, and where each request's merge."""
    place: dict[str, int] = {}
    merged: dict[str, int] = {}
    for number, (sha, subject) in enumerate(subjects(path, tips, timeout)):
        place[sha] = number
        if ref := ref_in(subject):
            merged[ref] = number
    return place, merged


def reached(
    head: str, parents: Mapping[str, tuple[str, ...]], order: Mapping[str, int]
) -> list[str]:
    """What a head reaches of the commits that were listed; none if that is too much to be one
    piece of work."""
    seen: set[str] = set()
    waiting = [head]
    while waiting and len(seen) <= MOST_COMMITS:
        sha = waiting.pop()
        if sha in order and sha not in seen:
            seen.add(sha)
            waiting.extend(parents[sha])
    return sorted(seen, key=order.__getitem__) if len(seen) <= MOST_COMMITS else []
