"""Whether fixes held, as pages tell it, and what people say of fixes there."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from correlator.sources.lenient import LONGEST_RELEASE, clean
from correlator.store.tables import (
    EpisodeRow,
    FingerprintRow,
    FixAttemptRow,
    FixRow,
    FixWordRow,
    FollowedRow,
    IssueRow,
    ProjectRow,
    TallyRow,
)
from correlator.types import Next
from tests import builders
from tests.builders import NOW, sha_of
from tests.web.pages_site import Site

HOUR = timedelta(hours=1)


def an_attempt(session: Session, issue: IssueRow, place: int, **given: object) -> FixAttemptRow:
    """An attempt that came back, unless it is said otherwise."""
    fields: dict[str, object] = {
        "environment": "production",
        "service": "shop",
        "episode": 1,
        "deploy_id": 1,
        "release": f"shop@1.4.{place}",
        "at": NOW - (6 - place) * HOUR,
        "state": "came back",
        "because": "It was seen again in a release that carries the fix.",
        "fixes": [
            {"key": sha_of("second"), "means": "named", "because": "Its message says so.",
             "confirmed": True, "sha": sha_of("second"), "release": None, "way": "commit message"}
        ],
        "decided_at": NOW - (6 - place) * HOUR + HOUR / 2,
    }  # fmt: skip
    row = FixAttemptRow(issue_id=issue.id or 0, place=place, **{**fields, **given})
    session.add(row)
    session.flush()
    return row


def a_story(session: Session) -> IssueRow:
    """An issue with all that its page shows, and the fingerprint that leads to it."""
    issue = builders.a_whole_story(session)
    session.add(
        FingerprintRow(
            project_id=issue.project_id, issue_id=issue.id or 0, version=2, hash="f" * 64,
            because="alike",
        )
    )  # fmt: skip
    session.flush()
    return issue


def a_course(session: Session) -> IssueRow:
    """Two attempts: the first came back, the second has been quiet for three hours."""
    issue = a_story(session)
    issue.first_seen = NOW - 8 * HOUR
    session.add(
        FollowedRow(
            issue_id=issue.id or 0, at=NOW, state="too early", environment="production",
            service="shop", cycles=2, culprit_author="ai", fix_author="ai", first_stage="full",
            users_before_action=3,
        )
    )  # fmt: skip
    session.add(
        EpisodeRow(
            issue_id=issue.id or 0, environment="production", service="shop", place=1,
            began=NOW - 8 * HOUR, cycles=2, unit="calls",
        )
    )  # fmt: skip
    session.add(
        FixRow(
            issue_id=issue.id or 0, key=sha_of("second"), means="inferred", way="code",
            because="It changes lines of shop/cart.py.", confirmed=False, sha=sha_of("second"),
        )
    )  # fmt: skip
    an_attempt(session, issue, 1)
    quiet = {"state": "too early", "because": "quiet", "decided_at": None, "at": NOW - 3 * HOUR}
    an_attempt(session, issue, 2, **quiet, missing=900.0, missing_hours=9.0, chance=0.3)
    return issue


@pytest.fixture
def course(site: Site) -> int:
    issue = site.keep(a_course)
    with_id: int = issue.id
    return with_id


def test_the_issue_page_says_how_long_it_was_quiet_and_what_is_missing(
    site: Site, course: int
) -> None:
    said = site.text(f"/issues/{course}")
    assert "Quiet for 3 h; sure in about 9 h at today&#39;s traffic." in said
    held = site.twin(f"/issues/{course}.json")["held"]
    assert (held["state"], held["cycles"], held["is_open"]) == ("too early", 2, True)
    assert [one["state"] for one in held["episodes"][0]["attempts"]] == ["came back", "too early"]


def test_an_attempt_leads_to_its_deploy_where_somebody_told_of_one(site: Site) -> None:
    def build(session: Session) -> int:
        issue = a_course(session)
        an_attempt(session, issue, 3, deploy_id=0)
        return issue.id or 0

    course = site.keep(build)
    (episode,) = site.twin(f"/issues/{course}.json")["held"]["episodes"]
    assert [one["url"] for one in episode["attempts"]] == ["/deploys/1", "/deploys/1", None]
    assert '<a class="mono" href="/deploys/1">shop@1.4.1</a>' in site.text(f"/issues/{course}")


def test_every_mark_of_the_chart_leads_to_its_row(site: Site, course: int) -> None:
    said = site.text(f"/issues/{course}")
    held = site.twin(f"/issues/{course}.json")["held"]
    anchors = [one["anchor"] for one in held["lanes"]["attempts"]]
    assert len(anchors) == 2
    for anchor in anchors:
        assert f'href="#{anchor}"' in said
        assert f'<tr id="{anchor}"' in said


def test_a_person_confirms_an_inferred_fix_and_it_is_told_anew(site: Site, course: int) -> None:
    given = {"key": sha_of("second"), "said": "mends"}
    answer = site.post(f"/issues/{course}/fix", given, form_at=f"/issues/{course}")
    assert answer.status_code == 303
    assert Next("follow_up", (course,)) in site.woken
    word = site.keep(lambda session: session.exec(select(FixWordRow)).one())
    assert (word.key, word.said, word.way) == (sha_of("second"), "mends", "person")


def test_a_short_hash_is_taken_for_a_release_and_nothing_for_nothing(
    site: Site, course: int
) -> None:
    form = f"/issues/{course}"
    site.post(f"/issues/{course}/fix", {"key": "shop@1.5", "said": "mends"}, form_at=form)
    word = site.keep(lambda session: session.exec(select(FixWordRow)).one())
    assert word.key == "release:shop@1.5"
    empty = site.post(f"/issues/{course}/fix", {"key": " ", "said": "mends"}, form_at=form)
    assert empty.status_code == 400
    odd = site.post(f"/issues/{course}/fix", {"key": "x", "said": "maybe"}, form_at=form)
    assert odd.status_code == 400


def test_a_release_is_named_as_events_and_deploys_name_it_however_long_it_is(
    site: Site, course: int
) -> None:
    form = f"/issues/{course}"
    site.post(f"/issues/{course}/fix", {"key": "r" * 300, "said": "mends"}, form_at=form)
    word = site.keep(lambda session: session.exec(select(FixWordRow)).one())
    assert word.key == "release:" + clean("r" * 300, LONGEST_RELEASE)


@pytest.mark.parametrize("key", ["next:2026-03-02T10:00:00+00:00", "release:shop@7"])
def test_not_a_fix_is_kept_of_the_very_fix_that_it_was_said_of(
    site: Site, course: int, key: str
) -> None:
    given = {"key": key, "said": "not"}
    site.post(f"/issues/{course}/fix", given, form_at=f"/issues/{course}")
    word = site.keep(lambda session: session.exec(select(FixWordRow)).one())
    assert (word.key, word.said) == (key, "not")


def test_the_chart_of_an_open_issue_ends_now(site: Site, course: int) -> None:
    lanes = site.twin(f"/issues/{course}.json")["held"]["lanes"]
    assert datetime.fromisoformat(lanes["until"]) == NOW
    assert datetime.fromisoformat(lanes["since"]) < NOW - 8 * HOUR


@pytest.mark.parametrize(("days", "ends_now"), [(20, True), (300, False)])
def test_the_chart_of_a_story_that_is_long_over_is_not_mostly_empty(
    site: Site, course: int, days: int, ends_now: bool
) -> None:
    long_ago = NOW - timedelta(days=days)

    def end(session: Session) -> None:
        session.exec(select(FollowedRow)).one().is_open = False
        issue = session.get_one(IssueRow, course)
        issue.first_seen, issue.last_seen = long_ago - HOUR, long_ago
        for row in session.exec(select(FixAttemptRow)):
            row.at, row.decided_at = long_ago, long_ago

    site.keep(end)
    lanes = site.twin(f"/issues/{course}.json")["held"]["lanes"]
    assert (datetime.fromisoformat(lanes["until"]) == NOW) is ends_now


def test_an_issue_that_nobody_followed_says_so_and_how_to_name_a_fix(site: Site) -> None:
    issue = site.keep(a_story)
    said = site.text(f"/issues/{issue.id}")
    assert "No roll-out since it began is known to bring a fix." in said
    assert "Fixes SHOP-1" in said


def test_nobody_is_told_to_roll_back_what_a_fix_has_mended(site: Site, course: int) -> None:
    assert "Roll back?" in site.text(f"/issues/{course}")

    def hold(session: Session) -> None:
        followed = session.exec(select(FollowedRow)).one()
        followed.state = "held"
        session.add(followed)

    site.keep(hold)
    page = site.text(f"/issues/{course}")
    assert "Roll back?" not in page
    assert "a fix was rolled out, and it held" in page


def test_the_list_of_issues_marks_what_a_fix_has_mended_and_leads_to_the_proof(
    quick_site: Site,
) -> None:
    quick_site.keep(a_course)
    row = quick_site.twin("/.json")["issues"][0]
    assert row["fix"]["mark"] == "waiting"
    assert row["fix"]["url"] == "/issues/1#held"
    shown = quick_site.text("/?fix=waiting")
    assert "fix too early to tell" in shown
    assert 'title="shop in production, 2 redeploy cycles"' in shown
    assert quick_site.twin("/index.json?fix=held")["issues"] == []


def test_as_long_as_nobody_acted_all_users_so_far_are_told(site: Site, course: int) -> None:
    def more_users(session: Session) -> None:
        issue = session.get_one(IssueRow, course)
        issue.users_seen = 41

    site.keep(more_users)
    assert "41 users so far, and nobody has acted" in site.text(f"/issues/{course}")

    def somebody_acted(session: Session) -> None:
        followed = session.exec(select(FollowedRow)).one()
        followed.acted_at = NOW - HOUR

    site.keep(somebody_acted)
    assert "3 users before anybody acted" in site.text(f"/issues/{course}")


def test_events_are_never_drawn_before_the_first_of_them(site: Site, course: int) -> None:
    def began_late_in_its_hour(session: Session) -> None:
        issue = session.get_one(IssueRow, course)
        issue.first_seen = NOW.replace(minute=50) - HOUR
        issue.last_seen = NOW.replace(minute=55) - HOUR
        session.execute(sa.delete(TallyRow))
        session.add(
            TallyRow(
                issue_id=course, hour=NOW.replace(minute=0) - HOUR, release="shop@1.4.2",
                environment="production", service="shop", events=4,
            )
        )  # fmt: skip
        project = session.get_one(ProjectRow, issue.project_id)
        before = issue.first_seen - HOUR / 60
        builders.a_deploy(session, project, release="shop@1.4.9", at=before)

    site.keep(began_late_in_its_hour)
    lanes = site.twin(f"/issues/{course}.json")["held"]["lanes"]
    (bar,) = [one for one in lanes["events"] if one["events"]]
    deploy = next(one for one in lanes["deploys"] if one["label"] == "shop@1.4.9")
    assert bar["x"] + bar["width"] > deploy["x"]
