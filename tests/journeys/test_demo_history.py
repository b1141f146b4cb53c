"""The demo's history, built for real; its releases, run for real, their errors sent for real."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from correlator.code.git import run_git
from correlator.demo.building import History, build
from correlator.demo.expected import truths
from correlator.demo.incidents import Incident
from correlator.demo.play import QUIET, Stage, play
from correlator.demo.score import Score, read
from tests.sink import Sink, open_sink

END = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
# One process plays the story for all tests of this file.
pytestmark = pytest.mark.xdist_group("history")

SCORE, INCIDENTS = read("correlator.demo.history")
BY_NAME = {incident.name: incident for incident in INCIDENTS}


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with open_sink() as kept:
        yield kept


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return build(SCORE, tmp_path_factory.mktemp("demo") / "checkout.git", END - QUIET)


@pytest.fixture(scope="module")
def played(history: History, sink: Sink, tmp_path_factory: pytest.TempPathFactory) -> Sink:
    stage = Stage(
        dsn=f"http://key@{sink.address}/1",
        server=f"http://{sink.address}",
        token="cor_token",
        deployed=tmp_path_factory.mktemp("deployed"),
    )
    play(stage, history, INCIDENTS, END, lambda line: None)
    return sink


def log(history: History, form: str) -> list[str]:
    out = run_git(history.directory, "log", "--all", f"--format={form}%x00")
    return [entry.strip() for entry in out.decode().split("\0") if entry.strip()]


def test_the_same_score_gives_the_same_hashes(history: History, tmp_path: Path) -> None:
    again = build(read("correlator.demo.history")[0], tmp_path / "again.git", END - QUIET)
    assert again.shas == history.shas


def test_the_history_is_a_lively_one(history: History) -> None:
    authors = {name for name in log(history, "%an <%ae>") if "[bot]" not in name}
    assert len(log(history, "%H")) >= 100
    assert len(authors) >= 12
    assert len(log(history, "%P")) > len(history.releases)
    assert sum(" " in parents for parents in log(history, "%P")) >= 3
    assert len(run_git(history.directory, "tag", "--list").split()) >= 6


def test_most_commits_say_more_than_their_subject_or_were_reviewed(history: History) -> None:
    bodies = re.compile(r"\n\n.+", re.DOTALL)
    assert sum(bool(bodies.search(message)) for message in log(history, "%B")) >= 70


def test_many_tools_leave_their_own_marks(history: History) -> None:
    text = "\n".join(log(history, "%an <%ae>%n%B"))
    for mark in (
        "noreply@anthropic.com",
        "198982749+Copilot@",
        "223556219+Copilot@",
        "cursoragent@cursor.com",
        "noreply@openai.com",
        "158243242+devin-ai-integration[bot]@",
        "161369871+google-labs-jules[bot]@",
        "aider@aider.chat",
        "amp@ampcode.com",
        "49699333+dependabot[bot]@",
    ):
        assert mark in text


def test_formatting_commits_are_listed_for_blame_to_look_through(history: History) -> None:
    listed = run_git(history.directory, "show", "main:.git-blame-ignore-revs").decode()
    assert history.shas["format-1"] in listed
    assert history.shas["format-2"] in listed


def test_every_commit_was_made_in_working_hours_before_the_end(history: History) -> None:
    moments = [datetime.fromisoformat(when) for when in log(history, "%aI")]
    assert max(moments) <= END - QUIET
    assert all(when.weekday() < 5 and 8 <= when.hour < 18 for when in moments)


def test_every_culprit_lies_between_its_release_and_the_one_before(history: History) -> None:
    releases = list(history.releases)
    for truth in truths(history, INCIDENTS):
        place = releases.index(truth.incident.release)
        before = history.releases[releases[place - 1]]
        now = history.releases[releases[place]]
        shipped = run_git(history.directory, "rev-list", f"{before}..{now}").decode().split()
        assert truth.culprit is None or truth.culprit in shipped


def test_every_deploy_is_told_before_its_events(played: Sink, history: History) -> None:
    assert [marker["release"] for marker in played.markers] == list(history.releases)
    told = {marker["release"]: datetime.fromisoformat(marker["at"]) for marker in played.markers}
    for event in played.events:
        assert told[event["release"]] < datetime.fromisoformat(event["timestamp"])


def test_weeks_are_played_and_each_release_fails_until_the_next_goes_out(
    played: Sink, history: History
) -> None:
    told = [datetime.fromisoformat(marker["at"]) for marker in played.markers]
    assert told == sorted(told)
    assert told[-1] - told[1] > timedelta(weeks=2)
    replaced = dict(zip(history.releases, [*told[1:], END + timedelta(seconds=1)], strict=True))
    for event in played.events:
        assert datetime.fromisoformat(event["timestamp"]) < replaced[event["release"]]
    loyalty = played.of("checkout@1.5.0", "ZeroDivisionError")
    assert len({event["timestamp"][:10] for event in loyalty}) >= 2


def test_only_the_partner_fails_within_the_last_hour(played: Sink) -> None:
    now = {
        event["release"]
        for event in played.events
        if event["timestamp"] >= (END - timedelta(hours=1)).isoformat()
    }
    assert now == {"checkout@1.8.2"}


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda incident: incident.name)
def test_the_deployed_code_raises_what_the_incident_says(played: Sink, incident: Incident) -> None:
    events = played.of(incident.release, incident.raises)
    frames = [
        frame
        for frame in events[0]["exception"]["values"][-1]["stacktrace"]["frames"]
        if frame["filename"].startswith("checkout/")
    ]
    assert frames[-1]["filename"] == incident.crash
    assert events[0]["tags"]["service"] == "checkout"


def test_nothing_but_the_incidents_is_ever_reported(played: Sink) -> None:
    seen = Counter(
        (event["release"], event["exception"]["values"][-1]["type"]) for event in played.events
    )
    refunds = BY_NAME["refunds"]
    wanted = {(incident.release, incident.raises) for incident in INCIDENTS}
    wanted |= {(release, refunds.raises) for release in refunds.comes_back_in}
    wanted |= {("checkout@1.8.2", "ConnectionRefusedError")}
    assert set(seen) == wanted


def test_the_first_fix_of_the_refunds_fails_and_the_second_holds(played: Sink) -> None:
    refunds = BY_NAME["refunds"]
    assert played.of("checkout@1.8.0", refunds.raises)
    assert played.of("checkout@1.8.1", refunds.raises)
    assert not played.of("checkout@1.8.2", refunds.raises)


def test_a_partner_that_is_gone_fails_in_unrelated_places(played: Sink) -> None:
    gone = [event for event in played.events if event["release"] == "checkout@1.8.2"]
    assert {event["transaction"] for event in gone} == {
        "POST /orders/pay",
        "POST /orders/label",
        "POST /stock/refresh",
    }


def test_an_edit_that_does_not_fit_says_where(history: History) -> None:
    from correlator.demo.people import MAYA
    from correlator.errors import Permanent

    score = Score()
    score.commit(MAYA, "One", write={"a.py": "x = 1\n"})
    with pytest.raises(Permanent, match=r"Two: a\.py holds 0 times"):
        score.commit(MAYA, "Two", edit=[("a.py", "y = 1", "y = 2")])
