"""git-ai before its notes: ``authorship/0.0.1``, one JSON blob a commit (August 2025).

Its writers put the git user on whatever no agent claimed, so a person's name in it is no
positive record; an agent's name is.
"""

from collections.abc import Iterator
from typing import Any

from correlator.provenance.models import model_name
from correlator.provenance.notes import LONGEST_PATH, few, list_of, mapping_of, read_json, text_of
from correlator.provenance.records import Problem
from correlator.provenance.spans import MOST_SPANS, Span, merged, span_of
from correlator.provenance.tools import named
from correlator.types import Author, Claim

SCHEMA = "authorship/0."
CERTAINTY = 0.8


def read_old(where: str, text: bytes) -> Iterator[Claim | Problem]:
    """Claims of a pre-notes blob, or why there are none."""
    found = read_json(text)
    if isinstance(found, str):
        yield Problem(where, found)
        return
    schema = text_of(found.get("schema_version")) or ""
    # The very first blobs name no version at all.
    unnamed = "schema_version" not in found and isinstance(found.get("files"), dict)
    if not schema.startswith(SCHEMA) and not unnamed:
        yield Problem(where, f"schema_version {schema!r} is none that we read")
        return
    if found.get("files") == {}:
        yield kept_empty()
    problems: list[Problem] = []
    for path, file in mapping_of(found.get("files")).items():
        for author in list_of(mapping_of(file).get("authors")):
            claim = _claim(path[:LONGEST_PATH], mapping_of(author))
            if isinstance(claim, str):
                problems.append(Problem(f"{where} {path[:200]}", claim))
            else:
                yield claim
    yield from few(problems)


def kept_empty() -> Claim:
    """The log was kept and attests nothing: said, for it is a record, and decides nothing."""
    return Claim(
        author=Author.UNKNOWN,
        mechanism="git-ai",
        role="authored",
        certainty=0.0,
        because="git-ai kept a log of this commit that attests no line to anybody",
    )


def _claim(path: str, author: dict[str, Any]) -> Claim | str:
    who = text_of(author.get("author"))
    raw = list_of(author.get("lines"))[:MOST_SPANS]
    spans = [span for one in raw if (span := _span(one))]
    if who is None or not spans or len(spans) != len(raw):
        return "an author without a name or with lines that cannot be read"
    agent = mapping_of(author.get("agent_metadata"))
    tool = named(who)
    is_agent = tool is not None or bool(agent)
    return Claim(
        author=Author.AI if is_agent else Author.UNKNOWN,
        mechanism="git-ai",
        role="authored",
        certainty=CERTAINTY if is_agent else 0.0,
        because=f"git-ai's first form names {who} for these lines"
        + ("" if is_agent else ", which it did for all that no agent claimed"),
        tool=tool.name if tool else None,
        model=model_name(text_of(agent.get("model"))),
        human=text_of(agent.get("human_author")) if is_agent else who,
        path=path,
        lines=merged(spans),
    )


def _span(one: object) -> Span | None:
    if isinstance(one, list):
        return span_of(one[0], one[1]) if len(one) == 2 else None
    return span_of(one, one)
