"""What is said to mend an issue, and what became of it.

``fix_word`` and ``sentry_issue`` keep what people and Sentry said; ``inside`` keeps what git said
of a repository and never changes. The others are made from rows, and made anew as a whole.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, maybe_to, row_id, to


class FixWordRow(SQLModel, table=True):
    """Somebody's word that a change mends an issue, or does not. Append-only; the newest counts.

    ``key``: a full hash, ``release:NAME``, or ``next:TIME`` for the first release after a time.
    """

    __tablename__ = "fix_word"
    id: int | None = row_id()
    issue_id: int = to("issue.id")
    key: str = Field(max_length=300)
    said: str = Field(max_length=10)
    way: str = Field(max_length=20)
    because: str = Field(default="", max_length=500)
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime


class SentryIssueRow(SQLModel, table=True):
    """An issue of Sentry's own: its number, its short name (upper case, as Sentry writes it), and
    ours that has its events."""

    __tablename__ = "sentry_issue"
    __table_args__ = (
        sa.UniqueConstraint("project_id", "number"),
        sa.Index("ix_sentry_issue_number", "number"),
        sa.Index("ix_sentry_issue_short", "short"),
    )
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    number: str = Field(max_length=40)
    short: str | None = Field(default=None, max_length=120)
    issue_id: int | None = Field(default=None, sa_type=BIG, index=True)


class FixRow(SQLModel, table=True):
    """A fix of an issue as it was found."""

    __tablename__ = "fix"
    __table_args__ = (
        sa.UniqueConstraint("issue_id", "key"),
        sa.Index("ix_fix_change", "repo_id", "sha"),
    )
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    repo_id: int | None = maybe_to("repo.id", index=False)
    key: str = Field(max_length=300)
    means: str = Field(max_length=20)
    way: str = Field(max_length=20)
    because: str
    confirmed: bool
    sha: str | None = Field(default=None, max_length=64)
    release: str | None = Field(default=None, max_length=250)
    undoes: str | None = Field(default=None, max_length=64)
    denied: bool = False


class InsideRow(SQLModel, table=True):
    """Whether a revision contains a commit. Never wrong again, so kept for good."""

    __tablename__ = "inside"
    __table_args__ = (sa.UniqueConstraint("repo_id", "revision", "sha"),)
    id: int | None = row_id()
    repo_id: int = to("repo.id", index=False)
    revision: str = Field(max_length=64)
    sha: str = Field(max_length=64)
    contains: bool


class FollowedRow(SQLModel, table=True):
    """Where an issue stands, in one row: its newest episode on the line that counts most.

    ``at``: when what it was told by was gathered. ``state``: that of its newest attempt, or empty
    where there was none. ``again_at``: when it is
    to be looked at even if nothing happens; None once that would change nothing. ``acted_at``: the
    first roll-out that was an attempt, before which ``users_before_action`` were hit.
    """

    __tablename__ = "followed"
    __table_args__ = (
        sa.UniqueConstraint("issue_id"),
        sa.Index("ix_followed_list", "is_open", "cycles"),
        sa.Index("ix_followed_again", "again_at"),
    )
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    at: datetime
    again_at: datetime | None = None
    state: str = Field(default="", max_length=20)
    environment: str = Field(default="", max_length=64)
    service: str = Field(default="", max_length=100)
    is_open: bool = True
    cycles: int = 0
    roll_backs: int = 0
    probable: int = 0
    regressions: int = 0
    culprit_author: str = Field(default="unknown", max_length=20)
    fix_author: str = Field(default="unknown", max_length=20)
    first_stage: str = Field(default="", max_length=20)
    users_before_action: int | None = None
    acted_at: datetime | None = None
    notes: list[str] = Field(default_factory=list, sa_type=JSON)
    problem: str | None = None


class EpisodeRow(SQLModel, table=True):
    """An issue's time on one line, from its beginning (or its return) to the fix that held.

    ``state``: that of its newest attempt, or empty; ``fix_author``: who or what wrote that.
    """

    __tablename__ = "episode"
    __table_args__ = (
        sa.UniqueConstraint("issue_id", "environment", "service", "place"),
        sa.Index("ix_episode_began", "began"),
    )
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    place: int
    began: datetime
    closed_at: datetime | None = None
    regression: bool = False
    cycles: int = 0
    roll_backs: int = 0
    unit: str = Field(default="", max_length=10)
    state: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})
    fix_author: str = Field(
        default="unknown", max_length=20, sa_column_kwargs={"server_default": "unknown"}
    )
    never_deployed: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class FixAttemptRow(SQLModel, table=True):
    """A roll-out that carries a fix, and what became of it. Figures as in ``types.cycles``."""

    __tablename__ = "fix_attempt"
    __table_args__ = (
        sa.UniqueConstraint("issue_id", "environment", "service", "episode", "place"),
        sa.Index("ix_fix_attempt_deploy", "deploy_id"),
    )
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    episode: int
    place: int
    deploy_id: int = Field(sa_type=BIG)
    release: str = Field(max_length=250)
    at: datetime
    state: str = Field(max_length=20)
    because: str
    fixes: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    is_roll_back: bool = False
    confirmed: bool = True
    events_before: float = 0.0
    exposure_before: float = 0.0
    events_after: float = 0.0
    exposure_after: float = 0.0
    chance: float | None = None
    missing: float = 0.0
    missing_hours: float | None = None
    decided_at: datetime | None = None
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
