"""What messages say of other changes and of issues: what they mend, and what they take back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from correlator.code.lineage import whole_names
from correlator.code.mending import mended_commits_in, mended_in
from correlator.provenance.merged import all_reverted_in, request_of, reverted_request
from correlator.types import Commit, PullRequest


def said_in(commit: Commit, base_url: str) -> frozenset[str]:
    """What a message says it mends, in words of its own."""
    return mended_in(_own(commit.message), base_url)


def said_by(pull: PullRequest, base_url: str) -> frozenset[str]:
    """What a pull request says it mends, as far as its words are kept."""
    texts: Iterable[str] = (
        pull.title or "",
        *pull.footers,
        *(one.subject for one in pull.commits),
    )
    return frozenset(name for text in texts for name in mended_in(_own(text), base_url))


def _own(text: str) -> str:
    """Without lines that quote what is taken back (or, with git 2.43, brought back by that)."""
    quotes = ('Revert "', 'Reapply "') if all_reverted_in(text) else ('Revert "',)
    return "\n".join(
        line for line in text.splitlines() if not line.lstrip(" *-").startswith(quotes)
    )


def undone(commits: Sequence[Commit], pulls: Sequence[PullRequest]) -> Iterator[tuple[str, str]]:
    """Pairs (commit, what it takes back), of commits newest first."""
    by_number: dict[int, str] = {}
    for commit in commits:  # newest first: of several the oldest stays
        if (request := request_of(commit)) is not None:
            by_number[request.number] = commit.sha
    for pull in pulls:
        if pull.merge_commits:
            by_number.setdefault(pull.number, pull.merge_commits[0])
    known = {commit.sha: commit for commit in commits}
    by_subject = _by_subject(commits)
    for commit in commits:
        if backs := all_reverted_in(commit.message):
            # A revert that the same message takes back in turn has undone nothing.
            void = {gone for back in backs if back in known
                    for gone in all_reverted_in(known[back].message)}  # fmt: skip
            yield from ((commit.sha, back) for back in backs if back not in void)
        elif (number := reverted_request(commit)) is not None and number in by_number:
            yield commit.sha, by_number[number]
        elif (quoted := _quoted(commit)) in by_subject:
            yield from ((commit.sha, one) for one in by_subject[quoted] if one != commit.sha)


def _by_subject(commits: Iterable[Commit]) -> dict[str, list[str]]:
    """The commits of each first line that only one change has: its copies have the same time."""
    found: dict[str, list[Commit]] = {}
    for commit in commits:
        found.setdefault(commit.subject, []).append(commit)
    return {
        subject: [one.sha for one in alike]
        for subject, alike in found.items()
        if len({one.authored_at for one in alike}) == 1
    }


def _quoted(commit: Commit) -> str:
    """The first line that a revert quotes which says nothing else of what it takes back."""
    subject = commit.subject.strip()
    is_quote = subject.startswith('Revert "') and subject.endswith('"')
    return subject[len('Revert "') : -1] if is_quote else ""


def readable(name: str) -> str:
    """The name of an issue for a reader."""
    kind, _, number = name.partition(":")
    return {"issue": f"this issue ({number})", "sentry": f"Sentry's issue {number}"}.get(
        kind, name.upper()
    )


def changes_mended(
    path: Path, commits: Sequence[Commit], timeout: float
) -> dict[str, tuple[str, ...]]:
    """By commit the changes that it says it mends, by their whole hashes."""
    said = {one.sha: found for one in commits if (found := mended_commits_in(one.message))}
    whole = whole_names(path, (name for names in said.values() for name in names), timeout)
    return {sha: tuple(whole[name] for name in names if name in whole)
            for sha, names in said.items()}  # fmt: skip


def one_alone(
    mended: Mapping[str, Sequence[str]], undoing: Iterable[tuple[str, str]]
) -> dict[str, str]:
    """Of each commit that takes back one change alone, or else mends one alone, that change."""
    undone_by: dict[str, list[str]] = {}
    for sha, other in undoing:
        undone_by.setdefault(sha, []).append(other)
    every = {**mended, **undone_by}
    return {sha: others[0] for sha, others in every.items() if len(others) == 1}
