"""From claims to one of five answers: compared, never merged; a rule decides and says so.

For a commit the first rule that matches wins: records show both an agent's and a person's lines:
mixed; an agent wrote or co-wrote it: ai; its suggestions were accepted, or its use is declared:
mixed; a machine that is no AI: automation; a positive record of a person: human; else unknown. A
record of a line outranks any record of its commit; of two that disagree on a line the more
certain one decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from correlator.provenance.records import DECIDES, Claims
from correlator.provenance.rollup import rolled_up
from correlator.types import Author, Claim, Provenance

# Share of a commit's lines that must be recorded as typed before the commit is called a person's.
MOST_LINES = 0.8
MOST_SHOWN = 100
# Roles of an agent that leave room for a person's own lines.
_IN_PART = frozenset({"suggested", "declared", "in part"})


def judge(claims: Claims) -> Provenance:
    """The answer for the whole commit, level "commit"."""
    answer = _of_commit((*claims.whole, *rolled_up(claims.by_path)))
    if answer.author is not Author.HUMAN or any(one.author is Author.HUMAN for one in claims.whole):
        return answer
    return _of_typed(claims, answer)


def judge_line(claims: Claims, path: str, line: int) -> Provenance:
    """The answer for one line of ``path`` in that commit (path and line as blame reports them).

    Level "line" where a record speaks of the line, or lists the commit's lines without it; level
    "commit" where only the commit's own records can answer.
    """
    speaking = tuple(
        claim
        for claim in claims.by_path.get(path, ())
        if any(first <= line <= last for first, last in claim.lines)
    )
    if speaking:
        return _of_line(speaking, claims.whole)
    answer = _untracked(claims) if claims.by_path else judge(claims)
    if answer.author is Author.UNKNOWN and path in claims.of_paths:
        declared = claims.of_paths[path]
        return _say(declared.author, [declared], (declared, *claims.whole))
    return answer


def _of_commit(found: tuple[Claim, ...]) -> Provenance:
    strong = [claim for claim in found if claim.certainty >= DECIDES]
    ai = [claim for claim in strong if claim.author is Author.AI]
    written = [claim for claim in ai if claim.role not in _IN_PART]
    people = [claim for claim in strong if claim.author is Author.HUMAN]
    typed = [claim for claim in people if claim.role == "typed"]
    both = [claim for claim in strong if claim.author is Author.MIXED]
    robots = [claim for claim in strong if claim.author is Author.AUTOMATION]
    if both or (ai and typed):
        return _say(Author.MIXED, [*both, *ai, *typed], found, "records show both")
    if written:
        return _despite(people, _say(Author.AI, [*written, *ai], found))
    if ai:
        rule = f"an agent's part is {ai[0].role}, who wrote the rest is not recorded"
        return _despite(people, _say(Author.MIXED, ai, found, rule))
    if robots:
        return _say(Author.AUTOMATION, robots, found)
    if people:
        return _say(Author.HUMAN, people, found)
    return _unknown(found)


def _of_typed(claims: Claims, answer: Provenance) -> Provenance:
    """A person's only if the recorded lines are most of what the commit adds: of the others
    nothing is known, and unknown is never counted as human."""
    if claims.added is not None and 0 < MOST_LINES * claims.added <= claims.typed:
        return answer
    others = "nobody counted the others" if claims.added is None else f"it adds {claims.added}"
    return replace(
        answer,
        author=Author.UNKNOWN,
        certainty=0.0,
        because=f"not enough to say of the whole commit ({others}): {answer.because}",
    )


def _of_line(speaking: tuple[Claim, ...], whole: tuple[Claim, ...]) -> Provenance:
    shown = (*speaking, *whole)
    deciding = [one for one in speaking if one.certainty >= DECIDES]
    if not deciding:
        return replace(_unknown(speaking), level="line", claims=shown)
    top = max(one.certainty for one in deciding)
    best = [one for one in deciding if one.certainty == top]
    others = [one for one in deciding if one.author is not best[0].author]
    if len({one.author for one in best}) > 1:
        answer = _say(Author.MIXED, deciding, shown, "records of this line disagree")
    else:
        answer = _say(best[0].author, best, shown)
    if others and answer.author is not Author.MIXED:
        because = f"{answer.because}; {others[0].mechanism} disagrees, the more certain decides"
        answer = replace(answer, because=because)
    return replace(_against(whole, answer), level="line")


def _untracked(claims: Claims) -> Provenance:
    """A line that the record of the commit's lines leaves out: not tracked, which is unknown,
    unless something speaks of the commit as a whole."""
    mechanism = next(iter(claims.by_path.values()))[0].mechanism
    remark = f"{mechanism} lists lines of this commit, this one is not among them"
    answer = _of_commit(claims.whole)
    if answer.author is Author.UNKNOWN:
        return replace(answer, because=f"{remark}: not tracked", level="line")
    return replace(answer, because=f"{answer.because}; {remark}")


def _despite(people: Sequence[Claim], answer: Provenance) -> Provenance:
    if not people:
        return answer
    because = f"{answer.because}; but {people[0].because}: a record of an agent outranks a denial"
    return replace(answer, because=because, certainty=answer.certainty / 2)


def _against(whole: Iterable[Claim], answer: Provenance) -> Provenance:
    """Says so where the commit's own records give another answer than the line's."""
    other = _of_commit(tuple(whole))
    if other.author in {Author.UNKNOWN, answer.author}:
        return answer
    remark = f"the commit as a whole is {other.author}, a record of the line outranks that"
    return replace(answer, because=f"{answer.because}; {remark}")


def _say(
    author: Author, deciding: Sequence[Claim], found: tuple[Claim, ...], rule: str = ""
) -> Provenance:
    best = max(deciding, key=lambda claim: claim.certainty)
    agents = [claim for claim in deciding if claim.author in {Author.AI, Author.MIXED}]
    return Provenance(
        author=author,
        certainty=best.certainty,
        because=f"{rule}: {best.because}" if rule else best.because,
        tools=_sorted(claim.tool for claim in agents),
        models=_sorted(claim.model for claim in agents),
        derived=all(claim.derived for claim in deciding),
        claims=_shown(found),
    )


def _unknown(found: tuple[Claim, ...]) -> Provenance:
    """``tools`` are then those that a claim too weak to decide points at."""
    hints = [claim for claim in found if claim.author is Author.AI and claim.certainty > 0.1]
    because = "nothing in the repository says who or what wrote it"
    if found:
        because = f"not enough to say: {max(found, key=lambda one: one.certainty).because}"
    return Provenance(
        author=Author.UNKNOWN,
        certainty=0.0,
        because=because,
        tools=_sorted(claim.tool for claim in hints),
        models=_sorted(claim.model for claim in hints),
        claims=_shown(found),
    )


def _shown(found: tuple[Claim, ...]) -> tuple[Claim, ...]:
    """The strongest claims; a note may hold thousands, and a page is no place for them."""
    return tuple(sorted(found, key=lambda claim: -claim.certainty)[:MOST_SHOWN])


def _sorted(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))
