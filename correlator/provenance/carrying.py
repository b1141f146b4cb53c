"""Carries claims over to a commit that holds the content of others: a squash, a rebase, a copy.

What a record says of a line holds for the same line elsewhere: the line is followed back through
the commits that were merged to the one that wrote it, as blame does, and that one's claims are
taken along, marked as derived. What is said of whole commits becomes a claim about the new one,
with how many of its commits it holds for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from correlator.provenance.alignment import aligned
from correlator.provenance.following import At, Side, Texts, spaced, written
from correlator.provenance.records import DECIDES, Claims
from correlator.provenance.spans import merged
from correlator.types import Author, Claim, Touched

EXACT = 0.85
RESPACED = 0.75
WHOLE = 0.8
GONE = 0.2
IN_PART = "in part"
_SAME = 0.5


class Source(NamedTuple):
    """A line that a commit added (from 0), where it came from, and how certain that is."""

    path: str
    line: int
    at: At
    certainty: float


def is_of(touched: Iterable[Touched], side: Side, texts: Texts) -> bool:
    """Whether the content of a commit is that of the side: numbers alone may be of another
    repository. One file that is the same, or half of the lines that were added."""
    files = [one for one in touched if one.new_blob]
    if any(side.blobs.get((side.head, one.path)) == one.new_blob for one in files):
        return True
    added = here = 0
    for one in files:
        held = set(texts.get(side.blobs.get((side.head, one.path), ""), ()))
        new = _added(one, texts)
        added += len(new)
        here += sum(text in held for text in new.values())
    return here > 0 and here >= _SAME * added


def sources(touched: Iterable[Touched], side: Side, texts: Texts) -> Iterator[Source]:
    """For lines that the new commit added: which commit of the side wrote them."""
    for one in touched:
        origins = written(side, one.path, texts)
        yield from matched(one, side.blobs.get((side.head, one.path), ""), origins, texts)


def carried_lines(
    found_at: Iterable[Source], name: str, claims: Mapping[str, Claims]
) -> Iterator[Claim]:
    """The line claims of the commits that wrote them, as claims on the lines of the new commit."""
    by_file: dict[str, list[Source]] = {}
    for source in found_at:
        by_file.setdefault(source.path, []).append(source)
    for path, rows in by_file.items():
        found: dict[tuple[Claim, float], list[int]] = {}
        for _, number, at, certainty in rows:
            by_path = claims[at.sha].by_path if at.sha in claims else {}
            for claim in by_path.get(at.path, ()):
                if claim.role != "overwritten" and _holds(claim, at.line + 1):
                    found.setdefault((claim, certainty), []).append(number + 1)
        for (claim, certainty), lines in found.items():
            yield _line_claim(claim, path, lines, (certainty, name))


def carried_whole(side: Side, claims: Mapping[str, Claims]) -> list[Claim]:
    """Claims about the whole of the new commit from those about the side's commits.

    An agent's claim that does not hold for all commits gets the role "in part"; those of people
    and of automation count only if they hold for all.
    """
    commits = [claims[sha] for sha in side.authored if sha in claims]
    ai = sum(any(_is_agents(one) for one in found.whole) for found in commits)
    groups: dict[tuple[object, ...], list[Claim]] = {}
    for found in commits:
        for key, claim in {_key(one): one for one in found.whole if _counts(one)}.items():
            groups.setdefault(key, []).append(claim)
    carried = []
    for held in groups.values():
        best = max(held, key=lambda one: one.certainty)
        everyone = len(held) == len(side.authored)
        if _is_agents(best):
            carried.append(_whole_claim(best, side, len(held), ai == len(side.authored)))
        elif everyone:
            carried.append(_whole_claim(best, side, len(held), everyone))
    return carried


def _is_agents(claim: Claim) -> bool:
    return claim.author in {Author.AI, Author.MIXED} and claim.certainty >= DECIDES


def _counts(claim: Claim) -> bool:
    return claim.certainty >= DECIDES and claim.author is not Author.UNKNOWN


def _key(claim: Claim) -> tuple[object, ...]:
    return (claim.author, claim.mechanism, claim.role, claim.tool, claim.model)


def _whole_claim(claim: Claim, side: Side, held: int, everywhere: object) -> Claim:
    total = len(side.authored)
    of = f"of {held} of the {total} commits" if total > 1 else "of the commit"
    return replace(
        claim,
        role=claim.role if everywhere else IN_PART,
        certainty=min(claim.certainty, WHOLE),
        because=f"{of} of {side.name}: {claim.because}",
        derived=True,
    )


def gone(side: Side, claims: Mapping[str, Claims], lines: Sequence[Claim]) -> Iterator[Claim]:
    """Sessions that wrote lines of the side of which none is left: shown, too weak to decide."""
    left = {(claim.tool, claim.session) for claim in lines}
    for found in (claims[sha] for sha in side.authored if sha in claims):
        for claim in (one for claims in found.by_path.values() for one in claims):
            key = (claim.tool, claim.session)
            if claim.author is Author.AI and key not in left:
                left.add(key)
                words = f"{claim.mechanism} recorded lines of {claim.tool or 'an agent'}"
                yield replace(
                    claim,
                    role="took part",
                    certainty=min(claim.certainty, GONE),
                    because=f"{words} in {side.name}, none of them is in this commit",
                    path=None,
                    lines=(),
                    derived=True,
                )


def _line_claim(claim: Claim, path: str, lines: list[int], how: tuple[float, str]) -> Claim:
    certainty, name = how
    remark = "" if certainty == EXACT else " with other white space"
    return replace(
        claim,
        path=path,
        lines=merged((number, number) for number in lines),
        certainty=min(claim.certainty, certainty),
        because=f"the same lines{remark} in {name}: {claim.because}",
        derived=True,
    )


def _holds(claim: Claim, line: int) -> bool:
    return any(first <= line <= last for first, last in claim.lines)


def _added(one: Touched, texts: Texts) -> dict[int, str]:
    """The lines of a file that a commit added, by index."""
    if one.new_blob not in texts or (one.old_blob and one.old_blob not in texts):
        return {}
    new = texts[one.new_blob]
    before = aligned(texts.get(one.old_blob, ()), new)
    return {number: text for number, text in enumerate(new) if before[number] is None}


def matched(
    one: Touched, blob: str, origins: Sequence[At | None], texts: Texts
) -> Iterator[Source]:
    """For lines that a commit added to a file: the same line of ``blob``, whose lines came from
    ``origins``, and how alike the two are."""
    if blob not in texts or one.new_blob not in texts:
        return  # too large to be source, or binary
    there, here = texts[blob], texts[one.new_blob]
    exact = aligned(there, here)
    added = _added(one, texts)
    whole = all(exact[number] is not None for number in added)
    alike = exact if whole else aligned(spaced(there), spaced(here))
    for number in added:
        found = exact[number] if exact[number] is not None else alike[number]
        if found is not None and (at := origins[found]) is not None:
            yield Source(one.path, number, at, EXACT if exact[number] is not None else RESPACED)
