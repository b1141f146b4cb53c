"""Counts of everything that there is, as of a moment: what would have to be counted row by row."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import JSON, row_id


class CountedRow(SQLModel, table=True):
    """One counting, which replaces the one before. ``counts``: by gauge and label; ``seconds``:
    what it took, by which the next one is put off."""

    __tablename__ = "counted"
    __table_args__ = (sa.UniqueConstraint("name"),)
    id: int | None = row_id()
    name: str = Field(max_length=20)
    at: datetime
    seconds: float
    counts: dict[str, dict[str, int]] = Field(default_factory=dict, sa_type=JSON)
