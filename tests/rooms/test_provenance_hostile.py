"""Records that are cut off, of wrong types, huge or hostile: reported, never fatal, never slow."""

import json
import random
import time
from typing import Any

import pytest

from correlator.provenance import Claims, Records, judge, judge_line
from correlator.provenance.notes import LONGEST_NOTE, MOST_PROBLEMS
from correlator.provenance.spans import MOST_SPANS, merged, read_spans, winners, without
from correlator.types import Author
from tests.rooms.provenance_samples import DATA, claims_of, sample

IDENTIFIER = "00c9e2351016"
REFS = {
    "gitai-11": f"refs/ai/authorship/{'a' * 40}",
    "gitai": "refs/notes/ai",
    "agentblame": "refs/notes/agentblame",
    "whogitit": "refs/notes/whogitit",
    "agent-trace": "refs/notes/agent-trace",
}
SAMPLES = sorted(
    path.name for path in DATA.iterdir() if path.name.startswith(tuple(REFS)) and path.is_file()
)
# Values that a field may hold where the form promises another.
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    1e308,
    10**30,
    "",
    "x" * 100_000,
    "\x1b[31m\u202e\u200b\x00",
    "1",
    [],
    [[]],
    {},
    {"type": []},
    [None] * 100,
    "../../etc/passwd",
)
TOKENS = (
    b"---",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\x00",
    b"\xff\xfe",
    b"  ",
    b"\n",
    b"-",
    b",",
    b"\r\n",
    b"9" * 400,
)


def read_as_note(name: str, text: bytes) -> Claims:
    ref = next(ref for start, ref in REFS.items() if name.startswith(start))
    return claims_of(records=Records(notes={ref: text}))


def is_sound(found: Claims) -> None:
    """What holds for any answer, whatever it was made from."""
    for claim in found.found:
        assert 0.0 <= claim.certainty <= 1.0
        assert claim.because
        assert len(claim.because) < 2000
        assert claim.because.isprintable()
        for text in (claim.tool, claim.model, claim.session, claim.human):
            assert text is None or (0 < len(text) <= 250 and text.isprintable())
        assert all(1 <= first <= last for first, last in claim.lines)
        assert bool(claim.lines) == (claim.path is not None)
    assert all(
        problem.where.isprintable() and problem.why and len(problem.why) < 500
        for problem in found.problems
    )
    for path in list(found.by_path)[:3]:
        judge_line(found, path, 1)
    answer = judge(found)
    assert len(answer.claims) <= 100
    assert answer.author is not Author.HUMAN or answer.claims


def test_every_sample_of_a_note_is_mutated_below() -> None:
    assert len(SAMPLES) == 22


@pytest.mark.parametrize("name", SAMPLES)
def test_a_record_that_is_cut_off_anywhere_fails_cleanly(name: str) -> None:
    text = sample(name)[:20_000]
    step = max(1, len(text) // 150)
    for end in range(0, len(text), step):
        is_sound(read_as_note(name, text[:end]))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_record_with_bytes_put_in_taken_out_or_turned_fails_cleanly(name: str) -> None:
    chance = random.Random(name)
    original = sample(name)[:20_000]
    for _ in range(150):
        text = bytearray(original)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(text) + 1)
            how = chance.randrange(3)
            if how == 0:
                text[at:at] = chance.choice(TOKENS)
            elif how == 1:
                del text[at : at + chance.randint(1, 30)]
            elif at < len(text):
                text[at] = chance.randrange(256)
        is_sound(read_as_note(name, bytes(text)))


def mutated(value: Any, chance: random.Random) -> Any:
    """The same JSON with some values replaced by odd ones, somewhere inside."""
    if chance.random() < 0.08:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: mutated(one, chance) for key, one in value.items() if chance.random() > 0.02}
    if isinstance(value, list):
        return [mutated(one, chance) for one in value[:40]]
    return value


def divided(text: bytes) -> tuple[bytes, bytes]:
    """What stands before a note's JSON, and the JSON."""
    if text.startswith(b"---\n"):
        return b"---\n", text[4:]
    before, divider, after = text.partition(b"\n---\n")
    return (before + divider, after) if divider else (b"", text)


@pytest.mark.parametrize("name", SAMPLES)
def test_values_of_wrong_types_fail_cleanly(name: str) -> None:
    chance = random.Random(name)
    before, after = divided(sample(name))
    if name.endswith("l"):
        after = after.splitlines()[0]
    original = json.loads(after)
    for _ in range(60):
        text = before + json.dumps(mutated(original, chance)).encode()
        is_sound(read_as_note(name, text))


def test_a_checkpoint_of_wrong_types_fails_cleanly() -> None:
    chance = random.Random(3)
    original = json.loads(sample("entire-02-session-metadata-with-attribution.json"))
    message = f"Fix\n\nEntire-Checkpoint: {IDENTIFIER}"
    for _ in range(300):
        text = json.dumps(mutated(original, chance)).encode()
        files = {
            "metadata.json": b"[",
            "0/metadata.json": text,
            "../x": b"",
            "1/metadata.json": b"",
        }
        is_sound(claims_of(message, Records(checkpoints={IDENTIFIER: files})))


# --- size ----------------------------------------------------------------------------------------


def git_ai(attested: str, meta: str = '{"schema_version": "authorship/3.0.0"}') -> Claims:
    return claims_of(records=Records(notes={"refs/notes/ai": f"{attested}---\n{meta}".encode()}))


def test_a_note_beyond_the_limit_is_not_read_and_says_how_large_it_was() -> None:
    text = b"a.py\n  ai_agent 1\n---\n{}" + b" " * LONGEST_NOTE
    found = claims_of(records=Records(notes={"refs/notes/ai": text}))
    assert found.found == ()
    assert str(len(text)) in found.problems[0].why


def test_ranges_beyond_the_limit_are_cut_and_reported() -> None:
    line = "  ai_agent " + ",".join(str(2 * n + 1) for n in range(1000)) + "\n"
    found = git_ai("a.py\n" + line * (MOST_SPANS // 1000 + 5))
    assert "the rest is not read" in found.problems[0].why
    assert judge_line(found, "a.py", 1).author is Author.AI


def test_many_problems_are_counted_and_not_listed() -> None:
    found = git_ai("a.py\n" + "  nonsense\n" * 5000)
    assert len(found.problems) == MOST_PROBLEMS + 1
    assert "and 4980 more" in found.problems[-1].why


def test_a_range_of_a_thousand_million_lines_costs_no_more_than_one_of_two() -> None:
    found = git_ai("a.py\n  ai_agent 1-999999999\n  human 500\n")
    assert [judge_line(found, "a.py", n).author for n in (499, 500, 999_999_999)] == [
        "ai",
        "human",
        "ai",
    ]


@pytest.mark.parametrize(
    "ranges", ["0", "5-3", "1-2-3", "-1", "1,", "", "a", "1.5", "9" * 5000, "１", "1 - 2"]
)
def test_ranges_that_are_none_are_refused(ranges: str) -> None:
    assert read_spans(ranges) is None


def test_entries_that_overlap_thousands_of_times_are_settled_in_one_sweep() -> None:
    began = time.perf_counter()
    attested = "".join(f"  ai_agent {n}-{100_000 - n}\n" for n in range(1, 25_000))
    found = git_ai("a.py\n" + attested)
    assert judge_line(found, "a.py", 50_000).author is Author.AI
    assert time.perf_counter() - began < 10, "n log n takes about a second, n squared minutes"


def test_a_deep_document_is_refused_without_a_crash() -> None:
    deep = '{"schema_version": "authorship/3.0.0", "prompts": ' + '{"a":' * 100_000
    assert git_ai("", deep).found == ()


def test_thousands_of_sessions_are_all_counted_and_the_strongest_shown() -> None:
    sessions = ",".join(
        f'"s_{n:014x}": {{"agent_id": {{"tool": "claude", "id": "{n}", "model": "m"}}}}'
        for n in range(3000)
    )
    attested = "".join(f"  s_{n:014x}::t_1 {n + 1}\n" for n in range(3000))
    meta = f'{{"schema_version": "authorship/3.0.0", "sessions": {{{sessions}}}}}'
    found = git_ai("a.py\n" + attested, meta)
    assert len(found.found) == 3000
    assert len(judge(found).claims) == 100
    assert judge_line(found, "a.py", 3000).claims[0].session == "2999"


# --- the arithmetic of ranges --------------------------------------------------------------------


def test_the_sweep_agrees_with_counting_line_by_line() -> None:
    chance = random.Random(7)
    for _ in range(300):
        entries = [
            tuple(
                (first, first + chance.randint(0, 8))
                for first in (chance.randint(1, 30) for _ in range(chance.randint(0, 4)))
            )
            for _ in range(chance.randint(1, 6))
        ]
        expected: dict[int, int] = {}
        for place, spans in enumerate(entries):
            for first, last in spans:
                expected.update(dict.fromkeys(range(first, last + 1), place))
        kept = winners(entries)
        found = {n: at for at, spans in enumerate(kept) for a, b in spans for n in range(a, b + 1)}
        assert found == expected
        every = {n for spans in entries[:1] for a, b in spans for n in range(a, b + 1)}
        lost = {n for a, b in without(entries[0], kept[0]) for n in range(a, b + 1)}
        assert lost == {n for n in every if expected[n] != 0}


def test_merged_ranges_are_in_order_and_joined() -> None:
    assert merged([(5, 6), (1, 2), (3, 3), (6, 9)]) == ((1, 3), (5, 9))
