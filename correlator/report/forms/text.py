"""Plain text: for a terminal, and the text part of an e-mail. Bars are drawn with blocks."""

from collections.abc import Iterator
from textwrap import wrap

from correlator.report.document import Bars, Cell, Fact, Report, Section, Table
from correlator.report.forms.places import Places, plain
from correlator.report.words import number

WIDTH = 78
BAR = 30
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def as_text(report: Report, places: Places) -> str:
    """The report in lines of at most ``WIDTH``, addresses and table rows aside."""
    return "\n".join(_lines(report, places)).rstrip() + "\n"


def _lines(report: Report, places: Places) -> Iterator[str]:
    yield from (plain(report.title), "=" * min(len(report.title), WIDTH), plain(report.span), "")
    yield from _wrapped(report.summary)
    yield ""
    yield from map(_fact, report.facts)
    yield from _advice(report, places)
    for section in report.sections:
        yield from _section(section)
    yield ""
    for note in report.notes:
        yield from _wrapped(f"* {note}")
    yield from ("", f"Every number with its list: {places.whole}")


def _advice(report: Report, places: Places) -> Iterator[str]:
    if report.advice:
        yield from ("", "WORTH DOING")
    for place, one in enumerate(report.advice, 1):
        yield from ("", plain(f"{place}. {one.title}"))
        yield from _wrapped(one.because, "   ")
        yield "   " + ", ".join(f"{fact.label}: {number(fact.figure)}" for fact in one.facts)
        yield from _wrapped(f"Chosen because: {one.rule}", "   ")
        if one.path:
            yield f"   {places.path(one.path)}"


def _section(section: Section) -> Iterator[str]:
    yield from ("", section.title.upper())
    yield from _wrapped(section.lead)
    yield from map(_fact, section.facts)
    if section.bars:
        yield ""
        yield from bars(section.bars)
    if section.table:
        yield ""
        yield from _table(section.table)


def _fact(fact: Fact) -> str:
    note = f"  ({fact.note})" if fact.note else ""
    return f"  {fact.label:<28}{number(fact.figure):>10}{note}"


def bars(drawn: Bars) -> list[str]:
    """A chart of bars, a line each."""
    most = max((mark.figure.value for mark in drawn.marks), default=0) or 1
    return [drawn.title] + [
        f"  {mark.label:<10}{bar(mark.figure.value / most):<{BAR}} {number(mark.figure)}"
        for mark in drawn.marks
    ]


def bar(share: float, width: int = BAR) -> str:
    """A bar of blocks, to an eighth of a character; something is never drawn as nothing."""
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _table(table: Table) -> Iterator[str]:
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    widths = [
        min(max(len(row[at]) for row in [list(table.columns), *rows]), 44 if at == 0 else 24)
        for at in range(len(table.columns))
    ]
    numeric = [bool(table.rows and table.rows[0][at].figure) for at in range(len(table.columns))]
    for row in [list(table.columns), *rows]:
        cells = [
            plain(text, width).rjust(width) if right else plain(text, width).ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def _cell(cell: Cell) -> str:
    return number(cell.figure) if cell.figure else plain(cell.text)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return wrap(
        plain(text, 2000), WIDTH, initial_indent=indent, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
