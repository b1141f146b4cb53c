"""Who or what wrote it: claims, and the answer they are judged to."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Author(StrEnum):
    """The five answers to 'who or what wrote it'. No claim means UNKNOWN, never HUMAN."""

    AI = "ai"
    MIXED = "mixed"
    HUMAN = "human"
    AUTOMATION = "automation"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """What a record tells of an agent's session; None: it does not say.

    ``turns``: how often a person spoke; ``lines``: that it added; ``accepted`` of these were kept
    as they were, ``overridden`` changed by a person. ``transcript``: its address as recorded,
    which may be anything. ``prompt``: what the person asked first.
    """

    turns: int | None = None
    minutes: float | None = None
    lines: int | None = None
    accepted: int | None = None
    overridden: int | None = None
    transcript: str | None = None
    prompt: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One piece of evidence about who wrote a commit, or lines of it. Never merged, only judged.

    ``role``: authored, co-authored, assisted or suggested. ``lines``: inclusive (first, last)
    ranges in ``path`` at that commit; empty means the whole commit. ``certainty``: 0 to 1.
    ``recorded``: what else the record tells of the session.
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
    recorded: SessionRecord | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWork:
    """What an agent's own service told of its work: it made this pull request, or this branch.

    ``repository``: its full name, or only the last part of it, as told; ``number`` or ``branch``:
    one of them is there. ``run``: the service's id of the run; ``sentry_issue``: what it was for.
    """

    tool: str
    run: str
    repository: str
    at: datetime
    number: int | None = None
    branch: str | None = None
    sentry_issue: str | None = None
