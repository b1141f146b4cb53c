"""Projects, and who may speak for or look at them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from correlator.store.tables.columns import maybe_to, row_id


class AccountRow(SQLModel, table=True):
    """A person who can log in."""

    __tablename__ = "account"
    id: int | None = row_id()
    email: str = Field(max_length=320, unique=True)
    password: str = Field(max_length=256)
    created_at: datetime


class ProjectRow(SQLModel, table=True):
    """What one DSN belongs to; usually one service."""

    __tablename__ = "project"
    id: int | None = row_id()
    slug: str = Field(max_length=64, unique=True)
    public_key: str = Field(max_length=32, unique=True)
    webhook_secret: str = Field(max_length=128)
    created_at: datetime
    issues_made: int = 0


class TokenRow(SQLModel, table=True):
    """An API token: only its hash is kept. ``project_id`` None: all projects."""

    __tablename__ = "token"
    id: int | None = row_id()
    name: str = Field(max_length=128)
    hash: str = Field(max_length=64, unique=True)
    hint: str = Field(max_length=16)
    project_id: int | None = maybe_to("project.id")
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
