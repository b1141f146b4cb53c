"""Compare: rows are made from what was deployed and blamed, all of one moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from correlator.steps import drain
from correlator.steps.compare import make_anew
from correlator.store.comparison import kept as comparisons
from correlator.store.comparison.kept import Asked
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    ArrivalRow,
    ComparedChangeRow,
    ComparedIssueRow,
    ComparisonRow,
    ComparisonRunRow,
    DeployRow,
    EpisodeRow,
    FixAttemptRow,
    FixRow,
    JudgementRow,
    RollOutRow,
    SurveyedRow,
)
from correlator.types import Next
from correlator.world import World
from tests.builders import NOW, sha_of
from tests.changes import Made, a_year, keep_changes


def compared(world: World, *made: Made, then: Callable[[Session], Any] | None = None) -> World:
    """The world with these changes, compared."""
    with transaction(world.engine) as session:
        keep_changes(session, made)
        if then is not None:
            then(session)
    now = replace(world, now=lambda: NOW)
    drain(now, Next("compare"))
    return now


def changes(world: World) -> list[ComparedChangeRow]:
    with reading(world.engine) as session:
        return list(session.exec(select(ComparedChangeRow).order_by(ComparedChangeRow.id)))


def issues(world: World) -> list[ComparedIssueRow]:
    with reading(world.engine) as session:
        return list(session.exec(select(ComparedIssueRow).order_by(ComparedIssueRow.id)))


def body(world: World, **asked: Any) -> dict[str, Any]:
    given = Asked(**{"by": "provenance", "days": 90, "environment": "production", **asked})
    with reading(world.engine) as session:
        row = comparisons.of(session, given)
    assert row is not None
    assert row.body is not None
    return row.body


def test_a_change_is_kept_with_what_is_known_of_it(world: World) -> None:
    now = compared(world, Made(author="ai", chances=(0.8,), minutes=20.0, lines=70))
    (row,) = changes(now)
    assert (row.by_provenance, row.by_tool, row.by_session) == ("ai", "claude-code", "15 to 60")
    assert (row.by_size, row.by_directory, row.by_review) == ("51 to 200", "shop/", "person")
    assert (row.is_ripe, row.needed_fix, row.calls) == (True, True, 1000 * (1 - 3.2 / 24))
    (issue,) = issues(now)
    assert (issue.probability, issue.days, issue.change_id) == (0.8, 1.0, row.id)


def test_commits_of_one_pull_request_are_one_change(world: World) -> None:
    now = compared(
        world,
        Made(author="ai", number=12, lines=300, chances=(0.5,)),
        Made(author="human", number=12, lines=20, days_ago=59),
        Made(author="human", number=13),
    )
    first, second = changes(now)
    assert (first.by_provenance, first.lines, first.number) == ("mixed", 320, 12)
    assert second.by_provenance == "human"


def test_a_pull_request_that_is_mostly_unknown_is_unknown(world: World) -> None:
    now = compared(
        world,
        Made(author="unknown", number=12, lines=300),
        Made(author="ai", number=12, lines=20),
    )
    assert [row.by_provenance for row in changes(now)] == ["unknown"]


def test_a_persons_word_counts_before_the_chances(world: World) -> None:
    def says(session: Session) -> None:
        for name, said in (("change 1", "rejected"), ("change 2", "confirmed")):
            number = int(name[-1])
            session.add(JudgementRow(issue_id=number, sha=sha_of(name), said=said, at=NOW))

    now = compared(world, Made(chances=(0.9,)), Made(chances=(0.2,)), then=says)
    assert [(one.issue_id, one.probability) for one in issues(now) if one.change_id] == [(2, 1.0)]


def test_what_was_confirmed_is_blamed_though_a_newer_verdict_does_not_list_it(
    world: World,
) -> None:
    def says(session: Session) -> None:
        session.add(JudgementRow(issue_id=1, sha=sha_of("change 2"), said="confirmed", at=NOW))

    now = compared(world, Made(chances=(0.9,)), Made(), then=says)
    _, second = changes(now)
    assert [(one.change_id, one.probability) for one in issues(now)] == [(second.id, 1.0)]


def test_an_issue_that_was_there_before_the_change_is_not_its(world: World) -> None:
    now = compared(world, Made(chances=(0.9,), after=-2.0))
    (issue,) = issues(now)
    assert issue.change_id is None


def test_a_rolled_back_change_is_taken_back_and_lives_no_longer(world: World) -> None:
    def roll_back(session: Session) -> None:
        at = NOW - timedelta(days=57)
        session.add(
            DeployRow(id=9, project_id=1, service="shop", environment="production", release="r0",
                      at=at, received_at=at)
        )  # fmt: skip
        session.flush()
        session.add(
            RollOutRow(deploy_id=9, repo_id=1, kind="roll-back", because="told", looked_at=at)
        )
        session.add(
            ArrivalRow(deploy_id=9, repo_id=1, sha=sha_of("change 1"), place=0, committed_at=at,
                       is_taken=True, is_first=False)
        )  # fmt: skip

    (row,) = changes(compared(world, Made(), then=roll_back))
    assert (row.taken_back, row.days_live) == (True, 3.0)


def test_a_reverted_change_is_taken_back_and_the_revert_mends_another(world: World) -> None:
    reverted = sha_of("change 1")
    now = compared(
        world,
        Made(),
        Made(days_ago=50, message=f'Revert "Price"\n\nThis reverts commit {reverted}.'),
    )
    assert [(row.taken_back, row.is_fix) for row in changes(now)] == [(True, False), (False, True)]


def test_what_mending_took_is_that_of_the_first_episode_where_it_began(world: World) -> None:
    def mend(session: Session) -> None:
        began = NOW - timedelta(days=59)
        where = {"issue_id": 1, "environment": "production", "service": "shop"}
        session.add(EpisodeRow(**where, place=1, began=began, closed_at=began, cycles=2))
        session.add(EpisodeRow(**where, place=2, began=NOW, regression=True, cycles=1))
        for place, state in ((1, "came back"), (2, "held")):
            session.add(
                FixAttemptRow(**where, episode=1, place=place, deploy_id=place, release="r",
                              at=began + timedelta(hours=5 * place), state=state, because="told")
            )  # fmt: skip
        session.add(
            FixRow(issue_id=1, repo_id=1, key="k", means="named", way="commit message",
                   because="told", confirmed=True, sha=sha_of("change 2"))
        )  # fmt: skip

    now = compared(world, Made(chances=(0.9,), mild=True), Made(days_ago=50), then=mend)
    (issue,) = issues(now)
    assert (issue.acted_on, issue.cycles, issue.is_over, issue.hours) == (True, 2, True, 10.0)
    assert [row.is_fix for row in changes(now)] == [False, True]
    told = body(now)["arms"][0]
    assert told["mending"]["cycles"]["2 to 3"] == 1
    assert told["needed_fix"]["count"] == 1


def test_an_attempt_that_is_only_inferred_makes_no_incident(world: World) -> None:
    def guess(session: Session) -> None:
        where = {"issue_id": 1, "environment": "production", "service": "shop"}
        session.add(EpisodeRow(**where, place=1, began=NOW, cycles=1))
        session.add(
            FixAttemptRow(**where, episode=1, place=1, deploy_id=1, release="r", at=NOW,
                          state="too early", because="told", confirmed=False)
        )  # fmt: skip

    (issue,) = issues(compared(world, Made(chances=(0.9,), mild=True), then=guess))
    assert (issue.acted_on, issue.cycles, issue.is_over) == (False, 1, False)


def test_every_question_is_answered_at_its_simplest(world: World) -> None:
    now = compared(world, *a_year(60))
    with reading(now.engine) as session:
        kept = list(session.exec(select(ComparisonRow)))
    assert {row.filters["by"] for row in kept} == {
        "provenance", "tool", "model", "session", "review", "size", "directory",
    }  # fmt: skip
    assert all(row.body for row in kept)
    assert sum(arm["changes"] for arm in body(now)["arms"]) == 60


def test_a_question_that_somebody_asked_is_answered_from_the_same_rows(world: World) -> None:
    now = compared(world, *a_year(60))
    asked = Asked(by="review", days=60, environment="production", service="service-1")
    with transaction(now.engine) as session:
        one = comparisons.ask(session, asked, NOW)
    assert one is not None
    (swept,) = [todo for todo in _swept(now) if todo.step == "compare"]
    assert swept.ids == (one,)
    drain(now, swept)
    told = body(now, by="review", days=60, service="service-1")
    expected = [row for row in changes(now) if row.service == "service-1"
                and row.deployed_at >= NOW - timedelta(days=60)]  # fmt: skip
    assert sum(arm["changes"] for arm in told["arms"]) == len(expected) > 0


def _swept(world: World) -> list[Next]:
    from correlator.steps import run

    return run(world, Next("sweep"))


def test_what_was_asked_is_answered_anew_with_the_next_rows_as_before(world: World) -> None:
    now = compared(world, *a_year(60))
    asked = Asked(by="size", days=90, environment="production", provenance="ai")
    with transaction(now.engine) as session:
        one = comparisons.ask(session, asked, NOW)
    drain(now, Next("compare", (one or 0,)))
    first = body(now, by="size", provenance="ai")
    make_anew(now)
    assert body(now, by="size", provenance="ai") == first


@pytest.mark.parametrize(
    ("seconds", "rests"),
    [(0.1, timedelta(minutes=10)), (90, timedelta(hours=5)), (900, timedelta(days=1))],
)
def test_rows_are_made_anew_the_seldomer_the_more_they_cost(
    world: World, seconds: float, rests: timedelta
) -> None:
    now = compared(world, Made())
    first = changes(now)
    with transaction(world.engine) as session:
        run = session.exec(select(ComparisonRunRow)).one()
        run.seconds = seconds
        session.add(run)
    still = replace(now, now=lambda: NOW + rests - timedelta(seconds=1))
    drain(still, Next("compare"))
    assert [row.id for row in changes(still)] == [row.id for row in first]
    later = replace(now, now=lambda: NOW + rests)
    drain(later, Next("compare"))
    assert [row.run_id for row in changes(later)] == [first[0].run_id + 1]


def test_rows_of_a_run_that_died_are_dropped_by_the_next(world: World) -> None:
    with transaction(world.engine) as session:
        session.add(ComparisonRunRow(as_of=NOW - timedelta(hours=2)))
        session.add(
            ComparedIssueRow(run_id=1, issue_id=1, project_id=1, service="s", environment="e",
                             began=NOW)
        )  # fmt: skip
    now = compared(world, Made())
    assert issues(now) == []
    with reading(now.engine) as session:
        assert session.execute(sa.select(sa.func.count(ComparisonRunRow.id))).scalar() == 1


def test_while_one_worker_makes_the_rows_another_leaves_it_alone(world: World) -> None:
    with transaction(world.engine) as session:
        session.add(ComparisonRunRow(as_of=NOW - timedelta(minutes=10)))
    now = compared(world, Made())
    assert changes(now) == []


def test_who_made_a_change_is_kept_as_a_number_and_by_the_same_number_for_all_theirs(
    world: World,
) -> None:
    def rename(session: Session) -> None:
        session.execute(
            sa.update(SurveyedRow).where(SurveyedRow.id == 2).values(author_email="Zoe@example.org")
        )

    now = compared(world, Made(), Made(), Made(), then=rename)
    assert [row.person for row in changes(now)] == [0, 1, 0]


def test_every_change_that_one_message_takes_back_is_taken_back(world: World) -> None:
    undone = [f"This reverts commit {sha_of(name)}." for name in ("change 1", "change 2")]
    now = compared(
        world,
        Made(days_ago=60),
        Made(days_ago=60),
        Made(days_ago=50, message="Both\n\n" + "\n\n".join(undone)),
    )
    assert [row.taken_back for row in changes(now)] == [True, True, False]
