"""A repository's history as fixes are looked for in it, read once for all issues that ask."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from correlator.code.lineage import (
    Lineage,
    commits_since,
    inside,
    lineage,
    reached_since,
)
from correlator.code.records import Shelf
from correlator.code.repo import Repo
from correlator.investigation.kin import beside_culprits, same_patches
from correlator.investigation.said import (
    changes_mended,
    one_alone,
    said_by,
    said_in,
    undone,
)
from correlator.investigation.takeovers import takeovers
from correlator.provenance.merged import picked_from
from correlator.types import Commit, PullRequest

# A clock may be an hour off; a change from well before the issue is no fix of it.
SKEW = timedelta(hours=1)
# Of a squash or a rebase, the takeover is looked for among so many commits at most.
MOST_TAKING_OVER = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A repository's history since some time, and what is told of its pull requests. ``mended``: by
    commit the changes that it says it mends; ``undoes``: the one that it takes back or mends."""

    path: Path
    repo: Repo
    timeout: float
    base_url: str
    lineage: Lineage
    mends: Mapping[str, frozenset[str]]
    pulls: tuple[PullRequest, ...] = ()
    names_of_pulls: Mapping[int, frozenset[str]] = field(default_factory=dict)
    mended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    undoes: Mapping[str, str] = field(default_factory=dict)


def read_past(
    path: Path,
    since: datetime,
    *,
    revisions: Sequence[str] = (),
    pulls: Sequence[PullRequest] = (),
    base_url: str = "",
    timeout: float = 60.0,
    culprits: Collection[str] = (),
) -> Past:
    """Read it. ``revisions``: full hashes that were deployed, newest first; all must be here, and
    so must the ``culprits``: what was copied or taken back of them may be older than ``since``."""
    recent = commits_since(path, since - SKEW, timeout)
    mends = {one.sha: said for one in recent if (said := said_in(one, base_url))}
    beside = beside_culprits(path, culprits, since, timeout)
    commits = _with(recent, beside)
    copies = [(one.sha, of_what) for one in commits for of_what in picked_from(one)]
    copies += _taken_over(path, recent, mends, (since, revisions, timeout))
    undoing, mended = list(undone(commits, pulls)), changes_mended(path, recent, timeout)
    asked, back = {*culprits, *mends}, {sha for sha, _ in undoing}
    near = (asked | {one.sha for one in beside}) - back
    copies += same_patches(path, [one for one in commits if one.sha in near], asked, timeout)
    known = lineage(commits, copies, undoing)
    return Past(
        path=path,
        repo=Repo(path, timeout=timeout),
        timeout=timeout,
        base_url=base_url,
        lineage=known,
        mends=mends,
        pulls=tuple(pulls),
        mended=mended,
        undoes=one_alone(mended, undoing),
        names_of_pulls={pull.number: said for pull in pulls if (said := said_by(pull, base_url))},
    )


def _with(commits: Sequence[Commit], others: Iterable[Commit]) -> list[Commit]:
    """All of them, newest first."""
    every = {one.sha: one for one in (*commits, *others)}
    return sorted(every.values(), key=lambda one: one.committed_at, reverse=True)


def _taken_over(
    path: Path,
    commits: Sequence[Commit],
    mends: Mapping[str, frozenset[str]],
    how: tuple[datetime, Sequence[str], float],
) -> list[tuple[str, str]]:
    """Pairs (commit that was deployed, fix beside it whose content it took over)."""
    since, revisions, timeout = how
    if not mends or not revisions:
        return []
    deployed = reached_since(path, since - SKEW, revisions, timeout)
    beside = [sha for sha in mends if sha not in deployed]
    if not beside:
        return []
    asked = [one for one in commits if one.sha in deployed][:MOST_TAKING_OVER]
    return [
        (over.sha, sha)
        for over in takeovers(path, Shelf(path, timeout), asked, timeout)
        for sha in inside(path, over.head, beside, timeout)
    ]
