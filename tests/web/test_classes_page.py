"""The pages of failure classes: what they show, what people teach there, and the JSON twins."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from correlator.classes.outline import RECIPE
from correlator.store.classes import failure_classes
from correlator.store.classes.lessons import members
from correlator.store.intake.tallies import count_event
from correlator.store.session import reading
from correlator.store.tables import (
    EpisodeRow,
    EventRow,
    FailureClassRow,
    FingerprintRow,
    FixAttemptRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
)
from correlator.store.verdicts import scored
from correlator.store.verdicts.kept import Basis, keep_verdict
from correlator.types import Explanation, Placed, Suspect, Verdict
from tests import builders
from tests.web.pages_site import Site


@pytest.fixture
def told(quick_site: Site) -> Site:
    """A class of three issues, whose first has a culprit, and another class."""

    def build(session: Session) -> None:
        builders.a_whole_story(session)
        first = session.get_one(IssueRow, 1)
        first.kind = "none_deref"
        made = FingerprintRow(
            project_id=first.project_id, issue_id=1, version=2, hash="a", because="KeyError"
        )
        session.add(made)
        project = ProjectRow
        owner = session.get_one(project, first.project_id)
        for _ in range(2):
            builders.some_events(session, builders.an_issue(session, owner, kind="none_deref"))
        for name in ("Prices <b> of nothing", "Feeds"):
            session.add(FailureClassRow(name=name, born_at=builders.NOW, sentence="All crash."))
        session.flush()
        session.get_one(FailureClassRow, 1).shared = [["at:pricing.total", 1.0]]
        for issue in (1, 2, 3):
            placed = Placed(class_id=1, likeness=0.9, because="shares the crash in pricing.total")
            failure_classes.put(session, issue, placed, failure_classes.ASSIGNED, builders.NOW)

    quick_site.keep(build)
    return quick_site


def teach(site: Site, what: str, **given: str) -> int:
    return site.post(f"/classes/1/{what}", given, form_at="/classes/1").status_code


def in_class(site: Site, number: int = 1) -> list[int]:
    with reading(site.world.engine) as session:
        return members(session, number)


def test_the_list_shows_each_class_with_its_issues_and_a_link_to_them(told: Site) -> None:
    (line,) = told.twin("/classes.json")["classes"]
    assert (line["issues"], line["name"]) == (3, "Prices <b> of nothing")
    assert sum(line["bars"]) == line["events"] > 0
    assert "Prices &lt;b&gt; of nothing" in told.text("/classes")
    listed = told.twin("/index.json" + line["issues_url"].partition("/")[2])
    assert listed["total"] == 3


def test_few_culprits_are_counted_and_no_share_is_given(told: Site) -> None:
    provenance: Any = told.twin("/classes/1.json")["provenance"]
    assert (provenance["named"], provenance["enough"]) == (1, False)
    assert all("share" not in one for one in provenance["authors"])
    assert "too few for a share" in told.text("/classes/1")


def test_the_class_page_says_what_is_shared_and_what_would_have_caught_it(told: Site) -> None:
    text = told.text("/classes/1")
    assert "pricing.total" in text
    assert "No fix of these issues was followed yet" in text
    checks = told.twin("/classes/1.json")["would_have_caught"]
    assert ("mypy", "union-attr") in [(one["tool"], one["rule"]) for one in checks]


def test_the_class_page_says_what_fixed_earlier_ones_and_what_that_took(told: Site) -> None:
    def mend(session: Session) -> None:
        place = {"environment": "production", "service": "shop"}
        for issue, cycles, state in ((1, 1, "held"), (2, 3, "held"), (3, 2, "came back")):
            is_open = state != "held"
            session.add(
                FollowedRow(issue_id=issue, at=builders.NOW, state=state, cycles=cycles,
                            is_open=is_open, **place)
            )  # fmt: skip
            session.add(
                EpisodeRow(issue_id=issue, place=1, began=builders.NOW, cycles=cycles, **place)
            )
            fix = {"key": builders.sha_of("second"), "sha": builders.sha_of("second")}
            session.add(
                FixAttemptRow(
                    issue_id=issue, episode=1, place=cycles, deploy_id=1, release="shop@1.4.1",
                    at=builders.NOW, state=state, because="Quiet for two days.", fixes=[fix],
                    decided_at=builders.NOW - timedelta(hours=issue), **place,
                )
            )  # fmt: skip

    told.keep(mend)
    fixes = told.twin("/classes/1.json")["fixes"]
    assert (fixes["mended"], fixes["open"]) == (2, 1)
    assert fixes["cycles"] == [{"cycles": 1, "issues": 1}, {"cycles": 3, "issues": 1}]
    assert [(one["id"], one["cycles"]) for one in fixes["held"]] == [(1, 1), (2, 3)]
    assert "1 after 1 redeploy cycle, 1 after 3 redeploy cycles" in told.text("/classes/1")


def test_each_bar_leads_to_the_issues_of_its_week(told: Site) -> None:
    bars = told.twin("/classes/1.json")["weeks"]
    last, empty = bars[-1], bars[0]
    assert last["events"] > 0 == empty["events"]
    assert told.twin("/index.json" + last["url"].partition("/")[2])["total"] == 3
    assert told.twin("/index.json" + empty["url"].partition("/")[2])["total"] == 0


def test_a_persons_name_and_word_are_kept_and_can_be_taken_back(told: Site) -> None:
    assert teach(told, "name", name="Prices") == 303
    assert teach(told, "split", issue="2", how="out") == 303
    shown = told.twin("/classes/1.json")
    assert (shown["class"]["name"], in_class(told)) == ("Prices", [1, 3])
    for lesson in shown["lessons"]:
        told.post(lesson["undo"], {}, form_at="/classes/1")
    assert told.twin("/classes/1.json")["class"]["name"] == "Prices <b> of nothing"
    assert in_class(told) == [1, 2, 3]


def test_a_class_is_split_merged_and_dismissed_on_its_page(told: Site) -> None:
    assert teach(told, "split", issue="3", how="split") == 303
    assert (in_class(told), in_class(told, 3)) == ([1, 2], [3])
    assert teach(told, "merge", into="2") == 303
    assert in_class(told, 2) == [1, 2]
    assert "was merged into" in told.text("/classes/1")
    told.post("/classes/2/dismiss", {}, form_at="/classes/2")
    assert [one["id"] for one in told.twin("/classes.json")["classes"]] == [3]


def test_a_split_is_shown_before_it_is_done(told: Site) -> None:
    def outline(session: Session) -> None:
        tokens = ["type:KeyError", "at:pricing.total", "place:pricing.total"]
        for issue in (2, 3):
            failure_classes.keep_outline(session, issue, RECIPE, tokens, builders.NOW)

    told.keep(outline)
    address = "/classes/1/split?issue=2&issue=3&how=split"
    shown = told.twin(address.replace("split?", "split.json?"))
    assert [one["id"] for one in shown["leaving"]] == [2, 3]
    assert (shown["staying"], shown["events"], shown["possible"]) == (1, 10, True)
    assert "all 2 crash in pricing.total" in told.text(address)
    assert in_class(told) == [1, 2, 3]
    told.post(shown["do"], {"issue": "2", "how": "split"}, form_at=address)
    assert (in_class(told), in_class(told, 3)) == ([1, 3], [2])
    assert not told.twin("/classes/1/split.json?issue=1&issue=3")["possible"]
    assert told.twin("/classes/1/split.json?issue=1&issue=3&how=out")["possible"]


def test_a_merge_is_shown_before_it_is_done(told: Site) -> None:
    shown = told.twin("/classes/1/merge.json?into=2")
    assert (shown["class"]["issues"], shown["into"]["name"]) == (3, "Feeds")
    assert "Afterwards" in told.text("/classes/1/merge?into=2")
    assert told.client.get("/classes/1/merge?into=1").status_code == 409
    assert told.client.get("/classes/1/merge?into=x").status_code == 400


def test_a_list_that_was_counted_before_shows_what_came_in_since(told: Site) -> None:
    before = told.twin("/classes.json")["classes"][0]

    def more(session: Session) -> None:
        issue = session.get_one(IssueRow, 2)
        count_event(session, session.exec(select(EventRow)).first())
        issue.times_seen += 1

    told.keep(more)
    after = told.twin("/classes.json")["classes"][0]
    assert (sum(after["bars"]), after["events"]) == (before["events"] + 1, before["events"] + 1)


def test_a_confirmed_culprit_counts_in_place_of_the_likeliest(told: Site) -> None:
    def confirm(session: Session) -> None:
        said = {"sha": builders.sha_of("second"), "said": "confirmed", "at": builders.NOW}
        session.add(JudgementRow(issue_id=1, **said))

    def of(address: str) -> dict[str, int]:
        shown = told.twin(address)
        provenance = (shown.get("classes") or [shown])[0]["provenance"]
        return {one["author"]: one["issues"] for one in provenance["authors"] if one["issues"]}

    before = of("/classes/1.json")
    told.keep(confirm)
    assert "What was said of 1 issue is not counted yet" in told.text("/classes")
    assert "What was said of 1 issue is not counted yet" in told.text("/classes/1")
    told.keep(lambda session: scored.renew(session, [1]))
    assert "not counted yet" not in told.text("/classes") + told.text("/classes/1")
    assert of("/classes/1.json") != before
    for address in ("/classes/1.json", "/classes.json"):
        assert of(address) == {"mixed": 1}


def give_verdict(session: Session, name: str) -> None:
    """As ``investigate`` does: of issue 1, suspecting this commit alone."""
    suspect = Suspect(
        sha=builders.sha_of(name), score=3.0, probability=0.8, in_range=True, evidence=()
    )
    verdict = Verdict(
        suspects=(suspect,), confidence=0.8, abstained=None, because="It did.", weights="v1"
    )
    nothing: dict[str, Any] = dict.fromkeys(("deployed", "previous", "commits_in_range"))
    nothing |= {"locations": (), "snippets": (), "commits": {}, "provenance": {}}
    basis = Basis(issue_id=1, event_id=1, repo_id=1, release=None, revision=None,
                  previous_release=None)  # fmt: skip
    keep_verdict(session, basis, Explanation(verdict=verdict, **nothing), builders.NOW)


def test_what_a_new_verdict_names_counts_unless_somebody_ruled_it_out(told: Site) -> None:
    def rule_out(session: Session) -> None:
        for name in ("culprit", "second"):
            said = {"sha": builders.sha_of(name), "said": "rejected", "at": builders.NOW}
            session.add(JudgementRow(issue_id=1, **said))
        scored.renew(session, [1])

    def named() -> int:
        return int(told.twin("/classes/1.json")["provenance"]["named"])

    before = named()
    told.keep(rule_out)
    assert named() == before - 1
    told.keep(lambda session: give_verdict(session, "third"))
    assert named() == before
    told.keep(lambda session: give_verdict(session, "culprit"))
    assert named() == before - 1


def test_a_check_that_was_added_is_followed(told: Site) -> None:
    assert teach(told, "checks", sort="assertion", name="price_is_known") == 303

    def fire(session: Session) -> None:
        owner = session.get_one(ProjectRow, 1)
        for value, environment in (
            ("price_is_known: A-1", "staging"),
            ("price_is_known: A-2", "production"),
            ("price_is_known_too: A-3", "staging"),
        ):
            seen = builders.NOW + timedelta(hours=1)
            issue = builders.an_issue(
                session, owner, type="AssertionError", value=value, first_seen=seen, last_seen=seen
            )
            builders.some_events(session, issue, builders.an_event(environment=environment))

    told.keep(fire)
    (check,) = told.twin("/classes/1.json")["added_checks"]
    assert (check["fired"], check["issues"], check["before_users"]) == (10, 2, 1)
    shown = told.twin(f"{check['url']}.json")
    assert sum(one["events"] for one in shown["caught"]) == check["fired"]
    assert [one["met_users"] for one in shown["caught"]].count(False) == check["before_users"]
    assert "price_is_known" in told.text(check["url"])


def test_a_check_that_never_fired_says_what_would_count(told: Site) -> None:
    teach(told, "checks", sort="lint rule", name="no-floating-promises")
    assert "It has not fired" in told.text("/classes/checks/1")


def test_the_issue_page_names_its_class_and_why(told: Site) -> None:
    shown = told.twin("/issues/1.json")["class"]
    assert (shown["name"], shown["because"]) == (
        "Prices <b> of nothing",
        "shares the crash in pricing.total",
    )
    assert "shares the crash in pricing.total" in told.text("/issues/1")


def test_without_classes_the_page_says_what_is_missing(quick_site: Site) -> None:
    assert "Not enough yet" in quick_site.text("/classes")
