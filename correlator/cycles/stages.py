"""How far a change had come when a failure was first seen: from CI to everybody."""

from collections.abc import Mapping
from enum import StrEnum


class Stage(StrEnum):
    """In the order in which a change goes through them."""

    CI = "ci"
    STAGING = "staging"
    CANARY = "canary"
    FULL = "full"


_ORDER = {stage: place for place, stage in enumerate(Stage)}


def stage_of(environment: str, stages: Mapping[str, str]) -> Stage:
    """The stage of an environment; one that nobody mapped is seen by everybody."""
    said = stages.get(environment.lower(), "")
    return Stage(said) if said in set(Stage) else Stage.FULL


def counts_most(environment: str, stages: Mapping[str, str]) -> tuple[int, int]:
    """A key: the line that everybody sees first, and of these the one called production."""
    return -_ORDER[stage_of(environment, stages)], int(environment.lower() != "production")
