"""Digest joins near-duplicates and obeys a project's rules, also while people merge."""

import threading
import time
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.steps import run
from correlator.store.intake.grouping_rules import keep_rules
from correlator.store.issues import joins
from correlator.store.session import reading, transaction
from correlator.store.tables import EventRow, FingerprintRow, IssueRow, TallyRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, an_event, deliver_event

DIGEST = Next("digest")


def issues(world: World) -> list[IssueRow]:
    with reading(world.engine) as session:
        return list(session.exec(select(IssueRow).order_by(col(IssueRow.number))))


def test_one_line_that_fails_in_two_ways_is_one_issue(world: World) -> None:
    project = a_project_id(world)
    frames = [
        {"filename": "a.py", "module": "a", "function": name, "lineno": 3, "in_app": True,
         "context_line": "    total = price * amount"}
        for name in ("main", "total")
    ]  # fmt: skip
    deliver_event(world, project, an_event(kind="OverflowError", frames=frames))
    deliver_event(world, project, an_event(kind="MemoryError", frames=frames))
    run(world, DIGEST)
    (issue,) = issues(world)
    assert issue.times_seen == 2


def test_a_projects_rule_counts_for_its_next_event(world: World) -> None:
    project = a_project_id(world)
    with transaction(world.engine) as session:
        keep_rules(session, project, "stack.module:shop.* -> cart", None, AT)
    deliver_event(world, project, an_event("total"))
    deliver_event(world, project, an_event("price", kind="TypeError"))
    run(world, DIGEST)
    (issue,) = issues(world)
    assert issue.times_seen == 2


def test_an_event_that_comes_while_its_issue_is_merged_is_counted_once(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, an_event("total"))
    deliver_event(world, project, an_event("price"))
    run(world, DIGEST)
    early, late = (issue.id or 0 for issue in issues(world))
    deliver_event(world, project, an_event("total"), AT + timedelta(hours=1))
    merging = threading.Event()

    def merge() -> None:
        with transaction(world.engine) as session:
            joins.merge(session, early, late, joins.By(None, AT))
            merging.set()
            time.sleep(0.3)

    thread = threading.Thread(target=merge)
    thread.start()
    merging.wait()
    run(world, DIGEST)
    thread.join()
    with reading(world.engine) as session:
        assert session.get_one(IssueRow, late).times_seen == 3
        assert session.get_one(IssueRow, early).times_seen == 0
        assert _events(session, late) == 3
        owners = session.exec(select(FingerprintRow.issue_id)).all()
    assert set(owners) == {late}


def _events(session: Session, issue_id: int) -> int:
    tallied = session.exec(
        select(sa.func.sum(TallyRow.events)).where(TallyRow.issue_id == issue_id)
    ).one()
    kept = session.exec(
        select(sa.func.count()).select_from(EventRow).where(EventRow.issue_id == issue_id)
    ).one()
    assert tallied == kept
    return int(kept)
