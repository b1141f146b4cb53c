"""Old events go, their issues' samples stay, and no number that is shown changes."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.grouping import fingerprint
from correlator.steps.retain import retain
from correlator.store.intake import inbox
from correlator.store.intake.bodies import unpack
from correlator.store.issues.kept import keep_event
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    CommitRow,
    DeployRow,
    EventRow,
    FingerprintRow,
    HitRow,
    InboxRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    SuspectRow,
    TallyRow,
    TroubleRow,
    VerdictRow,
)
from correlator.store.upkeep import retention
from correlator.types import Inbound
from correlator.world import World
from tests.builders import (
    NOW,
    a_commit,
    a_deploy,
    a_project,
    a_repo,
    a_trouble,
    a_verdict,
    an_event,
)

EVER = (IssueRow, FingerprintRow, VerdictRow, SuspectRow, JudgementRow, DeployRow, CommitRow)


def at_noon(world: World, **given: Any) -> World:
    """The world at ``NOW``, with other settings."""
    return replace(world, now=lambda: NOW, settings=world.settings.model_copy(update=given))


def keep(
    session: Session, project: ProjectRow, days: float, number: int = 1, **given: Any
) -> list[int]:
    """Events of one issue received ``days`` ago, a minute apart; ids of the rows."""
    made = []
    for place in range(number):
        at = NOW - timedelta(days=days) + timedelta(minutes=place)
        event = an_event(event_id=_name(project, at, given), at=at, **given)
        keep_event(session, project, event, fingerprint(event), at)
        found = select(EventRow.id).where(EventRow.event_id == event.event_id)
        made.append(session.exec(found).one() or 0)
    return made


def retire(world: World) -> int:
    """The step and all that follows it; how many steps that were."""
    todo, done = retain(world), 1
    while todo:
        todo, done = retain(world, todo[0].ids), done + 1
    return done


def _name(project: ProjectRow, at: datetime, given: dict[str, Any]) -> str:
    return hashlib.md5(f"{project.slug}{at}{sorted(given.items())}".encode()).hexdigest()


def counts(session: Session, *tables: Any) -> dict[str, int]:
    return {
        table.__tablename__: session.execute(
            sa.select(sa.func.count()).select_from(table)
        ).scalar_one()
        for table in tables
    }


def events(world: World) -> set[int | None]:
    with reading(world.engine) as session:
        return set(session.exec(select(EventRow.id)))


def test_events_past_their_days_go_and_newer_ones_stay(world: World) -> None:
    world = at_noon(world, retention_samples=1)
    with transaction(world.engine) as session:
        project = a_project(session)
        old = keep(session, project, days=100, number=10)
        young = keep(session, project, days=89, number=3)
    retire(world)
    assert events(world) == {old[0], old[-1], *young}


def test_the_first_event_the_newest_and_samples_of_each_release_stay(world: World) -> None:
    world = at_noon(world, retention_samples=3)
    with transaction(world.engine) as session:
        project = a_project(session)
        first = keep(session, project, days=130, number=5, release="shop@1")
        second = keep(session, project, days=120, number=5, release="shop@2")
        third = keep(session, project, days=110, number=5, release="shop@3")
    retire(world)
    assert events(world) == {first[0], first[-1], second[-1], third[-1]}


def test_an_event_that_a_verdict_rests_on_stays_and_can_be_read(world: World) -> None:
    world = at_noon(world, retention_samples=1)
    with transaction(world.engine) as session:
        project = a_project(session)
        ids = keep(session, project, days=100, number=6)
        issue = session.exec(select(IssueRow)).one()
        a_verdict(session, issue, a_repo(session, project), event_id=ids[3])
    retire(world)
    assert events(world) == {ids[0], ids[3], ids[-1]}
    with reading(world.engine) as session:
        assert unpack(session.get_one(EventRow, ids[3]).body).raised is not None


def test_numbers_shown_still_have_the_rows_they_are_counted_from(world: World) -> None:
    world = at_noon(world, retention_samples=1)
    with transaction(world.engine) as session:
        project = a_project(session)
        for user in ("a" * 32, "b" * 32):
            keep(session, project, days=100, number=4, user=user)
    retire(world)
    with transaction(world.engine) as session:
        keep(session, project, days=0, user="a" * 32)
        issue = session.exec(select(IssueRow)).one()
        counted = session.exec(select(sa.func.sum(col(TallyRow.events)))).one()
        assert (issue.times_seen, counted) == (9, 9)
        assert (issue.users_seen, counts(session, HitRow)["hit"]) == (2, 2)


def test_what_was_decided_is_never_touched(world: World) -> None:
    world = at_noon(world, retention_days=0.001, disk_budget=1, retention_samples=1)
    with transaction(world.engine) as session:
        project = a_project(session)
        keep(session, project, days=200, number=10)
        issue = session.exec(select(IssueRow)).one()
        repo = a_repo(session, project)
        a_commit(session, repo)
        a_deploy(session, project)
        a_verdict(session, issue, repo)
        session.add(JudgementRow(issue_id=issue.id or 0, sha="c" * 40, said="confirmed", at=NOW))
        session.flush()
        before = counts(session, *EVER)
    retire(world)
    with reading(world.engine) as session:
        assert counts(session, *EVER) == before
        assert all(before.values())


def test_a_second_run_takes_nothing_more(world: World) -> None:
    world = at_noon(world, retention_samples=2)
    with transaction(world.engine) as session:
        project = a_project(session)
        for release in ("1", "2", "3", "4"):
            keep(session, project, days=100 + int(release), number=5, release=release)
    retire(world)
    once = events(world)
    retire(world)
    assert events(world) == once


def test_the_oldest_go_until_the_budget_is_met(world: World) -> None:
    with transaction(world.engine) as session:
        project = a_project(session)
        days = {day: keep(session, project, days=day, number=20) for day in (4, 3, 2, 1)}
        total = retention.stored_bytes(session)
    world = at_noon(world, disk_budget=total // 2, retention_samples=1)
    retire(world)
    left = events(world)
    with reading(world.engine) as session:
        assert retention.stored_bytes(session) <= total // 2
    assert set(days[1]) <= left
    assert left & set(days[4]) == {days[4][0]}


def test_under_its_budget_nothing_goes(world: World) -> None:
    with transaction(world.engine) as session:
        ids = keep(session, a_project(session), days=4, number=20)
        total = retention.stored_bytes(session)
    retire(at_noon(world, disk_budget=total, retention_samples=1))
    assert events(world) == set(ids)


def test_a_budget_that_cannot_be_met_leaves_samples_and_ends(world: World) -> None:
    with transaction(world.engine) as session:
        ids = keep(session, a_project(session), days=4, number=20)
    retire(at_noon(world, disk_budget=1, retention_samples=1))
    assert events(world) == {ids[0], ids[-1]}


def test_what_came_within_the_hour_stays_whatever_the_budget(world: World) -> None:
    with transaction(world.engine) as session:
        ids = keep(session, a_project(session), days=1 / 48, number=5)
    retire(at_noon(world, disk_budget=1, retention_samples=1))
    assert events(world) == set(ids)


def test_a_round_can_be_cut_short_and_gone_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = at_noon(world, retention_samples=1)
    with transaction(world.engine) as session:
        project = a_project(session)
        for kind in ("a", "b", "c"):
            keep(session, project, days=100, number=5, fingerprint=(kind,))
    monkeypatch.setattr("correlator.steps.retain.ISSUES_AT_ONCE", 1)
    monkeypatch.setattr("correlator.steps.retain.STRETCH", 0.0)
    assert retire(world) > 1
    assert len(events(world)) == 6


def test_done_deliveries_and_resolved_trouble_go_after_their_days(world: World) -> None:
    world = at_noon(world)
    with transaction(world.engine) as session:
        project = a_project(session)
        for days in (8, 6):
            kept = inbox.receive(session, _delivery(project, f"done-{days}"))
            inbox.finish(session, [kept or 0], NOW - timedelta(days=days))
        stuck = inbox.receive(session, _delivery(project, "stuck"))
        inbox.finish(session, [stuck or 0], NOW - timedelta(days=8))
        inbox.receive(session, _delivery(project, "waiting"))
        a_trouble(session, project, subject_id=stuck)
        for days in (31, 29):
            a_trouble(session, project, subject_id=days, resolved_at=NOW - timedelta(days=days))
    retire(world)
    with reading(world.engine) as session:
        assert set(session.exec(select(InboxRow.delivery))) == {"done-6", "stuck", "waiting"}
        resolved = select(TroubleRow.subject_id).where(col(TroubleRow.resolved_at).is_not(None))
        assert list(session.exec(resolved)) == [29]


def _delivery(project: ProjectRow, name: str) -> Inbound:
    return Inbound(
        project_id=project.id or 0,
        source="sentry-envelope",
        delivery=name,
        body=b"{}",
        received_at=NOW - timedelta(days=9),
    )
