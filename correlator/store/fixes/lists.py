"""The lists behind the numbers of fixes: episodes, what they add up to, and the people in them."""

from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.fixes.counts import Asked, joined
from correlator.store.tables import (
    AccountRow,
    CommitRow,
    EpisodeRow,
    FixRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
)

PAGE = 50


class Together(NamedTuple):
    """What the episodes of a list add up to: ``users`` that were hit, of first ones."""

    redeploys: int
    users: int
    seconds: float


class Touched(NamedTuple):
    """People who had to do with episodes, and users that these hit (of first ones)."""

    people: int
    users: int


def listed(
    session: Session, asked: Asked, page: int
) -> tuple[int, list[tuple[IssueRow, ProjectRow, FollowedRow, EpisodeRow]]]:
    """How many there are and a page of them, those that began last first."""
    total = session.execute(joined(sa.select(sa.func.count()), asked)).scalar_one()
    return int(total), page_of(session, asked, page)


def page_of(
    session: Session, asked: Asked, page: int, length: int = PAGE
) -> list[tuple[IssueRow, ProjectRow, FollowedRow, EpisodeRow]]:
    """A page of them, those that began last first."""
    # Their ids first: a page far back has not to carry whole rows past all before it.
    some = _ordered(joined(sa.select(col(EpisodeRow.id)), asked))
    ids = session.execute(some.limit(length).offset((max(page, 1) - 1) * length)).scalars().all()
    whole = sa.select(IssueRow, ProjectRow, FollowedRow, EpisodeRow)
    rows = _ordered(joined(whole, asked, IssueRow, ProjectRow).where(col(EpisodeRow.id).in_(ids)))
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(rows)]


def _ordered(query: Any) -> Any:
    return query.order_by(col(EpisodeRow.began).desc(), col(EpisodeRow.id).desc())


def together(session: Session, asked: Asked) -> Together:
    """What all of the list comes to, as the page counts it."""
    ended = sa.func.coalesce(sa.extract("epoch", col(EpisodeRow.closed_at)), asked.now.timestamp())
    first = col(EpisodeRow.place) == 1
    sums = sa.select(
        sa.func.coalesce(sa.func.sum(col(EpisodeRow.cycles)), 0),
        sa.func.coalesce(sa.func.sum(sa.case((first, col(IssueRow.users_seen)), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(ended - sa.extract("epoch", col(EpisodeRow.began))), 0.0),
    )
    redeploys, users, seconds = session.execute(joined(sums, asked, IssueRow)).one()
    return Together(int(redeploys), int(users), float(seconds))


def touched(session: Session, asked: Asked) -> Touched:
    """Whom these episodes concerned, counted."""
    issues = _of(asked)
    written: Any = sa.select(col(CommitRow.author_email).label("mail")).distinct()
    judges: Any = sa.select(col(AccountRow.email).label("mail")).distinct()
    either = sa.union_all(_wrote(written, issues), _judged(judges, issues)).subquery()
    mails = sa.select(sa.func.count(sa.distinct(sa.func.lower(either.c.mail))))
    hit = (
        sa.select(sa.func.coalesce(sa.func.sum(col(IssueRow.users_seen)), 0))
        .join(issues, issues.c.issue_id == col(IssueRow.id))
        .where(issues.c.place == 1)
    )
    each = sa.select(mails.scalar_subquery(), hit.scalar_subquery())
    people, users = session.execute(each).one()
    return Touched(int(people), int(users))


def people_listed(session: Session, asked: Asked) -> list[tuple[str, int, int]]:
    """Each of the people by mail address: how many fixes they wrote, and how often they judged."""
    issues, mail, account = _of(asked), col(CommitRow.author_email), col(AccountRow.email)
    written: Any = sa.select(sa.func.lower(mail).label("mail"), sa.literal(1).label("wrote"))
    judges: Any = sa.select(sa.func.lower(account).label("mail"), sa.literal(0).label("wrote"))
    either = sa.union_all(_wrote(written, issues), _judged(judges, issues)).subquery()
    wrote, judged = sa.func.sum(either.c.wrote), sa.func.sum(1 - either.c.wrote)
    rows = sa.select(either.c.mail, wrote, judged).group_by(either.c.mail)
    found = session.execute(rows.order_by((wrote + judged).desc(), either.c.mail))
    return [(mail, int(fixes), int(judgements)) for mail, fixes, judgements in found]


def _of(asked: Asked) -> Any:
    """Issue and place of the episodes, found once for all that asks."""
    columns = sa.select(col(EpisodeRow.issue_id), col(EpisodeRow.place))
    return joined(columns, asked).cte().prefix_with("MATERIALIZED")


def _wrote(wanted: Any, issues: Any) -> Any:
    """Of whoever wrote the fixes of these issues that somebody named: a row for each fix."""
    fix = sa.and_(
        col(FixRow.repo_id) == col(CommitRow.repo_id), col(FixRow.sha) == col(CommitRow.sha)
    )
    return (
        wanted.join(FixRow, fix)
        .where(col(FixRow.confirmed).is_(True), col(FixRow.denied).is_(False))
        .where(col(FixRow.issue_id).in_(sa.select(issues.c.issue_id)))
    )


def _judged(wanted: Any, issues: Any) -> Any:
    """Of whoever judged the verdicts of these issues: a row for each judgement."""
    return wanted.join(JudgementRow, col(JudgementRow.account_id) == col(AccountRow.id)).where(
        col(JudgementRow.issue_id).in_(sa.select(issues.c.issue_id))
    )
