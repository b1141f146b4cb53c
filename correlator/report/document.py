"""A report as values: what every form (page, e-mail, chat, file) is drawn from.

A number is never bare: it names the list that it was counted from and what of it was counted, and
the list is in the report, so that the two cannot drift apart. The whole is kept as JSON.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

VERSION = 1


class Measure(StrEnum):
    """What of a list a number counts."""

    ROWS = "rows"
    EVENTS = "events"
    USERS = "users"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the key of the list that it was counted from."""

    value: float
    listing: str
    measure: Measure = Measure.ROWS


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table: words, which may lead to ``path``, or a number with its list."""

    text: str = ""
    path: str = ""
    figure: Figure | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; every row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar of a chart."""

    label: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars in one unit. ``last``: the last bar is the week of the report."""

    title: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A number with its name, and what a reader should know of it."""

    label: str
    figure: Figure
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the report. ``lead`` says in a sentence what the rest shows, or why there is
    nothing to show."""

    key: str
    title: str
    lead: str
    facts: tuple[Fact, ...] = ()
    table: Table | None = None
    bars: Bars | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """Something worth doing: what, the numbers that say so, and the rule that chose it."""

    title: str
    because: str
    rule: str
    path: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A row of a list. ``expected``: events times the probability that they belong here."""

    title: str
    path: str
    note: str = ""
    events: int = 0
    users: int = 0
    expected: float = 0.0


@dataclass(frozen=True, slots=True)
class Listing:
    """What a number was counted from."""

    title: str
    items: tuple[Item, ...]

    def measured(self, measure: Measure) -> float:
        """The number that this list comes to."""
        if measure is Measure.ROWS:
            return len(self.items)
        if measure is Measure.EVENTS:
            return sum(item.events for item in self.items)
        if measure is Measure.USERS:
            return sum(item.users for item in self.items)
        return sum(item.expected for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A whole report. ``since`` and ``until`` are RFC 3339; ``span`` is the same for people."""

    title: str
    plan: str
    week: str
    zone: str
    environment: str
    services: tuple[str, ...]
    since: str
    until: str
    span: str
    summary: str
    facts: tuple[Fact, ...]
    advice: tuple[Advice, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    lists: Mapping[str, Listing]
    version: int = field(default=VERSION)

    def figures(self) -> list[Figure]:
        """Every number in it, in reading order."""
        found = [fact.figure for fact in self.facts]
        found += [fact.figure for one in self.advice for fact in one.facts]
        for section in self.sections:
            found += [fact.figure for fact in section.facts]
            found += [mark.figure for mark in section.bars.marks] if section.bars else []
            cells = [cell for row in section.table.rows for cell in row] if section.table else []
            found += [cell.figure for cell in cells if cell.figure]
        return found


def as_plain(report: Report) -> dict[str, Any]:
    """The report as JSON values."""
    plain: dict[str, Any] = asdict(report)
    return plain


def from_plain(plain: Mapping[str, Any]) -> Report:
    """A report that ``as_plain`` wrote."""
    known = {one.name for one in fields(Report)}
    return Report(
        **{
            **{name: value for name, value in plain.items() if name in known},
            "services": tuple(plain["services"]),
            "notes": tuple(plain["notes"]),
            "facts": _facts(plain["facts"]),
            "advice": tuple(
                Advice(**{**one, "facts": _facts(one["facts"])}) for one in plain["advice"]
            ),
            "sections": tuple(_section(one) for one in plain["sections"]),
            "lists": {
                key: Listing(one["title"], tuple(Item(**item) for item in one["items"]))
                for key, one in plain["lists"].items()
            },
        }
    )


def _figure(plain: Mapping[str, Any]) -> Figure:
    return Figure(plain["value"], plain["listing"], Measure(plain["measure"]))


def _facts(plain: list[dict[str, Any]]) -> tuple[Fact, ...]:
    return tuple(Fact(one["label"], _figure(one["figure"]), one["note"]) for one in plain)


def _section(plain: Mapping[str, Any]) -> Section:
    table, bars = plain["table"], plain["bars"]
    return Section(
        key=plain["key"],
        title=plain["title"],
        lead=plain["lead"],
        facts=_facts(plain["facts"]),
        table=table and Table(tuple(table["columns"]), tuple(map(_row, table["rows"]))),
        bars=bars
        and Bars(
            bars["title"],
            tuple(Mark(one["label"], _figure(one["figure"])) for one in bars["marks"]),
        ),
    )


def _row(plain: list[dict[str, Any]]) -> tuple[Cell, ...]:
    return tuple(
        Cell(one["text"], one["path"], one["figure"] and _figure(one["figure"])) for one in plain
    )
