"""All that rows know of an issue that is followed: its names, its culprit, what was said of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.cycles.lines import Elsewhere, Ran, lines_of
from correlator.store.tables import (
    FixWordRow,
    IssueRow,
    ProjectRow,
    SentryIssueRow,
    VerdictRow,
)
from correlator.store.verdicts import culprit as culprits


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that rows know of an issue that is followed, read from ``at`` on. ``culprit``: the change
    that did it."""

    at: datetime
    issue: IssueRow
    names: frozenset[str]
    doubtful: frozenset[str]
    culprit: str | None
    repo_id: int | None
    words: tuple[FixWordRow, ...]
    lines: tuple[Ran, ...]


def known_of(session: Session, issue_id: int, now: datetime) -> Known | None:
    """Gather; None where there is no such issue, or it was merged into another. ``now``: a moment
    before the first read."""
    issue = session.get(IssueRow, issue_id)
    if issue is None or issue.merged_into is not None:
        return None
    members = [issue_id, *_merged(session, issue_id)]
    culprit, repo_id = culprit_of(session, issue)
    names = _names(session, members)
    words = select(FixWordRow).where(col(FixWordRow.issue_id).in_(members))
    return Known(
        at=now,
        issue=issue,
        names=names,
        doubtful=_doubtful(session, issue.project_id, members, names),
        culprit=culprit,
        repo_id=repo_id,
        words=tuple(session.exec(words.order_by(col(FixWordRow.id)))),
        lines=tuple(lines_of(session, issue, _elsewhere(session, issue, culprit, repo_id))),
    )


def _elsewhere(
    session: Session, issue: IssueRow, culprit: str | None, repo_id: int | None
) -> Elsewhere | None:
    verdict = session.get(VerdictRow, issue.verdict_id) if issue.verdict_id else None
    if verdict is None or culprit is None or repo_id is None or repo_id == verdict.repo_id:
        return None
    return Elsewhere(repo_id, culprit)


def culprit_of(session: Session, issue: IssueRow) -> tuple[str | None, int | None]:
    """The likely culprit and its repository; where there is none, the repository that failed."""
    verdict = session.get(VerdictRow, issue.verdict_id) if issue.verdict_id else None
    if verdict is None:
        return None, None
    named = culprits.culprit_of(session, issue.id or 0)
    if named is None or not named.is_likely:
        return None, verdict.repo_id
    return named.sha, named.repo_id


def _merged(session: Session, issue_id: int) -> list[int]:
    into = select(IssueRow.id).where(col(IssueRow.merged_into) == issue_id)
    return [one for one in session.exec(into) if one is not None]


def _names(session: Session, issue_ids: Sequence[int]) -> frozenset[str]:
    rows = session.exec(
        select(IssueRow.id, IssueRow.number, ProjectRow.slug)
        .join(ProjectRow, col(ProjectRow.id) == col(IssueRow.project_id))
        .where(col(IssueRow.id).in_(issue_ids))
    )
    names = {
        name for ident, number, slug in rows for name in (f"{slug}-{number}", f"issue:{ident}")
    }
    sentry = select(SentryIssueRow).where(col(SentryIssueRow.issue_id).in_(issue_ids))
    for row in session.exec(sentry):
        names |= {f"sentry:{row.number}", *([row.short.lower()] if row.short else [])}
    return frozenset(names)


def _doubtful(
    session: Session, project_id: int, members: Sequence[int], names: Collection[str]
) -> frozenset[str]:
    """Sentry counts issues for itself: its SHOP-12 may be another one than ours."""
    theirs = sa.select(sa.func.lower(col(SentryIssueRow.short))).where(
        col(SentryIssueRow.project_id) == project_id,
        col(SentryIssueRow.short).in_([one.upper() for one in names]),
        sa.or_(
            col(SentryIssueRow.issue_id).is_(None), col(SentryIssueRow.issue_id).not_in(members)
        ),
    )
    project = session.get_one(ProjectRow, project_id)
    numbers = [
        int(number)
        for slug, _, number in (one.rpartition("-") for one in names)
        if slug == project.slug and number.isdecimal() and len(number) < 10
    ]
    ours = sa.select(col(IssueRow.number)).where(
        col(IssueRow.project_id) == project_id,
        col(IssueRow.number).in_(numbers),
        col(IssueRow.id).not_in(members),
    )
    also = {f"{project.slug}-{number}" for number in session.execute(ours).scalars()}
    return frozenset({*session.execute(theirs).scalars(), *also})
