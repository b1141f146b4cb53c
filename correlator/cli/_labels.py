"""What ``evaluate grouping`` says of a trace besides its issue: its failure class and its kind."""

from sqlmodel import Session

from correlator.kinds import kind_of as guess_of
from correlator.store import failure_classes
from correlator.types import Event


def class_of(session: Session, issue_id: int) -> str | None:
    """The name of an issue's failure class; None: not in any."""
    found = failure_classes.class_of(session, issue_id)
    return f"{found.id} {found.name}" if found else None


def kind_of(event: Event) -> str | None:
    """The kind of failure that an event shows; None: it abstains."""
    guess = guess_of(event)
    return None if guess.abstained else guess.kind.value
