"""Verdicts, their suspects, and what people said of them."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, maybe_to, row_id, to


class VerdictRow(SQLModel, table=True):
    """A verdict as it was given. Append-only; the issue points to the one in force."""

    __tablename__ = "verdict"
    __table_args__ = (sa.Index("ix_verdict_at", "at"),)
    id: int | None = row_id()
    issue_id: int = to("issue.id")
    event_id: int = Field(sa_type=BIG)
    repo_id: int | None = maybe_to("repo.id", index=False)
    at: datetime
    release: str | None = Field(default=None, max_length=250)
    deployed: str | None = Field(default=None, max_length=64)
    resolved_by: str | None = Field(default=None, max_length=20)
    resolved_because: str | None = None
    previous: str | None = Field(default=None, max_length=64)
    previous_release: str | None = Field(default=None, max_length=250)
    commits_in_range: int | None = None
    confidence: float
    abstained: str | None = Field(default=None, max_length=40)
    because: str
    weights: str = Field(max_length=40)
    seconds: float
    notes: list[str] = Field(default_factory=list, sa_type=JSON)
    locations: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    snippets: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)


class SuspectRow(SQLModel, table=True):
    """A suspect of a verdict with its evidence rows, which sum to the score.

    ``repo_id`` and ``service``: where it is another one's than the verdict's. ``request``: number
    of the pull request it came by."""

    __tablename__ = "suspect"
    __table_args__ = (
        sa.UniqueConstraint("verdict_id", "place"),
        # Whose change leads: asked of all verdicts at once, and answered without their evidence.
        sa.Index(
            "ix_suspect_first",
            *("verdict_id", "sha", "probability", "repo_id"),
            postgresql_where=sa.text("place = 1"),
            sqlite_where=sa.text("place = 1"),
        ),
    )
    id: int | None = row_id()
    verdict_id: int = to("verdict.id", index=False)
    place: int
    sha: str = Field(max_length=64, index=True)
    score: float
    probability: float
    in_range: bool
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    repo_id: int | None = maybe_to("repo.id", index=False)
    service: str | None = Field(default=None, max_length=100)
    request: int | None = None
    request_title: str | None = Field(default=None, max_length=300)
    request_url: str | None = Field(default=None, max_length=1000)


class JudgementRow(SQLModel, table=True):
    """What a person said about a suspect of an issue. Append-only; the newest counts.

    ``verdict_id``: the verdict in force when it was said."""

    __tablename__ = "judgement"
    id: int | None = row_id()
    issue_id: int = to("issue.id")
    sha: str = Field(max_length=64)
    said: str = Field(max_length=20)
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime
    verdict_id: int | None = Field(default=None, sa_type=BIG)
