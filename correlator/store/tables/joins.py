"""What leads to an issue besides its first fingerprint, and who joined or parted what."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import JSON, maybe_to, row_id, to


class TraitRow(SQLModel, table=True):
    """What a fingerprint was made from, for a new one to be compared with.

    ``spot`` stands for the failing function, ``gist`` for type and message: the two indexes that
    a near-duplicate is looked up by."""

    __tablename__ = "trait"
    __table_args__ = (
        sa.Index("ix_trait_spot", "project_id", "spot", "id"),
        sa.Index("ix_trait_gist", "project_id", "gist", "id"),
        sa.UniqueConstraint("fingerprint_id"),
    )
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    fingerprint_id: int = to("fingerprint.id", index=False)
    spot: str = Field(max_length=32)
    gist: str = Field(max_length=32)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class PartTallyRow(SQLModel, table=True):
    """A fingerprint's share of its issue's tallies. Only kept for an issue that has several."""

    __tablename__ = "part_tally"
    __table_args__ = (
        sa.UniqueConstraint("fingerprint_id", "hour", "release", "environment", "service"),
    )
    id: int | None = row_id()
    fingerprint_id: int = to("fingerprint.id", index=False)
    hour: datetime
    release: str = Field(default="", max_length=250)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    events: int
    windows: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class PartHitRow(SQLModel, table=True):
    """A user whom a fingerprint of an issue hit; as with hits, ``user`` goes when it is erased."""

    __tablename__ = "part_hit"
    __table_args__ = (
        sa.UniqueConstraint("fingerprint_id", "user"),
        sa.Index("ix_part_hit_user", "user"),
    )
    id: int | None = row_id()
    fingerprint_id: int = to("fingerprint.id", index=False)
    user: str | None = Field(default=None, max_length=32)


class RegroupingRow(SQLModel, table=True):
    """One act of joining, merging, splitting or undoing. Append-only.

    ``action``: joined (by similarity; ``account_id`` None), merged, split or undone, which
    ``undoes`` another. ``fingerprints``: ids of those that went from ``from_issue_id`` (None: it
    was new) to ``into_issue_id``. ``body`` holds how both issues stood before."""

    __tablename__ = "regrouping"
    id: int | None = row_id()
    project_id: int = to("project.id")
    action: str = Field(max_length=20)
    from_issue_id: int | None = maybe_to("issue.id")
    into_issue_id: int = to("issue.id")
    fingerprints: list[int] = Field(default_factory=list, sa_type=JSON)
    because: str
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime
    undoes: int | None = maybe_to("regrouping.id")
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class GroupingRulesRow(SQLModel, table=True):
    """A project's grouping rules as somebody wrote them. Append-only; the newest count."""

    __tablename__ = "grouping_rules"
    id: int | None = row_id()
    project_id: int = to("project.id")
    text: str
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime


class MarkRow(SQLModel, table=True):
    """What tells some events of a fingerprint from its others: they have one of their own, whose
    hash is ``hash``. Append-only; made when a person splits events off."""

    __tablename__ = "mark"
    __table_args__ = (sa.UniqueConstraint("fingerprint_id", "name", "value"),)
    id: int | None = row_id()
    project_id: int = to("project.id")
    fingerprint_id: int = to("fingerprint.id", index=False)
    name: str = Field(max_length=100)
    value: str = Field(max_length=500)
    hash: str = Field(max_length=64)
    account_id: int | None = maybe_to("account.id", index=False)
    at: datetime
