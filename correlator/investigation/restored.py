"""Lines that a revert brings back: their origin is the commit that wrote them in the first place.

A revert names the commit that it takes back, or (GitHub's button) the pull request. It takes over
nothing of that; the lines that it adds were there before, and git is asked who wrote them then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from correlator.code.contents import blobs_at, changes, single, subjects, texts_of
from correlator.code.git import Incomplete
from correlator.code.records import Shelf
from correlator.code.repo import Repo
from correlator.provenance import Claims
from correlator.provenance.carrying import Source, carried_lines, carried_whole, matched
from correlator.provenance.following import At, Side
from correlator.provenance.merged import ref_in, reverted_by, reverted_request
from correlator.types import Claim, Commit, Touched

MOST_FILES = 200
ClaimsOf = Callable[[Sequence[Commit]], Mapping[str, Claims]]


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a revert, and the commit before the one that was reverted."""

    sha: str
    touched: Touched
    before: str


def restore(
    path: Path, shelf: Shelf, commits: Sequence[Commit], claims_of: ClaimsOf, timeout: float
) -> dict[str, tuple[Claim, ...]]:
    """Derived claims of those reverts among ``commits`` that have no note and bring lines back.

    Reverts of reverts; others, too, where the repository has notes. ``claims_of`` tells all that
    is claimed of the commits that wrote the lines.
    """
    noted = frozenset(shelf.noted)
    reverts = _reverts(path, commits, timeout)
    undone = {one.sha: one for one in single(path, reverts.values(), timeout)}
    before = {
        sha: undone[back].parents[0]
        for sha, back in reverts.items()
        if sha not in noted
        and back in undone
        and undone[back].parents
        and (noted or reverted_by(undone[back]) or reverted_request(undone[back]))
    }
    if not before:
        return {}
    touched = changes(path, list(before), timeout)
    files = [_File(sha, one, before[sha]) for sha in before for one in touched.get(sha, ())]
    found: dict[str, list[Source]] = {}
    for sha, source in _sources(path, files[:MOST_FILES], timeout):
        found.setdefault(sha, []).append(source)
    return _claims(path, found, claims_of, timeout)


def _reverts(path: Path, commits: Sequence[Commit], timeout: float) -> dict[str, str]:
    """What each revert takes back: the commit that it names, else the commit (a squash, or a
    merge) by which the pull request came that GitHub's button names."""
    found = {one.sha: back for one in commits if (back := reverted_by(one))}
    asked = {
        one.sha: number
        for one in commits
        if one.sha not in found and (number := reverted_request(one)) is not None
    }
    if not asked:
        return found
    wanted = {f"refs/pull/{number}/head": number for number in asked.values()}
    came_by: dict[int, str] = {}
    for sha, subject in subjects(path, list(asked), timeout):
        if (number := wanted.get(ref_in(subject) or "")) is not None:
            came_by[number] = sha  # children first: of several the oldest stays
    back_to = {sha: came_by.get(number) for sha, number in asked.items()}
    return {**found, **{sha: back for sha, back in back_to.items() if back and back != sha}}


def _sources(path: Path, files: Sequence[_File], timeout: float) -> Iterator[tuple[str, Source]]:
    repo = Repo(path, timeout=timeout)
    blobs = blobs_at(path, [(one.before, one.touched.path) for one in files], timeout)
    names = [name for one in files for name in (one.touched.old_blob, one.touched.new_blob)]
    texts = texts_of(path, [*blobs.values(), *names], timeout)
    for one in files:
        blob = blobs.get((one.before, one.touched.path), "")
        if blob in texts and one.touched.new_blob:
            try:
                blamed = repo.blame(one.before, one.touched.path)
            except Incomplete:
                continue  # nobody can say who wrote these lines: unknown
            origins = [At(origin.sha, origin.path, origin.line - 1) for origin in blamed]
            if len(origins) == len(texts[blob]):
                for source in matched(one.touched, blob, origins, texts):
                    yield one.sha, source


def _claims(
    path: Path, found: Mapping[str, Sequence[Source]], claims_of: ClaimsOf, timeout: float
) -> dict[str, tuple[Claim, ...]]:
    writers = single(path, {one.at.sha for rows in found.values() for one in rows}, timeout)
    known = claims_of(writers)
    parents = {commit.sha: commit.parents for commit in writers}
    carried = {}
    for sha, rows in found.items():
        wrote = dict.fromkeys(one.at.sha for one in rows)
        name = "what this revert brings back"
        side = Side(name=name, head=sha, commits={one: parents.get(one, ()) for one in wrote})
        carried[sha] = (*carried_lines(rows, name, known), *carried_whole(side, known))
    return carried
