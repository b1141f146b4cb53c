"""Which changes issues are blamed on, with what chance, and whether somebody had to act on them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.cycles.mendings import Mended, mendings
from correlator.store.tables import IssueRow, LabelRow
from correlator.store.verdicts.culprit import Suspicions, suspicions_of
from correlator.types import Level, Suspicion

# Less is noise: it would fill the lists and move no number.
LEAST_CHANCE = 0.01
_FAILURES = (Level.ERROR.value, Level.FATAL.value)
ACTED_ON = ("resolved",)
_UNTRIED = Mended(cycles=0, is_over=False, ended=None, is_sure=False)


def suspicions(session: Session, since: datetime) -> list[Suspicion]:
    """Failures that began since, with the suspects of the verdict in force."""
    suspected = suspicions_of(session, col(IssueRow.first_seen) >= since)
    labelled, mended = _labelled(session), mendings(session, since)
    return [
        Suspicion(
            issue_id=one.id,
            project_id=one.project_id,
            service=one.first_service,
            environment=one.first_environment,
            began=one.first_seen,
            suspects=_weighed(suspected.get(one.id)),
            acted_on=one.status in ACTED_ON or one.id in labelled or tried.is_sure,
            cycles=tried.cycles or None,
            is_over=tried.is_over,
            ended=tried.ended,
        )
        for one in session.execute(_issues(since))
        for tried in (mended.get(one.id, _UNTRIED),)
    ]


def _issues(since: datetime) -> sa.Select[*tuple[Any, ...]]:
    columns: list[Any] = [
        col(IssueRow.id), col(IssueRow.project_id), col(IssueRow.first_service),
        col(IssueRow.first_environment), col(IssueRow.first_seen), col(IssueRow.status),
    ]  # fmt: skip
    return (
        sa.select(*columns)
        .where(col(IssueRow.first_seen) >= since, col(IssueRow.level).in_(_FAILURES))
        .where(col(IssueRow.merged_into).is_(None))
        .order_by(col(IssueRow.id))
    )


def _weighed(found: Suspicions | None) -> tuple[tuple[int, str, float], ...]:
    return tuple(
        (one.repo_id, one.sha, one.probability)
        for one in (found.likely if found else ())
        if one.repo_id is not None and one.probability >= LEAST_CHANCE
    )


def _labelled(session: Session) -> set[int]:
    """Issues whose culprit was reverted or mended since, so that somebody acted."""
    return set(session.execute(sa.select(col(LabelRow.issue_id)).distinct()).scalars())
