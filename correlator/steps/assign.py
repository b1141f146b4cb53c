"""Assign: makes the outline of issues whose kind is known, and puts new ones in a failure class.

Gather (rows), look (git, no transaction open), write (rows). It needs no numeric library: the
model is plain numbers. An issue that is in a class stays there; moving is the refit's work.
"""

from functools import lru_cache

from sqlmodel import Session

from correlator.classes.model import Model, read_model
from correlator.classes.outline import RECIPE, tokens_of
from correlator.code.mirrors import mirror_directory
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.kinds.diff import marks
from correlator.steps import step
from correlator.store.classes import failure_classes, kinds
from correlator.store.classes import lessons as class_lessons
from correlator.store.intake.bodies import unpack
from correlator.store.session import reading, transaction
from correlator.store.tables import EventRow, IssueRow
from correlator.types import Event, Kind, Next
from correlator.world import World

Gathered = tuple[Event, str | None, tuple[int | None, str] | None]


@step("assign")
def assign(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Keep the outlines of these issues, and the class of those that the model knows one for."""
    model = _model(world)
    for issue_id in ids:
        with reading(world.engine) as session:
            gathered = _gather(session, issue_id)
            barred = class_lessons.barred(session, issue_id)
        tokens = _tokens(world, gathered) if gathered else ()
        placed = model.place(tokens, barred) if model and tokens else None
        with transaction(world.engine) as session:
            failure_classes.keep_outline(session, issue_id, RECIPE, tokens, world.now())
            if placed is not None:
                failure_classes.assign(session, issue_id, placed, world.now())
    return []


def _gather(session: Session, issue_id: int) -> Gathered | None:
    issue = session.get(IssueRow, issue_id)
    row = session.get(EventRow, issue.first_event_id) if issue and issue.first_event_id else None
    if issue is None or row is None:
        return None
    kind = None if issue.kind == Kind.UNCLASSIFIED else issue.kind
    return unpack(row.body), kind, kinds.culprit_of(session, issue)


def _tokens(world: World, gathered: Gathered) -> tuple[str, ...]:
    event, kind, culprit = gathered
    return tokens_of(event, kind, _diff(world, culprit))


def _diff(world: World, culprit: tuple[int | None, str] | None) -> tuple[str, ...]:
    """What the culprit did; nothing where the mirror cannot say."""
    repo_id, sha = culprit or (None, "")
    directory = mirror_directory(world.settings.mirrors, repo_id) if repo_id else None
    if directory is None or not directory.exists():
        return ()
    try:
        changes = Repo(directory, timeout=world.settings.git_timeout).changes([sha])
    except Permanent:
        return ()
    return tuple(marks(changes[sha].files).named()) if sha in changes else ()


def _model(world: World) -> Model | None:
    """The model in use; one that cannot be used places nothing, and that is reported."""
    with reading(world.engine) as session:
        number = failure_classes.model_number(session)
    try:
        return _read(world, number) if number else None
    except Permanent as fault:
        world.report(fault)
        return None


@lru_cache(maxsize=2)
def _read(world: World, number: int) -> Model | None:
    with reading(world.engine) as session:
        found = failure_classes.model_text(session, number)
    return read_model(found) if found else None
