"""``correlator report``: the failures of a week, as the team gets them."""

from typing import TYPE_CHECKING

import click

from correlator.cli import EXIT_NO, command_world, json_option
from correlator.errors import Permanent

if TYPE_CHECKING:
    from correlator.report import Report
    from correlator.store.tables import ReportPlanRow
    from correlator.world import World


@click.command()
@click.option("--week", help="The ISO week, as 2026-W47; default: the last that has ended.")
@click.option("--plan", "name", help="The plan whose zone, scope and recipients to take.")
@click.option("--environment", help="Of which environment; default: the plan's, or production.")
@click.option("--service", "services", multiple=True, help="Only of these services.")
@click.option("--zone", help="The time zone of the week; default: the plan's, or UTC.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "md", "html", "json", "csv"]),
    default="text",
    help="Default: text.",
)
@click.option("--send", is_flag=True, help="Keep the plan's report and send it, once.")
@json_option
@click.pass_context
def command(
    context: click.Context, /, name: str | None, form: str, wants_json: bool, **given: object
) -> None:
    """Say what failed in a week, against the weeks before.

    With --plan, a week that was written is shown as it was kept; any other is written now and not
    kept. --send keeps it and sends it to the plan's recipients; who has it already gets nothing.

    Exit code 0: done; 1: done, but nothing failed in that week, or with --send not everybody could
    be reached; 2: it could not be done.

    \b
    Examples:
      correlator report
      correlator report --week 2026-W47 --format md > week.md
      correlator report --plan shop --send
    """
    world = command_world()
    plan = _plan(world, name) if name else None
    if given["send"]:
        context.exit(_send(world, plan, given))
    report, place, query = _report(world, plan, given)
    click.echo(_as(world, report, "json" if wants_json else form, place, query), nl=False)
    context.exit(0 if report.lists.get("issues") and report.lists["issues"].items else EXIT_NO)


def _plan(world: "World", name: str) -> "ReportPlanRow":
    from correlator.store.session import reading
    from correlator.store.weeks import reports

    with reading(world.engine) as session:
        plan = reports.plan_named(session, name)
        known = ", ".join(one.name for one in reports.plans(session)) or "none"
    if plan is None:
        raise Permanent(
            f"There is no plan {name[:64]!r}; there are: {known}. The Reports page makes one."
        )
    return plan


def _report(
    world: "World", plan: "ReportPlanRow | None", given: dict[str, object]
) -> tuple["Report", str, str]:
    """The report, the path of its page, and what a preview's address says."""
    from correlator.report import from_plain, last_whole_week, week_named
    from correlator.store.session import reading
    from correlator.store.weeks import reports
    from correlator.types import Scope
    from correlator.weekly import written

    zone = str(given["zone"] or (plan.zone if plan else "UTC"))
    week = (
        week_named(str(given["week"]), zone)
        if given["week"]
        else last_whole_week(world.now(), zone)
    )
    if week.since > world.now():
        raise Permanent(f"{week.name} has not begun: there is nothing to report of it yet.")
    asked = given["environment"] or given["services"] or given["zone"]
    if plan and not asked:
        with reading(world.engine) as session:
            kept = reports.report_of(session, plan.id or 0, week.name)
        if kept:
            return from_plain(kept.body), f"/reports/{kept.id}", ""
    services = given["services"] if isinstance(given["services"], tuple) else ()
    scope = Scope(
        environment=str(given["environment"] or (plan.environment if plan else "production")),
        services=tuple(services) or (tuple(plan.services) if plan else ()),
        project_id=plan.project_id if plan else None,
    )
    report = written(world, scope, week, plan.name if plan else "")
    return report, "/reports/preview", _query(report)


def _query(report: "Report") -> str:
    from urllib.parse import urlencode

    asked = {
        "week": report.week,
        "zone": report.zone,
        "environment": report.environment,
        "service": ",".join(report.services),
        "plan": report.plan,
    }
    return urlencode({name: value for name, value in asked.items() if value})


def _as(world: "World", report: "Report", form: str, place: str, query: str) -> str:
    from correlator.report import FORMS, Places

    return FORMS[form](report, Places(world.settings.base_url, place, query))


def _send(world: "World", plan: "ReportPlanRow | None", given: dict[str, object]) -> int:
    """Keep and send; the exit code."""
    from correlator.channels.message import shown
    from correlator.report import last_whole_week, week_named
    from correlator.steps import drain
    from correlator.steps.report import keep_week
    from correlator.store.session import reading, transaction
    from correlator.store.weeks import reports
    from correlator.types import Next

    if plan is None:
        raise Permanent("Whom shall it be sent to? Name a plan: --plan NAME.")
    if given["environment"] or given["services"] or given["zone"]:
        raise Permanent("What is sent is the plan's own report: change the plan, not the command.")
    last = last_whole_week(world.now(), plan.zone)
    week = week_named(str(given["week"]), plan.zone) if given["week"] else last
    if week.since > last.since:
        raise Permanent(f"{week.name} has not ended in {plan.zone}: without --send it can be seen.")
    report_id = keep_week(world, plan, week)
    with transaction(world.engine) as session:
        reports.keep_sendings(session, report_id, plan.recipients, world.now())
        waiting = [
            one.id or 0 for one in reports.sendings(session, report_id) if one.state != "sent"
        ]
    drain(world, Next("report_send", tuple(waiting)))
    with reading(world.engine) as session:
        rows = reports.sendings(session, report_id)
    for row in rows:
        to = shown({"channel": row.channel, "address": row.address})
        click.echo(f"{row.state:<8} {row.channel:<8} {to}  {row.problem or ''}".rstrip())
    if not rows:
        click.echo(f"The plan {plan.name} has no recipients; the report of {week.name} is kept.")
    return 0 if all(row.state == "sent" for row in rows) else EXIT_NO
