"""Which changes issues are blamed on, with what chance, and whether somebody had to act on them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.cycles.mendings import UNTRIED, failures, mendings, was_ended
from correlator.store.tables import IssueRow
from correlator.store.verdicts.culprit import Suspicions, suspicions_of
from correlator.types import Suspicion

# Less is noise: it would fill the lists and move no number.
LEAST_CHANCE = 0.01


def suspicions(session: Session, since: datetime) -> list[Suspicion]:
    """Failures that began since, with the suspects of the verdict in force."""
    suspected = suspicions_of(session, col(IssueRow.first_seen) >= since)
    mended = mendings(session, since)
    return [
        Suspicion(
            issue_id=one.id,
            project_id=one.project_id,
            service=one.first_service,
            environment=one.first_environment,
            began=one.first_seen,
            suspects=_weighed(suspected.get(one.id)),
            acted_on=bool(one.was_ended) or tried.is_sure,
            cycles=tried.cycles or None,
            is_over=tried.is_over,
            ended=tried.ended,
        )
        for one in session.execute(_issues(since))
        for tried in (mended.get(one.id, UNTRIED),)
    ]


def _issues(since: datetime) -> sa.Select[*tuple[Any, ...]]:
    columns: list[Any] = [
        col(IssueRow.id), col(IssueRow.project_id), col(IssueRow.first_service),
        col(IssueRow.first_environment), col(IssueRow.first_seen),
        was_ended().label("was_ended"),
    ]  # fmt: skip
    return sa.select(*columns).where(failures(since)).order_by(col(IssueRow.id))


def _weighed(found: Suspicions | None) -> tuple[tuple[int, str, float], ...]:
    return tuple(
        (one.repo_id, one.sha, one.probability)
        for one in (found.likely if found else ())
        if one.repo_id is not None and one.probability >= LEAST_CHANCE
    )
