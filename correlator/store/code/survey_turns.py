"""Whose turn it is to be surveyed: what is due, who holds it, and how far it is.

A survey of a large repository is many short transactions, so that nobody else waits for the
database; this row says where they are.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import RepoRow, SurveyRow, TroubleRow
from correlator.store.upsert import insert_into

MOST_UNREAD = 50


def mark_due(session: Session, repo_ids: Collection[int | None]) -> None:
    """Have these repositories surveyed (again)."""
    for repo_id in repo_ids:
        due = insert_into(session, SurveyRow).values(repo_id=repo_id, state="due")
        again = due.on_conflict_do_update(
            index_elements=["repo_id"],
            set_={"state": sa.case((col(SurveyRow.state) == "done", "due"), else_=SurveyRow.state)},
        )
        session.execute(again)


def any_due(session: Session, now: datetime) -> list[int]:
    """Repositories with a mirror whose survey is not done and in nobody's hands, at most ten;
    without those where that is trouble that waits for a person. None while one is at work: a
    survey is long, and one at a time leaves the others their workers."""
    if _any_held(session, now):
        return []
    in_trouble = select(TroubleRow.subject_id).where(
        TroubleRow.step == "survey", col(TroubleRow.resolved_at).is_(None)
    )
    wanted = (
        select(RepoRow.id)
        .outerjoin(SurveyRow, col(SurveyRow.repo_id) == col(RepoRow.id))
        .where(col(RepoRow.fetched_at).is_not(None), col(RepoRow.id).not_in(in_trouble))
        .where(sa.or_(col(SurveyRow.id).is_(None), col(SurveyRow.state) != "done"))
        .order_by(col(RepoRow.id))
        .limit(10)
    )
    return [one for one in session.exec(wanted) if one is not None]


def lease(session: Session, repo_id: int, now: datetime, seconds: float) -> SurveyRow | None:
    """Take a repository's survey; None while somebody holds this one or another."""
    if session.get(RepoRow, repo_id) is None or _any_held(session, now):
        return None
    new = insert_into(session, SurveyRow).values(repo_id=repo_id, state="due")
    session.execute(new.on_conflict_do_nothing(index_elements=["repo_id"]))
    row = session.exec(
        select(SurveyRow).where(SurveyRow.repo_id == repo_id).with_for_update()
    ).one()
    if row.leased_until is not None and row.leased_until > now:
        return None
    row.leased_until = now + timedelta(seconds=seconds)
    session.add(row)
    session.flush()
    return row


def _any_held(session: Session, now: datetime) -> bool:
    held = select(SurveyRow.id).where(col(SurveyRow.leased_until) > now).limit(1)
    return session.exec(held).first() is not None


def survey_of(session: Session, repo_id: int | None) -> SurveyRow | None:
    """How far a repository's survey is; None if it was never begun."""
    return session.exec(select(SurveyRow).where(SurveyRow.repo_id == repo_id)).first()


def record(session: Session, repo_id: int, values: Mapping[str, Any]) -> None:
    """Note how far the survey is."""
    session.execute(sa.update(SurveyRow).where(col(SurveyRow.repo_id) == repo_id).values(**values))
