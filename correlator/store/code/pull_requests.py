"""Pull requests and reviews: the newest state wins by the forge's own time, never by arrival.

A hook about a review tells less of the pull request than one about the pull request itself: what
a newer record leaves out stays, and an older one fills what nobody said yet.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import PullRequestRow, ReviewRow
from correlator.types import Actor, BranchCommit, Opinion, PullRequest, Review

_KEY = ("forge", "repository", "number")
# A merged one is never opened again; of two records of one second the further one is newer.
_FURTHER = {"open": 0, "closed": 1, "merged": 2}
MOST_PULLS = 5000
PULL = tuple(one.name for one in fields(PullRequest))


def keep_pull_request(session: Session, project_id: int, pull: PullRequest) -> None:
    """Keep what is new in it. Two workers at once: one waits, or is told to look again."""
    row = session.exec(
        select(PullRequestRow)
        .where(
            PullRequestRow.project_id == project_id,
            PullRequestRow.forge == pull.forge,
            PullRequestRow.repository == pull.repository,
            PullRequestRow.number == pull.number,
        )
        .with_for_update()
    ).first()
    said = _columns(pull)
    if row is None:
        session.add(PullRequestRow(project_id=project_id, **said))
        session.flush()
        return
    before = (row.updated_at, _FURTHER.get(row.state, 0))
    is_newer = (pull.updated_at, _FURTHER.get(pull.state, 0)) >= before
    for name, value in said.items():
        if name in _KEY or value in (None, []):
            continue
        if is_newer or getattr(row, name) in (None, []):
            setattr(row, name, value)
    session.add(row)
    session.flush()


def keep_review(session: Session, project_id: int, review: Review) -> None:
    """Keep the review; a dismissed one stays so, unless it is somebody's later word (GitLab)."""
    row = session.exec(
        select(ReviewRow)
        .where(
            ReviewRow.project_id == project_id,
            ReviewRow.forge == review.forge,
            ReviewRow.repository == review.repository,
            ReviewRow.number == review.number,
            ReviewRow.key == review.key,
        )
        .with_for_update()
    ).first()
    said = _columns(review)
    if row is None:
        session.add(ReviewRow(project_id=project_id, **said))
    elif _supersedes(review, row):
        for name, value in said.items():
            setattr(row, name, value)
        session.add(row)
    session.flush()


def _supersedes(review: Review, row: ReviewRow) -> bool:
    """Later by its own time; in the same moment the one that withdraws."""
    withdraws = review.opinion is Opinion.DISMISSED
    if row.said_at == review.said_at and withdraws != (row.opinion == Opinion.DISMISSED):
        # The same words: GitHub dismisses a review without giving it another time.
        return withdraws
    return (review.said_at, review.changed_at) >= (row.said_at, row.changed_at)


def told_in_full(session: Session, project_id: int, pull: PullRequest) -> None:
    """Note that all reviews of this pull request have been brought."""
    session.execute(
        sa.update(PullRequestRow)
        .where(
            col(PullRequestRow.project_id) == project_id,
            col(PullRequestRow.forge) == pull.forge,
            col(PullRequestRow.repository) == pull.repository,
            col(PullRequestRow.number) == pull.number,
        )
        .values(in_full=True)
    )


def brought_in_full(session: Session, project_ids: Sequence[int]) -> set[tuple[str, str, int]]:
    """Forge, repository and number of the pull requests of which that was noted."""
    wanted = select(PullRequestRow.forge, PullRequestRow.repository, PullRequestRow.number).where(
        col(PullRequestRow.project_id).in_(project_ids), col(PullRequestRow.in_full).is_(True)
    )
    return {(forge, repository, number) for forge, repository, number in session.exec(wanted)}


def pulls_of(session: Session, project_ids: Sequence[int]) -> tuple[PullRequest, ...]:
    """The projects' pull requests, those that changed last first, at most ``MOST_PULLS``."""
    # Columns, not rows: of thousands these take half of the time.
    wanted = (
        sa.select(*(col(getattr(PullRequestRow, name)) for name in PULL))
        .where(col(PullRequestRow.project_id).in_(project_ids))
        .order_by(col(PullRequestRow.updated_at).desc())
        .limit(MOST_PULLS)
    )
    return tuple(_pull(row) for row in session.connection().execute(wanted).all())


def reviews_of(session: Session, project_ids: Sequence[int]) -> tuple[Review, ...]:
    """The reviews of the projects' pull requests, those that changed last first."""
    wanted = (
        select(ReviewRow)
        .where(col(ReviewRow.project_id).in_(project_ids))
        .order_by(col(ReviewRow.changed_at).desc())
        .limit(MOST_PULLS * 4)
    )
    return tuple(_review(row) for row in session.exec(wanted))


def _columns(fact: PullRequest | Review) -> dict[str, Any]:
    return {one.name: _column(getattr(fact, one.name)) for one in fields(fact)}


def _column(value: Any) -> Any:
    match value:
        case Actor():
            return asdict(value)
        case BranchCommit():
            return {**asdict(value), "authored_at": value.authored_at.isoformat()}
        case tuple():
            return [_column(one) for one in value]
    return value


def _pull(row: Any) -> PullRequest:
    said = dict(zip(PULL, row, strict=True))
    said |= {name: _actor(said[name]) for name in ("author", "merged_by")}
    lists = ("merge_commits", "requested_by", "footers")
    said |= {name: tuple(said[name] or ()) for name in lists}
    return PullRequest(**{**said, "commits": tuple(_commit(one) for one in row.commits or ())})


def _commit(said: dict[str, Any]) -> BranchCommit:
    return BranchCommit(said["sha"], datetime.fromisoformat(said["authored_at"]), said["subject"])


def _review(row: ReviewRow) -> Review:
    said = {one.name: getattr(row, one.name) for one in fields(Review)}
    reviewer = _actor(row.reviewer) or Actor()
    return Review(**{**said, "reviewer": reviewer, "opinion": Opinion(row.opinion)})


def _actor(said: dict[str, Any] | None) -> Actor | None:
    return Actor(**said) if said else None
