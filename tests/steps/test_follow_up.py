"""Following up: when an issue is looked at again though nothing happened to it."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from correlator.steps import drain, run
from correlator.store.session import reading, transaction
from correlator.store.tables import FollowedRow, IssueRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, an_event, deliver, envelope

HOUR = timedelta(hours=1)


def calls(at: datetime, service: str = "shop") -> bytes:
    header = {"event_id": f"{int(at.timestamp()):032x}", "trace": {"sample_rate": "1"}}
    payload = {
        "transaction": "/pay",
        "release": "shop@2",
        "environment": "production",
        "timestamp": at.timestamp(),
        "tags": {"service": service},
    }
    return "\n".join(json.dumps(one) for one in (header, {"type": "transaction"}, payload)).encode()


@pytest.fixture
def waiting(world: World) -> tuple[World, int]:
    """A project with an issue that was looked at a moment ago, and is to be again in an hour."""
    project = a_project_id(world)
    deliver(world, project, "sentry-envelope", envelope(an_event()), AT)
    world = replace(world, now=lambda: AT + 5 * HOUR)
    drain(world, Next("digest"))
    with transaction(world.engine) as session:
        issue = session.exec(select(IssueRow)).one()
        for row in session.exec(select(FollowedRow)):
            session.delete(row)
        session.flush()
        session.add(
            FollowedRow(
                issue_id=issue.id or 0,
                at=world.now(),
                again_at=world.now() + HOUR,
                state="too early",
                environment="production",
                service="shop",
            )
        )
    return world, project


def again_at(world: World) -> datetime | None:
    with reading(world.engine) as session:
        return session.exec(select(col(FollowedRow.again_at))).one()


@pytest.mark.parametrize(
    ("told_of", "service", "sooner"),
    [
        (AT + 2 * HOUR, "shop", True),
        (AT + 5 * HOUR, "shop", False),
        (AT + 2 * HOUR, "front", False),
    ],
    ids=["of an hour that was over", "of the hour that goes on", "of another service"],
)
def test_use_that_is_told_late_makes_a_judged_attempt_due(
    waiting: tuple[World, int], told_of: datetime, service: str, sooner: bool
) -> None:
    world, project = waiting
    deliver(world, project, "sentry-envelope", calls(told_of, service), world.now())
    run(world, Next("digest"))
    expected = timedelta(minutes=1) if sooner else HOUR
    assert again_at(world) == world.now() + expected
