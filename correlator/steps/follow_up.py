"""Follow up: finds what is meant to mend an issue, and says what became of it on each line.

Gather (rows), look (git, no transaction open), write (rows). What was found of an issue is put in
place of what was found before, so it may run as often as it likes, and in any order.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlmodel import Session

from correlator.errors import Permanent, Transient
from correlator.following import fixes_of, ground_of, keep_unknown, tell
from correlator.steps import MOST_IDS, in_hundreds, step
from correlator.store import cycles
from correlator.store.code import repos
from correlator.store.cycles import Known
from correlator.store.cycles import due as cycles_due
from correlator.store.session import reading, transaction
from correlator.store.tables import TroubleRow
from correlator.store.upkeep.trouble import keep_trouble, resolve_trouble
from correlator.types import Next
from correlator.world import World

# When an issue that could not be followed gets its next turn.
AGAIN = timedelta(hours=1)

Made = TypeVar("Made")


@step("follow_up")
def follow_up(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Follow these issues; ``ids`` empty: those that are to be looked at again by now."""
    now = world.now()
    with reading(world.engine) as session:
        wanted = ids or tuple(cycles_due.due(session, now, MOST_IDS))
        known = {one: cycles.known_of(session, one, now) for one in dict.fromkeys(wanted)}
        grouped = _grouped(session, [one for one in known.values() if one is not None])
    for issue_id, one in known.items():
        if one is None:
            with transaction(world.engine) as session:
                cycles.replace_course(session, issue_id, None)
    follow = [Next("follow_up")] if not ids and len(wanted) == MOST_IDS else []
    slow: Transient | None = None
    late: list[int] = []
    for (project_id, repo_id), issues in grouped.items():
        try:
            follow += _follow_group(world, project_id, repo_id, issues)
        except Transient as fault:
            _put_off(world, issues)
            slow = fault
            late += [one.issue.id or 0 for one in issues]
    if slow is not None and not follow:
        raise slow
    # What others brought must not be lost: the slow ones are then tried again by themselves.
    return follow + in_hundreds("follow_up", late)


def _grouped(session: Session, known: Sequence[Known]) -> dict[tuple[int, int | None], list[Known]]:
    """By project and repository: the verdict's, else the project's first."""
    firsts: dict[int, int | None] = {}
    grouped: defaultdict[tuple[int, int | None], list[Known]] = defaultdict(list)
    for one in known:
        project_id = one.issue.project_id
        if project_id not in firsts:
            rows = repos.of_project(session, project_id)
            firsts[project_id] = rows[0][0].id if rows else None
        grouped[project_id, one.repo_id or firsts[project_id]].append(one)
    return grouped


def _follow_group(
    world: World, project_id: int, repo_id: int | None, issues: Sequence[Known]
) -> list[Next]:
    try:
        ground = ground_of(world, project_id, repo_id, issues)
        found = _each(world, issues, lambda one: fixes_of(world, ground, one))
        keep_unknown(world, ground, [fixes for _, fixes in found])
    except Permanent as fault:
        _put_off(world, issues, fault)
        return []
    fixes = {one.issue.id: its for one, its in found}
    done = _each(
        world,
        [one for one, _ in found],
        lambda one: tell(world, ground, one, fixes[one.issue.id]),
    )
    with transaction(world.engine) as session:
        for known, _ in done:
            resolve_trouble(session, "follow_up", known.issue.id or 0, world.now())
    return [Next("account", (repo_id,))] if repo_id is not None and ground.brought_news else []


def _each(
    world: World, issues: Sequence[Known], work: Callable[[Known], Made]
) -> list[tuple[Known, Made]]:
    """What the work makes of each; one that it fails for is put off and holds up no other."""
    made: list[tuple[Known, Made]] = []
    for one in issues:
        try:
            made.append((one, work(one)))
        except Permanent as fault:
            _put_off(world, [one], fault)
    return made


def _put_off(world: World, issues: Sequence[Known], fault: Permanent | None = None) -> None:
    """Look at them again in an hour; what went wrong for good is noted once, on the first."""
    ids = [one.issue.id or 0 for one in issues]
    with transaction(world.engine) as session:
        cycles_due.put_off(session, ids, world.now() + AGAIN)
        if fault is None:
            return
        trouble = TroubleRow(
            project_id=issues[0].issue.project_id,
            step="follow_up",
            subject_id=ids[0],
            reason=str(fault),
            at=world.now(),
        )
        keep_trouble(session, trouble)
