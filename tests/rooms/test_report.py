"""Weeks of a zone, what moved, and the forms of a report."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from correlator.channels.email import mail_of
from correlator.channels.message import Message, recipients_of
from correlator.errors import Permanent
from correlator.report import (
    FORMS,
    Places,
    as_plain,
    due_at,
    from_plain,
    week_named,
    week_of,
    write_report,
)
from correlator.report import weeks_up_to as up_to
from correlator.report.document import Bars, Figure, Mark, Measure
from correlator.report.forms.picture import HEIGHT, NOW, THEN, WIDTH, bars_png
from correlator.report.movement import Trend, movements
from correlator.types import Scope, Sort, WeekCommit, WeekFacts, WeekIssue, WeekSuspect

PLACES = Places("https://c.example.org", "/reports/7")
WEEK = week_named("2026-W47", "UTC")


def no_check(_kind: str, _platform: str) -> str:
    return ""


def issue(number: int = 1, **given: Any) -> WeekIssue:
    fields: dict[str, Any] = {
        "id": number, "short": f"SHOP-{number}", "title": "KeyError: 'B-7'", "service": "shop",
        "status": "open", "sort": Sort(mark="missing_key", label="Missing key", path="/?kind=x",
                     kind="missing_key"),
        "began": WEEK.since - timedelta(days=60), "events": 10, "bursts": 10, "users": 2,
        "before": (10, 10, 10, 10), "bursts_before": 40,
    }  # fmt: skip
    return WeekIssue(**{**fields, **given})


def facts(*issues: WeekIssue, **given: Any) -> WeekFacts:
    fields: dict[str, Any] = {
        "week": WEEK, "scope": Scope(), "weeks_before": 4, "hours_before": 672.0, "issues": issues,
    }  # fmt: skip
    return WeekFacts(**{**fields, **given})


@pytest.mark.parametrize(
    ("name", "hours"), [("2026-W13", 167), ("2026-W43", 169), ("2026-W47", 168)]
)
def test_a_week_in_which_the_clocks_change_has_as_many_hours_as_it_had(
    name: str, hours: int
) -> None:
    assert week_named(name, "Europe/Berlin").hours == hours


def test_a_week_begins_on_monday_by_the_zones_own_clock() -> None:
    sunday_evening = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert week_of(sunday_evening, "UTC").name == "2026-W47"
    assert week_of(sunday_evening, "Europe/Berlin").name == "2026-W48"
    assert week_named("2026-W47", "Asia/Tokyo").since == datetime(2026, 11, 15, 15, tzinfo=UTC)


def test_the_weeks_before_reach_over_the_year() -> None:
    assert [one.name for one in up_to(week_named("2027-W01", "UTC"), 2)] == [
        "2026-W52", "2026-W53", "2027-W01",
    ]  # fmt: skip


def test_what_is_due_at_a_time_of_the_day_is_due_by_the_zones_clock() -> None:
    winter = due_at(datetime(2026, 10, 27, tzinfo=UTC), "Europe/Berlin", 1, 8)
    summer = due_at(datetime(2026, 10, 20, tzinfo=UTC), "Europe/Berlin", 1, 8)
    assert winter.astimezone(UTC).hour == 7
    assert summer.astimezone(UTC).hour == 6


@pytest.mark.parametrize("name", ["2026-W54", "2025-W53", "2026-47", "2026-W00", "９９９９-W01"])
def test_what_is_no_week_is_refused(name: str) -> None:
    with pytest.raises(Permanent, match="no ISO week"):
        week_named(name, "UTC")


@pytest.mark.parametrize(
    ("given", "trend"),
    [
        ({"before": (0,) * 4, "bursts_before": 0, "began": WEEK.since}, Trend.NEW),
        ({"before": (0,) * 4, "bursts_before": 0}, Trend.RETURNED),
        ({"events": 40, "bursts": 40}, Trend.GROWING),
        ({"events": 12, "bursts": 12}, Trend.STEADY),
        # One loop of a single burst is no growth, whatever its events.
        ({"events": 4000, "bursts": 11}, Trend.STEADY),
        ({"before": (90,) * 4, "bursts_before": 160}, Trend.SHRINKING),
        ({"events": 0, "bursts": 0, "status": "resolved"}, Trend.FIXED),
        ({"events": 0, "bursts": 0}, Trend.QUIET),
        ({"events": 4, "bursts": 4, "before": (0, 0, 0, 1), "bursts_before": 1}, Trend.STEADY),
    ],
)
def test_how_a_class_moved(given: dict[str, Any], trend: Trend) -> None:
    assert [one.trend for one in movements(facts(issue(**given)))] == [trend]


def test_a_first_week_compares_nothing() -> None:
    moved = movements(facts(issue(before=(0,) * 4, bursts_before=0), hours_before=2.0))
    assert [one.trend for one in moved] == [Trend.FIRST]


def test_every_figure_is_what_its_list_comes_to() -> None:
    suspect = WeekSuspect(repo="acme/shop", sha="a" * 40, subject="Rates", author="ai",
                          probability=0.6, confirmed=False)  # fmt: skip
    told = write_report(
        facts(issue(1, suspects=(suspect,)), issue(2, suspects=(suspect,), events=3)),
        "shop",
        no_check,
    )
    assert len(told.figures()) > 12
    for figure in told.figures():
        assert told.lists[figure.listing].measured(figure.measure) == pytest.approx(figure.value)


def test_ai_and_human_are_compared_only_where_both_have_enough() -> None:
    def led(number: int, author: str) -> WeekIssue:
        suspect = WeekSuspect(repo="r", sha=f"{number:040d}", subject="", author=author,
                              probability=0.9, confirmed=False)  # fmt: skip
        return issue(number, began=WEEK.since, suspects=(suspect,))

    commits = tuple(
        WeekCommit(repo="r", sha=f"{at:040d}", subject="", author="ai" if at < 20 else "human")
        for at in range(60)
    )
    many = [led(at, "ai" if at < 12 else "human") for at in range(18)]
    enough = write_report(facts(*many, commits=commits), "", no_check)
    few = write_report(facts(*many[:15], commits=commits), "", no_check)
    lead = {report: section.lead for report in ("enough", "few")
            for section in (enough if report == "enough" else few).sections
            if section.key == "authors"}  # fmt: skip
    assert "×4" in lead["enough"]
    assert "counts only" in lead["few"]


def test_advice_tells_its_rule_and_its_numbers() -> None:
    grown = write_report(
        facts(issue(events=50, bursts=50)),
        "",
        lambda kind, _: "Use get()." * (kind == "missing_key"),
    )
    first = grown.advice[0]
    assert "from growing" in first.title
    assert "Use get()." in first.because
    assert first.rule
    assert [fact.figure.value for fact in first.facts] == [50, 1]


def test_a_kept_report_reads_as_it_was_written() -> None:
    told = write_report(facts(issue()), "shop", no_check)
    assert from_plain(as_plain(told)) == told


@pytest.mark.parametrize("form", sorted(FORMS))
def test_every_form_tells_an_empty_week(form: str) -> None:
    told = write_report(facts(hours_before=0.0), "", no_check)
    text = FORMS[form](told, PLACES)
    assert "2026-W47" in text
    assert "production" in text


def test_csv_holds_every_number_and_runs_no_formula() -> None:
    evil = Sort(mark="x", label="=HYPERLINK(1)", path="")
    told = write_report(facts(issue(sort=evil)), "", no_check)
    lines = list(csv.DictReader(io.StringIO(FORMS["csv"](told, PLACES))))
    assert len(lines) == len(told.figures())
    assert all(not str(value).startswith("=") for line in lines for value in line.values())
    assert lines[0]["list"] == "https://c.example.org/reports/7/lists/issues"


def test_markdown_takes_no_markup_from_an_event() -> None:
    evil = issue(title="a|b](https://evil.example) <b> `x` *y*", began=WEEK.since,
                 before=(0,) * 4, bursts_before=0)  # fmt: skip
    text = FORMS["md"](write_report(facts(evil), "", no_check), PLACES)
    assert "](https://evil.example)" not in text
    assert "<b>" not in text.replace("\\<b\\>", "")


def test_a_chart_is_a_png_whose_bars_are_as_high_as_they_say() -> None:
    marks = tuple(
        Mark(f"2026-W{46 + at}", Figure(value, "issues", Measure.EVENTS))
        for at, value in enumerate((500, 1000))
    )
    image = Image.open(io.BytesIO(bars_png(Bars("Events by week", marks)))).convert("RGB")
    assert image.size == (WIDTH, HEIGHT)
    columns = [[image.getpixel((WIDTH * place // 4, y)) for y in range(HEIGHT)] for place in (1, 3)]
    before = sum(at == THEN for at in columns[0])
    now = sum(at == NOW for at in columns[1])
    assert abs(now - 2 * before) <= 2
    assert now > HEIGHT / 2


def test_recipients_are_read_line_by_line_and_all_faults_are_told() -> None:
    good = recipients_of("email ana@example.org\n\nslack https://hooks.example.org/x\n")
    assert [one["channel"] for one in good] == ["email", "slack"]
    with pytest.raises(Permanent) as fault:
        recipients_of("email ana\nfax 1\nwebhook ftp://example.org")
    assert len(str(fault.value).splitlines()) == 4


def test_the_same_sending_has_the_same_message_id() -> None:
    message = Message(key="k-1", title="T", text="t", html="<p>t</p>", slack={}, data="{}")
    first = mail_of("c@example.org", "ana@example.org", message, WEEK.since)
    again = mail_of("c@example.org", "ana@example.org", message, WEEK.until)
    assert first["Message-ID"] == again["Message-ID"] == "<k-1@example.org>"
