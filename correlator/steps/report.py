"""Report: writes the weekly reports that are due, and finds what is still to be sent.

Gather (rows, one reading), write (no transaction open), keep. A report is unique by plan and week,
so that two workers write one; what is kept is never written again.
"""

from datetime import datetime

from correlator.errors import Permanent
from correlator.report import (
    as_plain,
    due_at,
    last_whole_week,
)
from correlator.steps import in_hundreds, step
from correlator.store.session import reading, transaction
from correlator.store.tables import ReportPlanRow, TroubleRow
from correlator.store.upkeep.timings import beat
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.store.weeks import reports
from correlator.types import Next, Week
from correlator.weekly import written
from correlator.world import World


@step("report")
def report(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Write what is due; then wake whoever sends what waits to be sent."""
    now = world.now()
    with transaction(world.engine) as session:
        beat(session, "report", now)
    with reading(world.engine) as session:
        plans = list(reports.plans(session))
    for plan in plans:
        _write_if_due(world, plan, now)
    with reading(world.engine) as session:
        waiting = reports.waiting_sendings(session, now)
    return in_hundreds("report_send", waiting)


def _write_if_due(world: World, plan: ReportPlanRow, now: datetime) -> None:
    """A plan that cannot be followed is trouble, and no reason for the others to wait."""
    try:
        due = due_at(now, plan.zone, plan.weekday, plan.hour)
        if due < plan.created_at:
            return
        keep_week(world, plan, last_whole_week(due, plan.zone))
    except Permanent as fault:
        trouble = TroubleRow(step="report", subject_id=plan.id or 0, reason=str(fault), at=now)
        with transaction(world.engine) as session:
            keep_trouble(session, trouble)
        return
    with transaction(world.engine) as session:
        resolve_trouble(session, "report", plan.id or 0, now)


def keep_week(world: World, plan: ReportPlanRow, week: Week) -> int:
    """The id of the plan's report of a week, which is written now if it was not before."""
    with reading(world.engine) as session:
        known = reports.report_of(session, plan.id or 0, week.name)
    if known is not None:
        return known.id or 0
    body = as_plain(written(world, reports.scope_of(plan), week, plan.name))
    with transaction(world.engine) as session:
        made = reports.keep_report(session, plan, week.name, body, world.now())
        if made is None:
            found = reports.report_of(session, plan.id or 0, week.name)
            made = found.id if found else None
    return made or 0
