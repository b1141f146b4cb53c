"""The nouns: frozen values that cross the walls between rooms.

Standard library only. A class whose name ends in ``Row`` (see ``store.tables``) lives in the
database; everything here is a value that a function takes or returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# --- what the world says -----------------------------------------------------------------------


class Level(StrEnum):
    """Severity of an event, as Sentry names it."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One delivery at the door, exactly as it arrived: the only raw thing in the house.

    ``source`` names the module in ``sources`` that can read it; ``delivery`` is what makes the
    delivery itself unique within project and source (an event id, a deploy's natural key), so
    that a repeated delivery is kept once.
    """

    project_id: int
    source: str
    delivery: str
    body: bytes
    encoding: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One call in a stack trace. ``lineno`` and ``colno`` count from 1."""

    filename: str
    function: str = ""
    module: str | None = None
    abs_path: str | None = None
    lineno: int | None = None
    colno: int | None = None
    context_line: str | None = None
    pre_context: tuple[str, ...] = ()
    post_context: tuple[str, ...] = ()
    in_app: bool | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception of a chain. ``frames``: oldest call first, the last is where it was raised.

    ``number`` and ``parent`` rebuild the tree of an exception group (the root is number 0);
    a plain chain has neither.
    """

    type: str
    value: str = ""
    module: str | None = None
    handled: bool | None = None
    synthetic: bool = False
    mechanism: str | None = None
    frames: tuple[Frame, ...] = ()
    number: int | None = None
    parent: int | None = None
    is_group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One error event, parsed and scrubbed.

    ``exceptions`` keeps Sentry's order: innermost cause first, the one the user saw last.
    ``frames`` holds a trace that came without an exception. ``message`` is the template,
    ``formatted`` the text as shown. ``user`` is a keyed hash, never the identity itself.
    ``notes`` say which fields could not be read and were dropped.
    """

    event_id: str
    at: datetime
    level: Level = Level.ERROR
    platform: str = "other"
    release: str | None = None
    dist: str | None = None
    environment: str = "production"
    service: str | None = None
    transaction: str | None = None
    logger: str | None = None
    message: str = ""
    formatted: str = ""
    exceptions: tuple[Raised, ...] = ()
    frames: tuple[Frame, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    server_name: str | None = None
    trace_id: str | None = None
    modules: Mapping[str, str] = field(default_factory=dict)
    fingerprint: tuple[str, ...] = ()
    sdk: str | None = None
    breadcrumbs: tuple[Mapping[str, Any], ...] = ()
    request: Mapping[str, Any] = field(default_factory=dict)
    contexts: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    sentry_issue: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def raised(self) -> Raised | None:
        """The exception that surfaced: the last of the chain."""
        return self.exceptions[-1] if self.exceptions else None

    @property
    def trace(self) -> tuple[Frame, ...]:
        """Frames of the exception that surfaced, oldest first; else the bare trace."""
        for raised in reversed(self.exceptions):
            if raised.frames:
                return raised.frames
        return self.frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """A deploy marker: this release of this service went to this environment at this time."""

    release: str
    environment: str
    service: str | None
    revision: str | None
    at: datetime
    actor: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What makes two events the same issue: a hash, the version of the recipe, and its parts."""

    version: int
    hash: str
    parts: tuple[str, ...]
    because: str


# --- code ----------------------------------------------------------------------------------------


class ResolvedBy(StrEnum):
    """How a release was resolved to a revision."""

    MARKER = "marker"
    SHA_IN_NAME = "sha-in-name"
    TAG = "tag"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit that a release stands for, how we know, and in words for the reader."""

    sha: str
    how: ResolvedBy
    because: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A name and a mail address as git records them: declared, not proven."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit. Times are aware, in UTC; ``message`` is the whole message."""

    sha: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    authored_at: datetime
    committed_at: datetime
    message: str

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.partition("\n")[0].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A frame found in the repository. ``depth`` 0 is the crash, larger is further away.

    ``chain`` counts exceptions back from the one that surfaced (0); ``how`` names the path rule.
    """

    depth: int
    chain: int
    path: str
    line: int | None
    frame: Frame
    how: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a line came from: the commit, and path and line number in that commit."""

    sha: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLine:
    """A line of the deployed source with its origin (None where blame could not say)."""

    number: int
    text: str
    origin: Origin | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """Source around a located frame, at the deployed revision, for the blame gutter."""

    path: str
    line: int
    depth: int
    chain: int
    function: str
    lines: tuple[CodeLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A function or class in a file, first to last line, both inclusive, from 1.

    ``name`` is qualified by what encloses it (``Outer.method``); ``kind``: function or class.
    """

    path: str
    name: str
    kind: str
    first: int
    last: int

    @property
    def short(self) -> str:
        """The name without what encloses it."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place that a change touched, without context lines; line numbers as in a diff.

    ``within``: the line that opens the function or class around it, as git tells it; or empty.
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    within: str = ""


@dataclass(frozen=True, slots=True)
class FilePatch:
    """What a commit did to one file. ``old_path`` differs from ``path`` after a rename; an empty
    one means that the file was made, an empty ``path`` that it was deleted."""

    path: str
    old_path: str
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """A file that a commit touched: path and blob before and after, empty where there was none."""

    path: str
    old_path: str
    old_blob: str
    new_blob: str


@dataclass(frozen=True, slots=True)
class Patch:
    """A commit with what it changed against its (first) parent, as far as it was asked for."""

    commit: Commit
    files: tuple[FilePatch, ...]


# --- provenance ----------------------------------------------------------------------------------


class Author(StrEnum):
    """The five answers to 'who or what wrote it'. No claim means UNKNOWN, never HUMAN."""

    AI = "ai"
    MIXED = "mixed"
    HUMAN = "human"
    AUTOMATION = "automation"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One piece of evidence about who wrote a commit, or lines of it. Never merged, only judged.

    ``role``: authored, co-authored, assisted or suggested. ``lines``: inclusive (first, last)
    ranges in ``path`` at that commit; empty means the whole commit. ``certainty``: 0 to 1.
    """

    author: Author
    mechanism: str
    role: str
    certainty: float
    because: str
    tool: str | None = None
    model: str | None = None
    session: str | None = None
    human: str | None = None
    path: str | None = None
    lines: tuple[tuple[int, int], ...] = ()
    derived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The judged answer for a commit or a line, with every claim it was judged from."""

    author: Author
    certainty: float
    because: str
    tools: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    level: str = "commit"
    derived: bool = False
    claims: tuple[Claim, ...] = ()


# --- who stands behind a change ------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A pull or merge request at ``updated_at``. None: that record did not say.

    ``forge``: github or gitlab; ``repository``: its full name there. ``state``: open, closed or
    merged. ``head``: newest commit of the branch; ``base``: newest commit of the target branch
    that it was compared with; ``merge_commits``: what the target branch got.
    ``requested_by``: who set an agent to work, by its own words or by assignment.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A rule's answer about a change, and why. ``waived``: who excused it, until when, and why."""

    rule: str
    kind: str
    outcome: Outcome
    because: str
    waived: str | None = None


Fact = Event | Deploy | PullRequest | Review


# --- verdict -------------------------------------------------------------------------------------


class Abstention(StrEnum):
    """Why no culprit is named. A closed list: each is an answer with a next step."""

    NO_REPOSITORY = "no-repository"
    NO_REVISION = "no-revision"
    REVISION_NOT_IN_REPOSITORY = "revision-not-in-repository"
    REPOSITORY_UNAVAILABLE = "repository-unavailable"
    NO_FRAMES = "no-frames"
    NO_FRAME_IN_REPOSITORY = "no-frame-in-repository"
    NOTHING_STANDS_OUT = "nothing-stands-out"
    LOOKS_EXTERNAL = "looks-external"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One row under a suspect: which signal, how many points, and a sentence for the reader."""

    signal: str
    points: float
    because: str
    path: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A change that may be the culprit. ``score`` is the sum of its evidence's points;
    ``probability`` is the calibrated chance (0 to 1) that this is the culprit."""

    sha: str
    score: float
    probability: float
    in_range: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Suspects, best first, and how sure we are of the first; or a named reason for silence.

    Suspects are kept when we abstain, too: a reader may want to look.
    """

    suspects: tuple[Suspect, ...]
    confidence: float
    abstained: Abstention | None
    because: str
    weights: str

    @property
    def culprit(self) -> Suspect | None:
        """The first suspect, unless the verdict abstains."""
        return self.suspects[0] if self.suspects and self.abstained is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All that is shown about an event's culprit: one function makes it for CLI and worker.

    ``commits`` and ``provenance`` hold every commit that suspects and snippets mention, by sha.
    ``line_provenance``: (path, line at the deployed revision) where a record speaks of the line.
    """

    verdict: Verdict
    deployed: str | None
    previous: str | None
    commits_in_range: int | None
    locations: tuple[Location, ...]
    snippets: tuple[Snippet, ...]
    commits: Mapping[str, Commit]
    provenance: Mapping[str, Provenance]
    line_provenance: Mapping[tuple[str, int], Provenance] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


# --- the corridor --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Next:
    """What follows a step: the step's name and the ids it is to look at. Only ids travel."""

    step: str
    ids: tuple[int, ...] = ()
