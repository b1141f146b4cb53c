"""Reports are written when they are due, once, and sent once to everybody who is named."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlmodel import col, select

from correlator.settings import Settings
from correlator.steps import drain, run
from correlator.store.session import reading, transaction
from correlator.store.tables import ReportPlanRow, ReportRow, ReportSendingRow, TroubleRow
from correlator.store.weeks import reports
from correlator.types import Next
from correlator.world import World
from tests import weeks
from tests.api_server import ApiServer, Told, api_server
from tests.gitserver import CERTIFICATE
from tests.mailbox import Mailbox, open_mailbox

HOUR = timedelta(hours=1)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        yield opened


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with api_server() as server:
        yield server


def at(world: World, now: datetime, **settings: Any) -> World:
    kept = {**world.settings.model_dump(), **settings}
    return replace(world, now=lambda: now, settings=Settings(**kept))


def by_mail(world: World, mailbox: Mailbox, now: datetime = weeks.AFTER, **given: Any) -> World:
    mail = {
        "mail_host": "127.0.0.1", "mail_port": mailbox.port, "mail_security": "none",
        "mail_from": "correlator@example.org", "base_url": "https://correlator.example.org",
        "private_hosts": ("127.0.0.1",),
    }  # fmt: skip
    return at(world, now, **{**mail, **given})


def a_plan(world: World, *recipients: tuple[str, str], name: str = "shop", **given: Any) -> None:
    fields = {
        "zone": "UTC", "weekday": 1, "hour": 8, "environment": "production", "services": [],
        "recipients": [{"channel": channel, "address": to} for channel, to in recipients], **given,
    }  # fmt: skip
    with transaction(world.engine) as session:
        reports.keep_plan(session, name, fields, weeks.MONDAY)


def rows(world: World, table: Any) -> list[Any]:
    with reading(world.engine) as session:
        return list(session.exec(select(table).order_by(col(table.id))).all())


def a_bad_week(world: World) -> None:
    with transaction(world.engine) as session:
        weeks.bad_week(session)


def test_a_report_is_written_at_its_weekday_and_hour_and_once(world: World) -> None:
    a_plan(world, zone="Europe/Berlin")
    berlin = ZoneInfo("Europe/Berlin")
    drain(at(world, datetime(2026, 11, 23, 7, 59, tzinfo=berlin)), Next("report"))
    assert [one.week for one in rows(world, ReportRow)] == ["2026-W46"]
    for minute in (0, 5, 10):
        drain(at(world, datetime(2026, 11, 23, 8, minute, tzinfo=berlin)), Next("report"))
    assert [one.week for one in rows(world, ReportRow)] == ["2026-W46", "2026-W47"]


def test_a_new_plan_waits_for_its_first_day(world: World) -> None:
    a_plan(world)
    drain(at(world, weeks.MONDAY + 9 * HOUR), Next("report"))
    assert [one.week for one in rows(world, ReportRow)] == ["2026-W46"]
    with transaction(world.engine) as session:
        late = {"zone": "UTC", "weekday": 1, "hour": 8, "environment": "production"}
        reports.keep_plan(session, "late", late, weeks.MONDAY + 9 * HOUR)
    drain(at(world, weeks.MONDAY + 10 * HOUR), Next("report"))
    assert len(rows(world, ReportRow)) == 1


def test_everybody_gets_it_once_however_often_it_is_sent(
    world: World, mailbox: Mailbox, api: ApiServer
) -> None:
    a_bad_week(world)
    api.tell("/slack", b"ok")
    api.tell("/hook", b"")
    a_plan(world, ("email", "ana@example.org"), ("email", "ben@example.org"),
           ("slack", f"{api.url}/slack"), ("webhook", f"{api.url}/hook"))  # fmt: skip
    sending = by_mail(world, mailbox)
    for _ in range(2):
        drain(sending, Next("report"))
        drain(sending, Next("report_send", (1, 2, 3, 4)))
    assert [to for _, to in mailbox.envelopes] == [["ana@example.org"], ["ben@example.org"]]
    assert sorted(api.paths) == ["/hook", "/slack"]
    assert {one.state for one in rows(world, ReportSendingRow)} == {"sent"}


def test_a_mail_says_it_in_text_and_html_with_the_chart_as_a_picture(
    world: World, mailbox: Mailbox
) -> None:
    a_bad_week(world)
    a_plan(world, ("email", "ana@example.org"))
    drain(by_mail(world, mailbox), Next("report"))
    mail = mailbox.mails[0]
    assert mail["Subject"] == "shop: failures in production, 2026-W47"
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "57 events of 3 issues in production." in text.get_content()
    assert 'src="cid:classes-by-week"' in html.get_content()
    assert 'src="cid:issues-by-week"' in html.get_content()
    assert "https://correlator.example.org/reports/1/lists/issues" in html.get_content()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert [part["Content-ID"] for part in pictures] == [
        "<classes-by-week>",
        "<issues-by-week>",
    ]
    assert pictures[0].get_content().startswith(b"\x89PNG")


def test_a_webhook_is_signed_with_the_plans_secret(
    world: World, mailbox: Mailbox, api: ApiServer
) -> None:
    api.tell("/hook", b"")
    a_plan(world, ("webhook", f"{api.url}/hook"))
    drain(by_mail(world, mailbox), Next("report"))
    asked, secret = api.asked[0], rows(world, ReportPlanRow)[0].secret
    expected = hmac.new(secret.encode(), asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-correlator-signature"] == f"sha256={expected}"
    assert json.loads(asked.body)["week"] == "2026-W47"


def test_slack_gets_blocks_within_its_limits(
    world: World, mailbox: Mailbox, api: ApiServer
) -> None:
    a_bad_week(world)
    api.tell("/slack", b"ok")
    a_plan(world, ("slack", f"{api.url}/slack"))
    drain(by_mail(world, mailbox), Next("report"))
    blocks = json.loads(api.asked[0].body)["blocks"]
    assert len(blocks) <= 50
    texts = [one["text"]["text"] for one in blocks if "text" in one]
    assert max(map(len, texts)) <= 3000
    assert len(texts[0]) <= 150
    assert "/reports/1/lists/issues|57>" in json.dumps(blocks)


def test_a_server_that_is_away_gets_it_later(world: World, mailbox: Mailbox) -> None:
    a_plan(world, ("email", "ana@example.org"))
    mailbox.refuse["MAIL"] = "451 come again"
    drain(by_mail(world, mailbox), Next("report"))
    waiting = rows(world, ReportSendingRow)[0]
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert "451" in waiting.problem
    mailbox.refuse.clear()
    assert run(by_mail(world, mailbox), Next("report")) == []
    drain(by_mail(world, mailbox, weeks.AFTER + HOUR), Next("report"))
    assert rows(world, ReportSendingRow)[0].state == "sent"
    assert len(mailbox.mails) == 1
    assert rows(world, TroubleRow) == []


def test_what_is_tried_too_often_is_trouble(world: World, mailbox: Mailbox) -> None:
    a_plan(world, ("email", "ana@example.org"))
    mailbox.refuse["MAIL"] = "451 come again"
    for hour in range(reports.MOST_ATTEMPTS + 2):
        drain(by_mail(world, mailbox, weeks.AFTER + 2 * hour * HOUR), Next("report"))
    assert rows(world, ReportSendingRow)[0].state == "failed"
    assert rows(world, TroubleRow)[0].reason.startswith("Tried 16 times")


@pytest.mark.parametrize(("command", "answer"), [("RCPT", "550 no such"), ("MAIL", "553 no")])
def test_what_cannot_be_delivered_is_trouble_and_not_tried_again(
    world: World, mailbox: Mailbox, command: str, answer: str
) -> None:
    a_plan(world, ("email", "ana@example.org"))
    mailbox.refuse[command] = answer
    drain(by_mail(world, mailbox), Next("report"))
    mailbox.refuse.clear()
    drain(by_mail(world, mailbox, weeks.AFTER + 5 * HOUR), Next("report"))
    assert mailbox.mails == []
    assert answer[:3] in rows(world, TroubleRow)[0].reason


def test_without_a_mail_server_it_is_said_what_to_set(world: World) -> None:
    a_plan(world, ("email", "ana@example.org"))
    drain(at(world, weeks.AFTER), Next("report"))
    assert "CORRELATOR_MAIL_HOST" in rows(world, TroubleRow)[0].reason


def test_mail_goes_over_starttls_with_a_login(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    a_plan(world, ("email", "ana@example.org"))
    with open_mailbox("robot:s3cret", starttls=True) as opened:
        secure = {"mail_security": "starttls", "mail_user": "robot"}
        drain(by_mail(world, opened, mail_password=SecretStr("s3cret"), **secure), Next("report"))
    assert opened.secure == [True]
    assert [to for _, to in opened.envelopes] == [["ana@example.org"]]


def test_a_server_without_starttls_gets_no_password(world: World) -> None:
    a_plan(world, ("email", "ana@example.org"))
    with open_mailbox("robot:s3cret") as opened:
        secure = {"mail_security": "starttls", "mail_user": "robot"}
        drain(by_mail(world, opened, mail_password=SecretStr("s3cret"), **secure), Next("report"))
    assert opened.mails == []
    assert "cannot do what the settings ask" in rows(world, TroubleRow)[0].reason


def test_no_recipient_can_add_a_header_or_a_command(world: World, mailbox: Mailbox) -> None:
    a_plan(world, ("email", "ana@example.org\r\nBcc: all@example.org"), name="x")
    drain(by_mail(world, mailbox), Next("report"))
    assert mailbox.envelopes == []
    assert (
        "no e-mail address" in rows(world, TroubleRow)[0].reason
        or "no address" in rows(world, TroubleRow)[0].reason
    )


def test_a_name_with_line_ends_stays_in_the_subject(world: World, mailbox: Mailbox) -> None:
    a_plan(world, ("email", "ana@example.org"), environment="production\r\nBcc: all@example.org")
    drain(by_mail(world, mailbox), Next("report"))
    assert mailbox.mails[0]["Bcc"] is None
    assert mailbox.envelopes[0][1] == ["ana@example.org"]


def test_a_hook_at_a_private_address_is_not_called(
    world: World, mailbox: Mailbox, api: ApiServer
) -> None:
    a_plan(world, ("webhook", f"{api.url}/hook"))
    drain(by_mail(world, mailbox, private_hosts=()), Next("report"))
    assert api.asked == []
    assert "CORRELATOR_PRIVATE_HOSTS" in rows(world, TroubleRow)[0].reason


def test_a_hook_that_fails_for_now_is_tried_again(
    world: World, mailbox: Mailbox, api: ApiServer
) -> None:
    api.answers["/hook"] = Told({"message": "busy"}, 503)
    a_plan(world, ("webhook", f"{api.url}/hook"))
    drain(by_mail(world, mailbox), Next("report"))
    api.tell("/hook", b"")
    drain(by_mail(world, mailbox, weeks.AFTER + HOUR), Next("report"))
    keys = {one.headers["x-correlator-delivery"] for one in api.asked}
    assert len(api.asked) == 2
    assert len(keys) == 1


def test_a_plan_whose_zone_is_gone_does_not_hold_up_the_others(world: World) -> None:
    a_plan(world, name="a", zone="Mars/Base")
    a_plan(world, name="b")
    drain(at(world, weeks.AFTER), Next("report"))
    assert [one.title for one in rows(world, ReportRow)] == ["b: failures in production, 2026-W47"]
    assert "no time zone" in rows(world, TroubleRow)[0].reason
