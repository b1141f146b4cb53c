"""How much code was used: what failures are counted against."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ExposureKind(StrEnum):
    """What was counted."""

    CALLS = "calls"
    SESSIONS = "sessions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """``count`` calls of the transaction ``name``, or sessions, at ``at``, somewhere in its hour.

    ``count``: what it stands for, so that one call of ten that were sampled counts ten.
    ``name``: empty for sessions, and where the sender names calls by their whole address.
    """

    kind: ExposureKind
    name: str
    release: str | None
    environment: str
    service: str | None
    at: datetime
    count: float
