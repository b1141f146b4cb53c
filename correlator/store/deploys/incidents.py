"""Issues that somebody had to act on, as a query: where and when each began, and its culprit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.deploys.recoveries import recoveries
from correlator.store.tables import IssueRow, LabelRow, SuspectRow, VerdictRow
from correlator.store.verdicts.spoken import confirmations, rejections

Query = sa.Select[*tuple[Any, ...]]
# A culprit counts as one from this probability on.
SURE = 0.5
# The place of a verdict's first suspect.
FIRST = 1
# In these states somebody has acted on an issue.
ACTED_ON = ("resolved",)


def acted_on(since: datetime, asked: Mapping[str, str | int | None]) -> Query:
    """Issues that somebody acted on: resolved, their culprit reverted, or a fix rolled out. Their
    culprit is what a person confirmed, else the verdict's, unless somebody ruled that out."""
    wanted = _every(since, asked)
    service = asked.get("service")
    return wanted.where(col(IssueRow.first_service) == service) if service else wanted


def of_other_services(since: datetime, asked: Mapping[str, str | int | None]) -> Query:
    """Those of them whose culprit is of another repository than the code that failed: what a
    service breaks is one of its failures, wherever it shows."""
    return _every(since, asked).where(col(SuspectRow.repo_id) != col(VerdictRow.repo_id))


def are_there_other_services(session: Session) -> bool:
    """Whether any culprit is of another repository at all: mostly none is, and that is quick."""
    other = sa.select(col(SuspectRow.id)).where(col(SuspectRow.repo_id).is_not(None))
    return session.execute(other.limit(1)).first() is not None


def _every(since: datetime, asked: Mapping[str, str | int | None]) -> Query:
    mended, confirmed, rejected = recoveries(since), confirmations(), rejections()
    labelled = sa.select(col(LabelRow.issue_id)).where(col(LabelRow.source) != "person")
    wanted = (
        sa.select(*_told(mended, confirmed, rejected))
        .outerjoin(
            mended,
            sa.and_(
                mended.c.issue_id == col(IssueRow.id),
                mended.c.environment == col(IssueRow.first_environment),
                mended.c.service == col(IssueRow.first_service),
            ),
        )
        .outerjoin(VerdictRow, col(VerdictRow.id) == col(IssueRow.verdict_id))
        .outerjoin(SuspectRow, _leads())
        .outerjoin(confirmed, confirmed.c.issue_id == col(IssueRow.id))
        .outerjoin(
            rejected,
            sa.and_(rejected.c.issue_id == col(IssueRow.id), rejected.c.sha == col(SuspectRow.sha)),
        )
        .where(col(IssueRow.first_seen) >= since, col(IssueRow.merged_into).is_(None))
        .where(
            sa.or_(
                col(IssueRow.status).in_(ACTED_ON),
                col(IssueRow.id).in_(labelled),
                mended.c.issue_id.is_not(None),
            )
        )
    )
    for name, where in (
        ("project_id", col(IssueRow.project_id)),
        ("environment", col(IssueRow.first_environment)),
    ):
        wanted = wanted.where(where == asked[name]) if asked.get(name) else wanted
    return wanted


def _told(
    mended: sa.FromClause, confirmed: sa.FromClause, rejected: sa.FromClause
) -> tuple[Any, ...]:
    """What is told of an incident; its culprit is the confirmed one, else a sure and open one."""
    open_and_sure = sa.and_(col(SuspectRow.probability) >= SURE, rejected.c.sha.is_(None))
    return (
        col(IssueRow.id),
        col(IssueRow.project_id),
        col(IssueRow.first_service).label("service"),
        col(IssueRow.first_environment).label("environment"),
        col(IssueRow.first_seen).label("began"),
        sa.func.coalesce(confirmed.c.sha, sa.case((open_and_sure, col(SuspectRow.sha)))).label(
            "sha"
        ),
        mended.c.issue_id.is_not(None).label("tried"),
        mended.c.ended,
    )


def _leads() -> sa.ColumnElement[bool]:
    """The first suspect of a verdict that names one."""
    return sa.and_(
        col(SuspectRow.verdict_id) == col(VerdictRow.id),
        col(SuspectRow.place) == FIRST,
        col(VerdictRow.abstained).is_(None),
    )
