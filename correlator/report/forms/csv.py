"""CSV: every number of the report, a line each, with the address of its list. For spreadsheets."""

import csv
import io
from collections.abc import Iterator

from correlator.report.document import Figure, Report, Section
from correlator.report.forms.places import Places, plain
from correlator.spreadsheets import harmless

HEAD = ("week", "environment", "section", "of", "what", "value", "measure", "list")


def as_csv(report: Report, places: Places) -> str:
    """RFC 4180, with a head line. ``of``: the row of a table that the number stands in."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for section, of, what, figure in _numbers(report):
        texts = [report.week, report.environment, section, of, what]
        value = f"{figure.value:g}" if figure.value % 1 else int(figure.value)
        shown = [harmless(plain(text)) for text in texts]
        writer.writerow([*shown, value, figure.measure, places.listing(figure.listing)])
    return out.getvalue()


def _numbers(report: Report) -> Iterator[tuple[str, str, str, Figure]]:
    for fact in report.facts:
        yield "summary", "", fact.label, fact.figure
    for place, one in enumerate(report.advice, 1):
        for fact in one.facts:
            yield "advice", f"{place}. {one.title}", fact.label, fact.figure
    for section in report.sections:
        yield from _of_section(section)


def _of_section(section: Section) -> Iterator[tuple[str, str, str, Figure]]:
    for fact in section.facts:
        yield section.key, "", fact.label, fact.figure
    for mark in section.bars.marks if section.bars else ():
        yield section.key, mark.label, section.bars.title if section.bars else "", mark.figure
    if section.table:
        for row in section.table.rows:
            for name, cell in zip(section.table.columns, row, strict=True):
                if cell.figure:
                    yield section.key, row[0].text, name, cell.figure
