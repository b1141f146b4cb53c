"""Who stands behind a commit: the best-evidenced person, and in which role.

A robot or an agent is never accountable. In an agent's commit a person's sign-off says more than
authorship (the Linux kernel's rule); where the author is a machine, whoever is named beside it.
"""

from dataclasses import dataclass

from correlator.provenance.automation import robot_of
from correlator.provenance.message import parse
from correlator.provenance.records import Claims
from correlator.provenance.tools import recognise, split_identity
from correlator.types import Author, Identity


@dataclass(frozen=True, slots=True)
class Accountable:
    """A person and the role that makes them accountable: signer, author, co-author, prompter."""

    who: str
    role: str


def accountable(claims: Claims) -> Accountable | None:
    """The person who stands behind the commit as far as its records tell; None if none does."""
    commit = claims.commit
    trailers = parse(commit.message).trailers
    by_agent = any(claim.author is Author.AI and claim.certainty > 0 for claim in claims.found)
    signed = [one.value for one in trailers if one.key == "signed-off-by" and one.final]
    if by_agent and (signer := _first_person(signed)):
        return Accountable(signer, "signer")
    if is_person(commit.author):
        return Accountable(_shown(commit.author), "author")
    co_authors = [one.value for one in trailers if one.key == "co-authored-by"]
    if co_author := _first_person(co_authors):
        return Accountable(co_author, "co-author")
    prompter = next((claim.human for claim in claims.found if claim.human), None)
    return Accountable(prompter, "prompter") if prompter else None


def _first_person(values: list[str]) -> str | None:
    for value in values:
        who = Identity(*split_identity(value))
        if who.email and is_person(who):
            return _shown(who)
    return None


def is_person(who: Identity) -> bool:
    """Whether an identity is neither a known agent or robot nor an app."""
    is_app = who.name.strip().casefold().endswith("[bot]")
    return not is_app and recognise(who.name, who.email) is None and robot_of(who) is None


def _shown(who: Identity) -> str:
    return f"{who.name[:100]} <{who.email[:200]}>"
