"""Puts what a repository and a forge know of each change together, and has it accounted for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from correlator.accountability import Change, Codeowners, People, account, actor_of
from correlator.code.touched import Touched, pull_heads, touched_files
from correlator.gate.copies import copies
from correlator.gate.machines import Machines, machines_of
from correlator.gate.membership import members
from correlator.investigation.brought import Told
from correlator.investigation.recorded import Judged as Recorded
from correlator.investigation.recorded import judge_commits
from correlator.provenance import accountable, final_trailers, identity_of
from correlator.types import (
    Accountability,
    AgentWork,
    Commit,
    Identity,
    Provenance,
    PullRequest,
    Review,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What forges told: pull requests, and reviews. ``reviewed``: numbers of the pull requests
    whose reviews were told in full, so that none means none. ``works``: what agents' services told
    of their work."""

    pulls: tuple[PullRequest, ...] = ()
    reviews: tuple[Review, ...] = ()
    reviewed: frozenset[int] = frozenset()
    works: tuple[AgentWork, ...] = ()

    @property
    def told(self) -> Told:
        """What of it speaks of who wrote the changes."""
        return Told(self.pulls, self.works)


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
    machines: Machines = field(default_factory=Machines)


def known_of(
    path: Path, commits: Sequence[Commit], facts: Facts, people: People, around: Sequence[Commit]
) -> Known:
    """What is known of these commits. ``around``: commits, newest first, among which pull
    requests are looked for."""
    numbers = members(around, pull_heads(path), facts.pulls)
    numbers |= copies(path, [one for one in commits if one.sha not in numbers], facts.pulls)
    touched = touched_files(path, [commit.sha for commit in commits])
    authors: dict[int, tuple[Identity, ...]] = {}
    for commit in around:
        if (number := numbers.get(commit.sha)) is not None and len(commit.parents) < 2:
            authors[number] = (*authors.get(number, ()), commit.author)
    return Known(
        facts=facts,
        numbers=numbers,
        authors=authors,
        touched=touched,
        people=people,
        machines=machines_of(path),
    )


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
    found = judge_commits(path, changes, told=facts.told)
    judged = sorted(found, key=lambda one: order[one.commit.sha])
    return [assembled(one, known, owners) for one in judged]


def assembled(one: Recorded, known: Known, owners: Codeowners) -> Assembled:
    """A judged commit, accounted for."""
    commit, touched = one.commit, known.touched[one.commit.sha]
    number = known.numbers.get(commit.sha)
    pull = next((pull for pull in known.facts.pulls if pull.number == number), None)
    machines = known.machines
    behind = accountable(one.claims)
    human = identity_of(behind.who) if behind else None
    if human is not None and machines.has(actor_of(human)):
        human = None
    reviews = (one for one in known.facts.reviews if pull and one.number == number)
    change = Change(
        commit=commit,
        provenance=one.provenance,
        author_is_machine=machines.is_one(commit.author),
        committer_is_machine=machines.is_one(commit.committer),
        human=human,
        human_role=behind.role if behind else "",
        trailers=tuple((key, who, machines.is_one(who)) for key, who in final_trailers(commit)),
        others=known.authors.get(number, ()) if number is not None else (),
        pull_request=machines.marked_pull(pull) if pull else None,
        reviews=tuple(replace(one, reviewer=machines.marked(one.reviewer)) for one in reviews),
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
