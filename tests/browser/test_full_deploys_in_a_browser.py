"""The page of a deploy that brought nothing, three changes and issues, or five thousand of each."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect
from sqlmodel import Session

from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    ArrivalRow,
    CommitRow,
    DeployRow,
    ExposureRow,
    IssueRow,
    ProjectRow,
    RepoRow,
    RollOutRow,
    TallyRow,
)
from tests import builders
from tests.browser.conftest import Open
from tests.browser.looks import looks_right, nodes
from tests.builders import NOW, sha_of

HOUR = timedelta(hours=1)
# How many changes a deploy brought and issues began in it, by the deploy's id.
MANY = {2: 0, 4: 3, 6: 5000}
AUTHORS = ("ai", "human", "mixed", "unknown", "automation")


def deploys(session: Session) -> None:
    """Of each a service of its own: a day of the version before, and an hour of this one."""
    project = builders.a_project(session)
    repo = builders.a_repo(session, project)
    for many in MANY.values():
        line = {"service": f"shop-{many}", "environment": "production"}
        before = a_deploy(session, project, line, "v1", 30 * HOUR)
        newest = a_deploy(session, project, line, "v2", HOUR + HOUR / 10, before, many)
        bring(session, repo, newest, many)
        issues = began(session, project, line, many)
        used(session, line, issues)


def a_deploy(session: Session, project: ProjectRow, line: Any, release: str, ago: timedelta,
             before: int | None = None, brought: int = 0) -> int:  # fmt: skip
    row = DeployRow(project_id=project.id or 0, **line, release=release, at=NOW - ago,
                    received_at=NOW - ago, revision=sha_of(line["service"] + release))  # fmt: skip
    session.add(row)
    session.flush()
    session.add(
        RollOutRow(deploy_id=row.id or 0, previous_id=before, repo_id=1, kind="forward",
                   because="It has all that was deployed, and nothing else.", brought=brought,
                   revision=row.revision, is_final=True, looked_at=NOW)
    )  # fmt: skip
    return row.id or 0


def bring(session: Session, repo: RepoRow, deploy: int, many: int) -> None:
    shas = [sha_of(f"{many} {place}") for place in range(many)]
    at = NOW - 5 * HOUR
    who = {"author_name": "Ana", "author_email": "ana@example.org", "committer_name": "Ana",
           "committer_email": "ana@example.org", "authored_at": at, "committed_at": at,
           "certainty": 0.9, "because": "a trailer says so", "tools": [], "models": [],
           "claims": []}  # fmt: skip
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (CommitRow, [{**who, "repo_id": repo.id, "sha": sha, "author": AUTHORS[place % 5],
                      "message": f"Change no. {place + 1}"} for place, sha in enumerate(shas)]),
        (ArrivalRow, [{"deploy_id": deploy, "repo_id": repo.id, "sha": sha, "place": place,
                       "committed_at": at, "is_taken": False, "is_first": True, "is_own": True}
                      for place, sha in enumerate(shas)]),
    ]  # fmt: skip
    for table, some in rows:
        if some:
            session.execute(sa.insert(table), some)


def began(session: Session, project: ProjectRow, line: Any, many: int) -> list[int]:
    """Issues that were first seen in the newest version, at least one event each."""
    first = 1 + sum(other for other in MANY.values() if other < many)
    ids = list(range(first, first + many))
    at = NOW - HOUR / 2
    same = {"project_id": project.id, "type": "KeyError", "level": "error", "platform": "python",
            "culprit_frame": "", "status": "open", "first_seen": at, "last_seen": NOW,
            "users_seen": 1, "first_release": "v2", "first_environment": line["environment"],
            "first_service": line["service"], "wants_verdict": False, "attempts": 0}  # fmt: skip
    if ids:
        session.execute(
            sa.insert(IssueRow),
            [{**same, "id": one, "number": one, "value": f"'A-{one}'", "times_seen": one}
             for one in ids],
        )  # fmt: skip
    return ids


def used(session: Session, line: Any, issues: list[int]) -> None:
    for ago in range(26):
        release, hour = "v1" if ago > 1 else "v2", hour_of(NOW - ago * HOUR)
        session.add(
            ExposureRow(project_id=1, hour=hour, kind="calls", name="/", count=10_000,
                        release=release, **line)
        )  # fmt: skip
    hour = hour_of(NOW - HOUR / 2)
    rows = [{"issue_id": one, "hour": hour, "release": "v2", "events": 1, "windows": 1, **line}
            for one in issues]  # fmt: skip
    if rows:
        session.execute(sa.insert(TallyRow), rows)


@pytest.fixture
def site(open_site: Open) -> Iterator[str]:
    """The address of a site with these deploys."""
    with open_site(deploys) as url:
        yield url


def test_of_nothing_it_says_that_there_is_nothing(site: str, page: Page) -> None:
    page.goto(f"{site}/deploys/2")
    expect(page.get_by_role("heading", name="Issues that began in it")).to_contain_text("0")
    expect(page.locator("main")).to_contain_text("It has all that was deployed, and nothing else.")
    expect(page.locator("ol.went")).to_have_count(0)
    expect(page.get_by_text("None so far.")).to_have_count(2)
    expect(page.locator("svg.rates rect.is-new")).to_have_count(2)


def test_of_three_each_is_named_with_who_wrote_it(site: str, page: Page) -> None:
    page.goto(f"{site}/deploys/4")
    expect(page.locator("ol.went > li")).to_have_count(3)
    expect(page.locator("ol.went > li").nth(1)).to_contain_text("Change no. 2")
    marks = page.locator("ol.went .mark > [aria-hidden]")
    expect(marks).to_have_text(["AI", "H", "A+H"])
    began_in_it = page.locator("h2", has_text="Issues that began").locator("+ ul > li")
    expect(began_in_it).to_have_count(3)
    expect(began_in_it.first).to_contain_text("'A-3'")


def test_of_five_thousand_it_shows_the_first_and_leads_to_all(site: str, page: Page) -> None:
    page.goto(f"{site}/deploys/6")
    expect(page.locator("ol.went > li")).to_have_count(100)
    expect(page.get_by_role("heading", name="Issues that began in it")).to_contain_text(
        "5\u202f000"
    )
    expect(page.locator("h2", has_text="Issues that began").locator("+ ul > li")).to_have_count(50)
    assert nodes(page) < 3000
    page.get_by_role("link", name="All 5\u202f000").click()
    expect(page.locator("h1 .count")).to_have_text("5\u202f000")
    page.goto(f"{site}/deploys/6?page=50")
    expect(page.locator("ol.went > li").last).to_contain_text("Change no. 5000")


def test_each_fits_a_phone_and_is_readable_in_light_and_dark(site: str, page: Page) -> None:
    for deploy in MANY:
        looks_right(page, f"{site}/deploys/{deploy}")
