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

    ``mark`` is its key in lists and addresses; ``path`` its page or list; ``kind`` that of the
    issue, which tells what check would have caught it."""

    mark: str
    label: str
    path: str
    kind: str = ""


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
    ``began``: the first hour of it in this scope; ``suspects``: surest first; ``mended``: a fix of
    it held."""

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
    users_before: tuple[int, ...] = ()
    bursts_before: int = 0
    suspects: tuple[WeekSuspect, ...] = ()
    silence: str = ""
    platform: str = ""
    mended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDeploy:
    """A finished roll-out, the issues of the week that began in it, and how it fared: ``health`` is
    fine, worse, cannot-tell, or empty while that is not decided."""

    id: int
    project: str
    service: str
    release: str
    at: datetime
    path: str
    issues: tuple[int, ...] = ()
    health: str = ""
    because: str = ""


class WeekAct(StrEnum):
    """What a person decided."""

    CONFIRMED = "confirmed a culprit"
    REJECTED = "ruled a suspect out"
    TAKEN_BACK = "took a word back"
    JOINED = "merged issues"
    SPLIT = "split an issue"
    UNDONE = "undid a merge or split"
    NAMED = "named the kind of an issue"
    RESOLVED = "resolved an issue"
    REOPENED = "reopened an issue"
    TAUGHT = "taught a failure class"
    FOLLOWED = "had a check followed"
    MENDED = "said what mends an issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something that a person decided. ``about``: an issue's short name, or a class with what was
    taught of it; ``path``: its page."""

    act: WeekAct
    about: str
    path: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FixTry:
    """A roll-out that carried a fix of an issue, and what became of it."""

    issue_id: int
    short: str
    release: str
    state: str
    at: datetime
    path: str
    is_roll_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FixOutcome:
    """A fix of an issue that the statistics decided on in the week. ``tries``: the roll-outs of
    its episode that carried a fix, this one the last."""

    issue_id: int
    short: str
    title: str
    state: str
    because: str
    at: datetime
    tries: tuple[FixTry, ...] = ()

    @property
    def cycles(self) -> int:
        """Redeploys that it took so far."""
        return len(self.tries)


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
    before were watched, 0 in a first week; ``fixes``: what was decided, None: none was ever
    followed; ``tried``: roll-outs of the week that carried a fix. ``caught``: issues that began
    elsewhere in the week and never came here. ``commits`` None: nothing is surveyed."""

    week: Week
    scope: Scope
    weeks_before: int
    hours_before: float
    issues: tuple[WeekIssue, ...] = ()
    caught: tuple[WeekIssue, ...] = ()
    deploys: tuple[WeekDeploy, ...] = ()
    decisions: tuple[Decision, ...] = ()
    fixes: tuple[FixOutcome, ...] | None = None
    tried: tuple[FixTry, ...] = ()
    commits: tuple[WeekCommit, ...] | None = None
