"""Tables for a spreadsheet: CSV in which no text can be run as a formula.

Names and titles are written by whoever commits or sends events. A cell that begins like a formula
is one to a spreadsheet (OWASP, CSV injection), so that an apostrophe is put before it.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """The value as a cell may hold it: numbers, and what is not there, as they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """RFC 4180, with a head line; what a row lacks or has as None is an empty cell."""
    written = io.StringIO()
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    writer.writerows({name: harmless(value) for name, value in row.items()} for row in rows)
    return written.getvalue()
