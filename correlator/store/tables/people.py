"""Pull requests, reviews, and who stands behind a commit."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import JSON, row_id, to


class PullRequestRow(SQLModel, table=True):
    """A pull or merge request as a forge last told of it; ``updated_at`` is the forge's time.

    People are objects with ``login``, ``id``, ``name``, ``email``, ``is_machine``. ``in_full``:
    somebody brought all its reviews, so that none means none."""

    __tablename__ = "pull_request"
    __table_args__ = (sa.UniqueConstraint("project_id", "forge", "repository", "number"),)
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    forge: str = Field(max_length=20)
    repository: str = Field(max_length=200)
    number: int
    updated_at: datetime
    state: str = Field(max_length=20)
    title: str | None = Field(default=None, max_length=300)
    url: str | None = Field(default=None, max_length=1000)
    author: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    head: str | None = Field(default=None, max_length=64)
    head_ref: str | None = Field(default=None, max_length=250)
    base: str | None = Field(default=None, max_length=64)
    base_ref: str | None = Field(default=None, max_length=250)
    merge_commits: list[str] = Field(default_factory=list, sa_type=JSON)
    merged_at: datetime | None = None
    merged_by: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    requested_by: list[str] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime | None = None
    added: int | None = None
    removed: int | None = None
    in_full: bool = False
    commits: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    commit_count: int | None = None
    footers: list[str] | None = Field(default=None, sa_type=JSON)
    via_app: str | None = Field(default=None, max_length=100)


class ReviewRow(SQLModel, table=True):
    """One review of a pull request, in its newest state by the forge's own time."""

    __tablename__ = "review"
    __table_args__ = (sa.UniqueConstraint("project_id", "forge", "repository", "number", "key"),)
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    forge: str = Field(max_length=20)
    repository: str = Field(max_length=200)
    number: int
    key: str = Field(max_length=120)
    reviewer: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    opinion: str = Field(max_length=20)
    said_at: datetime
    changed_at: datetime
    commit: str | None = Field(default=None, max_length=64)


class StandingRow(SQLModel, table=True):
    """Who stands behind a commit that is shown, and what the policy says of it, as of ``at``.

    Made from the mirror, deploys, pull requests and reviews; gone when one of these changed, and
    then made anew. ``number``: the pull request it came by; ``outcome``: the worst
    of the rulings; ``is_brought``: a deploy that we know of brought it, so that ``deployed_at`` is
    when it arrived and not only when we were first told of any deploy."""

    __tablename__ = "standing"
    __table_args__ = (sa.UniqueConstraint("repo_id", "sha"),)
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    sha: str = Field(max_length=64)
    number: int | None = None
    deployed_at: datetime | None = None
    outcome: str | None = Field(default=None, max_length=20)
    is_brought: bool = Field(default=False, sa_column_kwargs={"server_default": sa.text("false")})
    at: datetime
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
