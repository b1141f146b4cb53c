"""What ``evaluate grouping`` says of a trace besides its issue: the seam for classes and kinds."""

from sqlmodel import Session

from correlator.types import Event


def class_of(_session: Session, _issue_id: int) -> str | None:
    """The failure class of an issue; None: not in any."""
    return None


def kind_of(_event: Event) -> str | None:
    """The kind of failure that an event shows; None: it abstains."""
    return None
