"""Kinds of issues: what was guessed, and what people said."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import BIG, JSON, maybe_to, row_id, to


class KindRow(SQLModel, table=True):
    """A kind as it was given, by the machine or a person (``account_id``). Append-only.

    A person's word stands until it is taken back; else the newest is in force. ``issue.kind``
    holds what is in force. An empty ``kind`` is a word taken back. ``verdict_id``: the verdict
    whose culprit's diff was looked at.
    """

    __tablename__ = "kind"
    __table_args__ = (sa.Index("ix_kind_history", "issue_id", "id"),)
    id: int | None = row_id()
    issue_id: int = to("issue.id", index=False)
    kind: str = Field(max_length=30)
    certainty: float
    because: str
    source: str = Field(max_length=60)
    runner_up: str | None = Field(default=None, max_length=30)
    verdict_id: int | None = Field(default=None, sa_type=BIG)
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime


class KindModelRow(SQLModel, table=True):
    """A model of kinds that was made here, or (``body`` empty) the choice of the shipped one.

    Append-only; the newest that is ``in_use`` counts. ``words``: how many words of people were
    known then."""

    __tablename__ = "kind_model"
    id: int | None = row_id()
    at: datetime
    version: str = Field(max_length=60)
    body: str = ""
    in_use: bool
    because: str
    words: int = 0
    metrics: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
