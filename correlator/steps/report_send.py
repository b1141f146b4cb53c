"""Report_send: takes reports to their recipients, each once.

Claim (a lease on the row), send (no transaction open), mark. What may pass is tried again by the
row itself, with a longer pause each time; what cannot is trouble that somebody sees. A worker that
dies between sending and marking is the one case in which somebody may get it twice: the message's
key, its Message-ID, is then the same.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from correlator.channels.email import MailServer, send_email
from correlator.channels.hooks import send_slack, send_webhook
from correlator.channels.message import Message
from correlator.errors import Permanent, Transient
from correlator.http import Outward
from correlator.report import Places, Report, from_plain
from correlator.report.forms import as_html, as_json, as_slack, as_text
from correlator.report.forms.html import picture_of
from correlator.report.forms.picture import bars_png
from correlator.settings import Settings
from correlator.steps import step
from correlator.store.session import reading, transaction
from correlator.store.tables import ReportSendingRow, TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.store.weeks import reports
from correlator.types import Next
from correlator.world import World


@step("report_send")
def report_send(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Send these sendings, as far as they wait and nobody else is at it."""
    for sending_id in ids:
        with transaction(world.engine) as session:
            mine = reports.claim_sending(session, sending_id, world.now())
        if mine:
            _try(world, sending_id)
    return []


def _try(world: World, sending_id: int) -> None:
    try:
        _send(world, sending_id)
    except Transient as fault:
        with transaction(world.engine) as session:
            again = reports.mark_delayed(session, sending_id, str(fault), world.now())
        if not again:
            _trouble(world, sending_id, f"Tried {reports.MOST_ATTEMPTS} times: {fault}")
    except Permanent as fault:
        with transaction(world.engine) as session:
            reports.mark_failed(session, sending_id, str(fault))
        _trouble(world, sending_id, str(fault))
    else:
        with transaction(world.engine) as session:
            reports.mark_sent(session, sending_id, world.now())
            resolve_trouble(session, "report_send", sending_id, world.now())


def _trouble(world: World, sending_id: int, reason: str) -> None:
    trouble = TroubleRow(step="report_send", subject_id=sending_id, reason=reason, at=world.now())
    with transaction(world.engine) as session:
        keep_trouble(session, trouble)


def _send(world: World, sending_id: int) -> None:
    with reading(world.engine) as session:
        sending = session.get_one(ReportSendingRow, sending_id)
        found = reports.report_and_plan(session, sending.report_id)
    if found is None:
        raise Permanent("The report is gone.")
    row, plan = found
    message = message_of(world.settings, row.id or 0, row.body, sending_id)
    if sending.channel == "email":
        send_email(mail_server(world.settings), sending.address, message, world.now())
        return
    with Outward(now=world.now, private=world.settings.private_hosts) as outward:
        if sending.channel == "slack":
            send_slack(outward, sending.address, message)
        elif sending.channel == "webhook":
            send_webhook(outward, sending.address, message, plan.secret)
        else:
            raise Permanent(f"There is no channel {sending.channel!r}.")


def message_of(
    settings: Settings, report_id: int, body: Mapping[str, Any], sending_id: int
) -> Message:
    """The kept report in the forms that channels want."""
    report = from_plain(body)
    places = Places(settings.base_url, f"/reports/{report_id}")
    pictures = pictures_of(report)
    data = orjson.loads(as_json(report, places))
    # The lists stay here: a recipient follows their addresses, and a body stays small.
    data["lists"] = {key: one["url"] for key, one in data["lists"].items()}
    return Message(
        key=f"correlator-report-{report_id}-{sending_id}",
        title=report.title,
        text=as_text(report, places),
        html=as_html(report, places, pictures),
        slack=as_slack(report, places),
        data=orjson.dumps(data).decode(),
        pictures=pictures,
    )


def pictures_of(report: Report) -> dict[str, bytes]:
    """The report's charts by content id; none where there is one bar or less to compare."""
    return {
        picture_of(one.key): bars_png(one.bars)
        for one in report.sections
        if one.bars and len(one.bars.marks) > 1
    }


def mail_server(settings: Settings) -> MailServer:
    """The mail server of the settings."""
    return MailServer(
        host=settings.mail_host,
        port=settings.mail_port,
        security=settings.mail_security,
        user=settings.mail_user,
        password=settings.mail_password,
        sender=settings.mail_from,
    )
