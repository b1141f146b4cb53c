"""What pages show of joins: what leads to an issue and why, and what an act would move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.issues.joins import undone_by
from correlator.store.tables import (
    AccountRow,
    EventRow,
    FingerprintRow,
    HitRow,
    IssueRow,
    PartHitRow,
    PartTallyRow,
    ProjectRow,
    RegroupingRow,
    TallyRow,
    TraitRow,
)

MOST_PARTS = 200
MOST_ACTS = 100
MOST_TARGETS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A fingerprint of an issue and what came in under it. ``join`` is how it came here, None
    when the issue began with it; ``kept`` counts events that are still stored."""

    fingerprint: FingerprintRow
    where: str
    message: str
    join: RegroupingRow | None
    events: int
    users: int
    kept: int
    first_hour: datetime | None
    last_hour: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What an act would move. ``hours``: rows of tallies; ``new_users``: users that the target
    did not have."""

    events: int
    kept: int
    users: int
    new_users: int
    hours: int
    fingerprints: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A join, merge, split or undoing, who did it, and what undid it (None: it stands)."""

    row: RegroupingRow
    by: str | None
    undone_by: int | None
    other: IssueRow | None


def parts_of(session: Session, issue: IssueRow) -> list[Part]:
    """What leads to the issue, oldest first."""
    rows = session.exec(
        select(FingerprintRow, TraitRow)
        .outerjoin(TraitRow, col(TraitRow.fingerprint_id) == col(FingerprintRow.id))
        .where(FingerprintRow.issue_id == issue.id)
        .order_by(col(FingerprintRow.id))
        .limit(MOST_PARTS)
    ).all()
    ids = [row.id or 0 for row, _ in rows]
    tallies, users = _tallies(session, ids), _users(session, ids)
    kept = _kept(session, issue.id or 0)
    joins = _joins(session, issue)
    newest = max((row for row, _ in rows), key=lambda row: row.version, default=None)
    only = newest.id if newest and not issue.apart_since else None
    return [
        Part(
            fingerprint=row,
            where=str(trait.body["where"]) if trait else "",
            message=" / ".join(trait.body["lines"]) if trait else "",
            join=joins.get(row.id or 0),
            events=issue.times_seen if row.id == only else tallies.get(row.id, (0, None, None))[0],
            users=issue.users_seen if row.id == only else users.get(row.id, 0),
            kept=sum(kept.values()) if row.id == only else kept.get(row.id, 0),
            first_hour=tallies.get(row.id, (0, None, None))[1],
            last_hour=tallies.get(row.id, (0, None, None))[2],
        )
        for row, trait in rows
    ]


def acts_of(session: Session, issue_id: int) -> list[Act]:
    """Every act that this issue was a side of, newest first."""
    rows = session.exec(
        select(RegroupingRow)
        .where(
            sa.or_(
                col(RegroupingRow.into_issue_id) == issue_id,
                col(RegroupingRow.from_issue_id) == issue_id,
            )
        )
        .order_by(col(RegroupingRow.id).desc())
        .limit(MOST_ACTS)
    ).all()
    undone = undone_by(session, [row.id or 0 for row in rows])
    people = _people(session, rows)
    others = _others(session, rows, issue_id)
    return [
        Act(
            row=row,
            by=people.get(row.account_id),
            undone_by=undone.get(row.id or 0),
            other=others.get(_other(row, issue_id)),
        )
        for row in rows
    ]


def merge_moves(session: Session, source: IssueRow, target: IssueRow) -> Moved:
    """What merging ``source`` into ``target`` would move."""
    theirs = sa.select(col(HitRow.user)).where(col(HitRow.issue_id) == target.id)
    mine = col(HitRow.issue_id) == source.id
    return Moved(
        events=source.times_seen,
        kept=_count(session, EventRow.id, col(EventRow.issue_id) == source.id),
        users=source.users_seen,
        new_users=_count(session, HitRow.id, mine, col(HitRow.user).not_in(theirs)),
        hours=_count(session, TallyRow.id, col(TallyRow.issue_id) == source.id),
        fingerprints=_count(session, FingerprintRow.id, col(FingerprintRow.issue_id) == source.id),
    )


def split_moves(session: Session, issue: IssueRow, fingerprints: Sequence[int]) -> Moved:
    """What taking these fingerprints out of ``issue`` would move."""
    hit = col(PartHitRow.fingerprint_id).in_(fingerprints)
    tallied = col(PartTallyRow.fingerprint_id).in_(fingerprints)
    users = sa.select(sa.func.count(sa.distinct(col(PartHitRow.user)))).where(hit)
    events = sa.select(sa.func.coalesce(sa.func.sum(col(PartTallyRow.events)), 0)).where(tallied)
    number = int(session.execute(users).scalar_one())
    return Moved(
        events=int(session.execute(events).scalar_one()),
        kept=_count(
            session,
            EventRow.id,
            col(EventRow.issue_id) == issue.id,
            col(EventRow.fingerprint_id).in_(fingerprints),
        ),
        users=number,
        new_users=number,
        hours=_count(session, PartTallyRow.id, tallied),
        fingerprints=len(fingerprints),
    )


def merge_targets(session: Session, source: IssueRow, search: str) -> list[IssueRow]:
    """Issues of the same project to merge into: those that look alike first, or that are searched
    for by number, type or message."""
    mine = select(IssueRow).where(
        IssueRow.project_id == source.project_id,
        IssueRow.id != source.id,
        col(IssueRow.merged_into).is_(None),
    )
    number = search.rpartition("-")[2]
    if number.isdecimal() and len(number) < 10:
        mine = mine.where(IssueRow.number == int(number))
    else:
        for word in search.split()[:8]:
            columns = (IssueRow.type, IssueRow.value, IssueRow.culprit_frame)
            fits = (col(column).icontains(word, autoescape=True) for column in columns)
            mine = mine.where(sa.or_(*fits))
    alike = sa.case(
        (col(IssueRow.culprit_frame) == source.culprit_frame, 0),
        (col(IssueRow.type) == source.type, 1),
        else_=2,
    )
    return list(
        session.exec(mine.order_by(alike, col(IssueRow.last_seen).desc()).limit(MOST_TARGETS))
    )


def issue_and_project(session: Session, issue_id: int) -> tuple[IssueRow, ProjectRow] | None:
    """An issue with its project; None when there is no such issue."""
    issue = session.get(IssueRow, issue_id)
    return (issue, session.get_one(ProjectRow, issue.project_id)) if issue else None


def leads_to(session: Session, issue: IssueRow) -> int | None:
    """The issue that a merged one leads to, however often that was merged on; None: itself."""
    seen: set[int | None] = set()
    at: IssueRow | None = issue
    while at is not None and at.merged_into is not None and at.id not in seen:
        seen.add(at.id)
        at = session.get(IssueRow, at.merged_into)
    return at.id if at is not None and at.id != issue.id else None


def _count(session: Session, of: object, *where: sa.ColumnElement[bool]) -> int:
    return int(session.execute(sa.select(sa.func.count(col(of))).where(*where)).scalar_one())


def _tallies(
    session: Session, ids: Sequence[int]
) -> dict[int | None, tuple[int, datetime, datetime]]:
    hour = col(PartTallyRow.hour)
    counted = (
        sa.select(
            col(PartTallyRow.fingerprint_id),
            sa.func.sum(col(PartTallyRow.events)),
            sa.func.min(hour),
            sa.func.max(hour),
        )
        .where(col(PartTallyRow.fingerprint_id).in_(ids))
        .group_by(col(PartTallyRow.fingerprint_id))
    )
    return {row[0]: (int(row[1]), row[2], row[3]) for row in session.execute(counted)}


def _users(session: Session, ids: Sequence[int]) -> dict[int | None, int]:
    counted = (
        sa.select(col(PartHitRow.fingerprint_id), sa.func.count(col(PartHitRow.id)))
        .where(col(PartHitRow.fingerprint_id).in_(ids))
        .group_by(col(PartHitRow.fingerprint_id))
    )
    return {row[0]: int(row[1]) for row in session.execute(counted)}


def _kept(session: Session, issue_id: int) -> dict[int | None, int]:
    counted = (
        sa.select(col(EventRow.fingerprint_id), sa.func.count(col(EventRow.id)))
        .where(col(EventRow.issue_id) == issue_id)
        .group_by(col(EventRow.fingerprint_id))
    )
    return {row[0]: int(row[1]) for row in session.execute(counted)}


def _joins(session: Session, issue: IssueRow) -> dict[int, RegroupingRow]:
    """How each fingerprint came to the issue, by the newest act that still stands."""
    rows = session.exec(
        select(RegroupingRow)
        .where(RegroupingRow.into_issue_id == issue.id)
        .order_by(col(RegroupingRow.id))
    ).all()
    undone = undone_by(session, [row.id or 0 for row in rows])
    return {one: row for row in rows if row.id not in undone for one in row.fingerprints}


def _people(session: Session, rows: Sequence[RegroupingRow]) -> dict[int | None, str]:
    ids = {row.account_id for row in rows if row.account_id is not None}
    found = session.exec(select(AccountRow).where(col(AccountRow.id).in_(ids)))
    return {row.id: row.email for row in found}


def _other(row: RegroupingRow, issue_id: int) -> int | None:
    return row.from_issue_id if row.into_issue_id == issue_id else row.into_issue_id


def _others(
    session: Session, rows: Sequence[RegroupingRow], issue_id: int
) -> dict[int | None, IssueRow]:
    ids = {_other(row, issue_id) for row in rows} - {None}
    found = session.exec(select(IssueRow).where(col(IssueRow.id).in_(ids)))
    return {row.id: row for row in found}
