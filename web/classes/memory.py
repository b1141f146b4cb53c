"""What was counted of failure classes, remembered for as long as nothing moved.

Counting weeks goes through every hour of every issue, counting culprits through every verdict. What
is told of a class by its sums (issues, events, the newest verdict ...) is cheap, and while that is
the same, so are these. Each web process remembers for itself.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import current_app
from sqlmodel import Session

from correlator.store.classes import sums as class_sums
from correlator.store.classes.sums import WEEKS, Of, Summed
from correlator.store.tables import FailureClassRow
from web.pages import house

T = TypeVar("T")
Shown = Sequence[tuple[FailureClassRow, Summed]]
MOST = 5000
# Provenance of a commit may be told late, and changes no sum: it shows after so many seconds.
LATE = 300


def weeks(session: Session, shown: Shown, only: int | None) -> dict[int, list[int]]:
    """Events by class in each of the weeks that are shown."""
    now = house().world.now()
    since = class_sums.first_week(now)
    marks = {
        row.id or 0: (since, one.issues, one.events, one.users, one.last_seen) for row, one in shown
    }
    found = _recalled("weeks", marks, only, lambda of: class_sums.weeks(session, of, now))
    return {of: bars or [0] * WEEKS for of, bars in found.items()}


def authors(session: Session, shown: Shown, only: int | None) -> dict[int, Counter[str]]:
    """Issues by class and by the provenance of their culprit."""
    found = _recalled(
        "authors", _named(session, shown), only, lambda of: class_sums.authors(session, of)
    )
    return {of: counts or Counter() for of, counts in found.items()}


def owners(session: Session, shown: Shown, only: int | None) -> dict[int, Counter[str]]:
    """Issues by class and by the code owners of what their culprits changed."""

    def each(of: Of) -> dict[int, Counter[str]]:
        return {one: class_sums.owners(session, Of((one,), only)) for one in of.classes or ()}

    found = _recalled("owners", _named(session, shown), only, each)
    return {of: counts or Counter() for of, counts in found.items()}


def _named(session: Session, shown: Shown) -> dict[int, tuple[Any, ...]]:
    """What the culprits of a class hang on."""
    word = class_sums.last_word(session)
    period = int(house().world.now().timestamp() // LATE)
    return {row.id or 0: (period, word, one.issues, one.verdict) for row, one in shown}


def _recalled(
    what: str,
    marks: dict[int, tuple[Any, ...]],
    only: int | None,
    count: Callable[[Of], dict[int, T]],
) -> dict[int, T | None]:
    """By class what is remembered under its mark; what is not is counted, all in one go."""
    known: dict[Any, T | None] = current_app.extensions.setdefault(f"correlator.{what}", {})
    keys = {of: (of, only, mark) for of, mark in marks.items()}
    if len(known) > MOST:
        known.clear()
    # Another thread may clear it meanwhile: what is told is never looked up twice.
    told = {of: known[key] for of, key in keys.items() if key in known}
    missing = tuple(of for of in keys if of not in told)
    fresh = count(Of(missing, only)) if missing else {}
    told |= {of: fresh.get(of) for of in missing}
    known.update((keys[of], told[of]) for of in missing)
    return told
