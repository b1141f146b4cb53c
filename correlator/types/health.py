"""How a deploy fares beside the one before it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfRelease:
    """What a release did in an hour of an environment: error events that users met, and calls and
    sessions it served. ``windows``: five-minute windows of single issues that had an event."""

    hour: datetime
    environment: str
    release: str
    events: int = 0
    windows: int = 0
    calls: float = 0.0
    sessions: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A deploy to be judged. ``until``: when another took its place, or now. ``counts_from``: the
    first hour in which events of its release are surely its own. ``timed_from``: the same where
    time stands for use, so that not even a canary of it may have sent them. ``against``:
    environment, release and time of the one it is compared with; None: there is none.
    ``share``: None where all of it has the release, else what share has, 1 where nobody said."""

    environment: str
    release: str
    at: datetime
    until: datetime
    counts_from: datetime
    timed_from: datetime
    against: tuple[str, str, datetime] | None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Both sides in one unit: calls, sessions or minutes. ``windows``: separate failures of the new
    side. ``spread_before``: how unevenly events fell before, 1 if not at all; ``is_spread_known``:
    whether so many fell that it can be told. ``is_part``: only a part of the service has it.
    ``beside``: events and exposure of what all others of it have, in the same hours."""

    unit: str
    new_events: int
    new_exposure: float
    windows: int
    old_events: int
    old_exposure: float
    spread_before: float = 1.0
    is_spread_known: bool = True
    is_part: bool = False
    beside: tuple[int, float] | None = None

    @property
    def spread(self) -> float:
        """How many times less events weigh because they come in bursts; where that is not known of
        before, what comes in five minutes is taken for one."""
        if self.is_spread_known or not self.windows:
            return self.spread_before
        return max(self.spread_before, self.new_events / self.windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fared:
    """``health``: fine, worse, too-early or cannot-tell. ``ratio`` with ``low`` and ``high``, that
    are safe at every look; None where there is nothing to divide by. ``missing``: exposure still
    needed if nothing else fails, ``missing_minutes`` at the pace so far; None: cannot be told."""

    health: str
    because: str
    compared: Compared
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    missing: float | None = None
    missing_minutes: float | None = None
