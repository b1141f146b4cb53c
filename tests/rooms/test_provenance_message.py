"""A commit message taken apart: git's own rule for the final block, and what is nobody's claim."""

import random
import subprocess
from pathlib import Path

import pytest

from correlator.provenance.message import LONGEST_MESSAGE, parse

LINES = (
    "Signed-off-by: Jane Roe <jane@example.net>",
    "Co-authored-by: Claude <noreply@anthropic.com>",
    "Fixes: #12",
    "Fixes #12",
    "prose without a mark",
    "  continued",
    "\tcontinued by a tab",
    "(cherry picked from commit 0123456789abcdef0123456789abcdef01234567)",
    "Key : value with a blank before the colon",
    "Not a key: since it has blanks",
    "https://example.net/it",
    "# looks like a comment",
    "---",
    "-dash: first",
    "",
    "",
    "   ",
)


def what_git_sees(messages: list[str], where: Path) -> list[list[tuple[str, str]]]:
    """The trailers of each message, by one ``git log`` over commits that have these messages."""
    subprocess.run(["git", "init", "-q", "--bare", str(where)], check=True)
    stream = b""
    for message in messages:
        body = message.encode()
        stream += b"commit refs/heads/main\ncommitter J <j@example.net> 1700000000 +0000\n"
        stream += b"data %d\n%s\n" % (len(body), body)
    quiet = ["fast-import", "--quiet"]
    subprocess.run(["git", "-C", str(where), *quiet], input=stream, check=True)
    form = "--format=%(trailers:only,unfold,separator=%x02,key_value_separator=%x03)"
    log = ["git", "-C", str(where), "log", "--reverse", "-z", form, "main"]
    text = subprocess.run(log, check=True, capture_output=True).stdout.decode()
    return [
        [
            (key.lower(), value)
            for one in each.split("\x02")
            if one
            for key, _, value in [one.partition("\x03")]
        ]
        for each in text.removesuffix("\0").split("\0")
    ]


def test_the_final_block_is_the_one_that_git_finds(tmp_path: Path) -> None:
    chance = random.Random(20261121)
    messages = [
        "Subject\n" + "\n".join(chance.choice(LINES) for _ in range(chance.randint(0, 9)))
        for _ in range(600)
    ]
    seen = what_git_sees(messages, tmp_path)
    assert len(seen) == len(messages)
    for message, expected in zip(messages, seen, strict=True):
        found = [(one.key, one.value) for one in parse(message).trailers if one.final]
        assert found == expected, message


def keys(message: str) -> list[tuple[str, bool]]:
    return [(one.key, one.final) for one in parse(message).trailers]


def test_the_subject_is_no_trailer() -> None:
    assert keys("Co-authored-by: Claude <noreply@anthropic.com>") == []


@pytest.mark.parametrize(
    "quoted",
    [
        "> Co-authored-by: Claude <noreply@anthropic.com>",
        "    Co-authored-by: Claude <noreply@anthropic.com>",
        "\tCo-authored-by: Claude <noreply@anthropic.com>",
        "* Co-authored-by: Claude <noreply@anthropic.com>",
        "- Co-authored-by: Claude <noreply@anthropic.com>",
        "```\nCo-authored-by: Claude <noreply@anthropic.com>\n```",
        "~~~\nCo-authored-by: Claude <noreply@anthropic.com>\n~~~",
        "It then prints:\n\nCo-authored-by: Claude <noreply@anthropic.com>",
    ],
)
def test_what_is_quoted_is_no_trailer(quoted: str) -> None:
    assert keys(f"Subject\n\n{quoted}\n\nThat was all.") == []


def test_a_fence_that_is_never_closed_hides_nothing() -> None:
    message = "Subject\n\n```\n\nCo-authored-by: Claude <noreply@anthropic.com>\n\nThat was all."
    assert keys(message) == [("co-authored-by", False)]


def test_a_line_before_the_final_block_is_told_apart() -> None:
    message = "Subject\n\nCo-authored-by: A <a@b.c>\n\nRole: crew"
    assert keys(message) == [("role", True), ("co-authored-by", False)]


def test_a_value_may_be_continued_on_the_next_line() -> None:
    (only,) = parse("Subject\n\nAssisted-by: Claude\n  Opus 4.6").trailers
    assert only.value == "Claude Opus 4.6"


def test_look_alikes_are_folded_and_what_cannot_be_seen_is_dropped() -> None:
    message = (
        "Subject\n\nＣo-authored-by： Cla\u200bude <noreply@anthropic.com>\u202e\n\nThat was all."
    )
    (only,) = parse(message).trailers
    assert (only.key, only.value) == ("co-authored-by", "Claude <noreply@anthropic.com>")


def test_control_characters_never_reach_a_reader() -> None:
    (only,) = parse("Subject\n\nAssisted-by: Claude\x1b[31m").trailers
    assert only.value == "Claude[31m"


def test_line_ends_of_windows_change_nothing() -> None:
    assert keys("Subject\r\n\r\nRole: crew\r\nRig: beads\r\n") == [("role", True), ("rig", True)]


REVERTED = 'Revert "Add a thing"\n\nThis reverts commit 0123456789abcdef.\n\n'


def test_what_a_revert_repeats_in_its_body_is_no_trailer() -> None:
    message = (
        'Revert "Add a thing"\n\nAdd a thing\n\nCo-authored-by: Claude <noreply@anthropic.com>\n\n'
        "This reverts commit 0123456789abcdef."
    )
    assert keys(message) == []


def test_a_reverts_own_final_block_counts() -> None:
    message = REVERTED + "Co-authored-by: Claude <noreply@anthropic.com>"
    assert keys(message) == [("co-authored-by", True)]


def test_a_revert_that_ends_with_the_original_message_has_no_block_of_its_own() -> None:
    message = REVERTED + "Original message:\nAdd a thing\n\nCo-authored-by: A <a@b.c>"
    assert keys(message) == []


def test_a_reverts_own_block_after_a_quoted_original_counts() -> None:
    message = REVERTED + "Original change's description:\n> Add\n>\n> Bug: 1\n\nBug: 2"
    assert keys(message) == [("bug", True)]


def test_a_cherry_pick_keeps_its_trailers() -> None:
    message = "Subject\n\nCo-authored-by: A <a@b.c>\n(cherry picked from commit " + "0" * 40 + ")"
    assert keys(message) == [("co-authored-by", True)]
    assert parse(message).is_cherry_pick


def test_both_ends_of_a_huge_message_are_read_and_the_rest_is_counted() -> None:
    message = "Subject\n\n" + "x" * (2 * LONGEST_MESSAGE) + "\n\nRole: crew"
    parsed = parse(message)
    assert [one.key for one in parsed.trailers] == ["role"]
    assert parsed.cut == len(message) - LONGEST_MESSAGE


@pytest.mark.parametrize(
    "filler", [" ", "\t", "-", "a", "a:", ":", "<", "(", "```\n", "> ", "\u200b"]
)
def test_no_message_takes_long(filler: str) -> None:
    message = "Subject\n\n" + filler * (LONGEST_MESSAGE // len(filler)) + "\n\nRole: crew"
    assert [one for one in parse(message).trailers if one.key == "role"]


@pytest.mark.parametrize(
    ("subject", "said", "counts"),
    [
        ("revert: restore the old hash (too early)", "Restoring the original.", True),
        ("Revert overselling of the installer", "It said too much.", True),
        ('Revert "Add VAT"', "Add VAT", False),
        ("revert: feat: add VAT", "This reverts commit 0123456789abcdef.", False),
        ("Revert VAT", "Reverts acme/shop#12", False),
        ("revert(tax): “Add VAT”", "Add VAT", False),
    ],
)
def test_a_commit_that_only_calls_itself_a_revert_speaks_for_itself(
    subject: str, said: str, counts: bool
) -> None:
    trailer = "Co-Authored-By: Claude <noreply@anthropic.com>"
    found = keys(f"{subject}\n\n{said}\n\n{trailer}\n\nSigned-off-by: J <j@example.net>\n")
    assert (("co-authored-by", False) in found) is counts
    assert ("signed-off-by", True) in found
