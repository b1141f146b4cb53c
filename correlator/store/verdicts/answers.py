"""What a verdict comes to once people have had their word: for a page and a terminal alike.

Commits of one pull request are one suspect. A ruled-out suspect steps aside and the next one leads;
its chance is then the chance given that the others are not it: p / (1 - what was ruled out).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from correlator.store.issues.filters import CONFIRMED, REJECTED
from correlator.store.tables import JudgementRow, SuspectRow, VerdictRow

_ORDER = {CONFIRMED: 0, None: 1, REJECTED: 2}


class State(StrEnum):
    """How far a verdict has come."""

    WAITING = "waiting"
    NAMED = "named"
    ABSTAINED = "abstained"
    RULED_OUT = "ruled-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One suspect: the commits of one pull request, or a commit that came by none.

    ``rows``: its commits, the likeliest first; ``first``: the one that speaks for it, which is the
    confirmed one, else the likeliest that nobody ruled out; ``probability``: that of all its
    commits; ``chance``: that of those left, given that what was ruled out is not it."""

    rows: tuple[SuspectRow, ...]
    first: SuspectRow
    said: str | None
    probability: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A verdict at a glance. ``confidence``: 0 to 1, None where nothing leads."""

    state: State
    lead: Whole | None = None
    confidence: float | None = None


def said_of(sha: str, said: Mapping[str, JudgementRow]) -> str | None:
    """What counts of what people said of a commit: a taken-back word does not."""
    word = said[sha].said if sha in said else None
    return word if word in {CONFIRMED, REJECTED} else None


def repository_of(row: SuspectRow, repos: Mapping[int | None, str | None]) -> str | None:
    """The repository of a suspect by name; None of another service's whose repository is gone.

    ``repos``: names by id, the verdict's own under None."""
    return None if row.service is not None and row.repo_id is None else repos.get(row.repo_id)


def taken_together(
    rows: Sequence[SuspectRow],
    said: Mapping[str, JudgementRow],
    repos: Mapping[int | None, str | None],
) -> list[Whole]:
    """The suspects in the order to look at them: confirmed, open, ruled out; else as ranked."""
    groups: dict[object, list[SuspectRow]] = {}
    for row in rows:
        key = row.sha if row.request is None else (repository_of(row, repos), row.request)
        groups.setdefault(key, []).append(row)
    gone = sum(row.probability for row in rows if said_of(row.sha, said) == REJECTED)
    found = [_given(_whole(group, said), said, gone) for group in groups.values()]
    return sorted(found, key=lambda one: _ORDER[one.said])


def _whole(rows: Sequence[SuspectRow], said: Mapping[str, JudgementRow]) -> Whole:
    """It is ruled out when all its commits are, confirmed when one is."""
    words = [said_of(row.sha, said) for row in rows]
    word = CONFIRMED if CONFIRMED in words else REJECTED if set(words) == {REJECTED} else None
    probability = min(sum(row.probability for row in rows), 1.0)
    return Whole(
        rows=tuple(rows),
        first=next(row for row, own in zip(rows, words, strict=True) if own == word),
        said=word,
        probability=probability,
        chance=probability,
    )


def _given(one: Whole, said: Mapping[str, JudgementRow], gone: float) -> Whole:
    if one.said is not None or not 0.0 < gone < 1.0:
        return one
    left = sum(row.probability for row in one.rows if said_of(row.sha, said) != REJECTED)
    return replace(one, chance=min(left / (1.0 - gone), 1.0))


def answered(verdict: VerdictRow | None, ranked: Sequence[Whole]) -> Answer:
    """What is said first. What somebody confirmed leads even where the verdict names nobody."""
    lead = ranked[0] if ranked and ranked[0].said != REJECTED else None
    if verdict is None:
        return Answer(state=State.WAITING)
    if lead is not None and lead.said == CONFIRMED:
        return Answer(state=State.NAMED, lead=lead, confidence=1.0)
    if verdict.abstained is not None:
        return Answer(state=State.ABSTAINED)
    if lead is None:
        return Answer(state=State.RULED_OUT)
    nothing_gone = lead.chance == lead.probability
    sure = verdict.confidence if nothing_gone else lead.chance
    return Answer(state=State.NAMED, lead=lead, confidence=sure)
