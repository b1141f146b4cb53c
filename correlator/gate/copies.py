"""Commits of rebased and squashed pull requests, known by a clone's pull-request refs alone.

A rebase keeps author, author's time and subject; a squash of a branch that was up to date has the
tree of its head. Asked only about commits that nothing else gives a number, in three git calls.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from correlator.code.contents import aside, heads, trees
from correlator.investigation.takeovers import REQUESTS
from correlator.provenance.merged import picked_from
from correlator.types import Commit, PullRequest

TIMEOUT = 600.0
_Key = tuple[str, object, str]


def copies(
    path: Path, commits: Sequence[Commit], pulls: Iterable[PullRequest] = ()
) -> dict[str, int]:
    """Number of the pull request of each of these commits that is a copy of its branch.

    Of a pull request whose merge a forge told of, with its commits, the forge's word is enough:
    such are not looked for here.
    """
    wanted = [one for one in commits if len(one.parents) < 2 and not picked_from(one)]
    told = {pull.number for pull in pulls if pull.merge_commits and pull.commits}
    refs = {
        number: found
        for name, found in (heads(path, *REQUESTS, timeout=TIMEOUT) if wanted else {}).items()
        if (number := _number(name)) is not None and number not in told
    }
    if not refs:
        return {}
    return {**_rebased(path, wanted, refs), **_squashed(path, wanted, refs)}


def _rebased(
    path: Path, commits: Sequence[Commit], refs: Mapping[int, tuple[str, str]]
) -> dict[str, int]:
    """By author, the author's time and subject; of stacked branches the lowest number's."""
    tips = [one.sha for one in commits]
    outside = aside(path, [head for head, _ in refs.values()], tips, TIMEOUT)
    parents = {one.sha: one.parents for one in outside}
    keys = {_key(one) for one in commits}
    alike = {one.sha: _key(one) for one in outside if len(one.parents) < 2 and _key(one) in keys}
    numbers: dict[_Key, int] = {}
    for number in sorted(refs) if alike else ():
        waiting, seen = [refs[number][0]], set[str]()
        while waiting:
            sha = waiting.pop()
            if sha in parents and sha not in seen:
                seen.add(sha)
                waiting += parents[sha]
                if sha in alike:
                    numbers.setdefault(alike[sha], number)
    return {one.sha: numbers[_key(one)] for one in commits if _key(one) in numbers}


def _squashed(
    path: Path, commits: Sequence[Commit], refs: Mapping[int, tuple[str, str]]
) -> dict[str, int]:
    by_tree = {tree: number for number, (_, tree) in sorted(refs.items(), reverse=True)}
    here = trees(path, [one.sha for one in commits], TIMEOUT)
    # A commit that changed nothing has its parent's tree, and stands for no branch.
    before = trees(path, [one.parents[0] for one in commits if one.parents], TIMEOUT)
    found = {}
    for one in commits:
        number = by_tree.get(here.get(one.sha, ""))
        if number is not None and one.parents and before.get(one.parents[0]) != here[one.sha]:
            found[one.sha] = number
    return found


def _key(one: Commit) -> _Key:
    return (one.author.email.casefold(), one.authored_at, one.subject)


def _number(ref: str) -> int | None:
    number, _, kind = ref.rpartition("/")
    number = number.rpartition("/")[2]
    return int(number) if kind == "head" and number.isdecimal() and len(number) < 10 else None
