"""Weekly reports: what was written and kept, and the lists behind every number."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, url_for
from sqlmodel import Session

from correlator.channels.message import shown as shown_recipient
from correlator.report import (
    FORMS,
    Places,
    Report,
    as_plain,
    from_plain,
)
from correlator.report.words import count
from correlator.store import queries
from correlator.store.session import reading
from correlator.store.tables import ProjectRow, ReportPlanRow, ReportRow
from correlator.store.weeks import reports
from web import present
from web.auth import viewer
from web.pages import Page, house, page, section

pages = section("reports")
NUMBER = "<int(max=9223372036854775807):report_id>"
MEDIA = {"text": "text/plain", "md": "text/markdown", "html": "text/html", "csv": "text/csv"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@page(pages, "/reports", "reports.html")
def index() -> Page:
    """The reports that were kept, newest first, and the plans that make them."""
    only = viewer().only_project
    with reading(house().world.engine) as session:
        kept = reports.reports(session, only)
        plans = reports.plans(session, only)
        slugs = queries.slugs(session, only)
        shown = [_plan(one, session) for one in plans]
    return {
        "reports": [
            {
                "title": title,
                "week": week,
                "plan": plan,
                "made_at": present.when(at),
                "url": url_for("reports.report", report_id=report_id),
            }
            for report_id, title, week, at, plan in kept
        ],
        "plans": shown,
        "choices": {"project": slugs, "weekday": list(WEEKDAYS)},
        "preview_url": url_for("previews.preview"),
        "mail": bool(house().world.settings.mail_host),
    }


def _plan(row: ReportPlanRow, session: Session) -> Page:
    """A plan; the paths of its hooks are for people, and its secret is on no page but one."""
    person = viewer().account_id is not None
    return {
        "id": row.id,
        "name": row.name,
        "zone": row.zone,
        "weekday": row.weekday,
        "hour": row.hour,
        "environment": row.environment,
        "services": list(row.services),
        "project": _slug(session, row.project_id),
        "recipients": [{**one, "address": shown_recipient(one)} for one in row.recipients],
        "recipients_text": (
            "\n".join(f"{one['channel']} {one['address']}" for one in row.recipients)
            if person
            else None
        ),
        "editable": person,
        "preview_url": url_for("previews.preview", plan=row.name),
    }


def _slug(session: Session, project_id: int | None) -> str | None:
    row = session.get(ProjectRow, project_id) if project_id is not None else None
    return row.slug if row else None


@page(pages, f"/reports/{NUMBER}", "report.html")
def report(report_id: int) -> Page:
    """A report as it was written, whatever came in since."""
    row, plan = _kept(report_id)
    with reading(house().world.engine) as session:
        sendings = reports.sendings(session, report_id)
    return {
        **drawn(from_plain({**row.body, "lists": {}}), _places(report_id)),
        "made_at": present.when(row.made_at),
        "forms": {
            form: url_for("reports.download", report_id=report_id, form=form) for form in MEDIA
        },
        "sendings": [
            {
                "channel": one.channel,
                "to": shown_recipient({"channel": one.channel, "address": one.address}),
                "state": one.state,
                "sent_at": present.when(one.sent_at),
                "problem": one.problem,
            }
            for one in sendings
        ],
        "ended": plan.ended_at is not None,
    }


@page(pages, f"/reports/{NUMBER}/lists/<key>", "report_list.html")
def listing(report_id: int, key: str) -> Page:
    """What a number of a report was counted from."""
    row, _ = _kept(report_id)
    return listed(with_list(row.body, row.body["lists"], key), key, _places(report_id))


@pages.get(f"/reports/{NUMBER}/as/<form>")
def download(report_id: int, form: str) -> Response:
    """The report as a file."""
    row, _ = _kept(report_id)
    if form not in MEDIA:
        abort(404, f"There is no form {form!r}.")
    site = house().world.settings.base_url
    text = FORMS[form](from_plain(row.body), Places(site, f"/reports/{report_id}"))
    answer = Response(text, mimetype=MEDIA[form])
    ending = "txt" if form == "text" else form
    answer.headers["Content-Disposition"] = f'attachment; filename="report-{row.week}.{ending}"'
    return answer


def _kept(report_id: int) -> tuple[ReportRow, ReportPlanRow]:
    with reading(house().world.engine) as session:
        found = reports.report_and_plan(session, report_id)
    if found is None or viewer().only_project not in (None, found[1].project_id):
        abort(404, "There is no such report.")
    return found


def root() -> str:
    """The path that the site lies below; empty at a host of its own."""
    return urlsplit(house().world.settings.base_url).path.rstrip("/")


def _places(report_id: int) -> Places:
    return Places(root(), f"/reports/{report_id}")


def drawn(told: Report, places: Places) -> Page:
    """The report with an address at every number, and without its lists: these have pages."""
    plain = as_plain(replace(told, lists={}))
    plain.pop("lists")
    drawn: Page = _addressed(plain, places)
    for one in drawn["sections"]:
        if one["bars"]:
            most = max(mark["figure"]["value"] for mark in one["bars"]["marks"]) or 1
            for mark in one["bars"]["marks"]:
                mark["height"] = round(mark["figure"]["value"] / most * 100, 1)
    return {**drawn, "url": places.whole}


def _addressed(told: Any, places: Places) -> Any:
    if isinstance(told, list | tuple):
        return [_addressed(one, places) for one in told]
    if not isinstance(told, dict):
        return told
    shown = {name: _addressed(value, places) for name, value in told.items()}
    if "listing" in told:
        shown["url"] = places.listing(told["listing"])
        approximate = "≈" if told["measure"] == "expected" else ""
        shown["text"] = f"{approximate}{count(told['value'])}"
    if "path" in told:
        shown["url"] = places.path(told["path"])
    return shown


def with_list(body: Page, lists: Page, key: str) -> Report:
    """A report with none of its lists but this one: they hold all that was counted."""
    return from_plain({**body, "lists": {key: lists[key]} if key in lists else {}})


def listed(told: Report, key: str, places: Places) -> Page:
    found = told.lists.get(key)
    if found is None:
        abort(404, "The report has no such list.")
    items = sorted(found.items, key=lambda one: (-one.expected, -one.events))
    return {
        "report": {"title": told.title, "url": places.whole},
        "title": found.title,
        "total": len(items),
        "events": sum(one.events for one in items),
        "users": sum(one.users for one in items),
        "expected": round(sum(one.expected for one in items), 1),
        "items": [
            {
                "title": one.title,
                "note": one.note,
                "events": one.events,
                "users": one.users,
                "expected": round(one.expected, 1),
                "url": places.path(one.path),
            }
            for one in items
        ],
    }
