"""HTML that an e-mail client shows: tables and inline styles only, bars drawn as cells.

Mail clients drop style sheets, scripts and SVG. ``pictures`` are the content ids of charts that
travel with the mail; without its own, a chart is a table of coloured cells.
"""

from collections.abc import Collection
from html import escape

from correlator.report.document import Advice, Bars, Cell, Fact, Figure, Report, Section, Table
from correlator.report.forms.places import Places, plain
from correlator.report.words import number

_INK, _SOFT, _LINE, _ACCENT = "#1c1f26", "#5c6470", "#d9dde3", "#2855c5"
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BAR = 260


def as_html(report: Report, places: Places, pictures: Collection[str] = ()) -> str:
    """A whole document that needs nothing from outside."""
    body = [
        f'<h1 style="font-size:20px;line-height:28px;margin:0">{_text(report.title)}</h1>',
        _paragraph(report.span, soft=True),
        f'<p style="font-size:16px;line-height:24px;margin:12px 0">{_text(report.summary)}</p>',
        _facts(report.facts, places),
        _all_advice(report.advice, places),
        *(_section(one, places, pictures) for one in report.sections),
        *(_paragraph(note, soft=True) for note in report.notes),
        f'<p style="margin:16px 0">{_link("Every number with its list", places.whole)}</p>',
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(report.title)}</title></head>"
        f'<body style="margin:0;padding:16px;background:#ffffff;color:{_INK};{_FONT};'
        'font-size:14px;line-height:20px"><div style="max-width:640px;margin:0 auto">'
        + "\n".join(part for part in body if part)
        + "</div></body></html>\n"
    )


def picture_of(section: str) -> str:
    """The content id under which a section's chart travels with a mail."""
    return f"{section}-by-week"


def _all_advice(advice: tuple[Advice, ...], places: Places) -> str:
    if not advice:
        return ""
    items = "".join(_advice(one, places) for one in advice)
    return f'{_heading("Worth doing")}<ol style="margin:0;padding:0 0 0 20px">{items}</ol>'


def _advice(one: Advice, places: Places) -> str:
    numbers = ", ".join(
        f"{_text(fact.label)}: {_number(fact.figure, places)}" for fact in one.facts
    )
    title = _link(one.title, places.path(one.path)) if one.path else _text(one.title)
    return (
        f'<li style="margin:0 0 12px"><b>{title}</b><br>{_text(one.because)} {numbers}.'
        f'<br><span style="color:{_SOFT};font-size:12px">{_text(one.rule)}</span></li>'
    )


def _section(section: Section, places: Places, pictures: Collection[str]) -> str:
    parts = [_heading(section.title), _paragraph(section.lead), _facts(section.facts, places)]
    if section.bars:
        picture = picture_of(section.key)
        parts.append(_chart(section.bars, places, picture if picture in pictures else ""))
    if section.table:
        parts.append(_table(section.table, places))
    return "\n".join(parts)


def _heading(title: str) -> str:
    return f'<h2 style="font-size:16px;line-height:24px;margin:28px 0 4px">{_text(title)}</h2>'


def _paragraph(text: str, *, soft: bool = False) -> str:
    style = f"color:{_SOFT};font-size:12px;line-height:16px;" if soft else ""
    return f'<p style="{style}margin:4px 0">{_text(text)}</p>'


def _facts(facts: tuple[Fact, ...], places: Places) -> str:
    if not facts:
        return ""
    rows = "".join(
        f'<tr><td style="padding:2px 12px 2px 0;text-align:right;font-size:16px">'
        f'<b>{_number(fact.figure, places)}</b></td><td style="padding:2px 0">{_text(fact.label)}'
        f"{_note(fact.note)}</td></tr>"
        for fact in facts
    )
    return f'<table role="presentation" style="border-collapse:collapse">{rows}</table>'


def _note(text: str) -> str:
    return f' <span style="color:{_SOFT};font-size:12px">{_text(text)}</span>' if text else ""


def _chart(bars: Bars, places: Places, picture: str) -> str:
    if picture:
        return _pictured(bars, places, picture)
    most = max((mark.figure.value for mark in bars.marks), default=0) or 1
    rows = "".join(
        f'<tr><td style="padding:2px 8px 2px 0;color:{_SOFT}">{_text(mark.label)}</td>'
        f'<td style="padding:2px 0"><div style="background:{_ACCENT};height:12px;'
        f'width:{round(mark.figure.value / most * _BAR)}px"></div></td>'
        f'<td style="padding:2px 0 2px 8px">{_number(mark.figure, places)}</td></tr>'
        for mark in bars.marks
    )
    caption = f'<caption style="text-align:left;color:{_SOFT}">{_text(bars.title)}</caption>'
    return f'<table style="border-collapse:collapse;margin:12px 0">{caption}{rows}</table>'


def _pictured(bars: Bars, places: Places, picture: str) -> str:
    """The picture, and under each bar its label and its number."""
    told = ", ".join(f"{mark.label}: {number(mark.figure)}" for mark in bars.marks)
    image = (
        f'<img src="cid:{escape(picture)}" width="600" style="display:block;width:100%;'
        f'height:auto" alt="{_text(f"{bars.title}. {told}")}">'
    )
    under = "".join(
        f'<td style="text-align:center;width:{100 / len(bars.marks):.1f}%">'
        f'<b>{_number(mark.figure, places)}</b><br><span style="color:{_SOFT};font-size:12px">'
        f"{_text(mark.label)}</span></td>"
        for mark in bars.marks
    )
    caption = f'<caption style="text-align:left;color:{_SOFT}">{_text(bars.title)}</caption>'
    return (
        f'<table style="border-collapse:collapse;width:100%;margin:12px 0">{caption}'
        f'<tr><td colspan="{len(bars.marks)}">{image}</td></tr><tr>{under}</tr></table>'
    )


def _table(table: Table, places: Places) -> str:
    right = [bool(table.rows and table.rows[0][at].figure) for at in range(len(table.columns))]
    head = "".join(
        f'<th style="{_cell_style(number_cell)};color:{_SOFT};font-weight:normal;font-size:12px">'
        f"{_text(name)}</th>"
        for name, number_cell in zip(table.columns, right, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td style="{_cell_style(number_cell)};border-top:1px solid {_LINE}">'
            f"{_cell(cell, places)}</td>"
            for cell, number_cell in zip(row, right, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    return (
        '<table style="border-collapse:collapse;width:100%;margin:8px 0">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell_style(right: bool) -> str:
    return f"padding:4px 8px 4px 0;vertical-align:top;text-align:{'right' if right else 'left'}"


def _cell(cell: Cell, places: Places) -> str:
    if cell.figure:
        return _number(cell.figure, places)
    return _link(cell.text, places.path(cell.path)) if cell.path else _text(cell.text)


def _number(figure: Figure, places: Places) -> str:
    return _link(number(figure), places.listing(figure.listing))


def _link(text: str, address: str) -> str:
    return f'<a href="{escape(address)}" style="color:{_ACCENT}">{_text(text)}</a>'


def _text(text: str) -> str:
    return escape(plain(text, 1000))
