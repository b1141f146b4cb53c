"""Refit classes: finds the failure classes anew, keeps their identity, and makes the model.

Gather (rows), fit (minutes of work over fifty thousand issues, no transaction open), write (one
transaction, and only if nobody taught anything meanwhile; else it is done again). Runs in the
queue of what can wait.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from correlator.classes.model import Model, write_model
from correlator.classes.outline import RECIPE
from correlator.classes.profiles import LEAST_ISSUES
from correlator.classes.refitting import Known, Refit, refit, with_ids
from correlator.errors import Transient
from correlator.steps import step
from correlator.store.classes import failure_classes
from correlator.store.classes import lessons as class_lessons
from correlator.store.classes import refits as class_refits
from correlator.store.classes.refits import Change, NewClass, Told
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


def refit_now(world: World) -> dict[str, Any]:
    """The same, and what came of it: issues, classes, and how many kept theirs."""
    began = time.monotonic()
    with reading(world.engine) as session:
        lessons = failure_classes.last_lesson(session)
        taught = class_lessons.taught(session)
        before = failure_classes.standing(session)
        known = failure_classes.outlines(session, RECIPE)
    found = _worked_out(refit(known, before, taught), before)
    with transaction(world.engine) as session:
        if failure_classes.last_lesson(session) != lessons:
            raise Transient("Somebody taught something while the classes were refitted.")
        _write(world, session, found, time.monotonic() - began)
    return {**found.model.metrics, "born": found.born, "seconds": _seconds(began)}


@dataclass(frozen=True, slots=True)
class _WorkedOut:
    """All that is written of a refit: nothing is computed while the database is held."""

    change: Change
    said: Mapping[int, Known]
    split_from: Mapping[int, int]
    model: Model
    born: int


def _worked_out(found: Refit, before: Mapping[int, int]) -> _WorkedOut:
    settled, model = found.settled, found.model()
    change = Change(
        before=before,
        members=settled.members,
        likeness=found.likeness(),
        merged=settled.merged,
        because=found.reasons(model),
    )
    said = {of: found.known(issues) for of, issues in found.members().items()}
    return _WorkedOut(change, said, settled.split_from, model, len(settled.born))


def _write(world: World, session: Session, found: _WorkedOut, seconds: float) -> None:
    now, said = world.now(), found.said
    new = [
        NewClass(number=of, name=said[of].name, split_from=found.split_from.get(of))
        for of in sorted(said, reverse=True)
        if of < 0
    ]
    ids = class_refits.apply_refit(session, found.change, new, now)
    for of, known in said.items():
        class_refits.tell(session, ids[of], Told(sentence=known.sentence, shared=known.shared))
    model = with_ids(found.model, ids)
    failure_classes.keep_model(session, write_model(model), model.metrics, seconds, now)


def _seconds(began: float) -> float:
    return round(time.monotonic() - began, 1)
