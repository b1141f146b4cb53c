"""A release name that several revisions went out under: its time says which one an event is of."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from correlator.store.tables import DeployRow
from correlator.types import RollOut, Seen, Use

OfRelease = TypeVar("OfRelease", Seen, Use)


def shared_names(deploys: Iterable[DeployRow]) -> frozenset[str]:
    """Names of releases whose markers give more than one revision."""
    revisions: defaultdict[str, set[str]] = defaultdict(set)
    for one in deploys:
        if one.revision:
            revisions[one.release].add(one.revision)
    return frozenset(name for name, known in revisions.items() if len(known) > 1)


def told_apart(deploy: DeployRow, shared: frozenset[str]) -> RollOut:
    """The roll-out, by a name that only this revision has."""
    name = deploy.release
    if name in shared:
        name = f"{name} ({deploy.revision[:7]})" if deploy.revision else f"{name} (?)"
    return RollOut(id=deploy.id or 0, release=name, at=deploy.at)


def without_shared(counted: Iterable[OfRelease], shared: frozenset[str]) -> tuple[OfRelease, ...]:
    """Of what a shared name was sent with it says nothing."""
    return tuple(replace(one, release="") if one.release in shared else one for one in counted)
