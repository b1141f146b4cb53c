"""What is recorded of the commits that were squashed, rebased or copied, for those they became.

Git is asked a fixed number of times for all pull requests together, then a few times for each
batch of those whose commits have records at all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from correlator.code.contents import aside, blobs_at, changes, single, texts_of
from correlator.code.records import Shelf
from correlator.investigation.alike import alike
from correlator.investigation.apart import apart
from correlator.investigation.own import own_claims
from correlator.investigation.restored import restore
from correlator.investigation.stacked import reached, unbrought
from correlator.investigation.takeovers import Takeover, takeovers
from correlator.provenance import Claims
from correlator.provenance.carrying import carried_lines, carried_whole, gone, is_of, sources
from correlator.provenance.following import Side, Texts
from correlator.provenance.records import DECIDES
from correlator.types import Claim, Commit, Touched

MOST_REVERTS = 3
MOST_PLACES = 20_000
_BATCH = 60_000


@dataclass(frozen=True, slots=True)
class _Case:
    """A takeover with the commits it took over, what it touched, and where to look."""

    over: Takeover
    side: Side
    touched: tuple[Touched, ...]
    paths: frozenset[str]
    by_line: bool

    @property
    def places(self) -> list[tuple[str, str]]:
        """(commit, path) of which the content has to be known."""
        if not self.by_line:
            return [(self.side.head, path) for path in sorted(self.paths)]
        edge = {parent for parents in self.side.commits.values() for parent in parents}
        return [(sha, path) for sha in {*self.side.commits, *edge} for path in self.paths]


@dataclass(frozen=True, slots=True)
class Ground:
    """A repository with its notes, seconds that one git command may take, and the revisions whose
    history is merged: what they reach is no pull request's own, whichever commits are asked for.
    ``told``: squashes that a forge told of."""

    path: Path
    shelf: Shelf
    timeout: float
    merged: tuple[str, ...] = ()
    told: tuple[Takeover, ...] = ()


def carry_over(
    ground: Ground, commits: Sequence[Commit], depth: int = MOST_REVERTS
) -> dict[str, tuple[Claim, ...]]:
    """Derived claims by commit, for those of ``commits`` that took over the content of others.

    ``depth``: how many reverts of reverts are followed.
    """
    path, shelf, timeout = ground.path, ground.shelf, ground.timeout
    carried = _taken_over(ground, commits)
    if depth == 0:
        return carried

    def claims_of(writers: Sequence[Commit]) -> dict[str, Claims]:
        deeper = carry_over(ground, writers, depth - 1)
        own = own_claims(shelf, writers)
        return {one.commit.sha: with_carried(one, deeper.get(one.commit.sha, ())) for one in own}

    return {**restore(path, shelf, commits, claims_of, timeout), **carried}


def _taken_over(ground: Ground, commits: Sequence[Commit]) -> dict[str, tuple[Claim, ...]]:
    path, shelf, timeout = ground.path, ground.shelf, ground.timeout
    found = apart(path, takeovers(path, shelf, commits, timeout, ground.told), timeout)
    tips = [*dict.fromkeys([*tips_of(commits), *ground.merged])]
    known, sides = _sides(path, found, tips, timeout)
    more = apart(path, alike(path, shelf, commits, (found, sides, tips), timeout), timeout)
    if more:
        others, last = _sides(path, more, tips, timeout)
        listed = {commit.sha for commit in known}
        known += [commit for commit in others if commit.sha not in listed]
        found, sides = (*found, *more), [*sides, *last]
    if not found:
        return {}
    claims = {one.commit.sha: one for one in own_claims(shelf, known) if _speaks(one)}
    pairs = [
        (over, side)
        for over, side in zip(found, sides, strict=True)
        if over.sha not in side.commits and any(sha in claims for sha in side.commits)
    ]
    return _carried(path, unbrought(path, pairs, timeout), claims, timeout)


def _carried(
    path: Path,
    pairs: Sequence[tuple[Takeover, Side]],
    claims: Mapping[str, Claims],
    timeout: float,
) -> dict[str, tuple[Claim, ...]]:
    touched = changes(path, [over.sha for over, _ in pairs], timeout)
    cases = [_case(over, side, touched.get(over.sha, ()), claims) for over, side in pairs]
    carried: dict[str, tuple[Claim, ...]] = {}
    for batch in _batches(cases):
        carried.update(_carry(path, batch, claims, timeout))
    return carried


def with_carried(own: Claims, carried: Sequence[Claim]) -> Claims:
    """The claims of a commit with those carried over that say more than its own do."""
    # What a pull request tells is of all its commits together: theirs says more.
    said = {
        (one.author, one.tool)
        for one in own.whole
        if one.certainty >= DECIDES and one.mechanism != "pull_request"
    }
    more = [one for one in carried if one.path or (one.author, one.tool) not in said]
    return replace(own, found=(*own.found, *more)) if more else own


def _speaks(claims: Claims) -> bool:
    return bool(claims.by_path) or any(one.certainty >= DECIDES for one in claims.whole)


def tips_of(commits: Sequence[Commit]) -> list[str]:
    """Those of the commits that are the parents of no other of them."""
    inner = {parent for commit in commits for parent in commit.parents}
    return [commit.sha for commit in commits if commit.sha not in inner]


def _sides(
    path: Path, found: Sequence[Takeover], tips: Sequence[str], timeout: float
) -> tuple[list[Commit], list[Side]]:
    """The commits of all sides, and for each takeover its own, newest first."""
    known = aside(path, [one.head for one in found if not one.alone], tips, timeout)
    alone = single(path, [one.head for one in found if one.alone], timeout)
    order = {commit.sha: place for place, commit in enumerate(known)}
    parents = {commit.sha: commit.parents for commit in (*known, *alone)}
    sides = []
    for one in found:
        shas = [one.head] if one.alone else reached(one.head, parents, order)
        mine = {sha: parents[sha] for sha in shas if sha in parents}
        sides.append(Side(name=one.name, head=one.head, commits=mine))
    more = [commit for commit in alone if commit.sha not in order]
    return [*known, *more], sides


def _case(
    over: Takeover, side: Side, touched: tuple[Touched, ...], claims: Mapping[str, Claims]
) -> _Case:
    here = {one.path for one in touched}
    noted = {path for sha in side.commits if sha in claims for path in claims[sha].by_path}
    moved = {one.path for one in touched if not one.old_blob} if noted - here else set()
    by_line = _Case(over, side, touched, frozenset(noted | moved), by_line=True)
    if noted and len(by_line.places) <= MOST_PLACES:
        return by_line
    return _Case(over, side, touched, frozenset(here), by_line=False)


def _batches(cases: Iterable[_Case]) -> Iterator[list[_Case]]:
    batch: list[_Case] = []
    held = 0
    for case in cases:
        size = len(case.side.commits) * len(case.paths) + 1
        if batch and held + size > _BATCH:
            yield batch
            batch, held = [], 0
        batch.append(case)
        held += size
    if batch:
        yield batch


def _carry(
    path: Path, batch: Sequence[_Case], claims: Mapping[str, Claims], timeout: float
) -> Iterator[tuple[str, tuple[Claim, ...]]]:
    asked = [place for case in batch for place in case.places]
    asked += [(case.side.head, one.path) for case in batch for one in case.touched]
    blobs = blobs_at(path, asked, timeout)
    cases = [replace(case, side=replace(case.side, blobs=_of(case, blobs))) for case in batch]
    wanted = [blob for case in cases for blob in _wanted(case)]
    texts = texts_of(path, wanted, timeout)
    for case in cases:
        if not case.over.sure and not is_of(case.touched, case.side, texts):
            continue
        lines = carried_lines_of(case, texts, claims)
        whole = carried_whole(case.side, claims)
        yield case.over.sha, (*lines, *whole, *gone(case.side, claims, lines))


def carried_lines_of(case: _Case, texts: Texts, claims: Mapping[str, Claims]) -> tuple[Claim, ...]:
    """The claims on lines of a case."""
    files = [one for one in case.touched if one.path in case.paths] if case.by_line else []
    return tuple(carried_lines(sources(files, case.side, texts), case.side.name, claims))


def _of(case: _Case, blobs: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], str]:
    mine = [*case.places, *((case.side.head, one.path) for one in case.touched)]
    return {place: blobs[place] for place in mine if place in blobs}


def _wanted(case: _Case) -> Iterator[str]:
    """Blobs whose text is needed: none where one equal file shows whose content it is."""
    same = any(
        one.new_blob and case.side.blobs.get((case.side.head, one.path)) == one.new_blob
        for one in case.touched
    )
    if same and not case.by_line:
        return
    for one in case.touched:
        if not same or one.path in case.paths:
            yield from (one.new_blob, one.old_blob)
    yield from case.side.blobs.values()
