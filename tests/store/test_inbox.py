"""The inbox keeps each delivery once, hands it to one worker at a time, and forgets its bytes."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from correlator.store.intake import inbox
from correlator.store.session import reading, transaction
from correlator.store.tables import InboxRow, ProjectRow
from correlator.types import Inbound

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def project(engine: sa.Engine) -> int:
    row = ProjectRow(slug="shop", public_key="k", webhook_secret="s", created_at=NOW)
    with transaction(engine) as session:
        session.add(row)
    assert row.id is not None
    return row.id


def delivery(project: int, name: str, source: str = "sentry-store") -> Inbound:
    return Inbound(
        project_id=project,
        source=source,
        delivery=name,
        body=b"\x00bytes\xff",
        encoding="gzip",
        headers={"sentry-hook-resource": "error"},
        received_at=NOW,
    )


def receive(engine: sa.Engine, inbound: Inbound) -> int | None:
    with transaction(engine) as session:
        return inbox.receive(session, inbound)


def claim(engine: sa.Engine, now: datetime, limit: int = 100) -> list[InboxRow]:
    with transaction(engine) as session:
        return inbox.claim(session, now, 60, limit)


def test_what_was_received_is_handed_out_as_it_came(engine: sa.Engine, project: int) -> None:
    row_id = receive(engine, delivery(project, "a"))
    (row,) = claim(engine, NOW)
    assert row.id == row_id
    assert (row.body, row.encoding, row.source) == (b"\x00bytes\xff", "gzip", "sentry-store")
    assert row.headers == {"sentry-hook-resource": "error"}
    assert row.received_at == NOW
    assert row.attempts == 1


def test_the_same_delivery_again_is_kept_once(engine: sa.Engine, project: int) -> None:
    assert receive(engine, delivery(project, "a")) is not None
    assert receive(engine, delivery(project, "a")) is None
    assert receive(engine, delivery(project, "a", "deploy")) is not None
    assert len(claim(engine, NOW)) == 2


def test_a_delivery_that_is_done_is_still_known_but_its_bytes_are_gone(
    engine: sa.Engine, project: int
) -> None:
    row_id = receive(engine, delivery(project, "a"))
    assert row_id is not None
    claim(engine, NOW)
    with transaction(engine) as session:
        inbox.finish(session, [row_id], NOW)
    assert receive(engine, delivery(project, "a")) is None
    assert claim(engine, NOW + MINUTE * 60) == []
    with reading(engine) as session:
        kept = session.get_one(InboxRow, row_id)
        assert (kept.state, kept.body, kept.done_at) == ("done", None, NOW)


def test_a_claim_keeps_others_away_until_it_runs_out(engine: sa.Engine, project: int) -> None:
    receive(engine, delivery(project, "a"))
    assert len(claim(engine, NOW)) == 1
    assert claim(engine, NOW + timedelta(seconds=59)) == []
    (again,) = claim(engine, NOW + MINUTE)
    assert again.attempts == 2


def test_the_oldest_are_handed_out_first(engine: sa.Engine, project: int) -> None:
    for name in "abc":
        receive(engine, delivery(project, name))
    assert [row.delivery for row in claim(engine, NOW, limit=2)] == ["a", "b"]
    assert [row.delivery for row in claim(engine, NOW, limit=2)] == ["c"]


def test_two_workers_at_once_never_get_the_same(postgres_url: str) -> None:
    engine = sa.create_engine(postgres_url)
    row = ProjectRow(slug="shop", public_key="k", webhook_secret="s", created_at=NOW)
    with transaction(engine) as session:
        session.add(row)
    for name in "abcd":
        receive(engine, delivery(row.id or 0, name))
    with transaction(engine) as one, transaction(engine) as other:
        first = {row.delivery for row in inbox.claim(one, NOW, 60, 2)}
        second = {row.delivery for row in inbox.claim(other, NOW, 60, 2)}
    engine.dispose()
    assert first | second == set("abcd")
    assert not first & second


def test_how_much_waits_and_since_when_can_be_asked(engine: sa.Engine, project: int) -> None:
    with reading(engine) as session:
        assert inbox.waiting(session) == 0
        assert inbox.oldest_waiting(session) is None
        assert not inbox.claimable(session, NOW)
    row_id = receive(engine, delivery(project, "a"))
    with reading(engine) as session:
        assert inbox.waiting(session) == 1
        assert inbox.oldest_waiting(session) == NOW
        assert inbox.claimable(session, NOW)
    claim(engine, NOW)
    with reading(engine) as session:
        assert inbox.waiting(session) == 1
        assert not inbox.claimable(session, NOW)
        assert inbox.claimable(session, NOW + MINUTE)
    assert row_id is not None


def test_nothing_is_kept_of_a_transaction_that_fails(engine: sa.Engine, project: int) -> None:
    def fail() -> None:
        with transaction(engine) as session:
            inbox.receive(session, delivery(project, "a"))
            raise ValueError("the power went")

    with pytest.raises(ValueError, match="the power went"):
        fail()
    assert receive(engine, delivery(project, "a")) is not None
