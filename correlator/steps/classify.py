"""Classify: gives issues their kind, at once from the event, again when a verdict names a change.

Gather (rows), look (git and rules, no transaction open), write (rows). The same input gives the
same answer, and an answer that says nothing new is not kept again.
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlmodel import Session

from correlator.code.mirrors import mirror_directory
from correlator.code.repo import Repo
from correlator.errors import Permanent, Transient
from correlator.kinds import kind_of
from correlator.kinds.model import Model, model_of, shipped
from correlator.steps import step
from correlator.store.classes import kind_models, kinds
from correlator.store.intake.bodies import unpack
from correlator.store.session import reading, transaction
from correlator.store.tables import EventRow, IssueRow
from correlator.types import Event, FilePatch, Kind, KindGuess, Next
from correlator.world import World


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What the rows say: the event, and which change the verdict names."""

    event: Event
    verdict_id: int | None
    culprit: tuple[int | None, str] | None


@step("classify")
def classify(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Say the kind of each of these issues, as far as their first sight is still kept."""
    model = _model(world)
    for issue_id in ids:
        with reading(world.engine) as session:
            gathered = _gather(session, issue_id)
        guess = _guess(world, gathered, model) if gathered else _nothing("Its first event is gone.")
        verdict_id = gathered.verdict_id if gathered else None
        with transaction(world.engine) as session:
            kinds.keep_guess(session, issue_id, guess, verdict_id, world.now())
    return [Next("assign", ids)] if ids else []


def _model(world: World) -> Model:
    """The model in use; one that cannot be used is reported, and the shipped one asked instead."""
    with reading(world.engine) as session:
        number = kind_models.number_in_use(session)
    try:
        return _read(world, number) if number else shipped()
    except Permanent as fault:
        world.report(fault)
        return shipped()


@lru_cache(maxsize=2)
def _read(world: World, number: int) -> Model:
    with reading(world.engine) as session:
        text = kind_models.text_of(session, number)
    return model_of(text, f"Model {number} of kinds") if text else shipped()


def _guess(world: World, gathered: _Gathered, model: Model) -> KindGuess:
    try:
        return kind_of(gathered.event, _patch(world, gathered), model=model)
    except Transient:
        raise
    except Exception as defect:  # noqa: BLE001 - ours, so reported; the next issue gets its turn
        world.report(defect)
        return _nothing(f"A defect of ours stopped it: {type(defect).__name__}.")


def _nothing(because: str) -> KindGuess:
    """Kept, so that the sweep does not come back for it for ever."""
    return KindGuess(kind=Kind.UNCLASSIFIED, certainty=0.0, because=because, source="none")


def _gather(session: Session, issue_id: int) -> _Gathered | None:
    issue = session.get(IssueRow, issue_id)
    row = session.get(EventRow, issue.first_event_id) if issue and issue.first_event_id else None
    if issue is None or row is None:
        return None
    return _Gathered(unpack(row.body), issue.verdict_id, kinds.culprit_of(session, issue))


def _patch(world: World, gathered: _Gathered) -> tuple[FilePatch, ...]:
    """What the culprit changed; nothing where the mirror cannot say: the event still speaks."""
    repo_id, sha = gathered.culprit or (None, "")
    if repo_id is None:
        return ()
    directory = mirror_directory(world.settings.mirrors, repo_id)
    if not directory.exists():
        return ()
    try:
        changes = Repo(directory, timeout=world.settings.git_timeout).changes([sha])
    except Permanent:
        return ()
    return changes[sha].files if sha in changes else ()
