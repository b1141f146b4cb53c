"""What travels between steps."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Next:
    """What follows a step: the step's name and the ids it is to look at. Only ids travel."""

    step: str
    ids: tuple[int, ...] = ()
