"""Bots and agents that a repository declares as its own: no more a person than those we know.

A review by one is no sign-off, and none of them stands behind a change.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from correlator.accountability import actor_of, keys_of
from correlator.investigation.declaring import declared_at
from correlator.provenance import is_person
from correlator.types import Actor, Identity, PullRequest

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Machines:
    """``names``: declared ones, in lower case: ``@login``, mails, ``name <mail>``, names."""

    names: frozenset[str] = frozenset()

    def has(self, who: Actor) -> bool:
        """Whether it is a declared one."""
        whole = f"{who.name or ''} <{who.email or ''}>".strip().casefold()
        own = {*keys_of(who), whole, (who.name or "").strip().casefold()} - {""}
        return bool(own & self.names)

    def is_one(self, who: Identity) -> bool:
        """Whether an identity of git is a known robot or agent, or a declared one."""
        return not is_person(who) or self.has(actor_of(who))

    def marked(self, who: Actor) -> Actor:
        """The same account, as a machine if it is declared to be one."""
        return replace(who, is_machine=True) if self.has(who) else who

    def marked_pull(self, pull: PullRequest) -> PullRequest:
        """The same pull request, with its people marked."""
        author = self.marked(pull.author) if pull.author else None
        merged_by = self.marked(pull.merged_by) if pull.merged_by else None
        return replace(pull, author=author, merged_by=merged_by)


def machines_of(path: Path) -> Machines:
    """Those that ``[provenance]`` of the policy at HEAD declares as bots, or as its own tools."""
    declared = declared_at(path, "HEAD", [], TIMEOUT).policy
    return Machines(frozenset((*declared.bots, *declared.tools)) if declared else frozenset())
