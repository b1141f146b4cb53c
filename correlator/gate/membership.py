"""Which pull request a commit came by: from merges, subjects and heads; asked once a range.

In this order, the first that speaks: the merge commit that brought it (what its other parents
reach and its first does not); the number that a forge puts at the end of a squash's subject; the
commits of a rebased branch, by what a rebase keeps; the branch of an open pull request.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from correlator.investigation.brought import Rebased
from correlator.types import Commit, PullRequest

_SQUASHED = re.compile(r"\(#(\d{1,9})\)\s*\Z")
_MERGED = re.compile(r"\AMerge (?:pull request|PR) #(\d{1,9}) from ")
_GITLAB = re.compile(r"^See merge request [^\s!]{0,300}!(\d{1,9})\s*$", re.MULTILINE)
_PICKED = "(cherry picked from commit "


def members(
    commits: Sequence[Commit],
    heads: Mapping[str, int],
    pulls: Sequence[PullRequest] = (),
) -> dict[str, int]:
    """Number of the pull request of each commit, as far as one is known.

    ``heads``: pull requests by their newest commit. What a forge told outweighs what is written.
    """
    by_sha = {commit.sha: commit for commit in commits}
    told = {sha: pull.number for pull in pulls for sha in pull.merge_commits}
    found: dict[str, int] = {}
    for commit in commits:  # newest first: an outer merge is overruled by the inner one
        number = told.get(commit.sha) or named_number(commit)
        if number is None:
            continue
        found[commit.sha] = number
        if len(commit.parents) > 1:
            before = _reached(commit.parents[:1], by_sha, set())
            for sha in _reached(commit.parents[1:], by_sha, before):
                found[sha] = number
    rebased = Rebased(pulls)
    for commit in commits:
        if commit.sha not in found and (pull := rebased.of(commit)) is not None:
            found[commit.sha] = pull.number
    for sha, number in heads.items():
        if sha in by_sha:
            found.setdefault(sha, number)
    for pull in pulls:
        found |= {sha: pull.number for sha in _of_branch(pull, by_sha) if sha not in found}
    return found


def _of_branch(pull: PullRequest, by_sha: Mapping[str, Commit]) -> set[str]:
    """What an open branch holds beyond its base; only its head where that cannot be known.

    Too few rather than too many: what is not the pull request's was not reviewed with it.
    """
    if pull.head is None or pull.head not in by_sha:
        return set()
    if pull.state == "merged" or pull.base is None:
        return {pull.head}
    return _reached((pull.head,), by_sha, _reached((pull.base,), by_sha, set()))


def named_number(commit: Commit) -> int | None:
    """The number that a forge wrote into the message; a cherry-pick's is another branch's."""
    if _PICKED in commit.message:
        return None
    if found := _MERGED.search(commit.subject) or _SQUASHED.search(commit.subject[-80:]):
        return int(found[1])
    found = _GITLAB.search(commit.message[-2000:])
    return int(found[1]) if found else None


def _reached(start: Iterable[str], by_sha: Mapping[str, Commit], without: set[str]) -> set[str]:
    waiting, seen = list(start), set[str]()
    while waiting:
        sha = waiting.pop()
        if sha in by_sha and sha not in seen and sha not in without:
            seen.add(sha)
            waiting += by_sha[sha].parents
    return seen
