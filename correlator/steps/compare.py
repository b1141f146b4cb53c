"""Compare: makes the rows that comparisons are counted from, and works comparisons out.

Without ids: everything anew, as of that moment, every ten minutes to a day, by what it costs
(gather, bundle and compare with no transaction open; write in batches beside what is in force;
take its place in one short one). With ids: comparisons that somebody asked for, from the rows in
force.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from correlator.comparison import FOLLOWED_DAYS, By, arm_of, body_of, bundle, compare, is_ripe
from correlator.comparison import needed_fix as has_needed_fix
from correlator.provenance.merged import all_reverted_in
from correlator.rest import has_rested
from correlator.steps import step
from correlator.store.comparison import kept as comparisons
from correlator.store.comparison import rows as compared_rows
from correlator.store.comparison.facts import calls_by_day, deployed_commits
from correlator.store.comparison.kept import AT_ONCE, Asked
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    ComparedChangeRow,
    ComparedIssueRow,
    ComparisonRow,
    ComparisonRunRow,
)
from correlator.store.verdicts.suspicions import suspicions
from correlator.types import ChangeRecord, DeployedChange, Next, Suspicion
from correlator.world import World

SELDOM = timedelta(days=1)
OFTEN = timedelta(minutes=10)
LONGEST = timedelta(days=365)


@step("compare")
def compare_changes(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Work these comparisons out; without ids make the rows anew, if it is time."""
    if ids:
        for one in ids:
            _work_out(world, one)
    elif _is_due(world):
        make_anew(world)
    return []


def _is_due(world: World) -> bool:
    with reading(world.engine) as session:
        run = comparisons.run_in_force(session)
    return run is None or has_rested(
        world.now(), run.as_of, run.seconds, often=OFTEN, seldom=SELDOM
    )


def make_anew(world: World) -> int | None:
    """Rows and comparisons as of now; how many changes there are. None if somebody is at it."""
    began, as_of = time.monotonic(), world.now()
    with transaction(world.engine) as session:
        run_id = comparisons.begin_run(session, as_of)
    if run_id is None:
        return None
    # A number may come again: what a dead worker wrote under it must not be taken for ours.
    _drop_all_others(world)
    with reading(world.engine) as session:
        since = as_of - LONGEST
        commits = deployed_commits(session, since, all_reverted_in)
        blamed, calls = suspicions(session, since), calls_by_day(session, since)
        first = comparisons.last_id(session) + 1
        asked = _asked(session, as_of, {one.environment for one in commits})
    changes = bundle(commits, blamed, calls, as_of)
    _write(world, run_id, first, changes, blamed, as_of)
    bodies = [
        (one, body_of(compare(_chosen(changes, one, as_of), By(one.by), as_of))) for one in asked
    ]
    run = ComparisonRunRow(
        id=run_id, as_of=as_of, changes=len(changes), seconds=round(time.monotonic() - began, 1)
    )
    with transaction(world.engine) as session:
        comparisons.put_in_force(session, run, bodies)
    _drop_all_others(world)
    return len(changes)


def _drop_all_others(world: World) -> None:
    dropped = 1
    while dropped:
        with transaction(world.engine) as session:
            dropped = comparisons.drop_others(session)


def _asked(session: Session, as_of: datetime, environments: set[str]) -> list[Asked]:
    """What somebody looked at lately, and every question at its simplest."""
    kept = [Asked(**row.filters) for row in comparisons.wanted(session, as_of)]
    usual = comparisons.usual_environment(environments)
    simple = [Asked(by=by.value, days=comparisons.DAYS, environment=usual) for by in By]
    return list({one.key: one for one in [*simple, *kept]}.values())


def _chosen(changes: Sequence[DeployedChange], asked: Asked, as_of: datetime) -> list[ChangeRecord]:
    """The changes that a question is about: the same as ``compared_rows`` lists."""
    since = as_of - timedelta(days=asked.days)
    return [
        one.record
        for one in changes
        if one.record.deployed_at >= since
        and one.environment == asked.environment
        and asked.service in ("", one.record.service)
        and asked.provenance in ("", one.record.provenance)
        and asked.project_id in (None, one.project_id)
    ]


def _work_out(world: World, row_id: int) -> None:
    with reading(world.engine) as session:
        row = session.get(ComparisonRow, row_id)
        run = comparisons.run_in_force(session)
        if row is None or run is None or row.run_id == run.id or row.problem is not None:
            return
        asked = Asked(**row.filters)
        records = compared_rows.records(session, run, asked)
    try:
        body = body_of(compare(records, By(asked.by), run.as_of))
    except Exception:
        with transaction(world.engine) as session:
            comparisons.give_up(session, row_id)
        raise
    with transaction(world.engine) as session:
        now_in_force = comparisons.run_in_force(session)
        # A run that came into force meanwhile knows this question and has answered it, or will.
        if now_in_force is not None and now_in_force.id == run.id:
            comparisons.keep(session, asked, run.id or 0, body, row.asked_at)


def _write(
    world: World,
    run_id: int,
    first: int,
    changes: Sequence[DeployedChange],
    blamed: Sequence[Suspicion],
    as_of: datetime,
) -> None:
    whose = {one.issue_id: one for one in blamed}
    rows: list[tuple[Any, list[dict[str, Any]]]] = [
        (ComparedChangeRow, [_change_row(run_id, first, one, as_of) for one in changes]),
        (ComparedIssueRow, list(_issue_rows(run_id, first, changes, whose))),
    ]
    for table, every in rows:
        for at in range(0, len(every), AT_ONCE):
            with transaction(world.engine) as session:
                comparisons.keep_rows(session, table, every[at : at + AT_ONCE])


def _change_row(run_id: int, first: int, one: DeployedChange, as_of: datetime) -> dict[str, Any]:
    record = one.record
    return {
        "id": first + record.id,
        "run_id": run_id,
        "repo_id": one.repo_id,
        "sha": one.shas[0],
        "number": one.number,
        "title": one.title[:200],
        "deploy_id": one.deploy_id,
        "project_id": one.project_id,
        "environment": one.environment,
        "service": record.service,
        "deployed_at": record.deployed_at,
        "days_live": record.days_live,
        **{f"by_{by.value}": (arm_of(record, by) or "") for by in By},
        "tool": record.tool[:100],
        "model": record.model[:100],
        "minutes": record.minutes,
        "lines": record.lines,
        "calls": record.calls,
        "is_fix": record.is_fix,
        "taken_back": record.taken_back,
        "is_ripe": is_ripe(record, as_of),
        "needed_fix": has_needed_fix(record),
        "person": record.person,
    }


def _issue_rows(
    run_id: int, first: int, changes: Sequence[DeployedChange], whose: dict[int, Suspicion]
) -> Iterator[dict[str, Any]]:
    left = set(whose)
    for change in changes:
        for one in change.record.blamed:
            left.discard(one.issue_id)
            yield {
                **_issue(run_id, whose[one.issue_id]),
                "change_id": first + change.record.id,
                "probability": one.probability,
                "days": one.days,
                "is_followed": one.days <= FOLLOWED_DAYS,
                "hours": one.hours,
            }
    for issue_id in sorted(left):
        yield {
            **_issue(run_id, whose[issue_id]),
            "change_id": None,
            "probability": 0.0,
            "days": 0.0,
            "is_followed": False,
            "hours": None,
        }


def _issue(run_id: int, one: Suspicion) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "issue_id": one.issue_id,
        "project_id": one.project_id,
        "service": one.service,
        "environment": one.environment,
        "began": one.began,
        "acted_on": one.acted_on,
        "cycles": one.cycles,
        "is_over": one.is_over,
    }
