"""Weekly reports: what was written and kept, the lists behind every number, and a look ahead."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Response, abort, request, url_for
from sqlmodel import Session

from correlator.channels.message import shown as shown_recipient
from correlator.errors import Permanent
from correlator.kinds.checks import advice_for
from correlator.report import (
    FORMS,
    WEEKS_BEFORE,
    Places,
    Report,
    as_plain,
    from_plain,
    last_whole_week,
    week_named,
    week_of,
    weeks_up_to,
    write_report,
)
from correlator.report.words import count
from correlator.store import queries, reports, weeks
from correlator.store.session import reading
from correlator.store.tables import ProjectRow, ReportPlanRow, ReportRow
from correlator.types import Scope
from web import present
from web.auth import viewer
from web.pages import Page, house, page, section

pages = section("reports")
NUMBER = "<int(max=9223372036854775807):report_id>"
ASKED = ("plan", "week", "zone", "environment", "service")
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
        "preview_url": url_for("reports.preview"),
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
        "preview_url": url_for("reports.preview", plan=row.name),
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
        **_drawn(from_plain(row.body), _places(report_id)),
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
    return _listed(from_plain(row.body), key, _places(report_id))


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


@page(pages, "/reports/preview", "report.html")
def preview() -> Page:
    """The week as it would be told now: of a plan, or of what the address asks for; not kept."""
    written, places = _previewed()
    return {
        **_drawn(written, places),
        "made_at": None,
        "forms": {},
        "sendings": [],
        "ended": False,
    }


@page(pages, "/reports/preview/lists/<key>", "report_list.html")
def preview_listing(key: str) -> Page:
    """What a number of a preview was counted from, as it stands now."""
    return _listed(*_swapped(_previewed(), key))


def _swapped(found: tuple[Report, Places], key: str) -> tuple[Report, str, Places]:
    return found[0], key, found[1]


def _previewed() -> tuple[Report, Places]:
    asked = {name: request.args.get(name, "")[:250] for name in ASKED}
    world = house().world
    with reading(world.engine) as session:
        plan = _plan_asked(session, asked["plan"])
        scope = _scope(asked, plan)
        try:
            zone = asked["zone"] or (plan.zone if plan else "UTC")
            week = week_named(asked["week"], zone) if asked["week"] else _now(zone)
        except Permanent as fault:
            abort(400, str(fault))
        facts = weeks.week_facts(session, scope, weeks_up_to(week, WEEKS_BEFORE))
    written = write_report(facts, plan.name if plan else "", advice_for)
    if week.until > world.now():
        written = replace(written, title=f"{written.title} so far")
    query = "&".join(
        f"{one}" for one in request.query_string.decode("ascii", "ignore").split("&") if one
    )
    return written, Places(_root(), "/reports/preview", query[:1000])


def _now(zone: str) -> Any:
    """This week; on its first day the one before, of which there is something to say."""
    now = house().world.now()
    this = week_of(now, zone)
    return this if (now - this.since).total_seconds() > 86_400 else last_whole_week(now, zone)


def _plan_asked(session: Session, name: str) -> ReportPlanRow | None:
    plan = reports.plan_named(session, name) if name else None
    if name and (plan is None or viewer().only_project not in (None, plan.project_id)):
        abort(404, "There is no such plan.")
    return plan


def _scope(asked: dict[str, str], plan: ReportPlanRow | None) -> Scope:
    services = tuple(filter(None, asked["service"].split(",")))[:50]
    only = viewer().only_project
    return Scope(
        environment=asked["environment"] or (plan.environment if plan else "production"),
        services=services or (tuple(plan.services) if plan else ()),
        project_id=only if only is not None else (plan.project_id if plan else None),
    )


def _kept(report_id: int) -> tuple[ReportRow, ReportPlanRow]:
    with reading(house().world.engine) as session:
        found = reports.report_and_plan(session, report_id)
    if found is None or viewer().only_project not in (None, found[1].project_id):
        abort(404, "There is no such report.")
    return found


def _root() -> str:
    """The path that the site lies below; empty at a host of its own."""
    return urlsplit(house().world.settings.base_url).path.rstrip("/")


def _places(report_id: int) -> Places:
    return Places(_root(), f"/reports/{report_id}")


def _drawn(told: Report, places: Places) -> Page:
    """The report with an address at every number, and without its lists: these have pages."""
    plain = as_plain(told)
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


def _listed(told: Report, key: str, places: Places) -> Page:
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
