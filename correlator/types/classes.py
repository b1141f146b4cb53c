"""Failure classes: what issues are compared by, the classes they fall into, and what people taught.

A class is a recurring cluster of issues that went wrong in the same way. It describes failures,
never whoever wrote the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What an issue is compared by: tokens of the form ``aspect:what``, each once.

    Aspects: ``type``, ``parent`` and ``cause`` (the exception, its ancestry, its chain), ``kind``,
    ``diff`` (what the culprit did), ``saying`` (the language's own words), and those that say more
    than a type: ``word`` and ``name`` (the message), ``at``, ``place``, ``frame`` and ``lib`` (the
    way there), ``code`` (the crash line).
    """

    issue_id: int
    tokens: tuple[str, ...]


class ClassState(StrEnum):
    """Whether a class counts. ``DISMISSED``: a person said that it is none, so that what is like
    it is no class either; ``MERGED``: it leads to another."""

    ACTIVE = "active"
    MERGED = "merged"
    DISMISSED = "dismissed"


class Act(StrEnum):
    """What a person may teach."""

    RENAME = "rename"
    MERGE = "merge"
    SPLIT = "split"
    DISMISS = "not a class"
    BELONGS = "belongs"
    NOT_HERE = "does not belong"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A class as a new issue is compared with it.

    ``weights``: the mean of its members' unit vectors, so that the product with an issue's vector
    is the mean likeness to them. ``core``: tokens that say more than a type and that most members
    share; an issue without any of them does not belong. ``reach``: the least likeness that does.
    """

    class_id: int
    size: int
    weights: Mapping[str, float]
    core: tuple[str, ...]
    reach: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The class of an issue, or none, and why. ``likeness``: mean cosine to the members, 0 to 1."""

    class_id: int | None
    likeness: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """All that people taught and that stands.

    ``belongs``: issue to class; ``apart``: (issue, class) that must not be together;
    ``kept_whole``: classes that somebody put together; ``kept_apart``: pairs of classes (lower id
    first) that somebody took apart.
    """

    belongs: Mapping[int, int] = field(default_factory=dict)
    apart: frozenset[tuple[int, int]] = frozenset()
    kept_whole: frozenset[int] = frozenset()
    kept_apart: frozenset[tuple[int, int]] = frozenset()
