"""What each deploy did, as rows that the measures of delivery are counted from.

Told from deploys and incidents as a whole; only rows that say something else than before are
written, so that a year of deploys costs little while little moves.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.deploys.broken import Went
from correlator.store.gathered import Gathered
from correlator.store.tables import (
    ArrivalRow,
    DeliveredMarkRow,
    DeliveredRow,
    DeployRow,
    EpisodeRow,
    FixAttemptRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    LabelRow,
    RollOutRow,
    VerdictRow,
)
from correlator.store.upsert import insert_into

# What is said of a deploy, under its ``deploy_id``.
Told = dict[str, Any]
SAID = ("leads", "broke", "recovered_at", "is_rework")
AT_ONCE = 1000


def mark(session: Session) -> str:
    """What moves with every deploy, every finding of one, issue, merge, verdict, word, label and
    fix; with one that is judged anew, too, whose row may have the number of the one before."""
    resolved = sa.func.count(col(IssueRow.id)).filter(col(IssueRow.status) == "resolved")
    merged = sa.func.count(col(IssueRow.merged_into))
    closed = sa.func.count(col(EpisodeRow.closed_at))
    asked: tuple[Any, ...] = (
        *(sa.func.max(col(RollOutRow.looked_at)), sa.func.count(col(RollOutRow.id))),
        *(resolved, merged, sa.func.max(col(IssueRow.id)), sa.func.max(col(VerdictRow.id))),
        *(closed, sa.func.max(col(FollowedRow.at))),
    )
    for table in (DeployRow, ArrivalRow, JudgementRow, LabelRow, FixAttemptRow):
        asked += (sa.func.count(col(table.id)), sa.func.max(col(table.id)))
    one_each: list[Any] = [sa.select(one).scalar_subquery() for one in asked]
    return " ".join(str(one) for one in session.execute(sa.select(*one_each)).one())


def told_last(session: Session) -> DeliveredMarkRow | None:
    """What the rows were told from, and when; None before they were told at all."""
    return session.exec(select(DeliveredMarkRow)).first()


def tell(session: Session, went: Sequence[Went], since: datetime) -> list[Told]:
    """What there is to be said of these deploys, where it is not said already."""
    leads, kept = _leads(session, since), _kept(session, since)
    told = [_told(one, leads.get(one.id, [])) for one in went]
    return [one for one in told if kept.get(one["deploy_id"]) != one]


def keep(session: Session, told: Sequence[Told]) -> None:
    """Say this of them, in place of what was said."""
    insert = insert_into(session, DeliveredRow)
    said = {name: insert.excluded[name] for name in SAID}
    for at in range(0, len(told), AT_ONCE):
        session.execute(
            insert.on_conflict_do_update(index_elements=["deploy_id"], set_=said),
            told[at : at + AT_ONCE],
        )


def keep_mark(session: Session, mark: str, as_of: datetime, seconds: float) -> None:
    """The rows are told as of then; ``seconds``: what that took."""
    row = told_last(session) or DeliveredMarkRow(mark=mark, as_of=as_of)
    row.mark, row.as_of, row.seconds = mark, as_of, seconds
    session.add(row)


def _told(one: Went, leads: Sequence[float]) -> Told:
    return {
        "deploy_id": one.id,
        "leads": sorted(leads),
        "broke": {str(issue): one.broke[issue] for issue in sorted(one.broke)},
        "recovered_at": one.recovered_at,
        "is_rework": one.is_rework,
    }


def _kept(session: Session, since: datetime) -> Mapping[int, Told]:
    names = ("deploy_id", *SAID)
    wanted = (
        sa.select(*[getattr(DeliveredRow, name) for name in names])
        .join(DeployRow, col(DeployRow.id) == col(DeliveredRow.deploy_id))
        .where(col(DeployRow.at) >= since)
    )
    rows = session.connection().execute(wanted)
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


def _leads(session: Session, since: datetime) -> Mapping[int, list[float]]:
    """How long each change of the service's own took that a deploy brought first."""
    wanted = (
        sa.select(col(ArrivalRow.deploy_id), Gathered(_lead(session)))
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .where(col(DeployRow.at) >= since, col(DeployRow.stage).is_(None))
        .where(*brought_first())
        .group_by(col(ArrivalRow.deploy_id))
    )
    return {row[0]: row[1] for row in session.connection().execute(wanted)}


def brought_first() -> tuple[sa.ColumnElement[bool], ...]:
    """What is true of an arrival that is counted: a change of the service's own that no deploy of
    the line had brought before."""
    return col(ArrivalRow.is_first).is_(True), col(ArrivalRow.is_own).is_(True)


def _lead(session: Session) -> sa.ColumnElement[float]:
    """Seconds from commit to deploy, none below 0: of tens of thousands, the database takes the
    difference."""
    deployed, committed = col(DeployRow.at), col(ArrivalRow.committed_at)
    if session.get_bind().dialect.name == "postgresql":
        return sa.cast(sa.func.greatest(sa.extract("epoch", deployed - committed), 0), sa.Float)
    days: sa.ColumnElement[float] = sa.func.julianday(deployed) - sa.func.julianday(committed)
    # A Julian day in a float is good to a tenth of a millisecond.
    return sa.func.max(sa.func.round(days * 86_400.0, 2), 0.0)
