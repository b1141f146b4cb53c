"""The scorecard's rows: all verdicts, alike ones as one row, and lists of them.

The database counts; of fifty thousand verdicts a page reads some dozen rows. A number and its list
come of one statement with the same conditions, so that the list is as long as the number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.tables import IssueRow, ProjectRow, ScoredRow, VerdictRow
from correlator.store.verdicts.scored import OPEN, RIGHT

# Bounds of the stated confidence: below the first, a culprit is seldom named.
BANDS = (0.0, 0.55, 0.7, 0.8, 0.9, 1.0)
JUDGED = "judged"
PAGE = 100


class Alike(NamedTuple):
    """Verdicts that are alike. ``month``: 2026-11; ``band``: of stated confidence, from 0;
    ``stated`` adds up their confidences, ``missed`` the squared distances from what was found."""

    weights: str
    month: str
    is_named: bool
    band: int
    outcome: str
    source: str
    times: int
    stated: float
    missed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One issue's verdict and what became of it. ``outcome``: right, wrong or open (nobody said);
    ``source``: where the label came from that decided, empty where none did."""

    issue_id: int
    short: str
    title: str
    at: datetime
    weights: str
    confidence: float
    abstained: str | None
    outcome: str
    source: str


def whole(session: Session, only: int | None = None) -> list[Alike]:
    """Every verdict; of one project when given."""
    columns = {**_columns(session), "confidence": col(VerdictRow.confidence)}
    # Grouped outside: PostgreSQL does not see that two expressions with parameters are one.
    each = _verdicts([one.label(name) for name, one in columns.items()], only).subquery()
    off = each.c.confidence - sa.case((each.c.outcome == RIGHT, 1.0), else_=0.0)
    alike = [each.c[name] for name in Alike._fields[:6]]
    sums = sa.func.count(), sa.func.sum(each.c.confidence), sa.func.sum(off * off)
    rows = session.execute(sa.select(*alike, *sums).group_by(*alike).order_by(*alike))
    return [Alike(row[0], row[1], bool(row[2]), *row[3:]) for row in rows]


def page_of(
    session: Session, filters: Mapping[str, str], page: int, only: int | None = None
) -> tuple[int, list[Scored]]:
    """How many verdicts there are with these filters, and a page of them, newest first."""
    asked = _asked(session, filters)
    counted = _verdicts([sa.func.count()], only).where(*asked)
    ids = _verdicts([col(IssueRow.id)], only).where(*asked).order_by(*_newest())
    some = session.execute(ids.offset((page - 1) * PAGE).limit(PAGE)).scalars().all()
    shown = _verdicts(_shown(), None).join(ProjectRow, col(ProjectRow.id) == IssueRow.project_id)
    rows = session.execute(shown.where(col(IssueRow.id).in_(some)).order_by(*_newest()))
    return int(session.execute(counted).scalar_one()), [_scored(row) for row in rows]


def _newest() -> tuple[Any, ...]:
    return col(VerdictRow.at).desc(), col(IssueRow.id).desc()


def _verdicts(columns: list[Any], only: int | None) -> sa.Select[*tuple[Any, ...]]:
    """Columns of each issue's verdict: the one that was judged, else the one in force."""
    under = sa.func.coalesce(col(ScoredRow.verdict_id), col(IssueRow.verdict_id))
    wanted = (
        sa.select(*columns)
        .select_from(IssueRow)
        .outerjoin(ScoredRow, col(ScoredRow.issue_id) == col(IssueRow.id))
        .join(VerdictRow, col(VerdictRow.id) == under)
        .where(col(IssueRow.verdict_id).is_not(None))
    )
    return wanted if only is None else wanted.where(col(IssueRow.project_id) == only)


def _columns(session: Session) -> dict[str, Any]:
    return {
        "weights": col(VerdictRow.weights),
        "month": _month(session),
        "is_named": col(VerdictRow.abstained).is_(None),
        "band": _band(),
        "outcome": sa.func.coalesce(col(ScoredRow.outcome), OPEN),
        "source": sa.func.coalesce(col(ScoredRow.source), ""),
    }


def _asked(session: Session, filters: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    columns = _columns(session)
    columns["band"] = sa.cast(columns["band"], sa.String)
    found = []
    for name, value in filters.items():
        if name == "named" and value:
            found.append(columns["is_named"] == (value == "yes"))
        elif name == "outcome" and value == JUDGED:
            found.append(columns[name] != OPEN)
        elif name in columns and value:
            found.append(columns[name] == value)
    return found


def _month(session: Session) -> sa.ColumnElement[str]:
    """As 2026-11, in UTC whatever the server's own zone is."""
    if session.get_bind().dialect.name == "postgresql":
        return sa.func.to_char(
            sa.func.timezone("UTC", col(VerdictRow.at)), sa.literal_column("'YYYY-MM'")
        )
    return sa.func.substr(sa.cast(col(VerdictRow.at), sa.String), 1, 7)


def _band() -> sa.ColumnElement[int]:
    """The number of the band of stated confidence, from 0."""
    return sa.case(
        *((col(VerdictRow.confidence) >= BANDS[at], at) for at in range(len(BANDS) - 2, 0, -1)),
        else_=0,
    )


def _shown() -> list[Any]:
    outcome = sa.func.coalesce(col(ScoredRow.outcome), OPEN).label("outcome")
    source = sa.func.coalesce(col(ScoredRow.source), "").label("source")
    return [
        *(col(IssueRow.id), col(IssueRow.number), col(IssueRow.type), col(IssueRow.value)),
        *(col(ProjectRow.slug), col(VerdictRow.at), col(VerdictRow.weights)),
        *(col(VerdictRow.confidence), col(VerdictRow.abstained), outcome, source),
    ]


def _scored(row: Any) -> Scored:
    return Scored(
        issue_id=row.id,
        short=f"{row.slug.upper()}-{row.number}",
        title=f"{row.type} {row.value}".strip()[:200],
        at=row.at,
        weights=row.weights,
        confidence=row.confidence,
        abstained=row.abstained,
        outcome=row.outcome,
        source=row.source,
    )
