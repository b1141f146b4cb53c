"""The scorecard of many verdicts: those that somebody judged one by one, all others as counts.

Nearly all verdicts are judged by nobody. The database counts these; only the judged ones, which
need a look at their suspects, are read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.among import among
from correlator.store.tables import IssueRow, JudgementRow, LabelRow, RegroupingRow, VerdictRow
from correlator.store.verdicts import scorecard_sums as sums
from correlator.store.verdicts.scorecard import OPEN, Scored, details, scored

Key = tuple[str, str, bool, int]
PAGE = 100


@dataclass(frozen=True, slots=True)
class Judged:
    """What somebody judged, newest verdict first, and how the verdicts in force of these issues
    are counted among all."""

    rows: tuple[Scored, ...]
    counts: Counter[Key]


def judged(session: Session, only: int | None = None) -> Judged:
    """Every verdict that has a label; the dear part of all below, true while ``mark`` stays."""
    rows = tuple(scored(session, only))
    return Judged(rows, _counts(session, only, [row.issue_id for row in rows]))


def mark(session: Session) -> tuple[Any, ...]:
    """What moves with every word, label, verdict and regrouping."""
    words, labels, verdicts = (
        [sa.func.count(col(table.id)), sa.func.max(col(table.id)), sa.func.max(col(table.at))]
        for table in (JudgementRow, LabelRow, VerdictRow)
    )
    asked: tuple[Any, ...] = (*words, *labels, *verdicts[:2], sa.func.max(col(RegroupingRow.id)))
    one_each: list[Any] = [sa.select(one).scalar_subquery() for one in asked]
    return tuple(session.execute(sa.select(*one_each)).one())


def whole(
    session: Session, only: int | None = None, known: Judged | None = None
) -> Sequence[Scored]:
    """Every verdict: the judged ones each, the others as rows that stand for many."""
    known = known or judged(session, only)
    left = _counts(session, only, None)
    left.subtract(known.counts)
    many = [_many(key, times) for key, times in sorted(left.items()) if times > 0]
    return [*known.rows, *many]


def page_of(
    session: Session,
    filters: Mapping[str, str],
    page: int,
    only: int | None = None,
    judgements: Judged | None = None,
) -> tuple[int, list[Scored]]:
    """How many verdicts there are with these filters, and a page of them, newest first."""
    rows = (judgements or judged(session, only)).rows
    found = sums.chosen(rows, filters)
    wanted = _open(session, filters, only, [row.issue_id for row in rows])
    total, first = len(found), (page - 1) * PAGE
    keys: list[tuple[datetime, int]] = []
    if not filters.get("source") and filters.get("outcome", "") in ("", OPEN):
        counted = sa.select(sa.func.count()).select_from(wanted.subquery())
        total += int(session.execute(counted).scalar_one())
        # Those that are left away come before the page, wherever the judged ones stand among them.
        away = max(first - len(found), 0)
        ordered = wanted.order_by(col(VerdictRow.at).desc(), col(IssueRow.id).desc())
        some = ordered.offset(away).limit(first - away + PAGE)
        keys = [(at, issue) for at, issue in session.connection().execute(some).all()]
        first -= away
    every = sorted([*keys, *((row.at, row.issue_id) for row in found)], reverse=True)
    shown = [issue for _, issue in every[first : first + PAGE]]
    told, chosen = details(session, shown), {row.issue_id: row for row in found}
    return total, [
        replace(chosen.get(issue, told[issue]), short=told[issue].short, title=told[issue].title)
        for issue in shown
        if issue in told
    ]


def _in_force(session: Session, only: int | None) -> sa.Select[*tuple[Any, ...]]:
    """The verdicts in force, by what they are counted by."""
    columns: list[Any] = [
        col(VerdictRow.weights), _month(session).label("month"),
        col(VerdictRow.abstained).is_(None).label("named"), _band().label("band"),
    ]  # fmt: skip
    wanted = sa.select(*columns).join(IssueRow, col(IssueRow.verdict_id) == col(VerdictRow.id))
    return wanted if only is None else wanted.where(col(IssueRow.project_id) == only)


def _counts(session: Session, only: int | None, issues: Sequence[int] | None) -> Counter[Key]:
    wanted = _in_force(session, only)
    if issues is not None:
        wanted = wanted.where(among(session, col(IssueRow.id), issues))
    # Grouped outside: PostgreSQL does not see that two expressions with parameters are one.
    found = wanted.subquery()
    grouped = sa.select(*found.c, sa.func.count()).group_by(*found.c)
    counts: Counter[Key] = Counter()
    for weights, month, is_named, band, times in session.execute(grouped):
        counts[weights, month, bool(is_named), int(band)] += int(times)
    return counts


def _many(key: Key, times: int) -> Scored:
    weights, month, is_named, band = key
    return Scored(
        issue_id=0,
        short="",
        title="",
        at=datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC),
        weights=weights,
        confidence=sums.BANDS[band],
        abstained=None if is_named else "abstained",
        outcome=OPEN,
        source="",
        times=times,
    )


def _open(
    session: Session, filters: Mapping[str, str], only: int | None, judged: Sequence[int]
) -> sa.Select[*tuple[Any, ...]]:
    """Time and issue of the verdicts in force of which nobody said anything."""
    columns: tuple[Any, Any] = (col(VerdictRow.at), col(IssueRow.id))
    wanted = sa.select(*columns).join(IssueRow, col(IssueRow.verdict_id) == col(VerdictRow.id))
    if only is not None:
        wanted = wanted.where(col(IssueRow.project_id) == only)
    tests = {
        "weights": lambda value: col(VerdictRow.weights) == value,
        "month": lambda value: _month(session) == value,
        "named": lambda value: col(VerdictRow.abstained).is_(None) == (value == "yes"),
        "band": lambda value: sa.cast(_band(), sa.String) == value,
    }
    for name, value in filters.items():
        if value and name in tests:
            wanted = wanted.where(tests[name](value))
    return wanted.where(sa.not_(among(session, col(IssueRow.id), judged)))


def _month(session: Session) -> sa.ColumnElement[str]:
    """As 2026-11, in UTC whatever the server's own zone is."""
    if session.get_bind().dialect.name == "postgresql":
        return sa.func.to_char(
            sa.func.timezone("UTC", col(VerdictRow.at)), sa.literal_column("'YYYY-MM'")
        )
    return sa.func.substr(sa.cast(col(VerdictRow.at), sa.String), 1, 7)


def _band() -> sa.ColumnElement[int]:
    """As ``sums.band_of`` tells it."""
    return sa.case(
        *((col(VerdictRow.confidence) >= sums.BANDS[at], at)
          for at in range(len(sums.BANDS) - 2, 0, -1)),
        else_=0,
    )  # fmt: skip
