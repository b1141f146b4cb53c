"""What was learnt: labels that no person typed, and every training with what it came to."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, row_id, to


class LabelRow(SQLModel, table=True):
    """A suspect that something else than a person's word tells to be the culprit: a revert, a fix
    that held. Found anew each time somebody looks; gone when it no longer holds."""

    __tablename__ = "label"
    __table_args__ = (sa.UniqueConstraint("issue_id", "sha", "source"),)
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    verdict_id: int = Field(sa_type=BIG)
    repo_id: int = to("repo.id")
    sha: str = Field(max_length=64)
    source: str = Field(max_length=20)
    strength: float
    because: str
    at: datetime


class TrainingRow(SQLModel, table=True):
    """One training, or somebody's choice of weights. Append-only; ``in_use`` is what was in force
    when it ended."""

    __tablename__ = "training"
    id: int | None = row_id()
    at: datetime
    version: str = Field(max_length=40)
    parent: str = Field(max_length=40)
    in_use: str = Field(max_length=40)
    outcome: str = Field(max_length=20)
    because: str
    cases: int = 0
    labels: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    metrics: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
