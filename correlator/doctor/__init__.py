"""The doctor: looks an installation over and says, for each fault, what to do about it.

A module here registers its checks. Each gets a World and yields findings; one that cannot look
(because the database is away, say) yields that, and the others go on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import DBAPIError

from correlator.errors import CorrelatorError
from correlator.registry import Registry, load_room
from correlator.world import World


class State(StrEnum):
    """What a check found."""

    WELL = "well"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, in words, and what to do where it is not well."""

    about: str
    state: State
    said: str
    advice: str = ""


Check = Callable[[World], Iterable[Finding]]
CHECKS: Registry[Check] = Registry("check")


def well(about: str, said: str) -> Finding:
    """All is well."""
    return Finding(about, State.WELL, said)


def wrong(about: str, said: str, advice: str) -> Finding:
    """Something is to be done."""
    return Finding(about, State.WRONG, said, advice)


def unknown(about: str, said: str, advice: str = "") -> Finding:
    """It could not be looked at."""
    return Finding(about, State.UNKNOWN, said, advice)


def examine(world: World) -> list[Finding]:
    """Every check's findings, in the order of their names, which begin with a number for it."""
    load_room(__name__)
    return [finding for name, check in CHECKS.items() for finding in _run(name, check, world)]


def _run(name: str, check: Check, world: World) -> list[Finding]:
    try:
        return list(check(world))
    except (CorrelatorError, DBAPIError) as fault:
        said = str(fault).partition("\n")[0]
        return [unknown(name.partition(" ")[2], said, "Mend what stands above first.")]
