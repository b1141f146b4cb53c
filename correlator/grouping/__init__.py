"""The same failure again? A fingerprint says so; a released version's recipe is never edited."""

from correlator.grouping import v1
from correlator.types import Event, Fingerprint

CURRENT = v1


def fingerprint(event: Event) -> Fingerprint:
    """The fingerprint of an event by the current recipe."""
    return CURRENT.fingerprint(event)
