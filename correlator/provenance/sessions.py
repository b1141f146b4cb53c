"""What records tell of an agent's session beyond its name: length, lines kept, transcript, prompt.

Each form says something else, and most say little: what is not recorded stays None. Counts are
those of whoever wrote the record, at commit time; after a squash they may exceed the commit. The
first prompt is read here and kept only where somebody switched that on (``keep_prompts``).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from correlator.provenance.notes import list_of, mapping_of
from correlator.types import SessionRecord

LONGEST_ADDRESS = 500
LONGEST_PROMPT = 2000
MOST_COUNTED = 10_000_000
MOST_LOOKED_AT = 10_000
LONGEST_MINUTES = 60 * 24 * 31
_NOTHING = SessionRecord()


def of_git_ai(record: Mapping[str, Any]) -> SessionRecord | None:
    """A session or prompt record of a git-ai note. Only the older ones carry counts; the form
    spells one of them ``overriden_lines``, and announces the other spelling."""
    messages = [mapping_of(one) for one in list_of(record.get("messages"))[:MOST_LOOKED_AT]]
    asked = [one for one in messages if one.get("type", one.get("role")) == "user"]
    overridden = record.get("overridden_lines", record.get("overriden_lines"))
    return _told(
        SessionRecord(
            turns=len(asked) or None,
            minutes=_minutes([one.get("timestamp") for one in messages]),
            lines=_count(record.get("total_additions")),
            accepted=_count(record.get("accepted_lines")),
            overridden=_count(overridden),
            transcript=_address(record.get("messages_url")),
            prompt=_prompt(asked[0].get("text", asked[0].get("content"))) if asked else None,
        )
    )


def of_whogitit(note: Mapping[str, Any]) -> SessionRecord | None:
    """A whogitit note: prompts with their times, and lines that were kept or changed after."""
    session = mapping_of(note.get("session"))
    prompts = [mapping_of(one) for one in list_of(note.get("prompts"))[:MOST_LOOKED_AT]]
    sums = [
        mapping_of(mapping_of(one).get("summary"))
        for one in list_of(note.get("files"))[:MOST_LOOKED_AT]
    ]
    accepted = _sum([_count(one.get("ai_lines")) for one in sums])
    overridden = _sum([_count(one.get("ai_modified_lines")) for one in sums])
    return _told(
        SessionRecord(
            turns=_count(session.get("prompt_count")),
            minutes=_minutes(
                [session.get("started_at"), *(one.get("timestamp") for one in prompts)]
            ),
            lines=_sum([accepted, overridden]),
            accepted=accepted,
            overridden=overridden,
            prompt=_prompt(prompts[0].get("text")) if prompts else None,
        )
    )


def of_entire(
    metadata: Mapping[str, Any], prompts: bytes = b"", transcript: object = None
) -> SessionRecord | None:
    """A session of an Entire checkpoint: its metadata, its ``prompt.txt`` (prompts between lines
    ``---``), and where in the checkpoint's tree the transcript lies.

    ``checkpoints_count`` counts prompts, despite its name; what a person modified of the agent's
    lines is told, what they took out is not.
    """
    told = mapping_of(metadata.get("initial_attribution"))
    first = prompts[: 4 * LONGEST_PROMPT].decode("utf-8", "replace").partition("\n---\n")[0]
    return _told(
        SessionRecord(
            turns=_count(metadata.get("checkpoints_count")),
            lines=_count(told.get("total_committed")),
            accepted=_count(told.get("agent_lines")),
            overridden=_count(told.get("human_modified")),
            transcript=_address(transcript),
            prompt=_prompt(first),
        )
    )


def of_agent_trace(conversation: Mapping[str, Any]) -> SessionRecord | None:
    """A conversation of an Agent Trace record: an address, often of the writer's own machine."""
    return _told(SessionRecord(transcript=_address(conversation.get("url"))))


def of_address(address: str | None) -> SessionRecord | None:
    """A session that is known by the address of its transcript alone."""
    return _told(SessionRecord(transcript=_address(address)))


def _told(one: SessionRecord) -> SessionRecord | None:
    return None if one == _NOTHING else one


def _count(told: object) -> int | None:
    if isinstance(told, bool) or not isinstance(told, int):
        return None
    return told if 0 <= told <= MOST_COUNTED else None


def _sum(counts: list[int | None]) -> int | None:
    known = [one for one in counts if one is not None]
    return sum(known) if known else None


def _address(told: object) -> str | None:
    """An address as it is recorded; whoever shows it decides what may be a link."""
    if not isinstance(told, str) or not 0 < len(told) <= LONGEST_ADDRESS or not told.isprintable():
        return None
    return told


def _prompt(told: object) -> str | None:
    if not isinstance(told, str):
        return None
    kept = "".join(one for one in told[:LONGEST_PROMPT] if one.isprintable() or one == "\n")
    return kept.strip() or None


def _minutes(told: list[object]) -> float | None:
    times = [at for one in told if (at := _moment(one)) is not None]
    if len(times) < 2:
        return None
    minutes = (max(times) - min(times)).total_seconds() / 60
    return round(minutes, 1) if minutes <= LONGEST_MINUTES else None


def _moment(told: object) -> datetime | None:
    if not isinstance(told, str) or len(told) > 40:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
