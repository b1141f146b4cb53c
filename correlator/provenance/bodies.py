"""Footers and session links that agents leave in a message.

Whole lines in the exact form the tools write, never words in prose. A link to a session says
which one; the text behind it is not fetched.
"""

import re
from collections.abc import Iterator

from correlator.provenance.message import Message, Trailer, parse
from correlator.provenance.records import DETECTORS, Records
from correlator.provenance.sessions import of_address
from correlator.provenance.strongest import once
from correlator.provenance.tools import HIGH, MEDIUM, named, split_identity
from correlator.types import Author, Claim, Commit

_LINKED = re.compile(
    r"\A\W{0,8}(?:generated|created|made|built) (?:with|by|using) \[([^\]\[]{2,40})\]\(https?://[^\s()]{3,200}\)\W{0,3}\Z",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"\A(?:\W{1,8}|[?]{1,4} ?)(?:generated|created|made) (?:with|by) ([A-Za-z][A-Za-z .-]{1,30})\Z",
    re.IGNORECASE,
)
# Without the mark that tools put before it only a name of several words: no prose ends so.
_UNMARKED = re.compile(
    r"\A(?:[Gg]enerated|[Cc]reated) (?:with|by) "
    r"([A-Z][A-Za-z]{1,20}(?: [A-Z][A-Za-z]{1,20}){1,2})\Z"
)
_SESSIONS = {
    "claude-session": ("claude", re.compile(r"\Ahttps://claude\.ai/code/([A-Za-z0-9_-]{4,100})\Z")),
    "amp-thread-id": (
        "amp",
        re.compile(r"\A(?:https://ampcode\.com/threads/)?(T-[0-9A-Za-z-]{4,60})\Z"),
    ),
    "agent-logs-url": (
        "copilot",
        re.compile(
            r"\Ahttps://github\.com/[\w.-]{1,100}/[\w.-]{1,100}/(?:sessions|agents/[\w-]{1,60}|tasks)/([\w-]{4,100})(?:\S{0,200})\Z"
        ),
    ),
    "link-to-devin-run": (
        "devin",
        re.compile(r"\Ahttps://app\.devin\.ai/sessions/([0-9a-f]{8,64})\Z"),
    ),
}
_REPLIT_AI = frozenset({"agent", "assistant"})


@DETECTORS.named("bodies")
def bodies(commit: Commit, _: Records) -> Iterator[Claim]:
    """Claims from footers and from trailers that link to an agent's session."""
    message = parse(commit.message)
    found = [claim for trailer in message.trailers if (claim := trailer_claim(trailer))]
    found += [claim for line in message.lines if (claim := footer_claim(line))]
    yield from once([*found, *_of_unlisted(message)])


def _of_unlisted(message: Message) -> Iterator[Claim]:
    """An agent that nobody listed: the message is generated with what is its co-author as well."""
    named_so = {
        split_identity(one.value)[0].casefold()
        for one in message.trailers
        if one.key == "co-authored-by"
    }
    for line in message.lines if named_so else ():
        said = "generated with " in line[:300].casefold() and len(line) <= 300
        footer = (_LINKED.match(line) or _PLAIN.match(line)) if said else None
        name = footer[1].strip().casefold() if footer else ""
        if name and name in named_so and named(name) is None:
            because = f"the footer '{line[:120]}' names what is its co-author, too"
            yield _claim(name, MEDIUM, because)


def trailer_claim(trailer: Trailer) -> Claim | None:
    """The claim of a trailer that links to a session or names the tool; else None."""
    if trailer.key in _SESSIONS:
        tool, form = _SESSIONS[trailer.key]
        session = form.match(trailer.value)
        return (
            _claim(tool, MEDIUM, f"the message links to a session of {tool}", session[1])
            if session
            else None
        )
    if trailer.key == "made-with" and (known := named(trailer.value)):
        return _claim(
            known.name, HIGH if trailer.final else MEDIUM, f"'Made-with: {trailer.value[:60]}'"
        )
    if trailer.key == "replit-commit-author" and trailer.value.casefold() in _REPLIT_AI:
        return _claim("replit", HIGH, f"'Replit-Commit-Author: {trailer.value}'")
    return None


def footer_claim(line: str) -> Claim | None:
    """The claim of a footer in the exact form a tool writes; else None."""
    if len(line) > 300:
        return None
    footer = _LINKED.match(line) or _PLAIN.match(line) or _UNMARKED.match(line)
    tool = named(footer[1]) if footer else None
    return (
        _claim(tool.name, MEDIUM, f"the footer '{line[:120]}' names {tool.name}") if tool else None
    )


def _claim(tool: str, certainty: float, because: str, session: str | None = None) -> Claim:
    return Claim(
        author=Author.AI,
        mechanism="bodies",
        role="assisted",
        certainty=certainty,
        because=because,
        tool=tool,
        session=session,
        recorded=of_address(session if session and "://" in session else None),
    )
