"""What records tell of sessions, in each form; what is odd in them is not recorded."""

import json

import pytest

from correlator.provenance.git_ai_note import read_note
from correlator.provenance.sessions import (
    LONGEST_PROMPT,
    of_agent_trace,
    of_entire,
    of_git_ai,
    of_whogitit,
)
from correlator.types import SessionRecord
from tests.rooms.provenance_samples import DATA as SAMPLES


def test_an_older_git_ai_record_carries_counts() -> None:
    text = (SAMPLES / "gitai-03-legacy-prompts-two-tools.note").read_bytes()
    note, _ = read_note("refs/notes/ai", text)
    assert note is not None
    found = of_git_ai(note.prompts["ae3bf5ffd2cd6f36"])
    assert found == SessionRecord(lines=176, accepted=170, overridden=0)


def test_messages_of_a_git_ai_record_tell_turns_minutes_and_the_first_prompt() -> None:
    messages = [
        {"type": "user", "text": "Add VAT", "timestamp": "2026-01-05T09:00:00Z"},
        {"type": "assistant", "text": "Done", "timestamp": "2026-01-05T09:07:30Z"},
    ]
    found = of_git_ai({"messages": messages, "messages_url": "https://t.example.org/1"})
    assert found == SessionRecord(
        turns=1, minutes=7.5, transcript="https://t.example.org/1", prompt="Add VAT"
    )


def test_a_whogitit_note_tells_turns_and_lines_that_were_kept() -> None:
    found = of_whogitit(json.loads((SAMPLES / "whogitit-01-v2.json").read_bytes()))
    assert found is not None
    assert (found.turns, found.lines, found.accepted, found.overridden) == (1, 49, 49, 0)


def test_an_entire_session_tells_prompts_and_lines() -> None:
    name = "entire-02-session-metadata-with-attribution.json"
    found = of_entire(json.loads((SAMPLES / name).read_bytes()))
    assert found == SessionRecord(turns=6, lines=33, accepted=32, overridden=1)


def test_the_first_of_entires_prompts_is_told_apart_from_the_others() -> None:
    prompts = b"Add VAT\nto every sum\n\n---\n\nand test it"
    found = of_entire({}, prompts, "entire/checkpoints/v1:00/c9/0/full.jsonl")
    assert found == SessionRecord(
        prompt="Add VAT\nto every sum", transcript="entire/checkpoints/v1:00/c9/0/full.jsonl"
    )
    assert len((of_entire({}, b"x" * 10**6) or SessionRecord()).prompt or "") == LONGEST_PROMPT


def test_an_agent_trace_conversation_tells_the_address_of_its_transcript() -> None:
    assert of_agent_trace({"url": "file://c/x.jsonl"}) == SessionRecord(
        transcript="file://c/x.jsonl"
    )
    assert of_agent_trace({}) is None


@pytest.mark.parametrize(
    "record",
    [
        {"accepted_lines": True, "total_additions": "9", "overriden_lines": -1},
        {"accepted_lines": 10**12, "messages": {"a": 1}, "messages_url": "x" * 5000},
        {"messages": ["x", None, 3], "messages_url": "a\nb"},
        {"messages": [{"type": "user", "timestamp": "2026-13-05", "text": 5}] * 0},
    ],
)
def test_what_is_odd_in_a_record_is_not_recorded(record: dict[str, object]) -> None:
    assert of_git_ai(record) is None
