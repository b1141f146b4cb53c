"""Repositories and what was learnt from them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import JSON, row_id, to


class RepoRow(SQLModel, table=True):
    """A repository and its mirror. ``credential`` names a file in the data directory."""

    __tablename__ = "repo"
    id: int | None = row_id()
    name: str = Field(max_length=200, unique=True)
    url: str = Field(max_length=2000)
    credential: str | None = Field(default=None, max_length=200)
    default_branch: str | None = Field(default=None, max_length=250)
    state: str = Field(default="new", max_length=20)
    problem: str | None = None
    fetched_at: datetime | None = None
    leased_until: datetime | None = None
    created_at: datetime


class ProjectRepoRow(SQLModel, table=True):
    """A project's code lies in this repository; frames map by replacing one root by the other."""

    __tablename__ = "project_repo"
    __table_args__ = (sa.UniqueConstraint("project_id", "repo_id"),)
    id: int | None = row_id()
    project_id: int = to("project.id")
    repo_id: int = to("repo.id")
    stack_root: str = Field(default="", max_length=500)
    source_root: str = Field(default="", max_length=500)


class CommitRow(SQLModel, table=True):
    """A commit that something shown mentions, as git had it, with its judged provenance."""

    __tablename__ = "commit"
    __table_args__ = (sa.UniqueConstraint("repo_id", "sha"),)
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    sha: str = Field(max_length=64)
    author_name: str = Field(max_length=300)
    author_email: str = Field(max_length=320)
    committer_name: str = Field(max_length=300)
    committer_email: str = Field(max_length=320)
    authored_at: datetime
    committed_at: datetime
    message: str
    author: str = Field(max_length=20)
    certainty: float
    because: str
    tools: list[str] = Field(default_factory=list, sa_type=JSON)
    models: list[str] = Field(default_factory=list, sa_type=JSON)
    claims: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class BlameRow(SQLModel, table=True):
    """A file's blame at a revision: never wrong again, so kept for good."""

    __tablename__ = "blame"
    __table_args__ = (
        sa.UniqueConstraint("repo_id", "revision", "path", "recipe"),
        sa.Index("ix_blame_of_file", "repo_id", "path"),
    )
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    revision: str = Field(max_length=64)
    path: str = Field(max_length=1000)
    recipe: str = Field(max_length=40)
    body: bytes
