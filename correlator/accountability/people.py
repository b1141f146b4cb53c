"""Whether two names are one person: logins, account numbers and mails, and declared aliases.

A forge knows logins, git knows mails. GitHub's own noreply mails join the two; beyond that only
what somebody declared does. A name alone never makes two people one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from correlator.types import Actor, Identity

_NOREPLY = re.compile(
    r"\A(?:(\d{1,12})[+-])?([^@\s]{1,100})@users\.noreply\.(?:github|gitlab)\.com\Z"
)


def keys_of(actor: Actor) -> frozenset[str]:
    """All that names this account: ``@login``, ``#id``, ``mail``."""
    found: set[str] = set()
    if actor.login:
        found.add("@" + actor.login.casefold().removesuffix("[bot]"))
    if actor.id is not None:
        found.add(f"#{actor.id}")
    if actor.email:
        mail = actor.email.strip().casefold()
        found.add(mail)
        if inside := _NOREPLY.match(mail):
            found.add("@" + inside[2].removesuffix("[bot]"))
            found |= {f"#{inside[1]}"} if inside[1] else set()
    return frozenset(found)


def actor_of(who: Identity, *, is_machine: bool = False) -> Actor:
    """An identity of git as an actor, with the login that a noreply mail gives away."""
    inside = _NOREPLY.match(who.email.strip().casefold())
    return Actor(
        login=inside[2] if inside else None,
        id=int(inside[1]) if inside and inside[1] else None,
        name=who.name or None,
        email=who.email or None,
        is_machine=is_machine,
    )


@dataclass(frozen=True)
class People:
    """Declared aliases: each group of names is one person; ``teams`` are members by team name.
    Logins are written ``@login``, mails as they are."""

    aliases: tuple[frozenset[str], ...] = ()
    teams: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def all_names(self, actor: Actor) -> frozenset[str]:
        """Every name of the person, declared ones included."""
        names = keys_of(actor)
        return names.union(*(alias for alias in self.aliases if alias & names))

    def same(self, one: Actor, other: Actor) -> bool:
        """Whether the two share a name."""
        return bool(self.all_names(one) & self.all_names(other))

    def is_among(self, actor: Actor, names: Iterable[str]) -> bool:
        """Whether the person has one of these names."""
        return bool(self.all_names(actor) & {name.casefold() for name in names})

    def members(self, team: str) -> frozenset[str] | None:
        """The members of ``@org/team`` or of a group's plain name; None if nobody told."""
        wanted = team.casefold().removeprefix("@")
        short = wanted.rpartition("/")[2]
        return self.teams.get(wanted, self.teams.get(short))
