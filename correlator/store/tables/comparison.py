"""Deployed changes as they are compared, what each is blamed for, and comparisons as they came out.

All made from other rows, as of one moment, and made anew as a whole: a number that is shown and the
list behind it are of one run. Rows of a run that is no longer in force are dropped.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, row_id


class ComparisonRunRow(SQLModel, table=True):
    """One making of the rows. ``in_force``: pages read it; of one that is being made, not yet."""

    __tablename__ = "comparison_run"
    id: int | None = row_id()
    as_of: datetime
    in_force: bool = Field(default=False, index=True)
    changes: int = 0
    seconds: float = 0.0


class ComparedChangeRow(SQLModel, table=True):
    """A change in an environment. ``sha``: its first commit's; ``number``: its pull request's.

    ``by_…``: the arm it belongs to, by each question; empty where the question does not concern
    it. ``is_ripe``: it has had its thirty days; ``needed_fix``: it is the likely culprit of an
    issue of these days that somebody had to mend. ``person``: who made it, a number that means
    nothing outside its run.
    """

    __tablename__ = "compared_change"
    __table_args__ = (
        sa.Index("ix_compared_change_line", "run_id", "environment", "deployed_at"),
        sa.Index("ix_compared_change_of", "run_id", "project_id", "environment", "deployed_at"),
    )
    id: int | None = row_id()
    run_id: int = Field(sa_type=BIG)
    repo_id: int = Field(sa_type=BIG)
    sha: str = Field(max_length=64)
    number: int | None = None
    title: str = Field(max_length=200)
    deploy_id: int = Field(sa_type=BIG)
    project_id: int = Field(sa_type=BIG)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    deployed_at: datetime
    days_live: float
    by_provenance: str = Field(max_length=20)
    by_tool: str = Field(default="", max_length=110)
    by_model: str = Field(default="", max_length=110)
    by_session: str = Field(default="", max_length=20)
    by_review: str = Field(max_length=20)
    by_size: str = Field(max_length=20)
    by_directory: str = Field(max_length=310)
    tool: str = Field(default="", max_length=100)
    model: str = Field(default="", max_length=100)
    minutes: float | None = None
    lines: int | None = None
    calls: float | None = None
    is_fix: bool = False
    taken_back: bool = False
    is_ripe: bool = False
    needed_fix: bool = False
    person: int | None = None


class ComparedIssueRow(SQLModel, table=True):
    """An issue that a change is blamed for with a probability; ``change_id`` None: no change of
    the run is. ``is_followed``: it began in the days that the change is followed."""

    __tablename__ = "compared_issue"
    __table_args__ = (
        sa.Index("ix_compared_issue_of", "change_id"),
        sa.Index("ix_compared_issue_run", "run_id", "change_id"),
    )
    id: int | None = row_id()
    run_id: int = Field(sa_type=BIG)
    change_id: int | None = Field(default=None, sa_type=BIG, nullable=True)
    issue_id: int = Field(sa_type=BIG)
    project_id: int = Field(sa_type=BIG)
    service: str = Field(max_length=100)
    environment: str = Field(max_length=64)
    began: datetime
    probability: float = 0.0
    days: float = 0.0
    acted_on: bool = False
    is_followed: bool = False
    cycles: int | None = None
    is_over: bool = False
    hours: float | None = None


class ComparisonRow(SQLModel, table=True):
    """A comparison that somebody asked for. ``key``: its filters as text; ``body`` None: it waits
    to be worked out. ``asked_at``: when it was last looked at, to the day."""

    __tablename__ = "comparison"
    __table_args__ = (sa.UniqueConstraint("key"),)
    id: int | None = row_id()
    key: str = Field(max_length=500)
    filters: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    run_id: int | None = Field(default=None, sa_type=BIG, nullable=True, index=True)
    body: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    asked_at: datetime
    problem: str | None = None
