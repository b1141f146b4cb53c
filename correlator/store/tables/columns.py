"""How columns are made that every table has."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
# SQLite gives an id of its own only to INTEGER; PostgreSQL wants 64 bits.
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def row_id() -> Any:
    return Field(default=None, primary_key=True, sa_type=BIG)


def to(target: str, *, index: bool = True) -> Any:
    return Field(foreign_key=target, index=index, sa_type=BIG)


def maybe_to(target: str, *, index: bool = True) -> Any:
    return Field(default=None, foreign_key=target, index=index, sa_type=BIG, nullable=True)
