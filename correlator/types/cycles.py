"""What came of a fix: attempts, the states they may be in, and the redeploys that it took."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from correlator.types.exposure import ExposureKind

# What a bit of ``Seen.windows`` stands for.
WINDOW = timedelta(minutes=5)


class Means(StrEnum):
    """How a change is known to be meant as a fix."""

    NAMED = "named"
    REVERT = "revert"
    ROLL_BACK = "roll-back"
    INFERRED = "inferred"


class Way(StrEnum):
    """Where a fix was found."""

    MESSAGE = "commit message"
    PULL_REQUEST = "pull request"
    SENTRY = "Sentry"
    PERSON = "person"
    CODE = "code"


class AttemptState(StrEnum):
    """What became of a fix attempt. A closed list."""

    TOO_EARLY = "too early"
    HELD = "held"
    REDUCED = "reduced"
    CAME_BACK = "came back"
    UNEXERCISED = "unexercised"
    SUPERSEDED = "superseded"
    NEVER_DEPLOYED = "never deployed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A change meant to mend an issue. ``key`` stands for it where releases say what they carry:
    the commit's hash, or for a roll-back ``without:`` and the culprit's.

    ``confirmed``: somebody or something said so; an inferred one is probable until then.
    """

    key: str
    means: Means
    because: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """A fix as it was found. ``carriers``: full hashes, any of which brings it into a revision
    (the commit, its copies, the squash that took it over), or for a roll-back the culprit's.
    ``sha``: the commit to show; None for a release, whose name ``release`` is. ``undoes``: the full
    hash of the one change that it says it takes back or mends, if it does."""

    fix: Fix
    way: Way
    sha: str | None
    carriers: tuple[str, ...] = ()
    release: str | None = None
    undoes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Sentry says that an issue of its own is resolved, and by what.

    ``commit``: a full hash; ``release``: its name; neither: in the next release after ``at``.
    """

    sentry_issue: str
    short: str | None
    type: str
    value: str
    commit: str | None
    release: str | None
    at: datetime
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOut:
    """One finished roll-out on a line; ``id`` is the deploy's, 0 where nobody told of one: the
    release was seen to be out."""

    id: int
    release: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Events of an issue in an hour from a release. ``windows``: a bit for each five minutes of
    the hour that had one, the first being the lowest, so that a burst can be told."""

    hour: datetime
    release: str
    events: int
    windows: int

    @property
    def first(self) -> datetime:
        """When the first of them was, to five minutes; the hour where that was not counted."""
        place = (self.windows & -self.windows).bit_length() - 1
        return self.hour + max(place, 0) * WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much a release was used in an hour."""

    hour: datetime
    release: str
    count: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """All that is known of an issue in one environment of one service.

    ``carries``: by release, the keys of the fixes that are alive in it; a release that is missing
    has no known revision. ``undone``: those that it contains, but that something in it takes back.
    ``use``: by hour, in ``unit``; with ``unit`` None, time itself is used. ``parts``: roll-outs to
    a part of it (canaries), beside which the release before stays what is deployed.
    """

    environment: str
    service: str
    roll_outs: tuple[RollOut, ...]
    seen: tuple[Seen, ...]
    fixes: tuple[Fix, ...]
    carries: Mapping[str, frozenset[str]]
    now: datetime
    unit: ExposureKind | None = None
    use: tuple[Use, ...] = ()
    undone: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parts: tuple[RollOut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixAttempt:
    """A roll-out that carries a fix, and what became of it.

    ``before`` and ``after``: thinned events and exposure without and with the fix. ``chance``: of
    such silence had nothing changed, or None once it was broken. ``missing``: the exposure that is
    still needed, ``missing_hours``: in hours at the pace so far. ``decided_at``: when it was held,
    or the hour of the event that spoke against it. ``ratio``: of the rates after and before, with
    bounds that hold whenever somebody looks, where events remain.
    """

    fixes: tuple[Fix, ...]
    roll_out: RollOut | None
    state: AttemptState
    because: str
    before: tuple[float, float] = (0.0, 0.0)
    after: tuple[float, float] = (0.0, 0.0)
    chance: float | None = None
    missing: float = 0.0
    missing_hours: float | None = None
    decided_at: datetime | None = None
    ratio: tuple[float, float, float] | None = None

    @property
    def confirmed(self) -> bool:
        """Whether any of its fixes is more than inferred."""
        return any(fix.confirmed for fix in self.fixes)

    @property
    def is_roll_back(self) -> bool:
        """Whether going back is all it did."""
        return all(fix.means is Means.ROLL_BACK for fix in self.fixes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """From when an issue began, or came back after a fix that had held, to the fix that held.

    ``began``: its first event, to five minutes.
    ``cycles``: attempts until the one that held; of an open episode those so far, and more are to
    be expected (``closed_at`` None). ``roll_backs`` of them only went back.
    """

    began: datetime
    attempts: tuple[FixAttempt, ...]
    closed_at: datetime | None
    regression: bool = False
    never_deployed: tuple[Fix, ...] = field(default=())

    @property
    def cycles(self) -> int:
        """Redeploy cycles, roll-backs among them."""
        return len(self.attempts)

    @property
    def roll_backs(self) -> int:
        """How many of the attempts only went back."""
        return sum(attempt.is_roll_back for attempt in self.attempts)
