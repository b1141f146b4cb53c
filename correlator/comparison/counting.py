"""What is counted of the changes of an arm, and what it is counted per.

Every change is followed for thirty days from its deploy and no longer, so that an old one has no
more time to go wrong than a young one. Where a figure is per change or per line, only changes that
have had those thirty days count; per day and per call, each counts for as long as it was live.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from correlator.types import Blamed, ChangeRecord

FOLLOWED_DAYS = 30.0
# A change counts as the culprit where one has to be named from this probability on.
SURE = 0.5


class Counted(StrEnum):
    """What is counted: issues that somebody had to act on, or all of them."""

    INCIDENTS = "incidents"
    ISSUES = "issues"


class Unit(StrEnum):
    """What it is counted per."""

    CHANGE = "change"
    LINES = "thousand lines"
    DAY = "day live"
    CALLS = "million calls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A change that counts: how much exposure it brings, and what is blamed on it."""

    record: ChangeRecord
    exposure: float
    blamed: tuple[Blamed, ...]

    @property
    def expected(self) -> float:
        """Its share of the issues: the sum of the probabilities."""
        return sum(one.probability for one in self.blamed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``expected`` events (the sum of probabilities over ``issues`` different ones) in exposure."""

    expected: float
    issues: int
    exposure: float
    changes: int

    @property
    def rate(self) -> float | None:
        """Events per unit; None without exposure."""
        return self.expected / self.exposure if self.exposure > 0 else None


def is_ripe(record: ChangeRecord, as_of: datetime) -> bool:
    """Whether it has been followed for as long as every change is."""
    return as_of - record.deployed_at >= timedelta(days=FOLLOWED_DAYS)


def blamed_on(record: ChangeRecord, of: Counted) -> tuple[Blamed, ...]:
    """What counts of a change's issues: those of the days that it is followed."""
    return tuple(
        one
        for one in record.blamed
        if one.days <= FOLLOWED_DAYS and (one.acted_on or of is Counted.ISSUES)
    )


def parts(
    records: Sequence[ChangeRecord], of: Counted, unit: Unit, as_of: datetime
) -> tuple[Part, ...]:
    """The changes that count for that unit."""
    return tuple(
        Part(record=record, exposure=exposure, blamed=blamed_on(record, of))
        for record in records
        if (exposure := exposure_of(record, unit, as_of)) is not None
    )


def exposure_of(record: ChangeRecord, unit: Unit, as_of: datetime) -> float | None:
    """How much a change counts for; None where it does not count at all."""
    match unit:
        case Unit.CHANGE:
            return 1.0 if is_ripe(record, as_of) else None
        case Unit.LINES:
            known = record.lines is not None and record.lines > 0 and is_ripe(record, as_of)
            return (record.lines or 0) / 1000 if known else None
        case Unit.DAY:
            return min(record.days_live, FOLLOWED_DAYS) if record.days_live > 0 else None
        case Unit.CALLS:
            return record.calls / 1e6 if record.calls else None


def rate(counted: Sequence[Part]) -> Rate:
    """Events and exposure of these changes together."""
    return Rate(
        expected=sum(part.expected for part in counted),
        issues=len({one.issue_id for part in counted for one in part.blamed}),
        exposure=sum(part.exposure for part in counted),
        changes=len(counted),
    )


def first_incident(record: ChangeRecord) -> tuple[float, bool]:
    """Days to the first incident that it is the likely culprit of; else how long it was live."""
    days = [one.days for one in record.blamed if one.acted_on and one.probability >= SURE]
    # What shows after a change is gone is still its incident, for as long as the change was live.
    return (min(days), True) if days else (record.days_live, False)


def needed_fix(record: ChangeRecord) -> bool:
    """Whether it is the likely culprit of an issue of its first days that had to be mended."""
    return any(one.probability >= SURE for one in blamed_on(record, Counted.INCIDENTS))


def likely(records: Sequence[ChangeRecord]) -> Iterator[Blamed]:
    """Incidents of the followed days with the likely culprit among these, each of them once."""
    seen: set[int] = set()
    for record in records:
        for one in blamed_on(record, Counted.INCIDENTS):
            if one.probability >= SURE and one.issue_id not in seen:
                seen.add(one.issue_id)
                yield one
