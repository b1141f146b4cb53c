"""Slack blocks, within Slack's limits. An incoming webhook takes no pictures, so bars are text.

Source: https://docs.slack.dev/reference/block-kit/blocks : 50 blocks a message, 3000 characters a
section, 150 a header, 10 fields of 2000; ``&``, ``<`` and ``>`` are escaped, links are
``<address|text>``.
"""

from typing import Any

from correlator.report.document import Advice, Cell, Fact, Figure, Report, Section
from correlator.report.forms.places import Places, plain
from correlator.report.forms.text import bars
from correlator.report.words import number

MOST_BLOCKS = 50
LONGEST = 3000
HEADER = 150
MOST_FIELDS = 10
ROWS = 5


def as_slack(report: Report, places: Places) -> dict[str, Any]:
    """A message: its blocks, and a text for notifications."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": plain(report.title, HEADER)}},
        _words(f"{escaped(report.summary)}\n_{escaped(report.span)}_"),
        _fields(report.facts, places),
    ]
    if report.advice:
        told = [_advice(place, one, places) for place, one in enumerate(report.advice, 1)]
        blocks += [{"type": "divider"}, *map(_words, told)]
    for section in report.sections:
        blocks.append(_words(_section(section, places)))
    blocks.append(_words(f"<{places.whole}|The whole report, with every list>"))
    kept = [*blocks[: MOST_BLOCKS - 1], blocks[-1]] if len(blocks) > MOST_BLOCKS else blocks
    return {"text": plain(f"{report.title}. {report.summary}", LONGEST), "blocks": kept}


def escaped(text: str) -> str:
    """Text that Slack takes for text: no mention, no link, no markup."""
    shown = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A zero-width space keeps marks from pairing up.
    return "".join(f"{one}\u200b" if one in "*_~`" else one for one in shown)


def _words(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text)}}


def _cut(text: str) -> str:
    """Whole lines up to the limit, so that no link is cut in two."""
    lines, length = [], 0
    for line in text.split("\n"):
        length += len(line) + 1
        if length > LONGEST - 2:
            lines.append("…")
            break
        lines.append(line)
    return "\n".join(lines)


def _fields(facts: tuple[Fact, ...], places: Places) -> dict[str, Any]:
    fields = [
        {"type": "mrkdwn", "text": f"*{_number(fact.figure, places)}*\n{escaped(fact.label)}"}
        for fact in facts[:MOST_FIELDS]
    ]
    return {"type": "section", "fields": fields}


def _advice(place: int, one: Advice, places: Places) -> str:
    numbers = ", ".join(f"{fact.label}: {_number(fact.figure, places)}" for fact in one.facts)
    title = _link(one.title, one.path, places)
    return f"*{place}.* {title}\n{escaped(one.because)} {numbers}\n_{escaped(one.rule)}_"


def _section(section: Section, places: Places) -> str:
    lines = [f"*{escaped(section.title)}*", escaped(section.lead)]
    lines += [f"{_number(fact.figure, places)} {escaped(fact.label)}" for fact in section.facts]
    if section.bars:
        lines.append("```" + "\n".join(bars(section.bars)) + "```")
    if section.table:
        for row in section.table.rows[:ROWS]:
            told = [
                f"{name}: {_cell(cell, places)}" if name else _cell(cell, places)
                for name, cell in zip(section.table.columns[1:], row[1:], strict=True)
            ]
            lines.append(f"• {_cell(row[0], places)} – {', '.join(told)}")
    return "\n".join(lines)


def _cell(cell: Cell, places: Places) -> str:
    if cell.figure:
        return _number(cell.figure, places)
    return _link(cell.text, cell.path, places)


def _number(figure: Figure, places: Places) -> str:
    return f"<{places.listing(figure.listing)}|{number(figure)}>"


def _link(text: str, path: str, places: Places) -> str:
    return f"<{places.path(path)}|{escaped(text)}>" if path else escaped(text)
