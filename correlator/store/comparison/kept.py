"""Comparisons as they are kept: the rows of a run, what was asked for, and what came out.

A run is written beside the one in force and takes its place in one short transaction, together with
every comparison that somebody looks at; so a number and the list behind it are always of one run.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import (
    ComparedChangeRow,
    ComparedIssueRow,
    ComparisonRow,
    ComparisonRunRow,
)
from correlator.store.upsert import insert_into

AT_ONCE = 2_000
# What nobody has looked at for so long is not worked out anew each day.
KEPT_FOR = timedelta(days=14)
MOST_KEPT = 500
DAYS = 90
USUAL = "production"
# Longer than a run takes to make: after it, its worker is taken for dead.
MAKING = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which changes are compared, and by what. Empty: all. ``project_id``: the only one that may
    be seen."""

    by: str
    days: int
    environment: str
    service: str = ""
    provenance: str = ""
    project_id: int | None = None

    @property
    def filters(self) -> dict[str, Any]:
        """As it is kept."""
        return {name: getattr(self, name) for name in self.__slots__}

    @property
    def key(self) -> str:
        """As text, the same for the same question."""
        return orjson.dumps(self.filters, option=orjson.OPT_SORT_KEYS).decode()


def run_in_force(session: Session) -> ComparisonRunRow | None:
    """The run that pages read; None before the first."""
    return session.exec(
        select(ComparisonRunRow)
        .where(col(ComparisonRunRow.in_force).is_(True))
        .order_by(col(ComparisonRunRow.id).desc())
    ).first()


def begin_run(session: Session, as_of: datetime) -> int | None:
    """A new run, not in force yet; None while somebody makes one. What a run that was never
    finished left behind goes."""
    unfinished = col(ComparisonRunRow.in_force).is_(False)
    young = sa.select(col(ComparisonRunRow.id)).where(
        unfinished, col(ComparisonRunRow.as_of) > as_of - MAKING
    )
    if session.execute(young.limit(1)).first() is not None:
        return None
    session.execute(sa.delete(ComparisonRunRow).where(unfinished))
    run = ComparisonRunRow(as_of=as_of)
    session.add(run)
    session.flush()
    return run.id


def last_id(session: Session) -> int:
    """The highest change so far: a run numbers its own, so that their issues can refer to them."""
    return int(session.execute(sa.select(sa.func.max(col(ComparedChangeRow.id)))).scalar() or 0)


def keep_rows(
    session: Session,
    table: type[ComparedChangeRow] | type[ComparedIssueRow],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Add these rows of a run."""
    if rows:
        session.execute(sa.insert(table), rows)


def wanted(session: Session, now: datetime) -> list[ComparisonRow]:
    """What somebody looked at lately, newest first."""
    return list(
        session.exec(
            select(ComparisonRow)
            .where(col(ComparisonRow.asked_at) >= now - KEPT_FOR)
            .order_by(col(ComparisonRow.asked_at).desc(), col(ComparisonRow.id).desc())
            .limit(MOST_KEPT)
        )
    )


def put_in_force(
    session: Session, run: ComparisonRunRow, bodies: Iterable[tuple[Asked, dict[str, Any]]]
) -> None:
    """The run is what pages read from now on, with these comparisons; all others have to be asked
    for again."""
    session.execute(sa.delete(ComparisonRunRow).where(col(ComparisonRunRow.id) != run.id))
    session.execute(
        sa.update(ComparisonRunRow)
        .where(col(ComparisonRunRow.id) == run.id)
        .values(in_force=True, changes=run.changes, seconds=run.seconds)
    )
    session.execute(
        sa.delete(ComparisonRow).where(col(ComparisonRow.asked_at) < run.as_of - KEPT_FOR)
    )
    session.execute(sa.update(ComparisonRow).values(body=None, run_id=None, problem=None))
    for asked, body in bodies:
        keep(session, asked, run.id or 0, body, run.as_of)


def keep(
    session: Session, asked: Asked, run_id: int, body: dict[str, Any], asked_at: datetime
) -> None:
    """What a comparison came to."""
    new = insert_into(session, ComparisonRow).values(
        key=asked.key, filters=asked.filters, run_id=run_id, body=body, asked_at=asked_at
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=["key"], set_={"run_id": run_id, "body": body, "problem": None}
        )
    )


def drop_others(session: Session) -> int:
    """Drop some rows of runs that are not in force; how many. To be called until there are none."""
    run = run_in_force(session)
    dropped = 0
    for table in (ComparedIssueRow, ComparedChangeRow):
        some = sa.select(col(table.id)).where(col(table.run_id) != (run.id if run else 0))
        found = session.execute(
            sa.delete(table)
            .where(col(table.id).in_(some.limit(AT_ONCE)))
            .execution_options(synchronize_session=False)
        )
        dropped += found.rowcount  # type: ignore[attr-defined]
    return dropped


def ask(session: Session, asked: Asked, now: datetime) -> int | None:
    """Have this worked out; which one it is."""
    new = insert_into(session, ComparisonRow).values(
        key=asked.key, filters=asked.filters, asked_at=now
    )
    session.execute(new.on_conflict_do_nothing(index_elements=["key"]))
    row = of(session, asked)
    return row.id if row else None


def of(session: Session, asked: Asked) -> ComparisonRow | None:
    """The comparison, if anybody has asked for it."""
    return session.exec(select(ComparisonRow).where(ComparisonRow.key == asked.key)).first()


def looked_at(session: Session, row_id: int | None, now: datetime) -> None:
    """Somebody looks at it, so that it is worked out anew tomorrow."""
    mine = sa.update(ComparisonRow).where(col(ComparisonRow.id) == row_id)
    session.execute(mine.values(asked_at=now))


def give_up(session: Session, row_id: int) -> None:
    """A defect keeps it from being worked out: nobody tries again before the next run."""
    mine = sa.update(ComparisonRow).where(col(ComparisonRow.id) == row_id)
    session.execute(
        mine.values(problem="It failed, and the fault was logged. It is tried again tomorrow.")
    )


def waiting(session: Session, limit: int = 20) -> list[int]:
    """Comparisons that were asked for and are not worked out, and are in no trouble."""
    found = session.exec(
        select(ComparisonRow.id)
        .where(col(ComparisonRow.run_id).is_(None), col(ComparisonRow.problem).is_(None))
        .order_by(col(ComparisonRow.asked_at).desc())
        .limit(limit)
    )
    return [one for one in found if one is not None]


def usual_environment(known: Collection[str]) -> str:
    """Production where there is such an environment, else the first by name."""
    return USUAL if USUAL in known or not known else min(known)


def choices(
    session: Session, run: ComparisonRunRow | None, only: int | None
) -> dict[str, list[str]]:
    """Services and environments that the run has changes of."""
    found: dict[str, list[str]] = {"service": [], "environment": []}
    if run is None:
        return found
    for name in found:
        column = col(getattr(ComparedChangeRow, name))
        wanted = sa.select(column).where(col(ComparedChangeRow.run_id) == run.id).distinct()
        if only is not None:
            wanted = wanted.where(col(ComparedChangeRow.project_id) == only)
        found[name] = list(session.execute(wanted.order_by(column).limit(200)).scalars())
    return found
