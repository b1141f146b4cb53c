"""How deploys fare, from what SDKs and pipelines send: scripted histories through the intake."""

import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from correlator.health import BEFORE, fare
from correlator.steps import drain
from correlator.store.deploys.health import health_of, seen_of
from correlator.store.session import reading
from correlator.store.tables import DeployRow
from correlator.types import Fared, Next
from correlator.world import World
from tests.deliveries import a_project_id, an_event, deliver

# A Wednesday morning.
START = datetime(2026, 3, 11, 6, 0, tzinfo=UTC)


@dataclass
class Town:
    """A clock, and what is sent while it runs."""

    world: World
    now: datetime = START

    def __post_init__(self) -> None:
        self.world = replace(self.world, now=lambda: self.now)
        a_project_id(self.world)

    def deploys(self, release: str, **more: Any) -> None:
        """A marker, as of now unless it says otherwise."""
        said = {"release": release, "environment": "production", "at": self.now.isoformat(), **more}
        deliver(self.world, 1, "deploy", json.dumps(said).encode(), self.now)
        drain(self.world, Next("digest"))

    def runs(self, minutes: int, *told: tuple[str, int, int], service: str = "shop") -> None:
        """So long, in steps of ten minutes: of each release so many calls and failures a step.
        Every minute of it the deploys are looked at, as in production."""
        for _ in range(minutes // 10):
            self.now += timedelta(minutes=10)
            sent = self.now - timedelta(seconds=1)
            for release, calls, failures in told:
                self._sends(a_call(release, calls, service, sent))
                for number in range(failures):
                    at = sent - timedelta(minutes=9.9 * number / failures)
                    event = an_event(release=release, at=at, tags={"service": service})
                    self._sends(an_envelope(event["event_id"], "event", event))
            drain(self.world, Next("digest"))
            drain(self.world, Next("health"))

    def _sends(self, body: bytes) -> None:
        deliver(self.world, 1, "sentry-envelope", body, self.now)

    def fared(self, release: str, service: str = "shop") -> Fared | str:
        """The verdict on the newest deploy of a release, or how it looks so far."""
        with reading(self.world.engine) as session:
            row = session.exec(
                select(DeployRow)
                .where(DeployRow.release == release, DeployRow.service == service)
                .order_by(col(DeployRow.at).desc())
            ).first()
            assert row is not None
            decided = health_of(session, [row.id]).get(row.id or 0)
            seen = seen_of(session, row, self.now, BEFORE)
        return decided.health if decided else fare(seen.watched, seen.hours, self.now)

    def health(self, release: str, service: str = "shop") -> str:
        found = self.fared(release, service)
        return found if isinstance(found, str) else found.health


def an_envelope(event_id: str, kind: str, payload: Any, **trace: str) -> bytes:
    head = {"event_id": event_id, **({"trace": trace} if trace else {})}
    return "\n".join([json.dumps(head), json.dumps({"type": kind}), json.dumps(payload)]).encode()


def a_call(release: str, calls: int, service: str, at: datetime) -> bytes:
    """One sampled call that stands for so many."""
    said = {"transaction": "/pay", "release": release, "environment": "production",
            "timestamp": at.timestamp(), "tags": {"service": service}}  # fmt: skip
    return an_envelope(uuid.uuid4().hex, "transaction", said, sample_rate=str(1 / calls))


@pytest.fixture
def town(world: World) -> Town:
    return Town(world)


def test_a_deploy_that_fails_more_is_worse_and_what_it_is_rolled_back_to_is_judged_anew(
    town: Town,
) -> None:
    town.deploys("v1")
    town.runs(240, ("v1", 1000, 1))
    town.deploys("v2")
    town.runs(20, ("v2", 1000, 8), ("v1", 10, 2))
    assert town.health("v2") == "worse"
    town.deploys("v1")
    assert town.health("v1") == "too-early"
    town.runs(30, ("v1", 1000, 1))
    # Its calls of the hour in which it had been live before are not yet its own.
    assert town.health("v1") == "too-early"
    town.runs(120, ("v1", 1000, 0))
    assert town.health("v1") == "fine"
    assert town.health("v2") == "worse"


def test_what_old_instances_still_send_counts_against_their_own_release(town: Town) -> None:
    town.deploys("v1")
    town.runs(240, ("v1", 1000, 2))
    town.deploys("v2")
    town.runs(120, ("v2", 1000, 1), ("v1", 20, 9))
    assert town.health("v2") == "fine"


def test_a_canary_is_judged_by_its_own_calls_beside_the_stable_version(town: Town) -> None:
    town.deploys("v1")
    town.runs(240, ("v1", 1000, 1))
    town.deploys("v2", stage="canary", share=5)
    town.runs(60, ("v2", 50, 1), ("v1", 950, 1))
    assert town.health("v2") == "worse"


def test_an_outage_that_hits_all_is_not_the_canarys(town: Town) -> None:
    town.deploys("v1")
    town.runs(240, ("v1", 1000, 1))
    town.deploys("v2", stage="canary", share=5)
    town.runs(60, ("v2", 50, 1), ("v1", 950, 19))
    assert town.health("v2") == "too-early"


def test_a_promoted_canary_is_a_deploy_of_its_own_against_the_stable_version(town: Town) -> None:
    town.deploys("v1")
    town.runs(240, ("v1", 1000, 2))
    town.deploys("v2", stage="canary", share=5)
    town.runs(20, ("v2", 50, 0), ("v1", 950, 2))
    town.deploys("v2")
    town.runs(10, ("v2", 1000, 1))
    found = town.fared("v2")
    assert isinstance(found, Fared)
    assert found.compared.old_events >= 48
    town.runs(30, ("v2", 1000, 12))
    assert town.health("v2") == "worse"


def test_a_marker_that_comes_after_its_events_is_judged_by_them(town: Town) -> None:
    town.deploys("v1")
    town.runs(240, ("v1", 1000, 1))
    went_out = town.now
    town.runs(40, ("v2", 1000, 8))
    town.deploys("v2", at=went_out.isoformat())
    town.runs(10, ("v2", 1000, 8))
    assert town.health("v2") == "worse"


def test_services_that_go_out_under_one_name_fare_each_by_itself(town: Town) -> None:
    for release, failures in (("abc", 1), ("def", 9)):
        for service in ("cart", "pay"):
            town.deploys(release, service=service)
        begun, long = town.now, 150 if release == "abc" else 20
        town.runs(long, (release, 1000, failures), service="pay")
        town.now = begun
        town.runs(long, (release, 1000, 1), service="cart")
    assert town.health("def", "pay") == "worse"
    assert town.health("def", "cart") != "worse"


def test_a_version_that_was_replaced_before_it_could_be_told_says_so(town: Town) -> None:
    town.deploys("v1")
    town.runs(120, ("v1", 1000, 1))
    town.deploys("v2")
    town.runs(10, ("v2", 100, 0))
    town.deploys("v3")
    town.runs(60, ("v3", 1000, 1), ("v2", 5, 9))
    found = town.fared("v2")
    assert isinstance(found, Fared)
    assert found.health == "too-early"
    assert found.because.startswith("It was replaced")
