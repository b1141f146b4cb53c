"""What a policy is made of, once it has been read: rules, groups, and waivers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from correlator.types import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a rule is about. Each empty part means all: files, who wrote it, where it goes."""

    paths: tuple[str, ...] = ()
    except_paths: tuple[str, ...] = ()
    provenance: frozenset[Author] = frozenset()
    environments: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """So many people must have signed off, so many of them from each group, and the owners."""

    name: str
    scope: Scope
    approvers: int = 0
    groups: Mapping[str, int] = field(default_factory=dict)
    owners: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouchable:
    """Files that changes of this scope must not touch."""

    name: str
    scope: Scope
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryFirst:
    """A change must have run in ``canary`` for ``hold`` before it goes anywhere else."""

    name: str
    scope: Scope
    canary: str
    hold: timedelta
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Nothing of this scope is deployed from ``since`` until ``until``."""

    name: str
    scope: Scope
    since: datetime
    until: datetime
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Things of this scope are deployed only on these days (0: Monday) between these times of
    day in the zone; ``until`` before ``since`` runs over midnight and belongs to the first day."""

    name: str
    scope: Scope
    days: frozenset[int]
    since: time
    until: time
    zone: tzinfo
    line: int = 0


Rule = Approval | Untouchable | CanaryFirst | Freeze | Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody excuses changes from a rule until ``expires``, and says why."""

    rule: str
    by: str
    reason: str
    expires: datetime
    commits: tuple[str, ...] = ()
    pull_requests: frozenset[int] = frozenset()
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All of it. ``people``: names (``@login``, mail) that are one person, by a name for them."""

    rules: tuple[Rule, ...] = ()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    people: Mapping[str, frozenset[str]] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()


NO_POLICY = Policy()
