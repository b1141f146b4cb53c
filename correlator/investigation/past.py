"""What git's logs say of a case, and the candidates that come of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from correlator.code.history import Contact, Stretch, contacts
from correlator.ranking.case import Candidate, Place, Touch
from correlator.types import Commit, Patch, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What git's logs say: the range, newest first; every patch read; who met which place."""

    ranged: tuple[Commit, ...]
    patches: Mapping[str, Patch]
    met: Mapping[str, tuple[Contact, ...]]
    beside: Mapping[str, frozenset[int]]


def beside(
    places: Sequence[Place],
    spans: Mapping[str, Sequence[Span]],
    behind: Sequence[Patch],
    met: Mapping[str, Sequence[Contact]],
) -> dict[str, frozenset[int]]:
    """Places of whose class, but not of whose function, a commit touched lines."""
    stretches = [
        Stretch(place.key, place.path, span.first, span.last)
        for place in places
        for span in spans.get(place.path, ())
        if span.kind == "class" and place.owner and span.name == place.owner
        if span.first <= place.first and place.last <= span.last
    ]
    found: dict[str, set[int]] = defaultdict(set)
    for contact in contacts(behind, stretches):
        found[contact.sha].add(contact.key)
    inside = {sha: {contact.key for contact in many} for sha, many in met.items()}
    return {sha: frozenset(keys - inside.get(sha, set())) for sha, keys in found.items()}


def candidates(
    past: Past, innocent: frozenset[str], layout: frozenset[str]
) -> tuple[Candidate, ...]:
    """Every commit that was found, newest first, but those that are known to be innocent.

    ``layout``: those that changed comments and layout only.
    """
    inside = {commit.sha for commit in past.ranged}
    commits = {commit.sha: commit for commit in past.ranged}
    commits |= {sha: patch.commit for sha, patch in past.patches.items()}
    order = sorted(
        (commit for sha, commit in commits.items() if sha not in innocent),
        key=lambda commit: commit.committed_at,
        reverse=True,
    )
    return tuple(
        Candidate(
            commit=commit,
            in_range=commit.sha in inside,
            age=age,
            files=past.patches[commit.sha].files if commit.sha in past.patches else (),
            touches=tuple(map(_touch, past.met.get(commit.sha, ()))),
            beside=past.beside.get(commit.sha, frozenset()),
            same_program=commit.sha in layout,
        )
        for age, commit in enumerate(order)
    )


def _touch(contact: Contact) -> Touch:
    return Touch(contact.key, contact.offset, contact.hunk, contact.gap, contact.rewritten)
