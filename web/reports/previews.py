"""A look ahead at a report: the week as it would be told now, and the lists behind its numbers.

Where the weeks hold little the page writes it itself. Where they hold much a worker does, for some
minutes at a time, and the page says as of when it is.
"""

from dataclasses import replace

from flask import abort, request
from sqlmodel import Session

from correlator.errors import Permanent
from correlator.kinds.checks import advice_for
from correlator.report import (
    WEEKS_BEFORE,
    Places,
    Report,
    from_plain,
    last_whole_week,
    week_named,
    week_of,
    weeks_up_to,
    write_report,
)
from correlator.store.session import reading, transaction
from correlator.store.tables import ReportPlanRow
from correlator.store.weeks import previews, weeks
from correlator.store.weeks import reports as stored
from correlator.store.weeks.previews import Asked, Kept
from correlator.types import Next, Scope, Week
from web import present
from web.auth import viewer
from web.pages import Page, house, page, section
from web.reports import pages as reports

pages = section("previews")
ASKED = ("plan", "week", "zone", "environment", "service")


@page(pages, "/reports/preview", "report.html")
def preview() -> Page:
    """The week as it would be told now: of a plan, or of what the address asks for. Of a busy one,
    as a worker wrote it some minutes ago."""
    asked, places = _asked()
    kept = _prepared(asked)
    if kept is not None and kept.body is None:
        return {"state": "waiting", "problem": kept.problem, "title": f"Week {asked.week}"}
    told = from_plain({**kept.body, "lists": {}}) if kept and kept.body else _told_now(asked)
    return {
        **reports.drawn(told, places),
        "state": "ready",
        "as_of": present.when(kept.as_of) if kept else None,
        "made_at": None,
        "forms": {},
        "sendings": [],
        "ended": False,
    }


@page(pages, "/reports/preview/lists/<key>", "report_list.html")
def preview_listing(key: str) -> Page:
    """What a number of a preview was counted from, as of when the preview was written."""
    asked, places = _asked()
    kept = _prepared(asked)
    if kept is None:
        return reports.listed(_told_now(asked), key, places)
    if kept.body is None:
        abort(503, "This preview is being worked out. Look again in a few seconds.")
    with reading(house().world.engine) as session:
        lists = previews.lists_of(session, kept.id)
    return reports.listed(reports.with_list(kept.body, lists, key), key, places)


def _asked() -> tuple[Asked, Places]:
    """What the address asks for, and where its numbers lead."""
    given = {name: request.args.get(name, "")[:250] for name in ASKED}
    with reading(house().world.engine) as session:
        plan = _plan_asked(session, given["plan"])
    try:
        zone = given["zone"] or (plan.zone if plan else "UTC")
        week = week_named(given["week"], zone) if given["week"] else _now(zone)
    except Permanent as fault:
        abort(400, str(fault))
    query = "&".join(
        f"{one}" for one in request.query_string.decode("ascii", "ignore").split("&") if one
    )
    name = plan.name if plan else ""
    asked = Asked(plan=name, week=week.name, zone=zone, scope=_scope(given, plan))
    return asked, Places(reports.root(), "/reports/preview", query[:1000])


def _prepared(asked: Asked) -> Kept | None:
    """What a worker wrote of it, who is woken when it is due; None: the page can do it itself."""
    world = house().world
    with reading(world.engine) as session:
        if previews.is_little(session, _weeks(asked)):
            return None
        kept = previews.of(session, asked)
    if kept is not None and not kept.is_due(world.now()):
        return kept
    with transaction(world.engine) as session:
        previews.ask(session, asked, world.now())
        kept = previews.of(session, asked)
    if kept is not None:
        house().wake(Next("preview", (kept.id,)))
    return kept


def _weeks(asked: Asked) -> list[Week]:
    return weeks_up_to(week_named(asked.week, asked.zone), WEEKS_BEFORE)


def _told_now(asked: Asked) -> Report:
    asked_weeks = _weeks(asked)
    world = house().world
    with reading(world.engine) as session:
        facts = weeks.week_facts(session, asked.scope, asked_weeks)
    told = write_report(facts, asked.plan, advice_for)
    is_over = asked_weeks[-1].until <= world.now()
    return told if is_over else replace(told, title=f"{told.title} so far")


def _now(zone: str) -> Week:
    """This week; on its first day the one before, of which there is something to say."""
    now = house().world.now()
    this = week_of(now, zone)
    return this if (now - this.since).total_seconds() > 86_400 else last_whole_week(now, zone)


def _plan_asked(session: Session, name: str) -> ReportPlanRow | None:
    plan = stored.plan_named(session, name) if name else None
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
