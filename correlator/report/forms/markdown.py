"""Markdown (CommonMark with GitHub's tables): for a wiki, a pull request, a chat that reads it."""

import re
from collections.abc import Iterator

from correlator.report.document import Advice, Cell, Fact, Figure, Report, Section, Table
from correlator.report.forms.places import Places, plain
from correlator.report.forms.text import bars
from correlator.report.words import number

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#!|~@&$])")


def as_markdown(report: Report, places: Places) -> str:
    """The report; every number is a link to its list."""
    return "\n".join(_lines(report, places)) + "\n"


def escaped(text: str) -> str:
    """Text that no Markdown takes for markup."""
    return _SPECIAL.sub(r"\\\1", plain(text))


def _lines(report: Report, places: Places) -> Iterator[str]:
    yield from (f"# {escaped(report.title)}", "", escaped(report.span), "")
    yield from (escaped(report.summary), "")
    yield from (_fact(fact, places) for fact in report.facts)
    if report.advice:
        yield from ("", "## Worth doing", "")
    for place, one in enumerate(report.advice, 1):
        yield from _advice(place, one, places)
    for section in report.sections:
        yield from _section(section, places)
    yield from ("", "---", "")
    yield from (f"- {escaped(note)}" for note in report.notes)
    yield from ("", f"[The report with all its lists]({places.whole})")


def _advice(place: int, one: Advice, places: Places) -> Iterator[str]:
    numbers = ", ".join(f"{fact.label}: {_number(fact.figure, places)}" for fact in one.facts)
    yield f"{place}. **{_link(one.title, one.path, places)}** {escaped(one.because)} {numbers}."
    yield f"   *{escaped(one.rule)}*"


def _section(section: Section, places: Places) -> Iterator[str]:
    yield from ("", f"## {escaped(section.title)}", "", escaped(section.lead), "")
    yield from (_fact(fact, places) for fact in section.facts)
    if section.bars:
        yield from ("", "```text", *bars(section.bars), "```")
    if section.table:
        yield ""
        yield from _table(section.table, places)


def _fact(fact: Fact, places: Places) -> str:
    note = f" ({escaped(fact.note)})" if fact.note else ""
    return f"- {escaped(fact.label)}: {_number(fact.figure, places)}{note}"


def _table(table: Table, places: Places) -> Iterator[str]:
    yield "| " + " | ".join(escaped(name) for name in table.columns) + " |"
    yield "|" + "|".join(
        " ---: " if table.rows and table.rows[0][at].figure else " --- "
        for at in range(len(table.columns))
    ) + "|"  # fmt: skip
    for row in table.rows:
        yield "| " + " | ".join(_cell(cell, places) for cell in row) + " |"


def _cell(cell: Cell, places: Places) -> str:
    if cell.figure:
        return _number(cell.figure, places)
    return _link(cell.text, cell.path, places)


def _number(figure: Figure, places: Places) -> str:
    return f"[{number(figure)}]({places.listing(figure.listing)})"


def _link(text: str, path: str, places: Places) -> str:
    return f"[{escaped(text)}]({places.path(path)})" if path else escaped(text)
