"""The measures of delivery: what they say, where numbers lead, and that they follow what moves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from correlator.steps import drain
from correlator.store.tables import (
    ArrivalRow,
    DeliveredMarkRow,
    DeliveredRow,
    DeployRow,
    EpisodeRow,
    FixAttemptRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    LabelRow,
    ProjectRow,
    RollOutRow,
    SurveyedLabelRow,
    SurveyedRow,
    SuspectRow,
    VerdictRow,
)
from correlator.types import Next
from correlator.world import World
from tests import builders
from tests.builders import NOW, an_issue, sha_of
from tests.web.pages_site import Site
from tests.web.test_deploy_page import a_deploy, an_arrival

LONG_AGO = NOW - timedelta(days=300)


@pytest.fixture
def site(world: World) -> Site:
    made = Site(world)
    made.keep(builders.an_account)
    made.log_in()
    return made


def told(site: Site, path: str) -> Any:
    """What a page's twin says once it was told what deploys broke."""
    site.keep(two_minutes_pass)
    drain(site.world, Next("broken"))
    return site.twin(path)


def two_minutes_pass(session: Session) -> None:
    for row in session.exec(select(DeliveredMarkRow)):
        row.as_of = NOW - timedelta(minutes=2)


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
    twin = told(site, "/delivery/deploys.json?which=failed")
    assert [(one["release"], one["broke"][0]["method"]) for one in twin["deploys"]] == [
        ("v1", "culprit")
    ]


def failed_deploys(site: Site, asked: str = "") -> list[tuple[str, str]]:
    twin = told(site, f"/delivery/deploys.json?which=failed{asked}")
    return [(one["release"], one["broke"][0]["method"]) for one in twin["deploys"]]


def test_a_culprit_that_somebody_ruled_out_makes_no_deploy_fail(site: Site) -> None:
    def build(session: Session) -> None:
        a_month(session)
        session.add(JudgementRow(issue_id=1, sha=sha_of("culprit"), said="rejected", at=NOW))

    site.keep(build)
    assert failed_deploys(site) == [("v2", "time")]


def test_a_word_about_a_suspect_is_nothing_that_was_done_about_the_issue(site: Site) -> None:
    def build(session: Session) -> None:
        a_month(session)
        session.exec(select(LabelRow)).one().source = "judgement"

    site.keep(build)
    assert told(site, "/delivery.json")["failed"]["count"] == 0


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
    twin = told(site, "/delivery.json")
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
    episode.cycles = place
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
    twin = told(site, "/delivery.json")
    assert twin["recovery"] == 23 * 86_400
    assert [one["release"] for one in site.twin(twin_of(twin["rework"]["url"]))["deploys"]] == [
        "v0-again"
    ]


def test_a_failure_whose_fix_came_back_is_not_over_whatever_was_rolled_back(site: Site) -> None:
    def build(session: Session) -> None:
        a_month(session)
        an_attempt(session, "v0-again", "came back", 1)

    site.keep(build)
    twin = told(site, "/delivery.json")
    assert (twin["recovered"]["count"], twin["unrecovered"]["count"]) == (0, 1)


def twin_of(url: str) -> str:
    return url.replace("/delivery/deploys", "/delivery/deploys.json")


def test_every_number_leads_to_a_list_of_that_length(site: Site) -> None:
    site.keep(a_month)
    twin = told(site, "/delivery.json")
    numbers = [one for one in twin.values() if isinstance(one, dict) and "count" in one]
    numbers += [
        one for line in twin["by_line"] for one in line.values()
        if isinstance(one, dict) and "count" in one
    ]  # fmt: skip
    assert len(numbers) == 22
    for one in numbers:
        listed = site.twin(one["url"].replace("?", ".json?"))
        rows = listed["changes" if "changes" in listed else "deploys"]
        assert (listed["total"], len(rows)) == (one["count"], one["count"])


def test_lead_times_are_listed_by_page_change_by_change(site: Site) -> None:
    def many(session: Session) -> None:
        builders.a_repo(session, builders.a_project(session))
        for number, brought in enumerate((70, 90, 60)):
            deploy = a_deploy(session, f"v{number}", 24 * (20 - number))
            for place in range(brought):
                an_arrival(session, deploy, f"{number} {place}")

    site.keep(many)
    url = told(site, "/delivery.json")["changes"]["url"].replace("?", ".json?")
    pages = [site.twin(f"{url}&page={number}")["changes"] for number in (1, 2, 3)]
    assert [len(one) for one in pages] == [100, 100, 20]
    assert len({one["sha"] for page in pages for one in page}) == 220
    assert {one["release"] for one in pages[1]} == {"v1", "v0"}
    assert {one["lead"] for one in pages[2]} == {2 * 3600.0}


def test_the_measures_come_as_csv(site: Site) -> None:
    site.keep(a_month)
    drain(site.world, Next("broken"))
    head, line = site.client.get("/delivery.csv").text.strip().splitlines()
    assert head.startswith("service,environment,deploys")
    assert line.startswith("shop,production,5,")


def test_without_deploys_the_measures_say_how_to_tell_of_one(site: Site) -> None:
    assert "correlator deploy" in site.text("/delivery")


def of_a_team(session: Session, release: str, team: str) -> None:
    """A deploy of a change whose owners are this team."""
    deploy = session.exec(select(DeployRow).where(DeployRow.release == release)).one()
    an_arrival(session, deploy.id or 0, "theirs")
    row = SurveyedRow(
        repo_id=1, sha=sha_of("theirs"), author_name="Ana", author_email="ana@example.org",
        committer_name="Ana", committer_email="ana@example.org", authored_at=NOW,
        committed_at=NOW, week="2026-01-05", month="2026-01", message="Theirs", certainty=0.9,
        because="", level="commit", author="human", review="nobody",
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(SurveyedLabelRow(repo_id=1, surveyed_id=row.id, kind="team", value=team,
                                 depth=0, lines=0))  # fmt: skip


def another_deploy(session: Session) -> None:
    a_deploy(session, "v9", 1)


def a_roll_out_looked_at_again(session: Session) -> None:
    row = session.exec(select(RollOutRow).order_by(RollOutRow.id)).first()
    assert row
    row.kind, row.looked_at = "re-run", NOW


def a_label_taken_back(session: Session) -> None:
    session.execute(sa.delete(LabelRow))


def an_issue_resolved(session: Session) -> None:
    """In place of the label, which says the same."""
    a_label_taken_back(session)
    session.get_one(IssueRow, 1).status = "resolved"
    session.get_one(IssueRow, 1).verdict_id = None


def a_fix(session: Session) -> None:
    an_attempt(session, "v1", "held", 1)


@pytest.mark.parametrize(
    "change",
    [another_deploy, a_roll_out_looked_at_again, a_label_taken_back, an_issue_resolved, a_fix],
)
def test_what_moves_is_told_anew_with_the_next_minute(
    quick_site: Site, change: Callable[[Session], None]
) -> None:
    quick_site.keep(a_month)
    _is_told_anew(quick_site, change)


def test_a_merge_and_a_fix_that_is_judged_anew_in_place_are_told_too(quick_site: Site) -> None:
    def tried(session: Session) -> None:
        an_issue(session, session.get_one(ProjectRow, 1), number=2, first_seen=LONG_AGO)
        an_attempt(session, "v1", "came back", 1)
        session.add(FollowedRow(issue_id=1, at=NOW))

    def judged_anew(session: Session) -> None:
        session.exec(select(FixAttemptRow)).one().confirmed = False
        session.exec(select(FollowedRow)).one().at = NOW + timedelta(minutes=1)

    def merged(session: Session) -> None:
        session.get_one(IssueRow, 1).merged_into = 2

    quick_site.keep(a_month)
    quick_site.keep(tried)
    _is_told_anew(quick_site, judged_anew)
    _is_told_anew(quick_site, merged)


def forgotten(session: Session) -> None:
    session.execute(sa.delete(DeliveredRow))


def nothing_told(session: Session) -> None:
    forgotten(session)
    session.execute(sa.delete(DeliveredMarkRow))


def _is_told_anew(quick_site: Site, change: Callable[[Session], None]) -> None:
    before = told(quick_site, "/delivery.json")
    quick_site.keep(change)
    after = told(quick_site, "/delivery.json")
    assert after != before
    quick_site.keep(nothing_told)
    assert told(quick_site, "/delivery.json") == after


def test_while_nothing_moves_nothing_is_told(quick_site: Site) -> None:
    quick_site.keep(a_month)
    told(quick_site, "/delivery.json")
    quick_site.keep(forgotten)
    assert told(quick_site, "/delivery.json")["failed"]["count"] == 0
    drain(replace(quick_site.world, now=lambda: NOW + timedelta(hours=2)), Next("broken"))
    assert quick_site.twin("/delivery.json")["failed"]["count"] == 1


def test_what_takes_long_is_told_the_more_seldom(site: Site) -> None:
    def took_long(session: Session) -> None:
        session.exec(select(DeliveredMarkRow)).one().seconds = 3.0

    site.keep(a_month)
    before = told(site, "/delivery.json")
    site.keep(took_long)
    site.keep(another_deploy)
    site.keep(an_issue_resolved)
    assert told(site, "/delivery.json")["by_time"] == before["by_time"]
    drain(replace(site.world, now=lambda: NOW + timedelta(minutes=10)), Next("broken"))
    assert site.twin("/delivery.json")["by_time"] != before["by_time"]


def test_before_anything_was_told_the_page_says_so(site: Site) -> None:
    site.keep(a_month)
    assert "has not been told yet" in site.text("/delivery")
    drain(site.world, Next("broken"))
    assert "told anew soon after" in site.text("/delivery")


def test_a_team_is_not_blamed_for_what_began_while_the_deploy_of_another_was_the_newest(
    site: Site,
) -> None:
    def build(session: Session) -> None:
        a_month(session)
        of_a_team(session, "v0", "payments")
        session.add(JudgementRow(issue_id=1, sha=sha_of("culprit"), said="rejected", at=NOW))

    site.keep(build)
    assert failed_deploys(site) == [("v2", "time")]
    assert failed_deploys(site, "&team=payments") == []


def test_the_measures_are_of_production_unless_another_environment_is_asked_for(
    site: Site,
) -> None:
    def build(session: Session) -> None:
        a_month(session)
        row = session.get_one(DeployRow, a_deploy(session, "s1", 24 * 20))
        row.environment = "staging"

    site.keep(build)
    counts = {asked: told(site, f"/delivery.json{asked}")["deploys"] for asked in
              ("", "?environment=staging", "?environment=all")}  # fmt: skip
    assert [one["count"] for one in counts.values()] == [5, 1, 6]
    for one in counts.values():
        assert site.twin(twin_of(one["url"]))["total"] == one["count"]
    assert "all environments" in site.text("/delivery?environment=all")


def test_each_measure_comes_with_its_interval_or_says_that_there_is_too_little(site: Site) -> None:
    site.keep(a_month)
    twin = told(site, "/delivery.json")
    assert twin["per_day"] == pytest.approx(5 / 30)
    assert twin["per_day_low"] < 5 / 30 < twin["per_day_high"]
    assert (twin["lead_low"], twin["lead_high"]) == (None, None)
    assert (twin["recovery"], twin["recovery_low"]) == (2 * 86_400, None)
    assert "too few for an interval" in site.text("/delivery")
