"""Puts what a repository and a forge know of each change together, and has it accounted for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from correlator.accountability import Change, Codeowners, People, account
from correlator.code.touched import Touched, pull_heads, touched_files
from correlator.gate.membership import members
from correlator.investigation.recorded import Judged as Recorded
from correlator.investigation.recorded import judge_commits
from correlator.provenance import accountable, final_trailers, identity_of, is_person
from correlator.types import Accountability, Commit, Identity, Provenance, PullRequest, Review


@dataclass(frozen=True, slots=True)
class Facts:
    """What forges told: pull requests, and reviews. ``reviewed``: numbers of the pull requests
    whose reviews were told in full, so that none means none."""

    pulls: tuple[PullRequest, ...] = ()
    reviews: tuple[Review, ...] = ()
    reviewed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Assembled:
    """A change with its account. ``number``: its pull request's, told of or only named."""

    commit: Commit
    provenance: Provenance
    accountability: Accountability
    paths: tuple[str, ...]
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What accounts for each of some commits, beyond what its own records say."""

    facts: Facts
    numbers: Mapping[str, int]
    authors: Mapping[int, tuple[Identity, ...]]
    touched: Mapping[str, Touched]
    people: People = field(default_factory=People)


def known_of(
    path: Path, commits: Sequence[Commit], facts: Facts, people: People, around: Sequence[Commit]
) -> Known:
    """What is known of these commits. ``around``: commits, newest first, among which pull
    requests are looked for."""
    numbers = members(around, pull_heads(path), facts.pulls)
    touched = touched_files(path, [commit.sha for commit in commits])
    authors: dict[int, tuple[Identity, ...]] = {}
    for commit in around:
        if (number := numbers.get(commit.sha)) is not None and len(commit.parents) < 2:
            authors[number] = (*authors.get(number, ()), commit.author)
    return Known(facts=facts, numbers=numbers, authors=authors, touched=touched, people=people)


def assemble(
    path: Path,
    commits: Sequence[Commit],
    facts: Facts,
    people: People,
    owners: Codeowners,
    around: Sequence[Commit] = (),
) -> list[Assembled]:
    """Every change accounted for, in the order given; merges that changed nothing left out.

    ``around``: commits, newest first, among which pull requests are looked for; default: these.
    """
    known = known_of(path, commits, facts, people, around or commits)
    order = {commit.sha: place for place, commit in enumerate(commits)}
    changes = [
        commit for commit in commits if len(commit.parents) < 2 or known.touched[commit.sha].paths
    ]
    judged = sorted(judge_commits(path, changes), key=lambda one: order[one.commit.sha])
    return [assembled(one, known, owners) for one in judged]


def assembled(one: Recorded, known: Known, owners: Codeowners) -> Assembled:
    """A judged commit, accounted for."""
    commit, touched = one.commit, known.touched[one.commit.sha]
    number = known.numbers.get(commit.sha)
    pull = next((pull for pull in known.facts.pulls if pull.number == number), None)
    behind = accountable(one.claims)
    change = Change(
        commit=commit,
        provenance=one.provenance,
        author_is_machine=not is_person(commit.author),
        committer_is_machine=not is_person(commit.committer),
        human=identity_of(behind.who) if behind else None,
        human_role=behind.role if behind else "",
        trailers=tuple((key, who, not is_person(who)) for key, who in final_trailers(commit)),
        others=known.authors.get(number, ()) if number is not None else (),
        pull_request=pull,
        reviews=tuple(one for one in known.facts.reviews if pull and one.number == number),
        reviews_known=pull is not None and number in known.facts.reviewed,
        paths=touched.paths,
        lines=touched.lines,
        people=known.people,
    )
    return Assembled(
        commit=commit,
        provenance=one.provenance,
        accountability=account(change, owners),
        paths=touched.paths,
        number=number,
    )
