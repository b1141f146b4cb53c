"""Refit classes: finds the failure classes anew, keeps their identity, and makes the model.

Gather (rows), fit (minutes of work over fifty thousand issues, no transaction open), write (one
transaction, and only if nobody taught anything meanwhile; else it is done again). Runs in the
queue of what can wait.
"""

import time
from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import Session

from correlator.classes.model import write_model
from correlator.classes.outline import RECIPE
from correlator.classes.profiles import LEAST_ISSUES
from correlator.classes.refitting import Refit, refit
from correlator.errors import Transient
from correlator.steps import step
from correlator.store import class_lessons, failure_classes
from correlator.store.failure_classes import Change, NewClass, Told
from correlator.store.session import reading, transaction
from correlator.types import Next
from correlator.world import World

EVERY = timedelta(days=7)
GROWN = 1.1


@step("refit_classes")
def refit_classes(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Find the classes of all issues anew, where that is due; see ``_is_due``."""
    if _is_due(world):
        refit_now(world)
    return []


def _is_due(world: World) -> bool:
    """A week has passed, somebody taught something, or there are a tenth more issues."""
    with reading(world.engine) as session:
        newest = failure_classes.newest_model(session)
        count = failure_classes.count_outlines(session, RECIPE)
        lessons = failure_classes.last_lesson(session)
    if newest is None:
        return count >= LEAST_ISSUES
    outgrown = count >= int(newest.metrics.get("issues", 0)) * GROWN
    return outgrown or lessons > newest.lessons or world.now() - newest.at >= EVERY


def refit_now(world: World) -> dict[str, object]:
    """The same, and what came of it: issues, classes, and how many kept theirs."""
    began = time.monotonic()
    with reading(world.engine) as session:
        lessons = failure_classes.last_lesson(session)
        taught = class_lessons.taught(session)
        before = failure_classes.standing(session)
        known = failure_classes.outlines(session, RECIPE)
    found = refit(known, before, taught)
    with transaction(world.engine) as session:
        if failure_classes.last_lesson(session) != lessons:
            raise Transient("Somebody taught something while the classes were refitted.")
        _write(world, session, found, before, time.monotonic() - began)
    return {**found.metrics, "born": len(found.settled.born), "seconds": _seconds(began)}


def _write(
    world: World, session: Session, found: Refit, before: Mapping[int, int], seconds: float
) -> None:
    now, members = world.now(), found.members()
    said = {of: found.known(issues) for of, issues in members.items()}
    splits = found.settled.split_from
    new = [
        NewClass(number=of, name=said[of].name, split_from=splits.get(of))
        for of in sorted(said, reverse=True)
        if of < 0
    ]
    change = Change(
        before=before,
        members=found.settled.members,
        likeness=found.likeness(),
        merged=found.settled.merged,
    )
    ids = failure_classes.apply_refit(session, change, new, now)
    for of, known in said.items():
        failure_classes.tell(session, ids[of], Told(sentence=known.sentence, shared=known.shared))
    model = found.model(ids)
    failure_classes.keep_model(session, write_model(model), found.metrics, seconds, now)


def _seconds(began: float) -> float:
    return round(time.monotonic() - began, 1)
