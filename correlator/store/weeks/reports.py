"""Plans of weekly reports, the reports themselves, and their way to the recipients."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import ReportPlanRow, ReportRow, ReportSendingRow
from correlator.store.upsert import insert_into
from correlator.types import Scope

WAITING, SENT, FAILED = "waiting", "sent", "failed"
# One try takes at most this long; then whoever looks next takes it for dead.
LEASE = timedelta(minutes=5)
# Tries of a sending, an hour apart at most: a mail server may be away for a night.
MOST_ATTEMPTS = 16
LONGEST_PAUSE = timedelta(hours=1)


def plans(session: Session, only: int | None = None) -> Sequence[ReportPlanRow]:
    """Plans in force, by name; of one project where one is given."""
    wanted = select(ReportPlanRow).where(col(ReportPlanRow.ended_at).is_(None))
    if only is not None:
        wanted = wanted.where(ReportPlanRow.project_id == only)
    return session.exec(wanted.order_by(ReportPlanRow.name)).all()


def plan_named(session: Session, name: str) -> ReportPlanRow | None:
    """The plan of that name, in force or ended."""
    return session.exec(select(ReportPlanRow).where(ReportPlanRow.name == name)).first()


def keep_plan(session: Session, name: str, fields: Mapping[str, Any], now: datetime) -> int:
    """Make the plan of that name, or change it; one that had ended is in force again."""
    row = plan_named(session, name)
    if row is None:
        row = ReportPlanRow(name=name, secret=secrets.token_hex(32), created_at=now, **fields)
    for field, value in fields.items():
        setattr(row, field, value)
    if row.ended_at is not None:
        row.ended_at, row.created_at = None, now
    session.add(row)
    session.flush()
    return row.id or 0


def scope_of(plan: ReportPlanRow) -> Scope:
    """What a plan's reports speak of."""
    return Scope(
        environment=plan.environment, services=tuple(plan.services), project_id=plan.project_id
    )


def report_of(session: Session, plan_id: int, week: str) -> ReportRow | None:
    """The report of a plan and a week, if it was written."""
    wanted = select(ReportRow).where(ReportRow.plan_id == plan_id, ReportRow.week == week)
    return session.exec(wanted).first()


def reports(
    session: Session, only: int | None, limit: int = 200
) -> list[tuple[int, str, str, datetime, str]]:
    """Id, title, week, when it was made and plan of the newest reports; never their bodies."""
    wanted = (
        sa.select(
            col(ReportRow.id),
            col(ReportRow.title),
            col(ReportRow.week),
            col(ReportRow.made_at),
            col(ReportPlanRow.name),
        )
        .join(ReportPlanRow, col(ReportPlanRow.id) == col(ReportRow.plan_id))
        .order_by(col(ReportRow.week).desc(), col(ReportRow.id).desc())
        .limit(limit)
    )
    if only is not None:
        wanted = wanted.where(col(ReportPlanRow.project_id) == only)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in session.execute(wanted)]


def report_and_plan(session: Session, report_id: int) -> tuple[ReportRow, ReportPlanRow] | None:
    """A report with its plan."""
    row = session.get(ReportRow, report_id)
    plan = session.get(ReportPlanRow, row.plan_id) if row else None
    return (row, plan) if row and plan else None


def keep_report(
    session: Session, plan: ReportPlanRow, week: str, body: Mapping[str, Any], now: datetime
) -> int | None:
    """Keep a report with its sendings; None if there is one of that plan and week already."""
    one = insert_into(session, ReportRow).values(
        plan_id=plan.id, week=week, title=body["title"][:300], made_at=now, body=dict(body)
    )
    kept = one.on_conflict_do_nothing(index_elements=["plan_id", "week"])
    made: int | None = session.execute(kept.returning(col(ReportRow.id))).scalar_one_or_none()
    if made is not None:
        keep_sendings(session, made, plan.recipients, now)
    return made


def keep_sendings(
    session: Session, report_id: int, recipients: Iterable[Mapping[str, str]], now: datetime
) -> None:
    """To send the report to these as well; whoever has it, or is about to, gets it once."""
    for one in recipients:
        sending = insert_into(session, ReportSendingRow).values(
            report_id=report_id,
            channel=one["channel"],
            address=one["address"],
            state=WAITING,
            attempts=0,
            not_before=now,
        )
        session.execute(
            sending.on_conflict_do_nothing(index_elements=["report_id", "channel", "address"])
        )


def sendings(session: Session, report_id: int) -> Sequence[ReportSendingRow]:
    """To whom a report went, or goes."""
    wanted = select(ReportSendingRow).where(ReportSendingRow.report_id == report_id)
    return session.exec(wanted.order_by(col(ReportSendingRow.id))).all()


def waiting_sendings(session: Session, now: datetime, limit: int = 100) -> list[int]:
    """Sendings that may be tried now."""
    wanted = select(ReportSendingRow.id).where(
        ReportSendingRow.state == WAITING, ReportSendingRow.not_before <= now
    )
    return [
        one or 0 for one in session.exec(wanted.order_by(col(ReportSendingRow.id)).limit(limit))
    ]


def claim_sending(session: Session, sending_id: int, now: datetime) -> bool:
    """Take a sending for ``LEASE``; False if it is sent, or somebody else's. The UPDATE is the
    lock."""
    mine = (
        sa.update(ReportSendingRow)
        .where(
            col(ReportSendingRow.id) == sending_id,
            col(ReportSendingRow.state) == WAITING,
            col(ReportSendingRow.not_before) <= now,
        )
        .values(not_before=now + LEASE, attempts=col(ReportSendingRow.attempts) + 1)
        .returning(col(ReportSendingRow.id))
    )
    return session.execute(mine).scalar_one_or_none() is not None


def mark_sent(session: Session, sending_id: int, now: datetime) -> None:
    """It went out."""
    row = session.get_one(ReportSendingRow, sending_id)
    row.state, row.sent_at, row.problem = SENT, now, None
    session.add(row)


def mark_failed(session: Session, sending_id: int, problem: str) -> None:
    """It will not go out by itself."""
    row = session.get_one(ReportSendingRow, sending_id)
    row.state, row.problem = FAILED, problem[:1000]
    session.add(row)


def mark_delayed(session: Session, sending_id: int, problem: str, now: datetime) -> bool:
    """To be tried again later, each time after twice the pause; False: that was the last try."""
    row = session.get_one(ReportSendingRow, sending_id)
    row.problem = problem[:1000]
    if row.attempts >= MOST_ATTEMPTS:
        row.state = FAILED
    row.not_before = now + min(LONGEST_PAUSE, timedelta(minutes=2 ** min(row.attempts, 10) / 2))
    session.add(row)
    return row.state == WAITING
