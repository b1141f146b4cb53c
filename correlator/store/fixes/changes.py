"""How much of the work is mending other work: changes that are fixes or reverts of others.

Of the commits on the default branches that the survey knows, by when they were committed.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col

from correlator.statistics import wilson
from correlator.store.tables import FixRow, ProjectRepoRow, ProjectRow, RepoRow, SurveyedRow
from correlator.types import Author

FIX, REVERT, OTHER = "fixes", "reverts", "other"
MENDING = "mending"
PAGE = 50


def changes(
    session: Session, since: datetime, project: str, only: int | None
) -> Counter[tuple[str, str]]:
    """How many there are, by what they are for and by who or what wrote them."""
    each = (
        sa.select(_kind().label("kind"), col(SurveyedRow.author).label("author"))
        .where(*_conditions(since, project, only))
        .subquery()
    )
    rows = session.execute(sa.select(*each.c, sa.func.count()).group_by(*each.c))
    return Counter({(row[0], row[1]): int(row[2]) for row in rows})


def listed_changes(
    session: Session,
    since: datetime,
    project: str,
    only: int | None,
    asked: tuple[str, str],
    page: int,
) -> tuple[int, list[tuple[SurveyedRow, str]]]:
    """How many, and a page of them, newest first, each with its repository's name. ``asked``: what
    they are for (or ``mending`` for either), and who or what wrote them; empty: all."""
    where = _conditions(since, project, only)
    which, author = asked
    if which == MENDING:
        where.append(_kind() != OTHER)
    elif which:
        where.append(_kind() == which)
    if author:
        where.append(col(SurveyedRow.author) == author)
    total = session.execute(sa.select(sa.func.count(col(SurveyedRow.id))).where(*where))
    rows = (
        sa.select(SurveyedRow, col(RepoRow.name))
        .join(RepoRow, col(RepoRow.id) == col(SurveyedRow.repo_id))
        .where(*where)
        .order_by(col(SurveyedRow.committed_at).desc(), col(SurveyedRow.id).desc())
        .limit(PAGE)
        .offset((max(page, 1) - 1) * PAGE)
    )
    return int(total.scalar_one()), [(row[0], row[1]) for row in session.execute(rows)]


def shares(counted: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """The share of changes that mend others, of all and by who or what wrote them; ``asked``
    beside a number is what lists it."""
    authors = [one.value for one in Author if any(who == one for _, who in counted)]
    by = [{"author": author, **_share(counted, author)} for author in authors]
    return {**_share(counted, ""), "by": by}


def _share(counted: Mapping[tuple[str, str], int], author: str) -> dict[str, Any]:
    mine = {
        which: sum(
            number
            for (kind, who), number in counted.items()
            if kind == which and author in ("", who)
        )
        for which in (FIX, REVERT, OTHER)
    }
    total, mending = sum(mine.values()), mine[FIX] + mine[REVERT]
    between = wilson(mending, total) if total else None
    return {
        **{
            name: {"count": count, "asked": {"which": which, "author": author}}
            for name, which, count in (
                ("all", "", total),
                ("mending", MENDING, mending),
                ("fixes", FIX, mine[FIX]),
                ("reverts", REVERT, mine[REVERT]),
            )
        },
        "share": mending / total if total else None,
        "low": between.low if between else None,
        "high": between.high if between else None,
    }


def _kind() -> ColumnElement[str]:
    """What says that it takes another back is a revert, whatever else it mends."""
    message = col(SurveyedRow.message)
    is_revert = sa.or_(message.like('Revert "%'), message.like("%This reverts commit %"))
    mends = (
        sa.select(sa.literal(1))
        .where(col(FixRow.repo_id) == col(SurveyedRow.repo_id))
        .where(col(FixRow.sha) == col(SurveyedRow.sha))
        .where(col(FixRow.confirmed).is_(True), col(FixRow.denied).is_(False))
        .correlate(SurveyedRow)
        .exists()
    )
    return sa.case((is_revert, REVERT), (mends, FIX), else_=OTHER)


def _conditions(since: datetime, project: str, only: int | None) -> list[Any]:
    found: list[Any] = [col(SurveyedRow.committed_at) >= since]
    if project or only is not None:
        mine = sa.select(col(ProjectRepoRow.repo_id)).join(
            ProjectRow, col(ProjectRow.id) == col(ProjectRepoRow.project_id)
        )
        mine = mine.where(col(ProjectRow.slug) == project) if project else mine
        mine = mine.where(col(ProjectRow.id) == only) if only is not None else mine
        found.append(col(SurveyedRow.repo_id).in_(mine))
    return found
