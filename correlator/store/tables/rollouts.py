"""What a deploy turned out to be: what it brought, how it fared, and what it broke.

``roll_out`` and ``arrival`` are made from deploys and the mirror, ``delivered`` from rows; all may
be made anew. ``health_verdict`` is only added to, and never decided again.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, maybe_to, row_id, to


class RollOutRow(SQLModel, table=True):
    """What a deploy was, measured against the one before it by what was deployed.

    ``kind``: first, forward, roll-back, hotfix, re-run or unknown. ``brought``: commits that it
    has and the one before lacks; ``taken``: the other way round; ``own``: those of the brought
    that touch the service's own directory, None where it has none. ``is_final``: the mirror knew
    both revisions, so that nothing is left to learn; ``looked_at``: when it was last tried.
    """

    __tablename__ = "roll_out"
    __table_args__ = (
        sa.UniqueConstraint("deploy_id"),
        sa.Index("ix_roll_out_waiting", "is_final", "looked_at"),
    )
    id: int | None = row_id()
    deploy_id: int = Field(foreign_key="deploy.id", ondelete="CASCADE", sa_type=BIG)
    previous_id: int | None = Field(default=None, sa_type=BIG, nullable=True)
    repo_id: int | None = maybe_to("repo.id", index=False)
    revision: str | None = Field(default=None, max_length=64)
    kind: str = Field(max_length=20)
    because: str
    brought: int = 0
    taken: int = 0
    own: int | None = None
    is_final: bool = False
    looked_at: datetime


class ArrivalRow(SQLModel, table=True):
    """A commit that a deploy brought (``is_taken``: that it took away), newest first.

    ``is_first``: no deploy of the line had brought it before; ``is_own``: it touches the service.
    """

    __tablename__ = "arrival"
    __table_args__ = (
        sa.UniqueConstraint("deploy_id", "sha"),
        sa.Index("ix_arrival_of", "repo_id", "sha"),
    )
    id: int | None = row_id()
    deploy_id: int = Field(foreign_key="deploy.id", ondelete="CASCADE", sa_type=BIG)
    repo_id: int = to("repo.id", index=False)
    sha: str = Field(max_length=64)
    place: int
    committed_at: datetime
    is_taken: bool = False
    is_first: bool = True
    is_own: bool = True


class HealthVerdictRow(SQLModel, table=True):
    """How a deploy fared against the version before it, decided once.

    ``health``: fine, worse, or cannot-tell (its first day is over). ``unit``: calls, sessions or
    minutes; counts are of events, ``spread`` says how many times less they weigh because they
    come in bursts. ``low`` and ``high``: of the ratio, safe at every look.
    """

    __tablename__ = "health_verdict"
    __table_args__ = (sa.UniqueConstraint("deploy_id"),)
    id: int | None = row_id()
    deploy_id: int = Field(foreign_key="deploy.id", ondelete="CASCADE", sa_type=BIG)
    against_id: int | None = Field(default=None, sa_type=BIG, nullable=True)
    at: datetime
    health: str = Field(max_length=20)
    because: str
    unit: str = Field(max_length=10)
    new_events: int
    new_exposure: float
    old_events: int
    old_exposure: float
    spread: float = 1.0
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


class DeliveredRow(SQLModel, table=True):
    """What a full deploy did, as the measures of delivery count it; told anew when it moved.

    ``leads``: seconds from commit to it, of each own change that it brought first; ``broke``: how
    each issue was given to it (culprit or time), by id; ``recovered_at``: when that was over.
    ``is_rework``: it went back, or carried a fix.
    """

    __tablename__ = "delivered"
    __table_args__ = (sa.UniqueConstraint("deploy_id"),)
    id: int | None = row_id()
    deploy_id: int = Field(foreign_key="deploy.id", ondelete="CASCADE", sa_type=BIG)
    leads: list[float] = Field(default_factory=list, sa_type=JSON)
    broke: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    recovered_at: datetime | None = None
    is_rework: bool = False


class DeliveredMarkRow(SQLModel, table=True):
    """What the rows of ``delivered`` were told from: ``mark`` moves whenever they may have to be
    told anew; ``seconds``: what it took, by which the next time is put off. One row."""

    __tablename__ = "delivered_mark"
    id: int | None = row_id()
    mark: str
    as_of: datetime
    seconds: float = 0.0


class FailedRollOutRow(SQLModel, table=True):
    """A roll-out that failed and never served anybody: no deploy, kept so that nobody wonders."""

    __tablename__ = "failed_roll_out"
    __table_args__ = (sa.UniqueConstraint("project_id", "service", "environment", "release", "at"),)
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    service: str = Field(max_length=100)
    environment: str = Field(max_length=64)
    release: str = Field(max_length=250)
    revision: str | None = Field(default=None, max_length=64)
    at: datetime
    actor: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=1000)
