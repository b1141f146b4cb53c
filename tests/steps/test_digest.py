"""Digest: deliveries become issues, events and deploys; once, and nothing of them is lost."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from correlator.steps import run
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    DeployRow,
    EventRow,
    FingerprintRow,
    InboxRow,
    IssueRow,
    ReleaseRow,
    TroubleRow,
)
from correlator.store.upkeep.trouble import replay
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, an_event, deliver, deliver_deploy, deliver_event

DIGEST = Next("digest")


def issues(world: World) -> list[IssueRow]:
    with reading(world.engine) as session:
        return list(session.exec(select(IssueRow).order_by(col(IssueRow.number))))


def rows(world: World, table: type) -> int:
    with reading(world.engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_first_event_becomes_an_issue_that_wants_a_verdict(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total", release="shop@1.0"))
    follows = run(world, DIGEST)
    (issue,) = issues(world)
    assert (issue.number, issue.type, issue.times_seen) == (1, "KeyError", 1)
    assert (issue.first_release, issue.first_seen) == ("shop@1.0", AT)
    assert follows == [Next("investigate", (issue.id,)), Next("classify", (issue.id,))]


def test_the_same_failure_again_is_counted_and_asks_for_nothing(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total"))
    run(world, DIGEST)
    deliver_event(
        world, project, an_event("total", at=AT + timedelta(hours=1)), AT + timedelta(hours=2)
    )
    assert run(world, DIGEST) == []
    (issue,) = issues(world)
    assert (issue.times_seen, issue.last_seen) == (2, AT + timedelta(hours=1))


def test_one_event_that_comes_through_two_doors_is_kept_once(world: World) -> None:
    project = a_project_id(world)
    event = an_event("total", event_id="e" * 32)
    deliver_event(world, project, event)
    deliver(world, project, "sentry-store", json.dumps(event).encode())
    run(world, DIGEST)
    (issue,) = issues(world)
    assert (rows(world, EventRow), issue.times_seen) == (1, 1)


def test_a_second_run_changes_no_row(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total"))
    deliver_deploy(world, project, revision="a" * 40)
    run(world, DIGEST)
    counted = [
        rows(world, table) for table in (EventRow, IssueRow, FingerprintRow, DeployRow, ReleaseRow)
    ]
    assert run(world, DIGEST) == []
    assert counted == [1, 1, 1, 1, 1]
    assert counted == [
        rows(world, table) for table in (EventRow, IssueRow, FingerprintRow, DeployRow, ReleaseRow)
    ]


def test_users_are_counted_once_each(world: World) -> None:
    project = a_project_id(world)
    for user in ("ana", "ben", "ana"):
        deliver_event(world, project, an_event("total", user={"id": user}))
    run(world, DIGEST)
    assert issues(world)[0].users_seen == 2


def test_an_event_that_came_late_becomes_the_first_sight(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total", release="shop@2.0"), AT + timedelta(hours=1))
    run(world, DIGEST)
    earlier = an_event("total", release="shop@1.0", at=AT - timedelta(hours=3))
    deliver_event(world, project, earlier, AT + timedelta(hours=2))
    follow, _ = run(world, DIGEST)
    (issue,) = issues(world)
    assert (issue.first_release, issue.first_seen) == ("shop@1.0", AT - timedelta(hours=3))
    assert follow == Next("investigate", (issue.id,))


def test_an_event_from_the_future_is_taken_for_now(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total", at=AT + timedelta(days=400)), AT)
    run(world, DIGEST)
    assert issues(world)[0].first_seen == AT


def test_the_raw_bytes_go_once_the_delivery_is_worked_on(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total"))
    run(world, DIGEST)
    with reading(world.engine) as session:
        (row,) = session.exec(select(InboxRow))
    assert (row.state, row.body) == ("done", None)


def test_a_hundred_at_a_time_and_then_the_rest(world: World) -> None:
    project = a_project_id(world)
    for _ in range(101):
        deliver_event(world, project, an_event("total"))
    assert DIGEST in run(world, DIGEST)
    assert issues(world)[0].times_seen == 100
    run(world, DIGEST)
    assert issues(world)[0].times_seen == 101


def test_what_cannot_be_read_is_trouble_that_can_be_replayed(world: World) -> None:
    project = a_project_id(world)
    row_id = deliver_event(world, project, an_event("total"))
    with transaction(world.engine) as session:
        row = session.get_one(InboxRow, row_id)
        row.source = "made-by-another-version"
        session.add(row)
    deliver_event(world, project, an_event("other"))
    run(world, DIGEST)
    assert [issue.culprit_frame for issue in issues(world)] == ["shop.cart:other"]
    with transaction(world.engine) as session:
        (trouble,) = session.exec(select(TroubleRow))
        assert "made-by-another-version" in trouble.reason
        session.get_one(InboxRow, row_id).source = "sentry-envelope"
        replay(session, trouble)
    run(world, DIGEST)
    assert [issue.culprit_frame for issue in issues(world)] == [
        "shop.cart:other",
        "shop.cart:total",
    ]
    with reading(world.engine) as session:
        assert session.exec(select(TroubleRow)).one().resolved_at is not None


def test_a_claim_that_ran_out_is_taken_again(world: World) -> None:
    project = a_project_id(world)
    row_id = deliver_event(world, project, an_event("total"))
    with transaction(world.engine) as session:
        row = session.get_one(InboxRow, row_id)
        row.claimed_until = world.now() - timedelta(seconds=1)
        row.attempts = 1
        session.add(row)
    run(world, DIGEST)
    assert issues(world)[0].times_seen == 1


def test_a_claim_that_stands_is_left_alone(world: World) -> None:
    project = a_project_id(world)
    row_id = deliver_event(world, project, an_event("total"))
    with transaction(world.engine) as session:
        row = session.get_one(InboxRow, row_id)
        row.claimed_until = world.now() + timedelta(seconds=60)
        session.add(row)
    assert run(world, DIGEST) == []
    assert issues(world) == []


def test_a_delivery_that_keeps_killing_its_worker_becomes_trouble(world: World) -> None:
    project = a_project_id(world)
    row_id = deliver_event(world, project, an_event("total"))
    with transaction(world.engine) as session:
        row = session.get_one(InboxRow, row_id)
        row.attempts = 3
        session.add(row)
    run(world, DIGEST)
    with reading(world.engine) as session:
        assert "died" in session.exec(select(TroubleRow)).one().reason
    assert issues(world) == []


def test_a_deploy_marker_wakes_the_issues_of_its_release(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total", release="shop@1.0"))
    deliver_event(world, project, an_event("other", release="shop@0.9"))
    run(world, DIGEST)
    waited = [issue.id for issue in issues(world) if issue.first_release == "shop@1.0"]
    deliver_deploy(world, project, release="shop@1.0", revision="a" * 40)
    followed = [Next("investigate", tuple(waited)), Next("roll_out"), Next("reconsider")]
    assert run(world, DIGEST) == followed


@pytest.mark.parametrize("again", [{}, {"at": (AT + timedelta(minutes=3)).isoformat()}])
def test_a_re_run_of_the_same_artefact_is_no_second_deploy(
    world: World, again: dict[str, str]
) -> None:
    project = a_project_id(world)
    deliver_deploy(world, project, revision="a" * 40)
    deliver_deploy(world, project, revision="a" * 40, **again)
    run(world, DIGEST)
    assert rows(world, DeployRow) == 1


def test_a_roll_back_is_a_deploy_of_its_own(world: World) -> None:
    project = a_project_id(world)
    for minutes, release in enumerate(("1.0", "2.0", "1.0")):
        at = (AT + timedelta(minutes=minutes)).isoformat()
        deliver_deploy(world, project, release=release, at=at)
    run(world, DIGEST)
    assert rows(world, DeployRow) == 3
