"""What was accepted, what could not be done, and how the house runs."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, maybe_to, row_id, to


class InboxRow(SQLModel, table=True):
    """A delivery that was accepted: the queue itself. The body goes once it has been worked on."""

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "source", "delivery"),
        sa.Index("ix_inbox_todo", "state", "claimed_until", "id"),
    )
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    source: str = Field(max_length=40)
    delivery: str = Field(max_length=200)
    encoding: str = Field(default="", max_length=20)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    body: bytes | None = None
    received_at: datetime
    state: str = Field(default="new", max_length=20)
    attempts: int = 0
    claimed_until: datetime | None = None
    done_at: datetime | None = None


class TroubleRow(SQLModel, table=True):
    """Something that could not be done, where a person sees it and can replay it."""

    __tablename__ = "trouble"
    id: int | None = row_id()
    project_id: int | None = maybe_to("project.id")
    step: str = Field(max_length=40)
    subject_id: int = Field(sa_type=BIG)
    reason: str
    body: bytes | None = None
    source: str | None = Field(default=None, max_length=40)
    delivery: str | None = Field(default=None, max_length=200)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    at: datetime
    times: int = 1
    resolved_at: datetime | None = Field(default=None, index=True)


class TimingRow(SQLModel, table=True):
    """How often a step or a git command took up to ``upto`` seconds (and longer than the bucket
    below), and how many seconds that was in all. ``upto`` 0 stands for "no limit"."""

    __tablename__ = "timing"
    __table_args__ = (sa.UniqueConstraint("kind", "name", "upto"),)
    id: int | None = row_id()
    kind: str = Field(max_length=10)
    name: str = Field(max_length=60)
    upto: float
    times: int = Field(sa_type=BIG)
    seconds: float


class HeartbeatRow(SQLModel, table=True):
    """When a part of the installation last showed that it lives."""

    __tablename__ = "heartbeat"
    id: int | None = row_id()
    name: str = Field(max_length=40, unique=True)
    at: datetime
