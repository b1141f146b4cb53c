"""Which change did it, how sure we are, and what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from correlator.types.code import Commit, Location, Snippet
from correlator.types.provenance import Provenance


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


@dataclass(frozen=True, slots=True)
class Request:
    """The pull or merge request that a change came by, as far as it is known."""

    number: int
    title: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A change that may be the culprit. ``score`` is the sum of its evidence's points;
    ``probability`` is the calibrated chance (0 to 1) that this is the culprit.

    ``repository`` and ``service`` are set where the change is of another service than the one that
    failed; ``request`` where it is known by which pull request it came.
    """

    sha: str
    score: float
    probability: float
    in_range: bool
    evidence: tuple[Evidence, ...]
    repository: str | None = None
    service: str | None = None
    request: Request | None = None


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
class Elsewhere:
    """Commits of another service's repository that suspects name, by sha, and who wrote them."""

    repository: str
    commits: Mapping[str, Commit]
    provenance: Mapping[str, Provenance]


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
    elsewhere: tuple[Elsewhere, ...] = ()
