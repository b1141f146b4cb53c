"""What is asked of forges, and what agents' own services told of their work."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import row_id, to


class ForgeRow(SQLModel, table=True):
    """Where a repository's pull requests can be asked for, and how far that has come.

    ``api``: the API's address; ``repository``: the full name there; ``credential`` names a file in
    the data directory. ``reached``: everything that changed before is known; ``etag``: of the first
    page then. ``leased_until``: nobody asks before."""

    __tablename__ = "forge"
    __table_args__ = (sa.UniqueConstraint("repo_id"),)
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    kind: str = Field(max_length=20)
    api: str = Field(max_length=1000)
    repository: str = Field(max_length=200)
    credential: str | None = Field(default=None, max_length=200)
    reached: datetime | None = None
    etag: str | None = Field(default=None, max_length=200)
    problem: str | None = None
    asked_at: datetime | None = None
    leased_until: datetime | None = None


class AgentWorkRow(SQLModel, table=True):
    """A pull request or a branch that an agent's own service says it made. ``what``: ``#number``,
    or the branch."""

    __tablename__ = "agent_work"
    __table_args__ = (sa.UniqueConstraint("project_id", "tool", "run", "repository", "what"),)
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    tool: str = Field(max_length=40)
    run: str = Field(max_length=100)
    repository: str = Field(max_length=200)
    what: str = Field(max_length=250)
    number: int | None = None
    branch: str | None = Field(default=None, max_length=250)
    sentry_issue: str | None = Field(default=None, max_length=40)
    at: datetime
