"""Weekly reports: who wants one, what they said, and to whom they went."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import JSON, maybe_to, row_id, to


class ReportPlanRow(SQLModel, table=True):
    """A team's wish for a report: when, in whose time, of what, to whom.

    ``weekday``: 1 is Monday; ``recipients``: objects with ``channel`` and ``address``; ``secret``
    signs what goes to webhooks. Gone plans stay as ``ended_at``, for their reports' sake.
    """

    __tablename__ = "report_plan"
    id: int | None = row_id()
    name: str = Field(max_length=64, unique=True)
    zone: str = Field(max_length=64)
    weekday: int
    hour: int
    environment: str = Field(max_length=64)
    project_id: int | None = maybe_to("project.id", index=False)
    services: list[str] = Field(default_factory=list, sa_type=JSON)
    recipients: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    secret: str = Field(max_length=64)
    account_id: int | None = maybe_to("account.id", index=False)
    created_at: datetime
    ended_at: datetime | None = None


class ReportRow(SQLModel, table=True):
    """A report as it was written, with the lists behind its numbers. Never changed."""

    __tablename__ = "report"
    __table_args__ = (sa.UniqueConstraint("plan_id", "week"),)
    id: int | None = row_id()
    plan_id: int = to("report_plan.id", index=False)
    week: str = Field(max_length=8)
    title: str = Field(max_length=300)
    made_at: datetime
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class ReportSendingRow(SQLModel, table=True):
    """A report on its way to one recipient: ``state`` is waiting, sent or failed.

    ``not_before``: nobody tries earlier, because somebody does just now or it failed just now."""

    __tablename__ = "report_sending"
    __table_args__ = (
        sa.UniqueConstraint("report_id", "channel", "address"),
        sa.Index("ix_report_sending_todo", "state", "not_before"),
    )
    id: int | None = row_id()
    report_id: int = to("report.id", index=False)
    channel: str = Field(max_length=10)
    address: str = Field(max_length=1000)
    state: str = Field(default="waiting", max_length=10)
    attempts: int = 0
    not_before: datetime
    sent_at: datetime | None = None
    problem: str | None = None


class PreviewRow(SQLModel, table=True):
    """A preview of a report that somebody looks at, as a worker wrote it lately.

    ``key``: a digest of its filters; ``body`` None: it waits to be written; ``lists``: those behind
    its numbers, apart, since they are large; ``writing_since``: a worker is at it."""

    __tablename__ = "report_preview"
    __table_args__ = (sa.UniqueConstraint("key"),)
    id: int | None = row_id()
    key: str = Field(max_length=64)
    filters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    asked_at: datetime
    as_of: datetime | None = None
    writing_since: datetime | None = None
    body: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    lists: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    problem: str | None = None
