"""The deploy page, the list, and the measures: what they say, and that numbers lead to lists."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from correlator.steps import drain
from correlator.store.intake.tallies import hour_of
from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    EpisodeRow,
    ExposureRow,
    FixAttemptRow,
    HealthVerdictRow,
    IssueRow,
    JudgementRow,
    LabelRow,
    ProjectRow,
    RepoRow,
    RollOutRow,
    SuspectRow,
    TallyRow,
    VerdictRow,
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


def a_month(session: Session) -> None:
    """Six deploys: one fails by its culprit and is rolled back, one is a re-run, one is young."""
    builders.a_repo(session, builders.a_project(session))
    ids = [a_deploy(session, f"v{number}", 24 * (25 - number)) for number in range(3)]
    an_arrival(session, ids[1])
    a_deploy(session, "v0-again", 24 * 22, kind="roll-back")
    a_deploy(session, "v0-once-more", 24 * 21, kind="re-run")
    a_deploy(session, "v9", 24)
    issue = IssueRow(
        project_id=1, number=1, type="KeyError", value="x", level="error", platform="python",
        first_seen=NOW - timedelta(days=23), last_seen=NOW - timedelta(days=22),
        first_environment="production", first_service="shop", first_release="v2",
    )  # fmt: skip
    session.add(issue)
    session.flush()
    verdict = VerdictRow(
        issue_id=issue.id, event_id=1, repo_id=1, at=NOW, confidence=0.9, because="", weights="1",
        seconds=0.1,
    )  # fmt: skip
    session.add(verdict)
    session.flush()
    issue.verdict_id = verdict.id
    session.add(SuspectRow(verdict_id=verdict.id, place=1, sha=sha_of("culprit"), score=3,
                           probability=0.9, in_range=True))  # fmt: skip
    word = {"source": "revert", "strength": 0.9, "because": "", "at": NOW}
    session.add(
        LabelRow(issue_id=issue.id, verdict_id=verdict.id, repo_id=1, sha=sha_of("culprit"), **word)
    )


def test_a_failed_deploy_is_the_one_that_brought_the_culprit_not_the_last_before(
    site: Site,
) -> None:
    site.keep(a_month)
    twin = site.twin("/delivery/deploys.json?which=failed")
    assert [(one["release"], one["broke"][0]["method"]) for one in twin["deploys"]] == [
        ("v1", "culprit")
    ]


def failed_deploys(site: Site, asked: str = "") -> list[tuple[str, str]]:
    twin = site.twin(f"/delivery/deploys.json?which=failed{asked}")
    return [(one["release"], one["broke"][0]["method"]) for one in twin["deploys"]]


def test_a_culprit_that_somebody_ruled_out_makes_no_deploy_fail(site: Site) -> None:
    def build(session: Session) -> None:
        a_month(session)
        session.add(JudgementRow(issue_id=1, sha=sha_of("culprit"), said="rejected", at=NOW))

    site.keep(build)
    assert failed_deploys(site) == [("v2", "time")]


def test_the_deploy_that_brought_what_a_person_confirmed_failed(site: Site) -> None:
    def build(session: Session) -> None:
        a_month(session)
        first = session.exec(select(DeployRow).where(DeployRow.release == "v0")).one()
        an_arrival(session, first.id or 0, "really")
        # The newest word on each counts: one was taken back, the other was meant.
        for sha, said in (("really", "rejected"), ("culprit", "confirmed"),
                          ("culprit", "rejected"), ("really", "confirmed")):  # fmt: skip
            session.add(JudgementRow(issue_id=1, sha=sha_of(sha), said=said, at=NOW))
            session.flush()

    site.keep(build)
    assert failed_deploys(site) == [("v0", "culprit")]


@pytest.mark.parametrize(
    ("asked", "failed"),
    [("", [("w1", "culprit")]), ("&service=web", [("w1", "culprit")]), ("&service=shop", [])],
)
def test_a_culprit_of_another_service_makes_that_services_deploy_fail(
    site: Site, asked: str, failed: list[tuple[str, str]]
) -> None:
    def build(session: Session) -> None:
        a_month(session)
        elsewhere = builders.a_repo(session, session.get_one(ProjectRow, 1), name="acme/web")
        session.exec(select(SuspectRow)).one().repo_id = elsewhere.id
        for row in session.exec(select(ArrivalRow)):
            session.delete(row)
        an_arrival(session, a_deploy(session, "w1", 24 * 25, service="web"))

    site.keep(build)
    assert failed_deploys(site, asked) == failed


def test_the_measures_count_no_re_run_and_leave_out_the_young(site: Site) -> None:
    site.keep(a_month)
    twin = site.twin("/delivery.json")
    counts = {name: twin[name]["count"] for name in ("deploys", "re_runs", "young", "ripe")}
    assert counts == {"deploys": 5, "re_runs": 1, "young": 1, "ripe": 4}
    assert (twin["failed"]["count"], twin["failed"]["of"]) == (1, 4)
    assert twin["failed"]["low"] < 0.25 < twin["failed"]["high"]
    assert twin["rework"]["count"] == 1
    assert twin["lead"] == 2 * 3600
    assert twin["recovery"] == 2 * 86_400


def an_attempt(session: Session, release: str, state: str, place: int) -> None:
    """A roll-out of a month's fix, and what became of it."""
    deploy = session.exec(select(DeployRow).where(DeployRow.release == release)).one()
    where = {"issue_id": 1, "environment": "production", "service": "shop"}
    session.add(
        FixAttemptRow(**where, episode=1, place=place, deploy_id=deploy.id, release=release,
                      at=deploy.at, state=state, because="says so")
    )  # fmt: skip
    episode = session.exec(select(EpisodeRow)).first()
    if episode is None:
        session.add(episode := EpisodeRow(**where, place=1, began=NOW - timedelta(days=23)))
    episode.closed_at = NOW if state == "held" else None
    session.flush()


def test_a_failure_is_over_with_the_fix_attempt_that_held_and_its_deploys_are_rework(
    site: Site,
) -> None:
    def build(session: Session) -> None:
        a_month(session)
        an_attempt(session, "v0-again", "came back", 1)
        an_attempt(session, "v9", "held", 2)

    site.keep(build)
    twin = site.twin("/delivery.json")
    assert twin["recovery"] == 23 * 86_400
    assert [one["release"] for one in site.twin(twin_of(twin["rework"]["url"]))["deploys"]] == [
        "v0-again"
    ]


def test_a_failure_whose_fix_came_back_is_not_over_whatever_was_rolled_back(site: Site) -> None:
    def build(session: Session) -> None:
        a_month(session)
        an_attempt(session, "v0-again", "came back", 1)

    site.keep(build)
    twin = site.twin("/delivery.json")
    assert (twin["recovered"]["count"], twin["unrecovered"]["count"]) == (0, 1)


def twin_of(url: str) -> str:
    return url.replace("/delivery/deploys", "/delivery/deploys.json")


def test_every_number_leads_to_a_list_of_that_length(site: Site) -> None:
    site.keep(a_month)
    twin = site.twin("/delivery.json")
    numbers = [one for one in twin.values() if isinstance(one, dict) and "count" in one]
    numbers += [
        one for line in twin["by_line"] for one in line.values()
        if isinstance(one, dict) and "count" in one
    ]  # fmt: skip
    assert len(numbers) == 20
    for one in numbers:
        listed = site.twin(one["url"].replace("/delivery/deploys", "/delivery/deploys.json"))
        assert (listed["total"], len(listed["deploys"])) == (one["count"], one["count"])


def test_the_measures_come_as_csv(site: Site) -> None:
    site.keep(a_month)
    head, line = site.client.get("/delivery.csv").text.strip().splitlines()
    assert head.startswith("service,environment,deploys")
    assert line.startswith("shop,production,5,")


def test_without_deploys_the_measures_say_how_to_tell_of_one(site: Site) -> None:
    assert "correlator deploy" in site.text("/delivery")


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
