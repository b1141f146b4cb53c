"""Whether fixes held, in Chromium: the lane chart with few and very many marks, and all fixes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, ViewportSize, expect
from sqlmodel import Session

from correlator.settings import Settings
from correlator.store.session import open_engine, transaction
from correlator.store.tables import (
    DeployRow,
    EpisodeRow,
    FingerprintRow,
    FixAttemptRow,
    FollowedRow,
    ProjectRow,
    TallyRow,
)
from correlator.store.tallies import hour_of
from correlator.world import World
from tests import builders
from tests.builders import EMAIL, NOW, PASSWORD, sha_of
from web.app import create_app

PHONE = ViewportSize(width=390, height=844)
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


@pytest.fixture
def site(
    tmp_path: Path,
    sqlite_url: str,
    page: Page,
    live_server: Callable[[Any], AbstractContextManager[str]],
) -> Iterator[str]:
    """The address of a site with these issues, that the page is logged in to."""
    engine = open_engine(sqlite_url)
    settings = Settings(data_dir=tmp_path / "data", database_url=sqlite_url)
    with transaction(engine) as session:
        builders.an_account(session)
        project = builders.a_project(session)
        for many in MANY.values():
            an_issue_with(session, project, many)
    world = World(settings=settings, engine=engine, now=lambda: NOW)
    with live_server(create_app(world, lambda _todo: None)) as url:
        page.goto(f"{url}/login")
        page.get_by_label("Mail address").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Issues")).to_be_visible()
        yield url
    engine.dispose()


def test_the_lane_chart_shows_what_there_is_and_of_very_much_a_part(site: str, page: Page) -> None:
    for issue, many in MANY.items():
        page.goto(f"{site}/issues/{issue}")
        chart = page.locator("figure.lanes")
        expect(chart.locator(".attempt")).to_have_count(min(many, 100))
        drawn = chart.locator(".mark-deploy").count()
        # Of more than sixty marks those of a stretch are drawn as one.
        assert drawn == many if many <= 60 else 60 < drawn <= 96
        assert chart.locator(".mark-event").count() <= 96
        expect(page.locator("table.attempts tbody tr")).to_have_count(min(many, 100))


def test_a_mark_of_the_chart_leads_to_its_row(site: str, page: Page) -> None:
    for issue in (2, 3):
        page.goto(f"{site}/issues/{issue}")
        marks = page.locator("figure.lanes .lane a")
        row = marks.last.get_attribute("href")
        marks.last.dispatch_event("click")
        expect(page.locator(f"tr{row}")).to_be_in_viewport()


def test_on_a_phone_nothing_is_wider_than_the_screen_and_nothing_is_run(
    site: str, page: Page
) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.set_viewport_size(PHONE)
    for path in ("issues/1", "issues/2", "issues/3", "fixes", "fixes/issues?tried=yes",
                 "fixes/changes"):  # fmt: skip
        page.goto(f"{site}/{path}")
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"/{path} is {wide} px too wide"
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
