"""Failures: issues, their events, and counts that outlive the events."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, row_id, to


class IssueRow(SQLModel, table=True):
    """The same failure again. The first_* columns never change once set: a verdict rests on them.

    ``wants_verdict`` is the to-do list of ``investigate``; ``leased_until`` its lock. An issue
    that was merged has the status ``merged`` and leads to another; ``apart_since``: since when
    each of its fingerprints is counted by itself as well, because there are several.
    ``kind`` is the one in force of the kind table; None: not looked at yet.
    """

    __tablename__ = "issue"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "number"),
        sa.Index("ix_issue_seen", "project_id", "last_seen"),
        sa.Index("ix_issue_todo", "wants_verdict", "leased_until"),
        sa.Index("ix_issue_began_in", "project_id", "first_release"),
        sa.Index("ix_issue_newest", "last_seen", "id"),
        # Few are: who counts all others asks which these are.
        sa.Index(
            "ix_issue_merged",
            "merged_into",
            postgresql_where=sa.text("merged_into IS NOT NULL"),
            sqlite_where=sa.text("merged_into IS NOT NULL"),
        ),
    )
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    number: int
    type: str = Field(max_length=200)
    value: str = Field(max_length=1000)
    culprit_frame: str = Field(default="", max_length=500)
    level: str = Field(max_length=10)
    platform: str = Field(max_length=40)
    status: str = Field(default="open", max_length=20)
    first_seen: datetime
    last_seen: datetime
    times_seen: int = 0
    users_seen: int = 0
    first_release: str | None = Field(default=None, max_length=250)
    first_environment: str = Field(max_length=64)
    first_service: str = Field(max_length=100)
    first_event_id: int | None = Field(default=None, sa_type=BIG)
    wants_verdict: bool = False
    attempts: int = 0
    leased_until: datetime | None = None
    verdict_id: int | None = Field(default=None, sa_type=BIG)
    merged_into: int | None = Field(default=None, sa_type=BIG, nullable=True)
    apart_since: datetime | None = None
    kind: str | None = Field(default=None, max_length=30, index=True)


class FingerprintRow(SQLModel, table=True):
    """A fingerprint and the issue it leads to. Several may lead to one issue."""

    __tablename__ = "fingerprint"
    __table_args__ = (sa.UniqueConstraint("project_id", "version", "hash"),)
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    issue_id: int = to("issue.id")
    version: int
    hash: str = Field(max_length=64)
    because: str


class EventRow(SQLModel, table=True):
    """One event. ``body`` is the scrubbed event, compressed; columns are what lists need.

    ``fingerprint_id`` None: of the first fingerprint that its issue had."""

    __tablename__ = "event"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "event_id"),
        sa.Index("ix_event_line", "issue_id", "at"),
        sa.Index("ix_event_user", "issue_id", "user"),
        sa.Index("ix_event_age", "received_at", "stored_bytes"),
    )
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    issue_id: int = to("issue.id", index=False)
    event_id: str = Field(max_length=32)
    at: datetime
    received_at: datetime
    release: str | None = Field(default=None, max_length=250)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    user: str | None = Field(default=None, max_length=32)
    trace_id: str | None = Field(default=None, max_length=32, index=True)
    stored_bytes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    body: bytes
    fingerprint_id: int | None = Field(default=None, sa_type=BIG, nullable=True)


class TallyRow(SQLModel, table=True):
    """How many events an issue had in an hour, by where they came from. Outlives the events.

    ``windows``: a bit for each five minutes of the hour that had one, the first being the lowest,
    so that a burst can be told from many separate failures."""

    __tablename__ = "tally"
    __table_args__ = (
        sa.UniqueConstraint("issue_id", "hour", "release", "environment", "service"),
        sa.Index("ix_tally_when", "hour", "issue_id"),
    )
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    hour: datetime
    release: str = Field(default="", max_length=250)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    events: int
    windows: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class HitRow(SQLModel, table=True):
    """A user whom an issue hit, once. Outlives the events; ``user`` goes when it is erased, the
    row stays, so that the number of users hit stays true."""

    __tablename__ = "hit"
    __table_args__ = (
        sa.UniqueConstraint("issue_id", "user"),
        sa.Index("ix_hit_user", "user"),
    )
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    user: str | None = Field(default=None, max_length=32)
