"""What a commit's message says of where its content came from: a pull request, another commit.

Only what forges and git itself write: a number in a sentence is an issue, or anything.
"""

import re
from dataclasses import dataclass

from correlator.types import Commit

LONGEST = 20_000
_IN_SUBJECT = re.compile(r"\(#(\d{1,9})\)\s*\Z")
_MERGE = re.compile(r"\AMerge pull request #(\d{1,9})\b")
_GITLAB = re.compile(r"^See merge request [\w./-]{0,300}!(\d{1,9})\s*$", re.MULTILINE)
_ADDRESS = re.compile(
    r"^(?:PR-URL|Pull Request resolved): https://[\w.-]{1,100}/[\w./-]{1,200}/pull/(\d{1,9})\s*$",
    re.MULTILINE,
)
_PICKED = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40,64})\)\s*$", re.MULTILINE)
# GitHub's revert button writes this line and nothing else.
_UNDONE = re.compile(r"^Reverts (?:[\w.-]{1,100}/[\w.-]{1,100})?#(\d{1,9})\s*$", re.MULTILINE)
_REVERTED = re.compile(r"^This reverts commit ([0-9a-f]{40,64})\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Request:
    """A pull or merge request as a message names it."""

    number: int
    ref: str
    name: str


def request_of(commit: Commit) -> Request | None:
    """The request that the commit says it is the merge of, or None."""
    subject = commit.subject[:2000]
    text = commit.message[:LONGEST] + commit.message[LONGEST:][-LONGEST:]
    if found := _GITLAB.search(text):
        return _merge_request(int(found[1]))
    for found in (_IN_SUBJECT.search(subject), _MERGE.match(subject), _ADDRESS.search(text)):
        if found:
            return _pull_request(int(found[1]))
    return None


def ref_in(subject: str) -> str | None:
    """The ref of the pull request that a subject says it is the merge of."""
    found = _IN_SUBJECT.search(subject[:2000]) or _MERGE.match(subject)
    return _pull_request(int(found[1])).ref if found else None


def picked_from(commit: Commit) -> tuple[str, ...]:
    """Full hashes that ``git cherry-pick -x`` wrote down, the nearest copy last."""
    return tuple(_PICKED.findall(commit.message[-LONGEST:]))


def reverted_by(commit: Commit) -> str | None:
    """The full hash of the commit that this one takes back, as ``git revert`` writes it."""
    return reverted_in(commit.message)


def reverted_in(message: str) -> str | None:
    """The same of a message alone."""
    return next(iter(all_reverted_in(message)), None)


def all_reverted_in(message: str) -> tuple[str, ...]:
    """Every one that it takes back: the squash of a branch may hold several reverts."""
    return tuple(dict.fromkeys(_REVERTED.findall(message[:LONGEST])))


def reverted_request(commit: Commit) -> int | None:
    """The number of the pull request that this one takes back, as GitHub's button writes it."""
    if not commit.subject.startswith("Revert"):
        return None
    found = _UNDONE.search(commit.message[:LONGEST])
    return int(found[1]) if found else None


def _pull_request(number: int) -> Request:
    return Request(number, f"refs/pull/{number}/head", f"pull request {number}")


def _merge_request(number: int) -> Request:
    return Request(number, f"refs/merge-requests/{number}/head", f"merge request {number}")
