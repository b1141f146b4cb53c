"""From claims to one of five answers: compared, never merged; a rule decides and says so.

Order of the rules, first match wins: records that show both people's and an agent's lines: mixed;
an agent wrote or co-wrote it: ai; only accepted suggestions of one: mixed; a machine that is no
AI: automation; a positive record of a person: human; else unknown.
"""

from collections.abc import Iterable

from correlator.provenance.records import Claims
from correlator.types import Author, Claim, Provenance

# Below this a claim is shown but decides nothing.
DECIDES = 0.3
DECLARATION = "declared, not proven"


def judge(claims: Claims) -> Provenance:
    """The answer for the whole commit."""
    return _answer(claims.found, "commit", is_robot=_has(claims.found, Author.AUTOMATION))


def judge_line(claims: Claims, path: str, line: int) -> Provenance:
    """The answer for one line of ``path`` in that commit (as blame reports them), else the
    commit's answer with level "commit"."""
    speaking = tuple(claim for claim in claims.found if _speaks_of(claim, path, line))
    return _answer(speaking, "line", is_robot=False) if speaking else judge(claims)


def _answer(found: tuple[Claim, ...], level: str, *, is_robot: bool) -> Provenance:
    strong = [claim for claim in found if claim.certainty >= DECIDES]
    ai = [claim for claim in strong if claim.author is Author.AI]
    written = [claim for claim in ai if claim.role != "suggested"]
    people = [claim for claim in strong if claim.author is Author.HUMAN]
    both = [claim for claim in strong if claim.author is Author.MIXED]
    people_lines = [claim for claim in people if claim.path is not None]
    if both or (ai and people_lines):
        return _say(Author.MIXED, [*both, *ai, *people_lines], found, level, "records show both")
    if written:
        doubt = (
            f"; but {people[0].because}: a record of an agent outranks a denial" if people else ""
        )
        return _say(
            Author.AI,
            [*written, *[one for one in ai if one not in written]],
            found,
            level,
            doubt=doubt,
        )
    if ai:
        return _say(
            Author.MIXED, ai, found, level, "an accepted suggestion, the rest is not recorded"
        )
    if is_robot:
        robots = [claim for claim in strong if claim.author is Author.AUTOMATION]
        return _say(Author.AUTOMATION, robots, found, level)
    if people:
        return _say(Author.HUMAN, people, found, level)
    return _unknown(found, level)


def _say(
    author: Author,
    deciding: list[Claim],
    found: tuple[Claim, ...],
    level: str,
    rule: str = "",
    *,
    doubt: str = "",
) -> Provenance:
    best = max(deciding, key=lambda claim: claim.certainty)
    because = f"{rule}: {best.because}" if rule else best.because
    agents = [claim for claim in deciding if claim.author in {Author.AI, Author.MIXED}]
    return Provenance(
        author=author,
        certainty=best.certainty / 2 if doubt else best.certainty,
        because=because + doubt,
        tools=_sorted(claim.tool for claim in agents),
        models=_sorted(claim.model for claim in agents),
        level=level,
        derived=all(claim.derived for claim in deciding),
        claims=found,
    )


def _unknown(found: tuple[Claim, ...], level: str) -> Provenance:
    hints = [claim for claim in found if claim.author is Author.AI and claim.certainty > 0]
    because = "nothing in the repository says who or what wrote it"
    if found:
        because = f"not enough to say: {max(found, key=lambda claim: claim.certainty).because}"
    return Provenance(
        author=Author.UNKNOWN,
        certainty=0.0,
        because=because,
        tools=_sorted(claim.tool for claim in hints),
        models=_sorted(claim.model for claim in hints),
        level=level,
        claims=found,
    )


def _has(found: tuple[Claim, ...], author: Author) -> bool:
    return any(claim.author is author and claim.certainty >= DECIDES for claim in found)


def _speaks_of(claim: Claim, path: str, line: int) -> bool:
    return claim.path == path and any(first <= line <= last for first, last in claim.lines)


def _sorted(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))
