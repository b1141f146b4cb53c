"""Plans of weekly reports: made, changed and ended by people who are logged in."""

import re
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from correlator.channels.message import recipients_of
from correlator.errors import Permanent
from correlator.report.calendar import zone_named
from correlator.store.session import reading, transaction
from correlator.store.tables import ReportPlanRow
from correlator.store.upkeep import installation
from correlator.store.weeks import reports
from web.auth import people_only, viewer
from web.pages import house, section
from web.reports import pages as kept_reports

pages = section("report_plans")
# Of what is shown again: recipients are the longest.
LONGEST = 20_000
_NAME = re.compile(r"[\w][\w .-]{0,63}")


@pages.post("/reports/plans")
@people_only
def keep() -> Response:
    """Make a plan, or change the one of that name."""
    name = request.form.get("name", "").strip()
    world = house().world
    try:
        with transaction(world.engine) as session:
            fields = _fields(session, name)
            reports.keep_plan(session, name, fields, world.now())
    except Permanent as fault:
        flash(str(fault), "problem")
        return Response(_to_be_corrected(), 400, mimetype="text/html")
    flash(f"The plan {name} is kept. What it says now shows in its preview.")
    return redirect(url_for("reports.index"), 303)


def _to_be_corrected() -> str:
    """The page of reports with what was typed still in the form."""
    typed = {name: value[:LONGEST] for name, value in request.form.items()}
    hour, weekday = typed.get("hour", ""), typed.get("weekday", "")
    plan = {
        **{name: typed.get(name, "") for name in ("name", "zone", "environment", "project")},
        "hour": hour,
        "weekday": int(weekday) if weekday in set("1234567") else 1,
        "services": [typed["services"]] if typed.get("services") else [],
        "recipients_text": typed.get("recipients", ""),
    }
    return render_template("reports.html", page={**kept_reports.index(), "typed": plan})


@pages.post("/reports/plans/<int(max=9223372036854775807):plan_id>/end")
@people_only
def end(plan_id: int) -> Response:
    """No more reports of this plan; those that were kept stay."""
    world = house().world
    with transaction(world.engine) as session:
        row = session.get(ReportPlanRow, plan_id)
        if row is None:
            abort(404, "There is no such plan.")
        row.ended_at = row.ended_at or world.now()
        session.add(row)
    flash(f"The plan {row.name} has ended; its reports stay.")
    return redirect(url_for("reports.index"), 303)


@pages.post("/reports/plans/<int(max=9223372036854775807):plan_id>/secret")
@people_only
def secret(plan_id: int) -> Response:
    """What signs a plan's webhooks: shown to a person who asks, on no other page and in no twin."""
    with reading(house().world.engine) as session:
        row = session.get(ReportPlanRow, plan_id)
    if row is None:
        abort(404, "There is no such plan.")
    shown = render_template("report_secret.html", page={"name": row.name, "secret": row.secret})
    return Response(shown, headers={"Cache-Control": "no-store"}, mimetype="text/html")


def _fields(session: Session, name: str) -> dict[str, Any]:
    """The form as columns. Permanent with what is wrong with it."""
    given = request.form
    if not _NAME.fullmatch(name):
        raise Permanent("A plan needs a name: letters, digits, spaces, dots, dashes; 64 at most.")
    zone = given.get("zone", "").strip()
    zone_named(zone)
    environment = given.get("environment", "").strip()[:64] or "production"
    services = [part.strip()[:100] for part in given.get("services", "").split(",")]
    slug = given.get("project", "")
    project = installation.project_named(session, slug) if slug else None
    if slug and project is None:
        raise Permanent(f"There is no project {slug[:64]!r}.")
    return {
        "zone": zone,
        "weekday": _whole("weekday", 1, 7),
        "hour": _whole("hour", 0, 23),
        "environment": environment,
        "services": sorted({one for one in services if one})[:50],
        "project_id": project.id if project else None,
        "recipients": recipients_of(given.get("recipients", "")[:LONGEST]),
        "account_id": viewer().account_id,
    }


def _whole(name: str, least: int, most: int) -> int:
    text = request.form.get(name, "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else -1
    if not least <= number <= most:
        raise Permanent(f"The {name} must be a whole number from {least} to {most}.")
    return number
