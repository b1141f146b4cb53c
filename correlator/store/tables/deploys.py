"""Releases, and what went where."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import maybe_to, row_id, to


class ReleaseRow(SQLModel, table=True):
    """A release name of a project and the revision it stands for, with how we know."""

    __tablename__ = "release"
    __table_args__ = (sa.UniqueConstraint("project_id", "name"),)
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    name: str = Field(max_length=250)
    repo_id: int | None = maybe_to("repo.id", index=False)
    revision: str | None = Field(default=None, max_length=64)
    resolved_by: str | None = Field(default=None, max_length=20)
    because: str | None = None
    first_seen: datetime


class DeployRow(SQLModel, table=True):
    """One finished roll-out of one service to one environment. Append-only.

    ``stage``: canary or partial where only a ``share`` (0 to 1) of it has the release, so that the
    one before stays what is deployed; None: all of it."""

    __tablename__ = "deploy"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "service", "environment", "release", "at"),
        sa.Index("ix_deploy_line", "project_id", "service", "environment", "at"),
        sa.Index("ix_deploy_received", "environment", "received_at"),
    )
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    service: str = Field(max_length=100)
    environment: str = Field(max_length=64)
    release: str = Field(max_length=250)
    revision: str | None = Field(default=None, max_length=64)
    at: datetime
    received_at: datetime
    actor: str | None = Field(default=None, max_length=200)
    url: str | None = Field(default=None, max_length=1000)
    stage: str | None = Field(default=None, max_length=20)
    share: float | None = None
