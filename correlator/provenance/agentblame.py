"""Agent Blame: an agent's lines of a commit (``refs/notes/agentblame``); others are not listed.

Form: version 1 in snake case, version 2 in camel case. The sums in ``agentblame-analytics`` are
of the repository, not of a commit, and no evidence.
"""

from collections.abc import Iterator
from typing import Any

from correlator.provenance.models import model_name
from correlator.provenance.notes import (
    documents_of,
    few,
    list_of,
    mapping_of,
    path_of,
    text_of,
)
from correlator.provenance.records import DETECTORS, Problem, Records
from correlator.provenance.spans import MOST_SPANS, span_of
from correlator.provenance.tools import tool_name
from correlator.types import Author, Claim, Commit

CERTAINTY = 0.97
VERSIONS = (1, 2)
_AI = "ai_generated"


@DETECTORS.named("agentblame")
def agentblame(_: Commit, records: Records) -> Iterator[Claim | Problem]:
    """Claims by line from each Agent Blame note."""
    for one in documents_of(records, "agentblame", VERSIONS):
        if isinstance(one, Problem):
            yield one
        else:
            yield from _claims(one[0], list_of(one[1].get("attributions")))


def _claims(ref: str, attributions: list[Any]) -> Iterator[Claim | Problem]:
    problems: list[Problem] = []
    if len(attributions) > MOST_SPANS:
        problems.append(Problem(ref, f"{len(attributions) - MOST_SPANS} attributions are too many"))
    for number, raw in enumerate(attributions[:MOST_SPANS]):
        claim = _claim(mapping_of(raw))
        if isinstance(claim, Claim):
            yield claim
        elif claim:
            problems.append(Problem(f"{ref} attributions[{number}]", claim))
    yield from few(problems)


def _claim(told: dict[str, Any]) -> Claim | str | None:
    """A claim; or why there is none; or None for lines that no agent is said to have written."""
    path = path_of(told.get("path"))
    first = told.get("startLine", told.get("start_line"))
    span = span_of(first, told.get("endLine", told.get("end_line")))
    if path is None or span is None:
        return "no path or no lines that can be read"
    if told.get("category") != _AI:
        return None
    tool = tool_name(text_of(told.get("provider")))
    how = text_of(told.get("matchType", told.get("match_type"))) or "match of unknown kind"
    return Claim(
        author=Author.AI,
        mechanism="agentblame",
        role="authored",
        certainty=_certainty(told.get("confidence")),
        because=f"Agent Blame recorded these lines as written by {tool or 'an agent'} ({how})",
        tool=tool,
        model=model_name(text_of(told.get("model"))),
        path=path,
        lines=(span,),
    )


def _certainty(told: object) -> float:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return CERTAINTY / 2
    return min(CERTAINTY, max(0.0, told))
