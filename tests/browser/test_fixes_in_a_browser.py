"""Whether fixes held, in Chromium: the lane chart with few and very many marks, and all fixes."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Locator, Page, expect
from sqlmodel import Session

from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    DeployRow,
    EpisodeRow,
    FingerprintRow,
    FixAttemptRow,
    FollowedRow,
    ProjectRow,
    TallyRow,
)
from tests import builders
from tests.browser.conftest import Open
from tests.browser.looks import looks_right
from tests.builders import NOW, sha_of

HOUR = timedelta(hours=1)
STATES = ("came back", "superseded", "too early")
HOSTILE = "v<script>document.title='run'</script>"
# Issue 1 was never tried, issue 2 three times, issue 3 very often.
MANY = {1: 0, 2: 3, 3: 5000}


def an_issue_with(session: Session, project: ProjectRow, many: int) -> None:
    """So many deploys, attempts and hours with events, on a line of its own."""
    service = f"shop-{many}"
    issue = builders.an_issue(
        session, project, first_seen=NOW - (many + 5) * HOUR, last_seen=NOW, first_service=service
    )
    where = {"environment": "production", "service": service}
    of = {"issue_id": issue.id or 0, **where}
    session.add(
        FingerprintRow(project_id=project.id or 0, issue_id=issue.id or 0, version=2,
                       hash=f"{many:064}", because="alike")
    )  # fmt: skip
    state = "too early" if many else ""
    session.add(
        FollowedRow(**of, at=NOW, state=state, cycles=many, culprit_author="ai", first_stage="full")
    )
    session.add(
        EpisodeRow(**of, place=1, began=issue.first_seen, cycles=many, state=state, unit="calls")
    )
    session.flush()
    for table, rows in (
        (DeployRow, [a_deploy(project, where, place, many) for place in range(many)]),
        (TallyRow, [a_tally(of, place) for place in range(many)]),
        (FixAttemptRow, [an_attempt(of, place, many) for place in range(many)]),
    ):
        if rows:
            session.execute(sa.insert(table), rows)


def a_deploy(project: ProjectRow, where: dict[str, Any], place: int, many: int) -> dict[str, Any]:
    at = NOW - (many - place) * HOUR
    return {"project_id": project.id, **where, "release": f"v{place}", "at": at, "received_at": at,
            "revision": sha_of(f"v{place}"), "actor": "", "outcome": "succeeded"}  # fmt: skip


def a_tally(of: dict[str, Any], place: int) -> dict[str, Any]:
    return {**of, "hour": hour_of(NOW - place * HOUR), "release": "v1", "events": place % 7 + 1,
            "windows": 1}  # fmt: skip


def an_attempt(of: dict[str, Any], place: int, many: int) -> dict[str, Any]:
    at = NOW - (many - place) * HOUR
    last = place == many - 1
    fix = {"key": sha_of("fix"), "means": "named", "because": HOSTILE, "confirmed": True,
           "sha": None, "release": HOSTILE, "way": "person"}  # fmt: skip
    return {**of, "episode": 1, "place": place + 1, "deploy_id": place + 1, "release": f"v{place}",
            "at": at, "state": "too early" if last else STATES[place % 2], "because": "It was so.",
            "fixes": [fix], "decided_at": None if last else at + HOUR / 2, "is_roll_back": False,
            "confirmed": True, "events_before": 4.0, "exposure_before": 100.0,
            "events_after": 1.0, "exposure_after": 50.0, "chance": 0.2,
            "missing": 3.0, "missing_hours": 2.0}  # fmt: skip


def these_issues(session: Session) -> None:
    project = builders.a_project(session)
    for many in MANY.values():
        an_issue_with(session, project, many)


@pytest.fixture
def site(open_site: Open) -> Iterator[str]:
    """The address of a site with these issues."""
    with open_site(these_issues) as url:
        yield url


def test_the_lane_chart_shows_what_there_is_and_of_very_much_a_part(site: str, page: Page) -> None:
    for issue, many in MANY.items():
        page.goto(f"{site}/issues/{issue}")
        chart = page.locator("figure.lanes")
        expect(chart.locator(".attempt")).to_have_count(min(many, 100))
        assert stands_for(chart.locator("svg").first) == many
        assert stands_for(chart.locator("[aria-label=Attempts]")) == max(many - 100, 0)
        assert events_of(chart) == sum(place % 7 + 1 for place in range(many))
        drawn = chart.locator("svg").first.locator(".mark-deploy").count()
        # Of more than sixty marks those of a stretch are drawn as one.
        assert drawn == many if many <= 60 else 60 < drawn <= 96
        assert chart.locator(".mark-event").count() <= 96
        expect(page.locator("table.attempts tbody tr")).to_have_count(min(many, 100))


def stands_for(lane: Locator) -> int:
    """How many deploys or attempts the marks of a lane stand for, by what they say."""
    said = lane.locator(".mark-deploy title").all_text_contents()
    gathered = (re.match(r"(\d+) (deploys|attempts),", one) for one in said)
    return sum(int(one[1]) if one else 1 for one in gathered)


def events_of(chart: Locator) -> int:
    said = chart.locator(".mark-event title").all_text_contents()
    return sum(int(one.split()[0]) for one in said)


def test_a_mark_of_the_chart_leads_to_its_row(site: str, page: Page) -> None:
    for issue in (2, 3):
        page.goto(f"{site}/issues/{issue}")
        marks = page.locator("figure.lanes .lane a")
        row = marks.last.get_attribute("href")
        marks.last.dispatch_event("click")
        expect(page.locator(f"tr{row}")).to_be_in_viewport()


def test_every_page_fits_a_phone_is_readable_and_runs_nothing_that_it_shows(
    site: str, page: Page
) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    for path in ("issues/1", "issues/2", "issues/3", "fixes", "fixes/issues?tried=yes",
                 "fixes/changes"):  # fmt: skip
        looks_right(page, f"{site}/{path}")
        assert page.title() != "run"
    assert refused == []


def test_a_number_of_all_fixes_leads_to_its_list_and_on_to_the_issue(site: str, page: Page) -> None:
    page.goto(f"{site}/issues")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Fixes").click()
    page.locator(".states").get_by_role("link", name="1 too early").click()
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Did it hold?")).to_be_in_viewport()
