"""Who stands behind the commits that pages show: what waits to be told, and what was told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from correlator.store.code.surveys import mark_reviewed
from correlator.store.tables import (
    CommitRow,
    DeployRow,
    ProjectRepoRow,
    PullRequestRow,
    RepoRow,
    RulingRow,
    StandingRow,
    SurveyedRow,
    TroubleRow,
)
from correlator.store.upsert import insert_into
from correlator.types import AgentWork, Deploy, PullRequest, Review

DEPLOYS_LOOKED_AT = 500
# Of the commits that no issue mentions and no deploy brought, so many are accounted for.
NEWEST_TOLD = 2000
AT_ONCE = 500


def waiting(session: Session, repo_id: int, limit: int) -> list[str]:
    """Commits of a repository that nobody accounted for yet: those that an issue mentions, the
    newest rows first, then the newest of the branch."""
    mentioned = _mentioned(session, repo_id, limit)
    newest = _newest(session, repo_id, limit) if len(mentioned) < limit else []
    return list(dict.fromkeys([*mentioned, *newest]))[:limit]


def unaccounted(session: Session, repo_id: int, shas: Sequence[str], limit: int) -> list[str]:
    """Those of the commits that nobody accounted for yet, in their order."""
    told: set[str] = set()
    for at in range(0, len(shas), AT_ONCE):
        part = shas[at : at + AT_ONCE]
        told |= set(
            session.exec(
                select(StandingRow.sha).where(
                    StandingRow.repo_id == repo_id, col(StandingRow.sha).in_(part)
                )
            )
        )
    return [sha for sha in shas if sha not in told][:limit]


def _newest(session: Session, repo_id: int, limit: int) -> list[str]:
    newest = (
        select(SurveyedRow.sha)
        .where(SurveyedRow.repo_id == repo_id)
        .order_by(col(SurveyedRow.committed_at).desc())
        .limit(NEWEST_TOLD)
    )
    return unaccounted(session, repo_id, session.exec(newest).all(), limit)


def _mentioned(session: Session, repo_id: int, limit: int) -> list[str]:
    wanted = (
        select(CommitRow.sha)
        .outerjoin(
            StandingRow,
            sa.and_(
                col(StandingRow.repo_id) == col(CommitRow.repo_id),
                col(StandingRow.sha) == col(CommitRow.sha),
            ),
        )
        .where(CommitRow.repo_id == repo_id, col(StandingRow.id).is_(None))
        .order_by(col(CommitRow.id).desc())
        .limit(limit)
    )
    return list(session.exec(wanted))


def keep_standing(
    session: Session, where: tuple[int, str], body: Mapping[str, Any], at: datetime
) -> None:
    """Keep what was told of a commit (repository, sha), in place of what was told before."""
    deployed = body.get("deployed_at")
    values = {
        "number": body.get("number"),
        "deployed_at": datetime.fromisoformat(deployed) if deployed else None,
        "outcome": body.get("outcome"),
        "is_brought": bool(body.get("is_brought")),
        "body": dict(body),
        "at": at,
    }
    insert = insert_into(session, StandingRow).values(repo_id=where[0], sha=where[1], **values)
    kept = insert.on_conflict_do_update(index_elements=["repo_id", "sha"], set_=values)
    standing = session.execute(kept.returning(col(StandingRow.id))).scalar_one()
    session.execute(sa.delete(RulingRow).where(col(RulingRow.standing_id) == standing))
    rulings = [_ruling(where[0], standing, one) for one in body.get("rulings", ())]
    if values["is_brought"] and rulings:
        session.execute(sa.insert(RulingRow), rulings)


def _ruling(repo_id: int, standing: int, one: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "repo_id": repo_id,
        "standing_id": standing,
        "rule": str(one["rule"])[:300],
        "kind": one["kind"],
        "outcome": one["outcome"],
        "is_waived": one.get("waived") is not None,
    }


def standing_of(session: Session, repo_id: int | None, sha: str) -> StandingRow | None:
    """What was told of a commit; None while nobody has."""
    return session.exec(
        select(StandingRow).where(StandingRow.repo_id == repo_id, StandingRow.sha == sha)
    ).first()


def signers(session: Session, repo_id: int, shas: Sequence[str]) -> dict[str, list[str]]:
    """Who signed off, of those of these commits of which that is told: the people whose sign-off
    counts."""
    wanted = select(StandingRow).where(
        col(StandingRow.repo_id) == repo_id, col(StandingRow.sha).in_(shas)
    )
    return {
        row.sha: [one["who"] for one in row.body.get("sign_offs", ()) if one["state"] == "counts"]
        for row in session.exec(wanted)
    }


def forget_standings(
    session: Session, project_id: int, fact: PullRequest | Review | Deploy | AgentWork
) -> list[int]:
    """Drop what a new fact may change; the repositories whose commits are to be looked at again.

    A merge may give a pull request to a commit that had none, a deploy may bring it somewhere.
    """
    linked = select(ProjectRepoRow.repo_id).where(ProjectRepoRow.project_id == project_id)
    repo_ids = list(session.exec(linked))
    concerned: ColumnElement[bool]
    if isinstance(fact, Deploy):
        concerned = col(StandingRow.deployed_at).is_(None)
    elif isinstance(fact, AgentWork) and fact.number is None:
        of_branch = select(PullRequestRow.number).where(
            PullRequestRow.project_id == project_id, PullRequestRow.head_ref == fact.branch
        )
        concerned = col(StandingRow.number).in_(of_branch)
    else:
        mark_reviewed(session, repo_ids, fact)
        concerned = col(StandingRow.number) == fact.number
        if isinstance(fact, PullRequest) and fact.state == "merged":
            concerned = sa.or_(concerned, col(StandingRow.number).is_(None))
    here = col(StandingRow.repo_id).in_(repo_ids)
    session.execute(
        sa.delete(StandingRow).where(here, concerned).execution_options(synchronize_session=False)
    )
    return repo_ids


def any_waiting(session: Session) -> list[int]:
    """Repositories with a mirror and commits that nobody accounted for yet, at most ten; without
    those where that is trouble that waits for a person."""
    in_trouble = select(TroubleRow.subject_id).where(
        TroubleRow.step == "account", col(TroubleRow.resolved_at).is_(None)
    )
    wanted = (
        select(CommitRow.repo_id)
        .join(RepoRow, col(RepoRow.id) == col(CommitRow.repo_id))
        .outerjoin(
            StandingRow,
            sa.and_(
                col(StandingRow.repo_id) == col(CommitRow.repo_id),
                col(StandingRow.sha) == col(CommitRow.sha),
            ),
        )
        .where(col(StandingRow.id).is_(None), col(RepoRow.fetched_at).is_not(None))
        .where(col(CommitRow.repo_id).not_in(in_trouble))
        .distinct()
        .limit(10)
    )
    return list(session.exec(wanted))


def projects_of(session: Session, repo_id: int) -> list[int]:
    """The projects whose code lies in a repository."""
    wanted = select(ProjectRepoRow.project_id).where(ProjectRepoRow.repo_id == repo_id)
    return list(session.exec(wanted))


def deploys_of(session: Session, project_ids: Sequence[int]) -> list[tuple[str, str, datetime]]:
    """Revision, environment and time of the projects' newest deploys whose revision is known."""
    wanted = (
        select(DeployRow.revision, DeployRow.environment, DeployRow.at)
        .where(col(DeployRow.project_id).in_(project_ids), col(DeployRow.revision).is_not(None))
        .order_by(col(DeployRow.at).desc())
        .limit(DEPLOYS_LOOKED_AT)
    )
    return [(revision or "", environment, at) for revision, environment, at in session.exec(wanted)]
