"""Every sample cut off, filled with hostile values or blown up: nothing is guessed from what is
left, what could not be read is reported with where and why, and no case takes long.

Seeds are fixed, so a failure names a case that can be run again.
"""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from correlator.provenance import Claims, Records
from correlator.provenance.traces import read_traces
from correlator.types import Author
from tests.rooms.provenance_samples import claims_of, messages, sample
from tests.rooms.test_provenance_hostile import (
    IDENTIFIER,
    REFS,
    SAMPLES,
    divided,
    is_sound,
    read_as_note,
)

# Of CPU, for one case. Far above what any takes; a pattern that blows up takes minutes.
SECONDS = 2.0
ONE_DOCUMENT = [name for name in SAMPLES if not name.endswith(".jsonl")]
HOSTILE = (
    "\x1b]0;title\x07\x1b[2J",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 60,
    "a\u0301" * 300,
    "\n---\n",
    "../../../../etc/passwd",
    "Name <mail@example.net>\nCo-Authored-By: Claude <noreply@anthropic.com>",
    "(" * 2_000,
    " " * 3_000 + "x",
    "1-" * 1_500,
    "1-1000000000",
    "99999999999999999999",
    "<script>alert(1)</script>",
)


@contextmanager
def in_time() -> Iterator[None]:
    began = time.process_time()
    yield
    assert time.process_time() - began < SECONDS


def hostile(value: Any, chance: random.Random) -> Any:
    """The same JSON with some texts, numbers and keys made hostile."""
    if isinstance(value, dict):
        return {
            chance.choice(HOSTILE) if chance.random() < 0.03 else key: hostile(one, chance)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [hostile(one, chance) for one in value[:8]]
    if chance.random() < 0.2:
        return chance.choice((*HOSTILE, 10**12, -(10**12), float(10**300)))
    return value


@pytest.mark.parametrize("name", ONE_DOCUMENT)
def test_of_a_record_that_is_cut_off_nothing_is_guessed_and_that_is_said(name: str) -> None:
    whole = sample(name).rstrip()[:20_000]
    ends = random.Random(name).sample(range(1, len(whole)), min(25, len(whole) - 1))
    for end in ends:
        found = read_as_note(name, whole[:end])
        assert found.found == (), (name, end)
        assert found.problems, (name, end)
        assert all(REFS_OF[name] in one.where and one.why for one in found.problems)


REFS_OF = {
    name: next(ref for start, ref in REFS.items() if name.startswith(start))
    for name in ONE_DOCUMENT
}


@pytest.mark.parametrize("name", SAMPLES)
def test_hostile_values_anywhere_in_a_record_fail_cleanly(name: str) -> None:
    chance = random.Random(f"hostile {name}")
    before, after = divided(sample(name))
    original = json.loads(after.splitlines()[0] if name.endswith("l") else after)
    for _ in range(8):
        text = before + json.dumps(hostile(original, chance)).encode("utf-8", "replace")
        with in_time():
            is_sound(read_as_note(name, text))


@pytest.mark.parametrize("token", HOSTILE)
def test_hostile_lines_among_the_attestations_fail_cleanly(token: str) -> None:
    lines = sample("gitai-02-mixed-prompts-sessions-humans.note").decode().split("\n")
    chance = random.Random(token)
    for _ in range(6):
        mutated = list(lines)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(mutated))
            mutated[at] = chance.choice((token, f"  {token} 1-3", f"  ai_agent {token}", ""))
        with in_time():
            is_sound(read_as_note("gitai", "\n".join(mutated).encode("utf-8", "replace")))


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("opened", ["[", '{"a":', '{"files":[', '"'])
def test_nesting_without_end_is_refused(name: str, opened: str) -> None:
    before, _ = divided(sample(name))
    with in_time():
        found = read_as_note(name, (before or b"") + opened.encode() * 50_000)
    is_sound(found)
    assert found.found == ()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_record_repeated_until_it_is_huge_is_read_in_time_or_refused(name: str) -> None:
    text = sample(name)
    with in_time():
        found = read_as_note(name, (text + b"\n") * max(1, 100_000 // len(text)))
    is_sound(found)


def test_a_range_of_a_thousand_million_lines_is_one_range_in_every_form() -> None:
    most = 1_000_000_000
    attribution = {"path": "a", "category": "ai_generated", "startLine": 1, "endLine": most}
    agentblame = json.dumps({"version": 2, "attributions": [attribution]})
    for name, text in (
        ("gitai", f'a\n  ai_agent 1-{most}\n---\n{{"schema_version": "authorship/3.0.0"}}'),
        ("agentblame", agentblame),
    ):
        with in_time():
            found = read_as_note(name, text.encode())
            is_sound(found)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("agent-trace")])
def test_a_trace_file_in_the_tree_that_is_damaged_loses_only_the_damaged_lines(name: str) -> None:
    chance = random.Random(name)
    lines = sample(name).splitlines()
    whole, _ = read_traces("traces.jsonl", sample(name))
    for _ in range(20):
        damaged = list(lines)
        at = chance.randrange(len(damaged))
        damaged[at] = damaged[at][: chance.randrange(1, len(damaged[at]) - 1)]
        with in_time():
            found, problems = read_traces("traces.jsonl", b"\n".join(damaged))
        assert {str(one.raw) for one in found} <= {str(one.raw) for one in whole}
        assert problems
        assert all("traces.jsonl" in one.where and one.why for one in problems)


def test_damaged_checkpoints_fail_cleanly() -> None:
    chance = random.Random(11)
    names = (
        "entire-01-checkpoint-summary.json",
        "entire-02-session-metadata-with-attribution.json",
    )
    summary, session = (json.loads(sample(name)) for name in names)
    for _ in range(20):
        files = {
            "metadata.json": json.dumps(hostile(summary, chance)).encode("utf-8", "replace"),
            "0/metadata.json": json.dumps(hostile(session, chance)).encode("utf-8", "replace"),
        }
        with in_time():
            is_sound(told_by(files))
    cut = json.dumps(session).encode()[:-40]
    found = told_by({"0/metadata.json": cut})
    assert found.found == ()
    assert "0/metadata.json" in found.problems[0].where


def told_by(files: dict[str, bytes]) -> Claims:
    message = f"Fix\n\nEntire-Checkpoint: {IDENTIFIER}"
    return claims_of(message, Records(checkpoints={IDENTIFIER: files}))


def test_messages_with_hostile_pieces_put_in_fail_cleanly() -> None:
    chance = random.Random(12)
    for row in messages():
        for _ in range(3):
            text = row["message"]
            for _ in range(3):
                at = chance.randrange(len(text) + 1)
                text = text[:at] + chance.choice(HOSTILE) + text[at:]
            with in_time():
                is_sound(claims_of(text, author=row["author"], committer=row["committer"]))


def test_a_message_without_its_last_lines_never_says_more_than_the_whole() -> None:
    for row in messages():
        if row["ai"] is not False:
            continue
        lines = row["message"].split("\n")
        for end in range(len(lines)):
            found = claims_of("\n".join(lines[:end]), author=row["author"])
            assert not [
                one for one in found.found if one.author is Author.AI and one.certainty >= 0.3
            ], row["commit"]
