"""Rows whose column is one of many values, asked for in one statement, however many these are.

A list of a thousand parameters takes longer to send than to look up; the values go as one.
"""

from collections.abc import Collection
from typing import Any

import orjson
import sqlalchemy as sa
from sqlmodel import Session


def among(
    session: Session, column: Any, values: Collection[int] | Collection[str]
) -> sa.ColumnElement[bool]:
    """The condition. ``values``: whole numbers, or texts."""
    if session.get_bind().dialect.name == "postgresql":
        kind = sa.Text() if any(isinstance(one, str) for one in values) else sa.BigInteger()
        array: sa.BindParameter[Any] = sa.bindparam(
            None, list(values), type_=sa.ARRAY(kind), unique=True
        )
        found: sa.ColumnElement[bool] = column == sa.any_(array)
        return found
    each = sa.func.json_each(orjson.dumps(list(values)).decode()).table_valued("value")
    within: sa.ColumnElement[bool] = column.in_(sa.select(each.c.value))
    return within
