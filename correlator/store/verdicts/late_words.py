"""Verdicts after which something came that may change them: of another service, an event of the
same trace or a deploy marker. Whether it does is the request path's to say."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from correlator.store.tables import DeployRow, EventRow, IssueRow, JudgementRow, VerdictRow

# An older verdict has been read; it is not taken back for what comes days later.
SINCE = timedelta(hours=24)
MOST = 100


@dataclass(frozen=True, slots=True)
class Spoken:
    """An issue with a verdict, the event that rests on, and when it was given."""

    issue: IssueRow
    first: EventRow
    at: datetime


def spoken_before(session: Session, now: datetime) -> list[Spoken]:
    """Verdicts of the last day that nobody judged and that rest on less than is known now, the
    newest issues first."""
    first = aliased(EventRow)
    deploy = sa.select(col(DeployRow.id)).where(
        col(DeployRow.environment) == col(IssueRow.first_environment),
        col(DeployRow.received_at) > col(VerdictRow.at),
    )
    event = sa.select(col(EventRow.id)).where(
        col(EventRow.trace_id) == col(first.trace_id),
        col(EventRow.id) != col(first.id),
        col(EventRow.received_at) > col(VerdictRow.at),
    )
    judged = sa.select(col(JudgementRow.id)).where(col(JudgementRow.issue_id) == col(IssueRow.id))
    found = session.execute(
        sa.select(IssueRow, first, col(VerdictRow.at))
        .join(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .join(first, col(first.id) == col(IssueRow.first_event_id))
        .where(
            col(VerdictRow.at) >= now - SINCE,
            col(IssueRow.wants_verdict).is_(False),
            col(IssueRow.merged_into).is_(None),
            sa.or_(deploy.exists(), event.exists()),
            ~judged.exists(),
        )
        .order_by(col(IssueRow.id).desc())
        .limit(MOST)
    )
    return [Spoken(*row) for row in found]


def want_again(session: Session, issue_ids: list[int]) -> None:
    """Put issues on the to-do list again; whoever is at one now has not seen what came."""
    session.execute(
        sa.update(IssueRow)
        .where(col(IssueRow.id).in_(issue_ids))
        .values(wants_verdict=True, leased_until=None)
    )
