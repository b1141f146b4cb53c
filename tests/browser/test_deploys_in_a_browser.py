"""The list of deploys, the page of one and the measures, in Chromium."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    ExposureRow,
    IssueRow,
    RollOutRow,
    TallyRow,
)
from tests import builders
from tests.browser.conftest import Open
from tests.browser.looks import looks_right
from tests.builders import NOW, sha_of

HOSTILE = "v2<script>document.title='run'</script>"


def a_deploy(session: Session, release: str, hours_ago: float, **given: Any) -> int:
    """A deploy that has been looked at."""
    at = NOW - timedelta(hours=hours_ago)
    row = DeployRow(
        project_id=1, service="shop", environment="production", release=release, at=at,
        received_at=at, revision=sha_of(release), actor="deploy-bot", **given,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(
        RollOutRow(deploy_id=row.id, repo_id=1, revision=sha_of(release), kind="forward",
                   because="It has more.", brought=3, is_final=True, looked_at=at)
    )  # fmt: skip
    return row.id or 0


def used(session: Session, release: str, hours_ago: int, events: int) -> None:
    where = {
        "hour": hour_of(NOW - timedelta(hours=hours_ago)),
        "release": release, "environment": "production", "service": "shop",
    }  # fmt: skip
    session.add(ExposureRow(project_id=1, kind="calls", name="/", count=10_000, **where))
    session.add(TallyRow(issue_id=1, events=events, windows=7, **where))


def a_worse_deploy(session: Session) -> None:
    """v1 at ten failures an hour, then a release with six times as many, of three changes."""
    repo = builders.a_repo(session, builders.a_project(session))
    session.add(
        IssueRow(project_id=1, number=1, type="KeyError", value="'A-1'", level="error",
                 platform="python", first_seen=NOW - timedelta(hours=1), last_seen=NOW,
                 first_environment="production", first_service="shop", first_release=HOSTILE)
    )  # fmt: skip
    a_deploy(session, "v1", 30)
    worse = a_deploy(session, HOSTILE, 1.1)
    for place, (name, author) in enumerate((("culprit", "ai"), ("b", "human"), ("c", "unknown"))):
        builders.a_commit(session, repo, name, author=author)
        session.add(
            ArrivalRow(deploy_id=worse, repo_id=repo.id, sha=sha_of(name), place=place,
                       committed_at=NOW - timedelta(hours=5))
        )  # fmt: skip
    builders.a_standing(session, "culprit")
    for hours_ago in range(2, 26):
        used(session, "v1", hours_ago, 10)
    used(session, HOSTILE, 1, 60)


@pytest.fixture
def site(open_site: Open) -> Iterator[str]:
    """The address of a site with that deploy."""
    with open_site(a_worse_deploy) as url:
        yield url


def test_keys_lead_from_the_list_to_a_deploy_that_says_where_to_go_back(
    site: str, page: Page
) -> None:
    page.goto(f"{site}/deploys")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="v2<script>")).to_be_visible()
    health = page.get_by_role("region", name="Worse")
    expect(health).to_contain_text("times the failures of v1")
    expect(health.locator(".rollback")).to_contain_text("Roll back to v1")
    expect(page.locator("#went + ol")).to_contain_text("Price carts")
    health.get_by_role("link", name="v1").click()
    expect(page.get_by_role("heading", name="v1", exact=True)).to_be_visible()


def test_every_page_fits_a_phone_is_readable_and_runs_nothing_that_it_shows(
    site: str, page: Page
) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    for path in ("deploys", "deploys/2", "delivery", "delivery/deploys?which=young"):
        looks_right(page, f"{site}/{path}")
        assert page.title() != "run"
    assert refused == []


def test_the_picture_has_a_bar_for_every_hour_of_both_sides(site: str, page: Page) -> None:
    page.goto(f"{site}/deploys/2")
    picture = page.locator("svg.rates")
    expect(picture.locator("rect.is-old")).to_have_count(24)
    expect(picture.locator("rect.is-new")).to_have_count(1)
    expect(picture.locator("rect.band")).to_have_count(1)


def test_a_number_of_the_measures_leads_to_its_deploys(site: str, page: Page) -> None:
    page.goto(f"{site}/delivery")
    page.locator("main > p.note a").first.click()
    expect(page.get_by_role("heading", name="too young")).to_contain_text("2")
    expect(page.locator("table.list tbody tr")).to_have_count(2)
