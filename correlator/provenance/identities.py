"""Author and committer that are a known tool.

The author wrote it; a committer alone only ran ``git commit``, rebased or merged, which people
let tools do with changes of their own: weak.
"""

import re
from collections.abc import Iterator

from correlator.provenance.records import DETECTORS, Records
from correlator.provenance.tools import BY_TOOL_NAME, MEDIUM, WEAK, Kind, Match, named, recognise
from correlator.types import Author, Claim, Commit, Identity

_AIDER = " (aider)"
_VIA = re.compile(r"\((?:via|with|using) ([^()]{2,60})\)\Z", re.IGNORECASE)


@DETECTORS.named("identities")
def identities(commit: Commit, _: Records) -> Iterator[Claim]:
    """A claim for the author, or else a weak one for the committer."""
    if match := _recognise(commit.author):
        yield _authored(commit.author, match)
    elif (match := _recognise(commit.committer)) and match.tool.kind is Kind.AGENT:
        who = commit.committer.name
        yield Claim(
            author=Author.AI,
            mechanism="identities",
            role="committed",
            certainty=WEAK,
            because=f"only the committer is {match.tool.name} ({who[:100]}): it may have "
            "committed a person's change",
            tool=match.tool.name,
            model=match.model,
        )


def _authored(who: Identity, match: Match) -> Claim:
    suggested = match.tool.kind is Kind.SUGGESTER
    return Claim(
        author=Author.AI,
        mechanism="identities",
        role="suggested" if suggested else "authored",
        certainty=match.certainty,
        because=f"the author is {match.tool.name}: '{who.name[:100]} <{who.email[:200]}>', "
        f"known by its {match.how}",
        tool=match.tool.name,
        model=match.model,
    )


def _recognise(who: Identity) -> Match | None:
    if who.name.endswith(_AIDER):
        return Match(BY_TOOL_NAME["aider"], "name", MEDIUM)
    if (via := _VIA.search(who.name[-70:])) and (tool := named(via[1])):
        return Match(tool, "name", MEDIUM)
    return recognise(who.name, who.email)
