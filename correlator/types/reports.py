"""What a week was: the values that the weekly report is written from.

Nothing here is rounded or worded; every number of a report is counted from these, so that the
list behind it can be shown.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """An ISO week (``2026-W47``) as a zone has it: from ``since`` up to ``until``, in UTC."""

    name: str
    zone: str
    since: datetime
    until: datetime

    @property
    def hours(self) -> float:
        """How long it was: 168, or 167 and 169 where the clocks were changed."""
        return (self.until - self.since).total_seconds() / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a report speaks of. No services: all; ``project_id`` None: every project."""

    environment: str = "production"
    services: tuple[str, ...] = ()
    project_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """The sort of failure that an issue is: its failure class, or its kind while it has none.

    ``mark`` is its key in lists and addresses; ``path`` its page or list."""

    mark: str
    label: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSuspect:
    """A change that may have caused an issue, as the verdict in force and people have it.

    ``probability`` is 1 where somebody confirmed it; nobody ruled it out."""

    repo: str
    sha: str
    subject: str
    author: str
    probability: float
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekIssue:
    """An issue in the scope, with what it did in the week and in the weeks before (oldest first).

    ``bursts``: five minutes that had an event, which do not grow when one fault repeats in a loop;
    ``began``: the first hour of it in this scope; ``suspects``: surest first."""

    id: int
    short: str
    title: str
    service: str
    status: str
    sort: Sort
    began: datetime
    events: int
    bursts: int
    users: int
    before: tuple[int, ...] = ()
    bursts_before: int = 0
    suspects: tuple[WeekSuspect, ...] = ()
    silence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDeploy:
    """A finished roll-out, and the issues of the week that began in it."""

    id: int
    project: str
    service: str
    release: str
    at: datetime
    path: str
    issues: tuple[int, ...] = ()


class WeekAct(StrEnum):
    """What a person decided."""

    CONFIRMED = "confirmed a culprit"
    REJECTED = "ruled a suspect out"
    TAKEN_BACK = "took a word back"
    JOINED = "merged issues"
    SPLIT = "split an issue"
    UNDONE = "undid a merge or split"
    NAMED = "named the kind of an issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something that a person decided about an issue."""

    act: WeekAct
    issue_id: int
    short: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOutcome:
    """A fix of an issue that the statistics decided on in the week. ``cycles``: redeploys that the
    episode took so far."""

    issue_id: int
    short: str
    title: str
    state: str
    because: str
    cycles: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCommit:
    """A commit of a default branch, committed in the week."""

    repo: str
    sha: str
    subject: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFacts:
    """All that a report is written from. ``hours_before``: how many of the hours of the weeks
    before were watched, 0 in a first week; ``fixes`` None: not tracked yet. ``caught``: issues
    that began elsewhere in the week and never came here. ``commits`` None: nothing is surveyed."""

    week: Week
    scope: Scope
    weeks_before: int
    hours_before: float
    issues: tuple[WeekIssue, ...] = ()
    caught: tuple[WeekIssue, ...] = ()
    deploys: tuple[WeekDeploy, ...] = ()
    decisions: tuple[Decision, ...] = ()
    fixes: tuple[FixOutcome, ...] | None = None
    commits: tuple[WeekCommit, ...] | None = None
