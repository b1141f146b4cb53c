"""The deploy page, the list, and the measures: what they say, and that numbers lead to lists."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from correlator.steps import drain
from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    ExposureRow,
    HealthVerdictRow,
    IssueRow,
    RepoRow,
    RollOutRow,
    TallyRow,
)
from correlator.types import Next
from correlator.world import World
from tests import builders
from tests.builders import NOW, sha_of
from tests.web.pages_site import Site


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.keep(builders.an_account)
    made.log_in()
    return made


def a_deploy(session: Session, release: str, hours_ago: float, **given: object) -> int:
    """A deploy of the first project, told of as ``kind`` says."""
    kind, service = given.pop("kind", "forward"), given.pop("service", "shop")
    at = NOW - timedelta(hours=hours_ago)
    row = DeployRow(
        project_id=1, service=service, environment="production", release=release,
        revision=sha_of(release), at=at, received_at=at, **given,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(
        RollOutRow(deploy_id=row.id, repo_id=1, revision=sha_of(release), kind=kind,
                   because="told", brought=1, is_final=True, looked_at=at)
    )  # fmt: skip
    session.flush()
    return row.id or 0


def an_arrival(session: Session, deploy_id: int, name: str = "culprit") -> None:
    deploy = session.get_one(DeployRow, deploy_id)
    session.add(
        ArrivalRow(deploy_id=deploy_id, repo_id=1, sha=sha_of(name), place=0,
                   committed_at=deploy.at - timedelta(hours=2))
    )  # fmt: skip


def failures(session: Session, release: str, hours_ago: float, events: int, calls: float) -> None:
    """Failures of an issue that has been known for long, and calls, in an hour of a release."""
    issue = session.get(IssueRow, 1)
    if issue is None:
        issue = IssueRow(
            project_id=1, number=1, type="KeyError", value="x", level="error", platform="python",
            first_seen=NOW - timedelta(days=9), last_seen=NOW, first_environment="production",
            first_service="shop", first_release="old",
        )  # fmt: skip
        session.add(issue)
        session.flush()
    hour = hour_of(NOW - timedelta(hours=hours_ago))
    where = {"hour": hour, "release": release, "environment": "production", "service": "shop"}
    if events:
        session.add(TallyRow(issue_id=issue.id, events=events, windows=0b111, **where))
    session.add(ExposureRow(project_id=1, kind="calls", name="/", count=calls, **where))


def two_versions(session: Session, *, after: int, calls: float = 10_000) -> int:
    """A day of v1 at 10 failures in 10,000 calls an hour, then v2 for an hour."""
    builders.a_repo(session, builders.a_project(session))
    a_deploy(session, "v1", 30, kind="first")
    second = a_deploy(session, "v2", 1.1)
    an_arrival(session, second)
    for hours_ago in range(2, 26):
        failures(session, "v1", hours_ago, 10, 10_000)
    failures(session, "v2", 1, after, calls)
    return second


def test_a_deploy_that_fails_more_often_is_worse_and_leads_back(site: Site) -> None:
    deploy = site.keep(lambda session: two_versions(session, after=60))
    drain(site.world, Next("health"))
    twin = site.twin(f"/deploys/{deploy}.json")
    assert twin["health"]["health"] == "worse"
    assert twin["health"]["ratio"] == pytest.approx(6.0)
    assert twin["health"]["low"] > 1
    assert twin["roll_back_to"]["release"] == "v1"
    assert "Roll back to" in site.text(f"/deploys/{deploy}")


def test_nobody_is_told_to_roll_back_what_is_live_no_longer(site: Site) -> None:
    deploy = site.keep(lambda session: two_versions(session, after=60))
    drain(site.world, Next("health"))
    site.keep(lambda session: a_deploy(session, "v3", 0.5))
    twin = site.twin(f"/deploys/{deploy}.json")
    assert (twin["health"]["health"], twin["roll_back_to"]) == ("worse", None)


def test_a_deploy_that_fails_as_often_is_fine(site: Site) -> None:
    deploy = site.keep(lambda session: two_versions(session, after=24, calls=40_000))
    drain(site.world, Next("health"))
    assert site.twin(f"/deploys/{deploy}.json")["health"]["health"] == "fine"


def test_what_was_decided_is_not_decided_again(site: Site) -> None:
    deploy = site.keep(lambda session: two_versions(session, after=24, calls=40_000))
    drain(site.world, Next("health"))
    site.keep(lambda session: failures(session, "v2", 0, 900, 1_000))
    drain(site.world, Next("health", (deploy,)))
    told = site.twin(f"/deploys/{deploy}.json")["health"]
    assert (told["health"], told["new"]["events"]) == ("fine", 24)


def test_too_early_says_what_is_missing(site: Site) -> None:
    deploy = site.keep(lambda session: two_versions(session, after=0, calls=300))
    drain(site.world, Next("health"))
    told = site.twin(f"/deploys/{deploy}.json")["health"]
    assert told["health"] == "too-early"
    assert told["missing"] > 0
    assert "Missing: about" in site.text(f"/deploys/{deploy}")


def test_the_page_shows_what_went_out_and_who_signed(site: Site) -> None:
    def build(session: Session) -> int:
        deploy = two_versions(session, after=9)
        builders.a_commit(session, session.get_one(RepoRow, 1))
        builders.a_standing(session, "culprit")
        return deploy

    deploy = site.keep(build)
    change = site.twin(f"/deploys/{deploy}.json")["changes"][0]
    assert change["number"] == 12
    commit = change["commits"][0]
    assert commit["provenance"]["author"] == "ai"
    assert (commit["policy"], commit["signed"]) == ("broken", [])
    assert "policy broken" in site.text(f"/deploys/{deploy}")


def test_a_token_of_another_project_sees_no_deploy(site: Site) -> None:
    site.keep(lambda session: two_versions(session, after=9))
    assert site.client.get("/deploys/99").status_code == 404


@pytest.mark.parametrize("many", [0, 3])
def test_the_list_shows_however_many_there_are(site: Site, many: int) -> None:
    def build(session: Session) -> None:
        builders.a_repo(session, builders.a_project(session))
        for number in range(many):
            a_deploy(session, f"v{number}", 10 - number)

    site.keep(build)
    twin = site.twin("/deploys.json")
    assert (twin["total"], len(twin["deploys"])) == (many, many)
    assert ("No deploys yet" in site.text("/deploys")) == (many == 0)


def test_a_verdict_that_was_kept_is_shown_in_the_list(site: Site) -> None:
    def build(session: Session) -> None:
        builders.a_repo(session, builders.a_project(session))
        deploy = a_deploy(session, "v1", 3)
        session.add(
            HealthVerdictRow(deploy_id=deploy, at=NOW, health="worse", because="b", unit="calls",
                             new_events=9, new_exposure=10, old_events=1, old_exposure=10)
        )  # fmt: skip

    site.keep(build)
    assert site.twin("/deploys.json?health=worse")["total"] == 1
    assert site.twin("/deploys.json?health=fine")["total"] == 0
    assert "Worse" in site.text("/deploys")


def an_issue(
    session: Session, number: int, release: str, hours_ago: float, **given: object
) -> None:
    """An issue that began in a release so long ago."""
    seen = NOW - timedelta(hours=hours_ago)
    where = {"first_environment": "production", "first_service": "shop", **given}
    session.add(
        IssueRow(project_id=1, number=number, type="KeyError", value="x", level="error",
                 platform="python", first_seen=seen, last_seen=NOW, first_release=release, **where)
    )  # fmt: skip
    session.flush()


def listed_as_begun(site: Site, deploy: int) -> tuple[int, int, int]:
    """How many issues began in a deploy: by the list of deploys, its page, and where both lead."""
    (row,) = [one for one in site.twin("/deploys.json")["deploys"] if one["id"] == deploy]
    told = site.twin(f"/deploys/{deploy}.json")["new_issues"]
    assert row["issues_url"] == told["url"]
    return (
        row["issues"],
        told["total"],
        site.twin(told["url"].replace("/?", "/index.json?"))["total"],
    )


def test_the_issues_that_began_in_a_deploy_are_as_many_as_the_list_that_they_lead_to(
    site: Site,
) -> None:
    def build(session: Session) -> list[int]:
        builders.a_repo(session, builders.a_project(session))
        ids = [a_deploy(session, "v1", 30, service="shop-web"),
               a_deploy(session, "v2", 20, service="shop-web"),
               a_deploy(session, "v1", 10, service="shop-web", kind="roll-back")]  # fmt: skip
        an_issue(session, 1, "v1", 29)
        an_issue(session, 2, "v1", 9)
        an_issue(session, 3, "v1", 8, merged_into=2)
        an_issue(session, 4, "v2", 19, first_environment="staging")
        return ids

    first, second, again = site.keep(build)
    assert listed_as_begun(site, first) == (1, 1, 1)
    assert listed_as_begun(site, second) == (0, 0, 0)
    assert listed_as_begun(site, again) == (1, 1, 1)


def test_services_that_share_the_name_of_a_release_do_not_share_its_issues(site: Site) -> None:
    def build(session: Session) -> list[int]:
        builders.a_repo(session, builders.a_project(session))
        ids = [a_deploy(session, "abc", 5, service=name) for name in ("cart", "pay")]
        an_issue(session, 1, "abc", 4, first_service="pay")
        return ids

    cart, pay = site.keep(build)
    assert listed_as_begun(site, cart) == (0, 0, 0)
    assert listed_as_begun(site, pay) == (1, 1, 1)


def test_what_came_back_in_another_service_of_the_release_is_not_its_own(site: Site) -> None:
    def build(session: Session) -> list[int]:
        builders.a_repo(session, builders.a_project(session))
        ids = []
        for name in ("cart", "pay"):
            a_deploy(session, "abc", 9, service=name)
            ids.append(a_deploy(session, "def", 5, service=name))
        for row in session.exec(select(RollOutRow).where(col(RollOutRow.deploy_id).in_(ids))):
            row.previous_id = row.deploy_id - 1
        an_issue(session, 1, "old", 90, first_service="pay")
        where = {"release": "def", "environment": "production", "service": "pay"}
        session.add(TallyRow(issue_id=1, hour=hour_of(NOW - timedelta(hours=4)), events=1,
                             windows=1, **where))  # fmt: skip
        return ids

    cart, pay = site.keep(build)
    assert site.twin(f"/deploys/{cart}.json")["came_back"] == []
    assert len(site.twin(f"/deploys/{pay}.json")["came_back"]) == 1


def test_a_canary_beside_it_does_not_end_what_is_deployed(site: Site) -> None:
    deploy = site.keep(lambda session: two_versions(session, after=60))
    drain(site.world, Next("health"))
    site.keep(lambda session: a_deploy(session, "v3", 0.5, stage="canary"))
    assert site.twin(f"/deploys/{deploy}.json")["roll_back_to"]["release"] == "v1"
