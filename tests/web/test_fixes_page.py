"""The page over all fixes: what it counts, and the list that every number was counted from."""

import csv
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from correlator.store.tables import (
    EpisodeRow,
    FixRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    RepoRow,
    SurveyedRow,
)
from tests import builders
from tests.builders import NOW, sha_of
from tests.web.pages_site import Site, with_settings

DAY = timedelta(days=1)
# State, cycles, roll-backs, culprit, fix, days since it began, days until it held.
STORIES: tuple[tuple[str, int, int, str, str, int, int | None], ...] = (
    ("held", 1, 0, "ai", "ai", 40, 1),
    ("held", 1, 0, "human", "human", 38, 2),
    ("held", 2, 1, "ai", "mixed", 30, 3),
    ("held", 3, 0, "ai", "ai", 20, 4),
    ("held", 5, 0, "unknown", "human", 70, 5),
    ("held", 8, 0, "ai", "ai", 80, 20),
    ("came back", 2, 0, "ai", "ai", 9, None),
    ("came back", 7, 0, "mixed", "ai", 50, None),
    ("too early", 1, 0, "human", "human", 2, None),
    ("reduced", 1, 0, "ai", "unknown", 6, None),
    ("unexercised", 1, 0, "human", "human", 5, None),
    ("superseded", 1, 1, "ai", "unknown", 4, None),
    ("never deployed", 0, 0, "ai", "unknown", 3, None),
    ("", 0, 0, "unknown", "unknown", 1, None),
    ("held", 1, 0, "ai", "ai", 200, 1),
)
STAGES = ("full", "staging", "ci", "canary", "full", "full", "full", "staging")


def some_fixes(session: Session) -> None:
    """An issue for each story, and one that held and came back."""
    project = builders.a_project(session)
    for place, story in enumerate(STORIES):
        issue = builders.an_issue(session, project, users_seen=place * 5)
        an_episode(session, issue, place, story)
        if place == 0:
            again = ("came back", 2, 0, "ai", "human", 10, None)
            session.add(told(issue, 2, again, regression=True))
    session.flush()


def an_episode(session: Session, issue: IssueRow, place: int, story: tuple[Any, ...]) -> None:
    session.add(
        FollowedRow(
            issue_id=issue.id or 0,
            at=NOW,
            state=story[0],
            environment="production",
            service="shop",
            is_open=story[6] is None,
            cycles=story[1],
            culprit_author=story[3],
            fix_author=story[4],
            first_stage=STAGES[place % len(STAGES)],
            users_before_action=place**2,
            acted_at=NOW if story[1] else None,
        )
    )
    session.add(told(issue, 1, story))
    # On another line: counted nowhere.
    session.add(told(issue, 1, story, environment="staging"))


def told(issue: IssueRow, place: int, story: tuple[Any, ...], **given: Any) -> EpisodeRow:
    state, cycles, roll_backs, _, fix, days, until = story
    began = NOW - days * DAY
    fields: dict[str, Any] = {
        "environment": "production",
        "service": "shop",
        "began": began,
        "closed_at": began + until * DAY if until else None,
        "cycles": cycles,
        "roll_backs": roll_backs,
        "state": state,
        "fix_author": fix,
        **given,
    }
    return EpisodeRow(issue_id=issue.id or 0, place=place, **fields)


def some_changes(session: Session) -> None:
    """A fix, a revert, and two that mend nothing, one of them long ago."""
    project = builders.a_project(session, "cart")
    repo = builders.a_repo(session, project)
    issue = builders.an_issue(session, project)
    for name, author, message, days in (
        ("mends", "ai", "Take a price of none", 3),
        ("takes back", "human", 'Revert "Faster cart"\n\nThis reverts commit abc.', 2),
        ("adds", "ai", "Faster cart", 4),
        ("old", "ai", "Begin", 300),
    ):
        session.add(a_surveyed(repo.id or 0, name, author, message, NOW - days * DAY))
    session.add(
        FixRow(
            issue_id=issue.id or 0, repo_id=repo.id, key=sha_of("mends"), means="named",
            way="commit message", because="says so", confirmed=True, sha=sha_of("mends"),
        )
    )  # fmt: skip
    session.flush()


def a_surveyed(
    repo_id: int, name: str, author: str, message: str, committed_at: datetime
) -> SurveyedRow:
    who = {"author_name": "Ada", "author_email": "ada@example.org"}
    return SurveyedRow(
        repo_id=repo_id, sha=sha_of(name), **who, committer_name="Ada",
        committer_email="ada@example.org", authored_at=committed_at, committed_at=committed_at,
        week="2026-11-16", month="2026-11", message=message, author=author, certainty=0.9,
        because="it says so", level="likely", review="untold",
    )  # fmt: skip


@pytest.fixture
def fixes(quick_site: Site) -> Site:
    quick_site.keep(some_fixes)
    quick_site.keep(some_changes)
    return quick_site


def numbers(page: Any) -> Iterator[tuple[int, str]]:
    """Every number of a page that has a list, with its address."""
    if isinstance(page, list):
        for one in page:
            yield from numbers(one)
    elif isinstance(page, dict):
        if "count" in page and "url" in page:
            yield page["count"], page["url"]
        for one in page.values():
            yield from numbers(one)


def twin_of(url: str) -> str:
    path, _, asked = url.partition("?")
    return f"{path}.json?{asked}"


@pytest.mark.parametrize("asked", ["", "?days=30&project=shop"])
def test_every_number_is_the_length_of_its_list(site: Site, asked: str) -> None:
    site.keep(some_fixes)
    site.keep(some_changes)
    said = list(numbers(site.twin(f"/fixes.json{asked}")))
    assert len(said) > 60
    for count, url in dict.fromkeys(said):
        listed = site.twin(twin_of(url))
        shown = listed.get("issues", listed.get("changes", listed.get("people")))
        assert (listed["total"], len(shown)) == (count, count), url


@pytest.mark.parametrize(
    ("sum_of", "behind"), [("redeploys", "of_tried"), ("users", "of_first"), ("hours_open", "of")]
)
def test_what_a_list_adds_up_to_is_the_sum_that_led_to_it(
    site: Site, sum_of: str, behind: str
) -> None:
    site.keep(some_fixes)
    cost = site.twin("/fixes.json")["cost"]
    listed = site.twin(twin_of(cost[behind]["url"]))
    assert listed[sum_of] == pytest.approx(cost[sum_of], abs=0.2)
    assert listed[sum_of] > 0


def test_people_are_listed_with_what_they_did(fixes: Site) -> None:
    """Ada wrote the fix of an issue; whoever judged is listed, too, each of them once."""

    def more(session: Session) -> None:
        issue = session.exec(select(IssueRow).where(IssueRow.project_id == 2)).one()
        repo = session.exec(select(FixRow)).one().repo_id
        builders.a_commit(
            session, session.get_one(RepoRow, repo), "mends", author_email="Ada@example.org"
        )
        an_episode(session, issue, 1, STORIES[0])
        session.add(
            JudgementRow(
                issue_id=issue.id or 0, sha=sha_of("x"), said="confirmed", at=NOW,
                account_id=builders.an_account(session, "bo@example.org").id,
            )
        )  # fmt: skip

    fixes.keep(more)
    cost = fixes.twin("/fixes.json")["cost"]
    listed = fixes.twin(twin_of(cost["of_people"]["url"]))
    assert cost["people"] == listed["total"] == 2
    assert listed["people"] == [
        {"mail": "ada@example.org", "fixes": 1, "judgements": 0},
        {"mail": "bo@example.org", "fixes": 0, "judgements": 1},
    ]
    assert "bo@example.org" in fixes.text(cost["of_people"]["url"])


def test_what_is_open_is_told_by_what_became_of_its_newest_attempt(fixes: Site) -> None:
    waiting = fixes.twin("/fixes.json")["waiting"]
    assert (waiting["tried"]["count"], waiting["untried"]["count"]) == (7, 2)
    assert waiting["never_deployed"]["count"] == 1
    assert {one["state"]: one["count"] for one in waiting["states"]} == {
        "came back": 3, "reduced": 1, "unexercised": 1, "superseded": 1, "too early": 1,
    }  # fmt: skip


def test_open_ones_stand_in_the_distribution_with_the_cycles_so_far(fixes: Site) -> None:
    cycles = fixes.twin("/fixes.json")["cycles"]
    told = {one["from"]: (one["held"]["count"], one["open"]["count"]) for one in cycles["bins"]}
    assert told == {1: (2, 4), 2: (2, 2), 4: (1, 0), 7: (1, 1)}
    assert [one["to"] for one in cycles["bins"]] == [1, 3, 6, None]


def test_the_mean_counts_what_is_open_as_more_than_has_failed_so_far(fixes: Site) -> None:
    cycles = fixes.twin("/fixes.json")["cycles"]
    held = [1, 1, 2, 3, 5, 8]
    assert cycles["mean"] > sum(held) / len(held)
    assert cycles["low"] < cycles["mean"] < cycles["high"]
    assert cycles["is_least"] is False


def test_few_that_held_are_counted_and_no_mean_is_made_of_them(fixes: Site) -> None:
    by_fix = {one["author"]: one for one in fixes.twin("/fixes.json")["by_fix"]}
    assert by_fix["human"]["held"]["count"] == 2
    assert by_fix["human"]["mean"] is None
    assert "not enough data" in fixes.text("/fixes")


def test_what_ai_fixed_of_what_ai_broke_is_told_by_itself(fixes: Site) -> None:
    both = fixes.twin("/fixes.json")["ai_of_ai"]
    mine = [story for story in STORIES[:-1] if story[1] and (story[3], story[4]) == ("ai", "ai")]
    assert both["tried"]["count"] == len(mine) == 4
    assert "AI, of AI’s own culprits" in fixes.text("/fixes")


def test_roll_backs_are_counted_and_the_count_without_them_stands_beside(fixes: Site) -> None:
    cycles = fixes.twin("/fixes.json")["cycles"]
    without = {one["from"]: one["held"]["count"] for one in cycles["forward"]}
    assert without == {0: 0, 1: 3, 2: 1, 4: 1, 7: 1}


def test_who_saw_it_first_is_told_by_culprit_and_month(fixes: Site) -> None:
    page = fixes.twin("/fixes.json?days=365")
    everybody = page["seen_first"][0]
    assert everybody["author"] is None
    assert everybody["all"]["count"] == len(STORIES)
    assert everybody["early"]["count"] == sum(
        STAGES[place % len(STAGES)] != "full" for place in range(len(STORIES))
    )
    assert sum(one["all"]["count"] for one in page["trend"]) == len(STORIES)


def test_users_of_what_nobody_has_acted_on_are_in_no_bin_of_before(fixes: Site) -> None:
    twin = fixes.twin("/fixes.json?days=365")
    acted = [place for place, story in enumerate(STORIES) if story[1]]
    few = [place for place in acted if 1 <= place**2 <= 9]
    assert [one["count"] for one in twin["users"] if one["from"] == 1] == [len(few)]
    assert twin["nobody_acted"]["count"] == len(STORIES) - len(acted)
    assert sum(one["count"] for one in twin["users"]) == len(acted)


def test_what_came_back_is_counted_once_more_but_began_once(fixes: Site) -> None:
    page = fixes.twin("/fixes.json")
    assert page["total"]["count"] == len(STORIES)
    assert page["seen_first"][0]["all"]["count"] == len(STORIES) - 1


def test_the_share_of_changes_that_mend_others_has_its_interval(fixes: Site) -> None:
    changes = fixes.twin("/fixes.json")["changes"]
    assert (changes["fixes"]["count"], changes["reverts"]["count"]) == (1, 1)
    assert changes["all"]["count"] == 3
    assert changes["low"] < changes["share"] < changes["high"]


def test_money_is_told_only_where_a_rate_is_set(fixes: Site) -> None:
    assert fixes.twin("/fixes.json")["money"] is None
    rated = Site(
        with_settings(fixes.world, cost_currency="EUR", cost_per_open_hour=2.0, cost_per_redeploy=5)
    )
    rated.log_in()
    page = rated.twin("/fixes.json")
    expected = page["cost"]["hours_open"] * 2 + page["cost"]["redeploys"] * 5
    assert page["money"] == {"currency": "EUR", "amount": pytest.approx(expected, abs=0.01)}


def test_an_empty_house_is_told_what_to_do(quick_site: Site) -> None:
    said = quick_site.text("/fixes")
    assert "Fixes SHOP-12" in said
    assert "correlator deploy" in said


def test_a_list_that_was_never_offered_is_not_there(fixes: Site) -> None:
    assert fixes.client.get("/fixes/changes?which=everything").status_code == 404
    assert fixes.twin("/fixes/issues.json?cycles=2&month=abc")["total"] == 0


def test_redeploy_cycles_come_as_csv(fixes: Site) -> None:
    rows = list(csv.DictReader(fixes.client.get("/fixes.csv").text.splitlines()))
    assert [(one["by"], one["author"]) for one in rows][:2] == [("all", ""), ("culprit", "ai")]
    assert (rows[0]["held_1_to_1"], rows[0]["open_2_to_3"], rows[0]["held_7_and_more"]) == (
        "2", "2", "1",
    )  # fmt: skip
    assert float(rows[0]["low"]) < float(rows[0]["mean"])
