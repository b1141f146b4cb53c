"""Who stands behind a change, and what a policy says of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody as a forge or git names them: any part may be missing. ``id`` is the forge's own
    number of the account; ``is_machine``: the forge says bot, or the identity is a known robot."""

    login: str | None = None
    id: int | None = None
    name: str | None = None
    email: str | None = None
    is_machine: bool = False

    @property
    def shown(self) -> str:
        """The shortest form that a reader knows them by."""
        return f"@{self.login}" if self.login else self.name or self.email or "somebody"


@dataclass(frozen=True, slots=True)
class BranchCommit:
    """A commit of a pull request's branch: a rebase keeps its author's time and its subject."""

    sha: str
    authored_at: datetime
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull or merge request at ``updated_at``. None: that record did not say.

    ``forge``: github or gitlab; ``repository``: its full name there. ``state``: open, closed or
    merged. ``head``: newest commit of the branch; ``base``: newest commit of the target branch
    that it was compared with; ``merge_commits``: what the target branch got.
    ``requested_by``: who set an agent to work, by its own words or by assignment.
    ``commits``: of its branch, oldest first, without merges, as far as told; ``commit_count``: how
    many there are. ``footers``: lines of the description that may tell who wrote it.
    ``via_app``: the app through which somebody opened it.
    """

    forge: str
    repository: str
    number: int
    updated_at: datetime
    state: str
    title: str | None = None
    url: str | None = None
    author: Actor | None = None
    head: str | None = None
    head_ref: str | None = None
    base: str | None = None
    base_ref: str | None = None
    merge_commits: tuple[str, ...] = ()
    merged_at: datetime | None = None
    merged_by: Actor | None = None
    requested_by: tuple[str, ...] = ()
    created_at: datetime | None = None
    added: int | None = None
    removed: int | None = None
    commits: tuple[BranchCommit, ...] = ()
    commit_count: int | None = None
    footers: tuple[str, ...] = ()
    via_app: str | None = None


class Opinion(StrEnum):
    """What a review says."""

    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    COMMENTED = "commented"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review of a pull request. ``key`` is the forge's own id of it, or stands for the
    reviewer where approvals have none; ``commit`` is what was looked at; ``said_at`` when it was
    given, ``changed_at`` when this record of it was made."""

    forge: str
    repository: str
    number: int
    key: str
    reviewer: Actor
    opinion: Opinion
    said_at: datetime
    changed_at: datetime
    commit: str | None = None


class SignOffState(StrEnum):
    """What a review is worth. Only ``COUNTS`` is a sign-off."""

    COUNTS = "counts"
    STALE = "stale"
    OWN_WORK = "own-work"
    MACHINE = "machine"
    DISMISSED = "dismissed"
    OBJECTS = "objects"
    COMMENTED = "commented"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """Somebody's latest word on a change, what it is worth, and why. ``source``: review, trailer"""

    who: Actor
    state: SignOffState
    because: str
    source: str
    at: datetime | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A person or machine and the role they had: author, committer, human, requester, merger."""

    role: str
    who: Actor
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Files of a change that one line of CODEOWNERS gives to owners, and which of these signed.

    ``unknown``: owners (teams) whose members nobody told us.
    """

    pattern: str
    line: int
    paths: tuple[str, ...]
    owners: tuple[str, ...]
    signed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    section: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accountability:
    """Who stands behind a change, as far as it is recorded.

    ``reviews_known``: a forge told us of the reviews, so that none means none; else all that is
    known is what trailers say. ``review_seconds``: from opening to the first sign-off that counts.
    ``lines``: added and removed.
    """

    sha: str
    standing: tuple[Standing, ...]
    human: Standing | None
    pull_request: PullRequest | None
    sign_offs: tuple[SignOff, ...]
    owned: tuple[Owned, ...] = ()
    reviews_known: bool = False
    review_seconds: float | None = None
    lines: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def signed(self) -> tuple[SignOff, ...]:
        """The sign-offs that count."""
        return tuple(one for one in self.sign_offs if one.state is SignOffState.COUNTS)


class Outcome(StrEnum):
    """How a rule of the policy fares with a change."""

    KEPT = "kept"
    BROKEN = "broken"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, slots=True)
class Excuse:
    """Who excused a change from a rule, why, and until when."""

    by: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A rule's answer about a change, and why. ``waived``: who excused it, until when, and why, in
    words; ``excuse``: the same taken apart."""

    rule: str
    kind: str
    outcome: Outcome
    because: str
    waived: str | None = None
    excuse: Excuse | None = None
