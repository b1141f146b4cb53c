"""What a detector is given and what it gives back; the shelf where detectors register.

Apart from the face, so that a detector can import it without importing the whole room.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from correlator.provenance.declared import Declared
from correlator.provenance.spans import count, merged
from correlator.registry import Registry
from correlator.types import AgentWork, Author, Claim, Commit, PullRequest

# Below this certainty a claim is shown but decides nothing.
DECIDES = 0.3
# Role of a claim on all that is in a file: weaker than any record of a line.
OF_PATH = "of the path"


@dataclass(frozen=True, slots=True)
class Brought:
    """The pull request that a commit came by, as a forge told of it. ``whole``: the commit is all
    of it; ``works``: what agents' services told of it, or of its branch."""

    pull: PullRequest
    whole: bool = False
    works: tuple[AgentWork, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the repository recorded about one commit beyond its message.

    ``notes``: full ref name -> note text of this commit, any ref under ``refs/notes/`` or
    ``refs/ai/authorship/``; the form is told by content. ``checkpoints``: Entire checkpoint id
    -> the checkpoint's files (name inside the checkpoint -> bytes). ``traces``: Agent Trace
    records, one JSON document each, that were matched to this commit. ``prompts``: git-ai key
    -> session record found in *another* commit's note (cherry-picked work). ``unread``: where ->
    why, of records that whoever gathered them could not read. ``added``: how many lines the
    commit adds, None if nobody counted. ``policy``: what the
    repository declares of itself; ``touched``: the paths that the commit touched, where that asks
    for them. ``pull_request``: that it came by, where a forge told of it.
    """

    notes: Mapping[str, bytes] = field(default_factory=dict)
    checkpoints: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict)
    traces: tuple[bytes, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    added: int | None = None
    prompts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    pull_request: Brought | None = None
    policy: Declared | None = None
    touched: tuple[str, ...] = ()


NONE = Records()


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that could not be read: where it lies, and why. Reported, never guessed at."""

    where: str
    why: str


@dataclass(frozen=True)
class Claims:
    """All evidence about one commit, and the records that could not be read."""

    commit: Commit
    found: tuple[Claim, ...]
    problems: tuple[Problem, ...] = ()
    added: int | None = None

    @cached_property
    def whole(self) -> tuple[Claim, ...]:
        """The claims that speak of the commit as a whole."""
        return tuple(claim for claim in self.found if claim.path is None)

    @cached_property
    def by_path(self) -> Mapping[str, tuple[Claim, ...]]:
        """The claims that speak of lines, by path in that commit."""
        files: dict[str, list[Claim]] = {}
        for claim in self.found:
            if claim.path is not None and claim.role != OF_PATH:
                files.setdefault(claim.path, []).append(claim)
        return {path: tuple(claims) for path, claims in files.items()}

    @cached_property
    def of_paths(self) -> Mapping[str, Claim]:
        """What is declared of whole files, whoever touches them, by path in that commit."""
        return {one.path: one for one in self.found if one.path is not None and one.role == OF_PATH}

    @cached_property
    def typed(self) -> int:
        """How many lines a record says that a person typed."""
        return sum(
            count(
                merged(span for one in claims if one.author is Author.HUMAN for span in one.lines)
            )
            for claims in self.by_path.values()
        )

    @property
    def is_only_typed(self) -> bool:
        """Whether lines that a person typed are all that is known of the commit, so that it
        matters how many others it adds."""
        return self.typed > 0 and all(
            claim.author is Author.HUMAN or claim.certainty < DECIDES for claim in self.found
        )


Detector = Callable[[Commit, Records], Iterable[Claim | Problem]]
DETECTORS: Registry[Detector] = Registry("detector")
