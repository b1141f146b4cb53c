"""Failure classes: what issues are compared by, who is in which, and what people taught."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, maybe_to, row_id, to

_IN_FORCE = sa.text("until IS NULL")


class OutlineRow(SQLModel, table=True):
    """What an issue is compared by. ``recipe``: by which it was made; others are made again."""

    __tablename__ = "outline"
    __table_args__ = (sa.UniqueConstraint("issue_id"),)
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    recipe: int = Field(index=True)
    tokens: list[str] = Field(default_factory=list, sa_type=JSON)
    at: datetime


class FailureClassRow(SQLModel, table=True):
    """A recurring class of failures. ``named_by`` None: the name is a default one.

    ``shared``: pairs of a token and the share of its issues that have it, commonest first, as of
    the last refit; ``sentence`` says it in words."""

    __tablename__ = "failure_class"
    id: int | None = row_id()
    name: str = Field(max_length=200)
    named_by: int | None = maybe_to("account.id", index=False)
    state: str = Field(default="active", max_length=20, index=True)
    merged_into: int | None = maybe_to("failure_class.id")
    sentence: str = Field(default="")
    shared: list[Any] = Field(default_factory=list, sa_type=JSON)
    born_at: datetime


class ClassMemberRow(SQLModel, table=True):
    """An issue was or is (``until`` None) in a class, why, and who put it there: assigned, refit
    or person."""

    __tablename__ = "class_member"
    __table_args__ = (
        sa.Index("ix_class_member_issue", "issue_id", "until"),
        sa.Index("ix_class_member_class", "class_id", "until"),
        sa.Index(
            "uq_class_member_in_force",
            "issue_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    class_id: int = to("failure_class.id", index=False)
    since: datetime
    until: datetime | None = None
    likeness: float
    because: str
    placed_by: str = Field(max_length=20)


class ClassEventRow(SQLModel, table=True):
    """Something that happened to a class: born, grew, split from, merged into, renamed, not a
    class, undone. Append-only."""

    __tablename__ = "class_event"
    id: int | None = row_id()
    class_id: int = to("failure_class.id")
    what: str = Field(max_length=20)
    other_id: int | None = maybe_to("failure_class.id", index=False)
    issues: int = 0
    detail: str = Field(default="", max_length=300)
    at: datetime


class ClassLessonRow(SQLModel, table=True):
    """What a person taught. Append-only; taken back by another one that ``undoes`` it.

    ``body``: issues that were moved, and names before, so that undoing is exact."""

    __tablename__ = "class_lesson"
    id: int | None = row_id()
    act: str = Field(max_length=20)
    class_id: int = to("failure_class.id")
    other_id: int | None = maybe_to("failure_class.id", index=False)
    issue_id: int | None = maybe_to("issue.id", index=False)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime
    undoes: int | None = maybe_to("class_lesson.id")


class ClassCheckRow(SQLModel, table=True):
    """A check that was added because of a class: an assertion or a rule, by the name that it fires
    under."""

    __tablename__ = "class_check"
    id: int | None = row_id()
    class_id: int = to("failure_class.id")
    sort: str = Field(max_length=20)
    name: str = Field(max_length=200)
    account_id: int | None = maybe_to("account.id", index=False)
    since: datetime
    removed_at: datetime | None = None


class ClassModelRow(SQLModel, table=True):
    """A model that places new issues, as it was made. The newest is in use."""

    __tablename__ = "class_model"
    id: int | None = row_id()
    at: datetime
    body: str
    metrics: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    lessons: int = Field(default=0, sa_type=BIG)
    seconds: float
