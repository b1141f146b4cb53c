"""What a repository's whole history and tree came to: commits, lines that are left, rulings.

Made from the mirror by the survey, and from nothing else: all of it can be dropped and is made
anew. A commit's many-valued facts (tools, directories, owners) are labels, so that every number
that is shown and the list behind it are one and the same query.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, row_id, to


class SurveyRow(SQLModel, table=True):
    """How far a repository's survey has got, and the policy in force at its default branch.

    ``state``: due, commits, lines or done; ``done`` of ``total`` tells how far that one is.
    ``rules``: mark of the files (CODEOWNERS, policy) that every answer depends on; ``refs``: the
    note refs as they were read. ``full_at``: when all commits were last judged together.
    """

    __tablename__ = "survey"
    id: int | None = row_id()
    repo_id: int = Field(foreign_key="repo.id", sa_type=BIG, unique=True)
    state: str = Field(default="due", max_length=20)
    head: str | None = Field(default=None, max_length=64)
    lines_head: str | None = Field(default=None, max_length=64)
    rules: str = Field(default="", max_length=64)
    refs: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    done: int = 0
    total: int = 0
    unread: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    policy: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    full_at: datetime | None = None
    finished_at: datetime | None = None
    leased_until: datetime | None = None


class SurveyedRow(SQLModel, table=True):
    """A commit of the default branch with its judged provenance and the state of its review.

    ``review``: person, machine, nobody or untold. ``week``: its Monday; ``month``: as 2026-11.
    ``changed``: lines added and removed, None where they were not counted yet. ``is_stale``: what
    it was judged from has changed since.
    """

    __tablename__ = "surveyed"
    __table_args__ = (
        sa.UniqueConstraint("repo_id", "sha"),
        sa.Index("ix_surveyed_line", "repo_id", "committed_at"),
        sa.Index("ix_surveyed_stale", "repo_id", "is_stale"),
        sa.Index("ix_surveyed_number", "repo_id", "number"),
    )
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    sha: str = Field(max_length=64)
    author_name: str = Field(max_length=300)
    author_email: str = Field(max_length=320)
    committer_name: str = Field(max_length=300)
    committer_email: str = Field(max_length=320)
    authored_at: datetime
    committed_at: datetime
    week: str = Field(max_length=10)
    month: str = Field(max_length=7)
    message: str
    author: str = Field(max_length=20)
    certainty: float
    because: str
    level: str = Field(max_length=10)
    is_derived: bool = False
    tools: list[str] = Field(default_factory=list, sa_type=JSON)
    models: list[str] = Field(default_factory=list, sa_type=JSON)
    claims: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    accountable: str | None = Field(default=None, max_length=400)
    accountable_as: str | None = Field(default=None, max_length=20)
    number: int | None = None
    review: str = Field(max_length=10)
    added: int = 0
    changed: int | None = None
    is_stale: bool = False


class SurveyedLabelRow(SQLModel, table=True):
    """One of several things that are true of a surveyed commit.

    ``kind``: tool and model (of commits judged ai or mixed), mechanism, carried (a mechanism whose
    record was carried over), team, or directory; of a directory, ``depth`` counts its parts and
    ``lines`` what the commit added in it.
    """

    __tablename__ = "surveyed_label"
    __table_args__ = (
        sa.Index("ix_surveyed_label_line", "repo_id", "kind", "value"),
        sa.Index("ix_surveyed_label_of", "surveyed_id"),
    )
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    surveyed_id: int = Field(foreign_key="surveyed.id", ondelete="CASCADE", sa_type=BIG)
    kind: str = Field(max_length=12)
    value: str = Field(max_length=500)
    depth: int = 0
    lines: int = 0


class SurvivingRow(SQLModel, table=True):
    """Lines of a directory (not of those below it) that the tree still holds, by the commit that
    wrote them and by their answer. Several tools, models or teams stand in lines of their own."""

    __tablename__ = "surviving"
    __table_args__ = (
        sa.Index("ix_surviving_line", "repo_id", "directory"),
        sa.Index("ix_surviving_of", "repo_id", "sha"),
    )
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    directory: str = Field(max_length=500)
    sha: str = Field(max_length=64)
    author: str = Field(max_length=20)
    level: str = Field(max_length=10)
    is_derived: bool = False
    tools: str = Field(default="", max_length=1000)
    models: str = Field(default="", max_length=1000)
    teams: str = Field(default="", max_length=1000)
    lines: int = 0


class RulingRow(SQLModel, table=True):
    """What one rule of the policy said of one change, for counts; the words are in its standing."""

    __tablename__ = "ruling"
    __table_args__ = (
        sa.Index("ix_ruling_line", "repo_id", "rule", "outcome"),
        sa.Index("ix_ruling_of", "standing_id"),
    )
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    standing_id: int = Field(foreign_key="standing.id", ondelete="CASCADE", sa_type=BIG)
    rule: str = Field(max_length=300)
    kind: str = Field(max_length=20)
    outcome: str = Field(max_length=20)
    is_waived: bool = False
