"""Which commits took over the content of others, as squash, rebase and cherry-pick do.

By a forge's word, by the number of the pull request, by the hash that ``cherry-pick -x`` writes,
by author and date (which a rebase keeps), by an equal tree. Neither a number nor a forge's word
alone is believed: see ``carried``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from correlator.code.contents import heads, single, trees
from correlator.code.records import Shelf
from correlator.provenance.merged import picked_from, request_of
from correlator.types import Commit

REQUESTS = ("refs/pull", "refs/merge-requests")
BRANCHES = ("refs/heads", "refs/remotes")
# An author's commits of the same second are told apart by their content; more are no copies.
_MOST_ALIKE = 5


@dataclass(frozen=True, slots=True)
class Takeover:
    """``sha`` holds the content of what ``head`` brings; ``name``: of that, for the reader.

    ``alone``: of that one commit only. ``sure``: its content need not be compared.
    """

    sha: str
    head: str
    name: str
    alone: bool = False
    sure: bool = False


def takeovers(
    path: Path,
    shelf: Shelf,
    commits: Sequence[Commit],
    timeout: float,
    told: Sequence[Takeover] = (),
) -> tuple[Takeover, ...]:
    """At most one for each of these commits, of those that have no note of their own. ``told``:
    what a forge says of squashes, which goes before what messages say."""
    asked = {commit.sha: commit for commit in commits}
    refs = heads(path, *REQUESTS, timeout=timeout)
    found = {one.sha: one for one in _numbered(commits, refs) if one.head not in asked}
    said = [one for one in told if one.sha in asked and one.head not in asked]
    here = {one.sha for one in single(path, [one.head for one in said], timeout)}
    found |= {one.sha: one for one in said if one.head in here}
    noted = frozenset(shelf.noted)
    left = [one for one in commits if one.sha not in noted and one.sha not in found]
    for one in _copies(path, left, noted - asked.keys(), timeout):
        found.setdefault(one.sha, one)
    left = [one for one in left if one.sha not in found]
    branches = heads(path, *BRANCHES, timeout=timeout)
    taken = {one.head for one in found.values()}
    others = {
        name: head
        for name, head in {**branches, **refs}.items()
        if head[0] not in asked and head[0] not in taken
    }
    for one in _same_trees(path, left, others, timeout):
        found.setdefault(one.sha, one)
    return tuple(one for sha, one in found.items() if sha not in noted)


def _numbered(commits: Iterable[Commit], refs: Mapping[str, tuple[str, str]]) -> Iterator[Takeover]:
    for commit in commits:
        request = request_of(commit)
        if request is None or request.ref not in refs:
            continue
        head = refs[request.ref][0]
        if len(commit.parents) < 2:
            yield Takeover(commit.sha, head, request.name)
        elif commit.parents[1] != head:
            # GitLab merges the squash commit: the number is on the merge.
            yield Takeover(commit.parents[1], head, request.name)


def _copies(
    path: Path, commits: Sequence[Commit], elsewhere: frozenset[str], timeout: float
) -> Iterator[Takeover]:
    """Rebased and cherry-picked: the original is named, or has the same author and date."""
    named = {sha for commit in commits for sha in picked_from(commit)}
    originals = single(path, [*sorted(elsewhere), *sorted(named - elsewhere)], timeout)
    by_sha = {one.sha: one for one in originals}
    alike: dict[tuple[str, object], list[Commit]] = {}
    for one in originals:
        if one.sha in elsewhere and len(one.parents) < 2:
            alike.setdefault((one.author.email.lower(), one.authored_at), []).append(one)
    for commit in commits:
        if len(commit.parents) > 1:
            continue
        picked = [by_sha[sha] for sha in picked_from(commit)[-1:] if sha in by_sha]
        same = alike.get((commit.author.email.lower(), commit.authored_at), [])
        for one in (picked or _likeliest(commit, same))[:1]:
            yield Takeover(commit.sha, one.sha, f"commit {one.sha[:12]}", alone=True)


def _likeliest(commit: Commit, same: Sequence[Commit]) -> list[Commit]:
    if len(same) > _MOST_ALIKE:
        return []
    return sorted(same, key=lambda one: one.subject != commit.subject)


def _same_trees(
    path: Path, commits: Sequence[Commit], others: Mapping[str, tuple[str, str]], timeout: float
) -> Iterator[Takeover]:
    """Oldest first, so that the commit that brought the tree is taken, not one that restored it."""
    by_tree = {tree: (name, sha) for name, (sha, tree) in sorted(others.items())}
    if not by_tree:
        return
    squashed = [one for one in commits if len(one.parents) == 1]
    known = trees(path, [one.sha for one in squashed], timeout)
    for commit in sorted(squashed, key=lambda one: one.committed_at):
        if found := by_tree.pop(known.get(commit.sha, ""), None):
            name, sha = found
            yield Takeover(commit.sha, sha, request_name(name), sure=True)


def request_name(ref: str) -> str:
    """What a ref is called for the reader."""
    words = ref.removeprefix("refs/").removesuffix("/head")
    for start, name in (("pull/", "pull request "), ("merge-requests/", "merge request ")):
        if words.startswith(start):
            return name + words.removeprefix(start)
    return "branch " + words.removeprefix("heads/").removeprefix("remotes/")[:100]
