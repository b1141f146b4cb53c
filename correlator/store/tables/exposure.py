"""How much code was used, by hour."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import row_id, to


class ExposureRow(SQLModel, table=True):
    """Calls of a transaction, or sessions, in an hour, by where they ran; weighted by sampling."""

    __tablename__ = "exposure"
    __table_args__ = (
        sa.UniqueConstraint(
            "project_id", "hour", "kind", "name", "release", "environment", "service"
        ),
    )
    id: int | None = row_id()
    project_id: int = to("project.id", index=False)
    hour: datetime
    kind: str = Field(max_length=10)
    name: str = Field(default="", max_length=300)
    release: str = Field(default="", max_length=250)
    environment: str = Field(max_length=64)
    service: str = Field(max_length=100)
    count: float
