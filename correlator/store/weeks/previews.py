"""Previews of reports as they are kept: what was asked for, and what a worker made of it.

Only a busy installation needs them. Where the weeks hold little, a page writes its preview itself,
as of that moment; where they hold much, it reads what a worker wrote some minutes ago and says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.tables import PreviewRow, TallyRow
from correlator.store.upsert import insert_into
from correlator.types import Scope, Week

# So many hours of issues a page counts while somebody waits.
FEW = 5_000
# After it a preview is written anew, once somebody looks at it.
FRESH = timedelta(minutes=5)
# Longer than a preview takes to write: after it, its worker is taken for dead.
WRITING = timedelta(minutes=5)
# What nobody has looked at for so long goes.
KEPT_FOR = timedelta(days=2)
MOST_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a preview is of: a week (``2026-W47``) as a zone has it, of a scope, under the name of
    a plan (empty: of none)."""

    plan: str
    week: str
    zone: str
    scope: Scope

    @property
    def filters(self) -> dict[str, Any]:
        """As it is kept."""
        names = self.scope.__slots__
        scope = {name: getattr(self.scope, name) for name in names}
        return {"plan": self.plan, "week": self.week, "zone": self.zone, **scope}

    @property
    def key(self) -> str:
        """The same for the same question."""
        return sha256(orjson.dumps(self.filters, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A preview without its lists. ``body`` None: nobody has written it yet."""

    id: int
    as_of: datetime | None
    body: dict[str, Any] | None
    problem: str | None

    def is_due(self, now: datetime) -> bool:
        """Whether it is to be written anew."""
        return self.as_of is None or now - self.as_of >= FRESH


def is_little(session: Session, weeks: Sequence[Week]) -> bool:
    """Whether the weeks hold so little that a report of them is written in an instant."""
    hour = col(TallyRow.hour)
    some = sa.select(sa.literal(1)).select_from(TallyRow)
    some = some.where(hour >= weeks[0].since, hour < weeks[-1].until).limit(FEW)
    count = sa.select(sa.func.count()).select_from(some.subquery())
    return int(session.execute(count).scalar_one()) < FEW


def ask(session: Session, asked: Asked, now: datetime) -> None:
    """Have this written; what nobody looks at any longer goes."""
    old = sa.delete(PreviewRow).where(col(PreviewRow.asked_at) < now - KEPT_FOR)
    session.execute(old)
    newest = sa.select(col(PreviewRow.id)).order_by(col(PreviewRow.id).desc()).limit(MOST_KEPT)
    session.execute(sa.delete(PreviewRow).where(col(PreviewRow.id).not_in(newest)))
    new = insert_into(session, PreviewRow).values(
        key=asked.key, filters=asked.filters, asked_at=now
    )
    session.execute(new.on_conflict_do_update(index_elements=["key"], set_={"asked_at": now}))


def of(session: Session, asked: Asked) -> Kept | None:
    """The preview, if anybody has asked for it."""
    columns = col(PreviewRow.id), col(PreviewRow.as_of), col(PreviewRow.body)
    wanted = sa.select(*columns, col(PreviewRow.problem)).where(col(PreviewRow.key) == asked.key)
    row = session.execute(wanted).first()
    return Kept(id=row[0], as_of=row[1], body=row[2], problem=row[3]) if row else None


def lists_of(session: Session, preview_id: int) -> dict[str, Any]:
    """The lists behind the numbers of a preview."""
    wanted = sa.select(col(PreviewRow.lists)).where(col(PreviewRow.id) == preview_id)
    return dict(session.execute(wanted).scalar() or {})


def claim(session: Session, preview_id: int, now: datetime) -> Asked | None:
    """Take a preview to write it; None if it is fresh, or somebody is at it. The UPDATE is the
    lock."""
    row = PreviewRow
    mine = (
        sa.update(row)
        .where(col(row.id) == preview_id)
        .where(sa.or_(col(row.as_of).is_(None), col(row.as_of) <= now - FRESH))
        .where(sa.or_(col(row.writing_since).is_(None), col(row.writing_since) <= now - WRITING))
        .values(writing_since=now)
        .returning(col(row.filters))
    )
    filters = session.execute(mine).scalar_one_or_none()
    return _asked(filters) if filters else None


def _asked(filters: Mapping[str, Any]) -> Asked:
    scope = Scope(
        environment=filters["environment"],
        services=tuple(filters["services"]),
        project_id=filters["project_id"],
    )
    named = {name: filters[name] for name in ("plan", "week", "zone")}
    return Asked(**named, scope=scope)


def keep(session: Session, preview_id: int, plain: Mapping[str, Any], as_of: datetime) -> None:
    """What was written by who claimed it at that time. ``plain``: a report with its lists.

    A row that was dropped meanwhile, whose number another may have by now, gets nothing."""
    mine = select(PreviewRow).where(PreviewRow.id == preview_id, PreviewRow.writing_since == as_of)
    row = session.exec(mine).first()
    if row is not None:
        row.body = {name: value for name, value in plain.items() if name != "lists"}
        row.lists, row.as_of = dict(plain["lists"]), as_of
        row.writing_since, row.problem = None, None
        session.add(row)


def give_up(session: Session, preview_id: int) -> None:
    """A defect keeps it from being written: nobody tries again for some minutes."""
    mine = sa.update(PreviewRow).where(col(PreviewRow.id) == preview_id)
    session.execute(mine.values(problem="It failed, and the fault was logged."))
