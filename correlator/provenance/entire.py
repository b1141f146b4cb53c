"""Entire: a commit's trailer names checkpoints, which name sessions, agents and line counts.

No line ranges: the commit is the finest it can say. Its shares are estimates made at commit time,
so a small share of people's lines leaves a commit the agent's.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from correlator.provenance.message import parse
from correlator.provenance.models import model_name
from correlator.provenance.notes import list_of, mapping_of, read_json, text_of
from correlator.provenance.records import DETECTORS, Problem, Records
from correlator.provenance.sessions import of_entire
from correlator.provenance.tools import LOW, WEAK, tool_name
from correlator.types import Author, Claim, Commit, SessionRecord

NAMED_AGENT = 0.9
UNNAMED_AGENT = 0.8
# From this share of people's lines on (in per cent) the estimate is taken to show both.
PEOPLES_SHARE = 10.0
MOST_SESSIONS = 50
BRANCH = "entire/checkpoints/v1"
LONGEST_FILE = 1024 * 1024
IDENTIFIER = re.compile(r"\A(?:[0-9a-f]{12}|[0-7][0-9A-HJKMNP-TV-Z]{25})\Z")
_SESSION = re.compile(r"\A/?(\d{1,4})/metadata\.json\Z")
_SHARE = re.compile(r"\A(\d{1,3})% agent\b")


@DETECTORS.named("entire")
def entire(commit: Commit, records: Records) -> Iterator[Claim | Problem]:
    """Claims from the checkpoints that the commit's trailers name."""
    trailers = parse(commit.message).trailers
    told = dict.fromkeys(one.value for one in trailers if one.key == "entire-checkpoint")
    for identifier in list(told)[:MOST_SESSIONS]:
        if not IDENTIFIER.match(identifier):
            yield Problem("message", f"Entire-Checkpoint {identifier[:60]!r} is no identifier")
        elif identifier in records.checkpoints:
            yield from _of_checkpoint(identifier, records.checkpoints[identifier])
        else:
            yield _named_only(identifier)
    for one in trailers:
        if one.key == "entire-attribution" and (share := _SHARE.match(one.value)):
            yield _estimated(min(100.0, float(share[1])), one.said)


def checkpoint_ids(commit: Commit) -> tuple[str, ...]:
    """The identifiers of checkpoints that a commit's message names, well-formed ones only."""
    if "ntire-checkpoint" not in commit.message.casefold():
        return ()
    told = [one.value for one in parse(commit.message).trailers if one.key == "entire-checkpoint"]
    return tuple(one for one in dict.fromkeys(told) if IDENTIFIER.match(one))[:MOST_SESSIONS]


def _named_only(identifier: str) -> Claim:
    return Claim(
        author=Author.AI,
        mechanism="entire",
        role="assisted",
        certainty=LOW,
        because=f"the message names Entire's checkpoint {identifier}, which was not found: an "
        "agent took part, which one and how much is not known",
        session=identifier,
    )


def _of_checkpoint(identifier: str, files: Mapping[str, bytes]) -> Iterator[Claim | Problem]:
    sessions = sorted(name for name in files if _SESSION.match(name))
    if not sessions:
        yield Problem(f"checkpoint {identifier}", "it holds no session's metadata.json")
        yield _named_only(identifier)
    transcripts = _transcripts(files.get("metadata.json", b"")[:LONGEST_FILE])
    for name in sessions[:MOST_SESSIONS]:
        where = f"checkpoint {identifier} {name}"
        if len(files[name]) > LONGEST_FILE:
            yield Problem(where, f"{len(files[name])} bytes are more than the {LONGEST_FILE} read")
            continue
        found = read_json(files[name])
        if isinstance(found, str):
            yield Problem(where, found)
            continue
        prompts = files.get(name.replace("metadata.json", "prompt.txt"), b"")
        recorded = of_entire(found, prompts, transcripts.get(name.lstrip("/")))
        yield _of_session(identifier, found, recorded)


def _transcripts(summary: bytes) -> dict[str, str]:
    """Where the transcript of each session lies, by the name of its metadata in the checkpoint."""
    found = read_json(summary) if summary else {}
    listed = list_of(found.get("sessions")) if isinstance(found, dict) else []
    told: dict[str, str] = {}
    for one in map(mapping_of, listed[:MOST_SESSIONS]):
        metadata, transcript = text_of(one.get("metadata")), text_of(one.get("transcript"))
        if metadata and transcript:
            told["/".join(metadata.split("/")[-2:])] = f"{BRANCH}:{transcript.lstrip('/')}"
    return told


def _of_session(identifier: str, found: dict[str, Any], recorded: SessionRecord | None) -> Claim:
    tool = tool_name(text_of(found.get("agent")))
    share, counted = _counts(mapping_of(found.get("initial_attribution")))
    author, certainty, role = _weigh(share, NAMED_AGENT if tool else UNNAMED_AGENT)
    return Claim(
        author=author,
        mechanism="entire",
        role=role,
        certainty=certainty,
        because=f"Entire's checkpoint {identifier} holds a session of {tool or 'an agent'}"
        + counted,
        tool=tool,
        model=model_name(text_of(found.get("model"))),
        session=text_of(found.get("session_id")) or identifier,
        recorded=recorded,
    )


def _counts(told: dict[str, Any]) -> tuple[float | None, str]:
    """The agent's share in per cent and the counts in words; None and "" where nothing is told."""
    agent, total = told.get("agent_lines"), told.get("total_committed")
    if type(agent) is not int or type(total) is not int or total <= 0 or agent < 0:
        return None, ""
    share = min(100.0, 100.0 * agent / total)
    return share, f", by its estimate {agent} of {total} lines"


def _weigh(share: float | None, certainty: float) -> tuple[Author, float, str]:
    if share == 0:
        return Author.AI, WEAK, "took part"
    if share is not None and 100.0 - share >= PEOPLES_SHARE:
        return Author.MIXED, certainty, "authored"
    return Author.AI, certainty, "authored"


def _estimated(share: float, said: str) -> Claim:
    author, certainty, role = _weigh(share, UNNAMED_AGENT)
    return Claim(
        author=author,
        mechanism="entire",
        role=role,
        certainty=certainty,
        because=f"Entire's estimate in the message: {said}",
    )
