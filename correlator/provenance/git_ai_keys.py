"""What a key of a git-ai attestation stands for: an agent's session, a known human, or nobody.

Keys changed their form over the years; each form is looked up where git-ai looks it up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from correlator.provenance.git_ai_note import Note
from correlator.provenance.models import model_name
from correlator.provenance.notes import mapping_of, text_of
from correlator.provenance.sessions import of_git_ai
from correlator.provenance.tools import recognise, split_identity, tool_name
from correlator.types import Author, SessionRecord

EXACT = 0.97
# Before 1.4 a writer could leave ranges that lie outside the commit's own lines.
OLDER = 0.85
NO_RECORD = 0.6
ODD = 0.5
DOUBLE = 0.1
_SESSION = re.compile(r"\As_[0-9a-f]{14}\Z")
_HEX = re.compile(r"\A(?:[0-9a-f]{7}|[0-9a-f]{16})\Z")
_ODD = re.compile(
    r"\A(?:s_\S{1,80}|[0-9a-f]{4,64}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\Z"
)
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")
_NOBODY = frozenset({"mock_ai", "test", "test-agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who a key stands for, how certain the record makes it (0 to 1), and in words."""

    author: Author
    certainty: float
    words: str
    tool: str | None = None
    model: str | None = None
    session: str | None = None
    human: str | None = None
    recorded: SessionRecord | None = None


def writer_of(key: str, note: Note, elsewhere: Mapping[str, Mapping[str, Any]]) -> Writer | str:
    """The writer, or why the entry does not count. ``elsewhere``: records of other notes."""
    if key == "human":
        return Writer(author=Author.HUMAN, certainty=OLDER, words="a person's")
    if key == "ai_agent":
        return Writer(author=Author.AI, certainty=OLDER, words="an unnamed agent's")
    name = key.partition("::")[0]
    if name.startswith("h_"):
        return _human(name, note)
    record = note.sessions.get(name) or note.prompts.get(name)
    if record is not None:
        return _agent(record, _trust(note))
    if _SESSION.match(name):
        return f"session {name} has no record in the note: entry skipped"
    record = elsewhere.get(name)
    if record is not None:
        found = _agent(record, min(OLDER, _trust(note)))
        told = " (its record lies in another commit's note)"
        return found if isinstance(found, str) else replace(found, words=found.words + told)
    if _HEX.match(name) or _ODD.match(name):
        words = f"an agent's, of a session ({name[:40]}) whose record is missing"
        return Writer(
            author=Author.AI, certainty=NO_RECORD if _HEX.match(name) else ODD, words=words
        )
    return f"key {name[:60]!r} is of no known form: entry skipped"


def _human(name: str, note: Note) -> Writer | str:
    record = note.humans.get(name)
    if record is None:
        return f"known human {name[:40]} has no record in the note: entry skipped"
    who = text_of(record.get("author"))
    return Writer(
        author=Author.HUMAN,
        certainty=EXACT,
        words=f"typed by {_only_name(who) or 'a person'}",
        human=who,
    )


def _agent(record: Mapping[str, Any], trust: float) -> Writer | str:
    agent = mapping_of(record.get("agent_id"))
    raw = text_of(agent.get("tool"))
    who = _person(text_of(record.get("human_author")))
    if raw is None:
        return "a session's record names no agent_id.tool: entry skipped"
    if raw == "human":
        return "a session's record says its agent is 'human', which is no agent: entry skipped"
    tool = tool_name(raw)
    prompted = f", prompted by {_only_name(who)}" if who else ""
    return Writer(
        author=Author.AI,
        certainty=DOUBLE if raw in _NOBODY else trust,
        words=f"written by {tool or 'an agent'}{prompted}",
        tool=tool,
        model=model_name(text_of(agent.get("model"))),
        session=text_of(agent.get("id")),
        human=who,
        recorded=of_git_ai(record),
    )


def _person(who: str | None) -> str | None:
    """Nobody, where an agent's own identity stands in the person's place."""
    return None if who and recognise(*split_identity(who)) else who


def _only_name(who: str | None) -> str | None:
    return who.partition("<")[0].strip() or who if who else None


def _trust(note: Note) -> float:
    version = _VERSION.search(note.writer or "")
    return EXACT if version and (int(version[1]), int(version[2])) >= (1, 4) else OLDER
