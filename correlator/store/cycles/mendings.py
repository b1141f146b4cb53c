"""What mending an issue took, where it began: attempts, whether one held, and when.

With ``was_ended`` it is the one rule of what an incident is: a failure that somebody had to act on.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import EpisodeRow, FixAttemptRow, FixRow, IssueRow, LabelRow
from correlator.types import AttemptState, LabelSource, Level

ACTED_ON = ("resolved",)
_FAILURES = (Level.ERROR.value, Level.FATAL.value)


@dataclass(frozen=True, slots=True)
class Mended:
    """The first episode of an issue. ``cycles``: attempts so far; ``ended``: once it is over, the
    roll-out that held, the last if others held until they were undone; ``is_sure``: somebody said
    that one was a fix, or one held."""

    cycles: int
    is_over: bool
    ended: datetime | None
    is_sure: bool


UNTRIED = Mended(cycles=0, is_over=False, ended=None, is_sure=False)


def failures(since: datetime) -> sa.ColumnElement[bool]:
    """Issues that can be incidents: failures that began since, but for those merged into others."""
    return sa.and_(
        col(IssueRow.first_seen) >= since,
        col(IssueRow.level).in_(_FAILURES),
        col(IssueRow.merged_into).is_(None),
    )


def was_ended() -> sa.ColumnElement[bool]:
    """Of an issue: somebody resolved it, or took back or mended its culprit. That somebody judged
    its suspects is a word, and mends nothing. An issue is an incident, too, if ``is_sure`` is true
    of its mending."""
    judged = col(LabelRow.source) == LabelSource.JUDGEMENT.value
    mended = sa.select(col(LabelRow.issue_id)).where(~judged)
    return sa.or_(col(IssueRow.status).in_(ACTED_ON), col(IssueRow.id).in_(mended))


def mendings(session: Session, since: datetime) -> dict[int, Mended]:
    """By issue, of those that began since and where something was tried: their first episode in
    the environment and service that they began in, else in any service there."""
    attempts = _attempts(session, since)
    found: dict[int, Mended] = {}
    for one in session.execute(_episodes(since)):
        tried = attempts.get((one.issue_id, one.service, one.place), [])
        if one.issue_id in found or not tried:
            continue
        held = [at.at for at in tried if at.state == AttemptState.HELD.value]
        found[one.issue_id] = Mended(
            cycles=one.cycles,
            is_over=one.closed_at is not None,
            ended=max(held, default=one.closed_at) if one.closed_at else None,
            is_sure=bool(held) or any(at.confirmed for at in tried),
        )
    return found


def _episodes(since: datetime) -> sa.Select[*tuple[Any, ...]]:
    elsewhere = sa.case((col(EpisodeRow.service) == col(IssueRow.first_service), 0), else_=1)
    columns: list[Any] = [
        col(EpisodeRow.issue_id), col(EpisodeRow.service), col(EpisodeRow.place),
        col(EpisodeRow.cycles), col(EpisodeRow.closed_at),
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .join(IssueRow, col(IssueRow.id) == col(EpisodeRow.issue_id))
        .where(col(IssueRow.first_seen) >= since, col(EpisodeRow.cycles) > 0)
        .where(col(EpisodeRow.environment) == col(IssueRow.first_environment))
        .order_by(col(EpisodeRow.issue_id), elsewhere, col(EpisodeRow.place))
    )


def _attempts(session: Session, since: datetime) -> dict[tuple[int, str, int], list[Any]]:
    wanted = (
        sa.select(
            col(FixAttemptRow.issue_id), col(FixAttemptRow.service), col(FixAttemptRow.episode),
            col(FixAttemptRow.at), col(FixAttemptRow.state), col(FixAttemptRow.confirmed),
        )
        .join(IssueRow, col(IssueRow.id) == col(FixAttemptRow.issue_id))
        .where(col(IssueRow.first_seen) >= since)
        .where(col(FixAttemptRow.environment) == col(IssueRow.first_environment))
    )  # fmt: skip
    found: dict[tuple[int, str, int], list[Any]] = defaultdict(list)
    for one in session.execute(wanted):
        found[one.issue_id, one.service, one.episode].append(one)
    return found


def fixes(session: Session) -> set[tuple[int, str]]:
    """(repository, sha) of commits that somebody said mend an issue."""
    wanted = sa.select(col(FixRow.repo_id), col(FixRow.sha)).where(
        col(FixRow.confirmed).is_(True),
        col(FixRow.denied).is_(False),
        col(FixRow.repo_id).is_not(None),
        col(FixRow.sha).is_not(None),
    )
    return {(repo_id, sha) for repo_id, sha in session.execute(wanted)}
