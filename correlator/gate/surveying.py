"""Surveys a whole repository: who or what wrote each commit and each line that is left, and who
signed it off. Rooms put together; whoever asks keeps what is found.

Commits are taken a batch at a time, so that memory does not grow with the history. Owners are
those that CODEOWNERS names today: who looks at shares by team asks about the teams of today.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from correlator.accountability import PLACES, Codeowners, People, read_codeowners
from correlator.code.commits import changed_lines
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.gate.assembling import Facts, Known, assembled, known_of
from correlator.investigation.recorded import Judged, judge_commits
from correlator.investigation.surviving import Stretch
from correlator.policy import FILE, NO_POLICY, Policy, read_policy
from correlator.provenance import Problem, accountable
from correlator.types import (
    Accountability,
    Author,
    Commit,
    LinesLeft,
    Reviewed,
    SignOffState,
    Surveyed,
)

# Deeper folders are counted in the one that holds them: nobody reads a table of thousands.
DEEPEST = 4
# To be raised when answers change with the program: all is then judged anew.
RECIPE = 2
MOST_TEAMS = 20
_BY_AGENTS = frozenset({Author.AI, Author.MIXED})


@dataclass(frozen=True, slots=True)
class Rules:
    """What a repository says of itself at a revision: policy, owners, and what is wrong in it.

    ``mark`` differs where any of that does.
    """

    policy: Policy
    owners: Codeowners
    policy_text: str | None = None
    owners_path: str | None = None
    problem: str | None = None
    mark: str = ""

    @property
    def people(self) -> People:
        """Who is who, by the policy."""
        return People(tuple(self.policy.people.values()), self.policy.groups)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be surveyed. ``around``: commits, newest first, among which pull requests are
    looked for."""

    path: Path
    head: str
    rules: Rules
    facts: Facts = field(default_factory=Facts)
    around: Sequence[Commit] = ()


def rules_at(path: Path, revision: str, timeout: float = 600.0) -> Rules:
    """Policy and CODEOWNERS at a revision. A policy that cannot be read is none, with the fault."""
    texts = Repo(path, timeout=timeout).texts(revision, (FILE, *PLACES))
    place = next((one for one in PLACES if one in texts), None)
    owners = read_codeowners(texts[place]) if place else Codeowners()
    text = texts.get(FILE)
    mark = _mark(text, texts[place] if place else None)
    if text is None:
        return Rules(NO_POLICY, owners, None, place, mark=mark)
    try:
        return Rules(read_policy(text), owners, text, place, mark=mark)
    except Permanent as fault:
        return Rules(NO_POLICY, owners, text, place, str(fault), mark)


def _mark(*texts: str | None) -> str:
    """What every answer depends on, in short: these texts, and the recipe of the survey itself."""
    told = repr((RECIPE, texts)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(told).hexdigest()


def survey_commits(
    asked: Asked, commits: Sequence[Commit]
) -> Iterator[tuple[Surveyed, tuple[Problem, ...]]]:
    """Every commit surveyed, with its records that could not be read; in no certain order."""
    known = known_of(asked.path, commits, asked.facts, asked.rules.people, asked.around or commits)
    teams = team_finder(asked.rules.owners)
    changed = changed_lines(asked.path, [one.sha for one in commits])
    for one in judge_commits(asked.path, commits, at=asked.head, told=asked.facts.told):
        found = _surveyed(one, known, asked.rules.owners, teams)
        # A merge has no lines of its own.
        lines = changed.get(one.commit.sha, 0 if len(one.commit.parents) > 1 else None)
        yield replace(found, changed=lines), one.problems


def lines_left(stretches: Iterable[Stretch], owners: Codeowners) -> Counter[LinesLeft]:
    """How many lines are alike, of all lines of a tree."""
    teams = team_finder(owners)
    found: Counter[LinesLeft] = Counter()
    for one in stretches:
        answer = one.answer
        by_agent = answer.author in _BY_AGENTS
        key = LinesLeft(
            directory=directory_of(one.path),
            sha=one.sha,
            author=answer.author.value,
            level=answer.level,
            is_derived=answer.derived,
            tools=answer.tools if by_agent else (),
            models=answer.models if by_agent else (),
            teams=teams(one.path),
        )
        found[key] += one.lines
    return found


def directory_of(path: str) -> str:
    """The folder that a file is counted in; "." for the root."""
    return "/".join(path.split("/")[:-1][:DEEPEST]) or "."


def team_finder(owners: Codeowners) -> Callable[[str], tuple[str, ...]]:
    """A function from a path to its code owners; a path is matched once."""

    @lru_cache(maxsize=50_000)
    def teams(path: str) -> tuple[str, ...]:
        entries = owners.owning(path)
        return tuple(sorted({owner for entry in entries for owner in entry.owners}))

    return teams


def _surveyed(
    one: Judged, known: Known, owners: Codeowners, teams: Callable[[str], tuple[str, ...]]
) -> Surveyed:
    behind = accountable(one.claims)
    change = assembled(one, known, owners)
    touched = known.touched[one.commit.sha]
    owning = {team for path in touched.paths for team in teams(path)}
    return Surveyed(
        commit=one.commit,
        provenance=one.provenance,
        level=level_of(one),
        mechanisms=_mechanisms(one, derived=False),
        carried=_mechanisms(one, derived=True),
        accountable=behind.who if behind else None,
        accountable_as=behind.role if behind else None,
        number=change.number,
        review=reviewed(change.accountability),
        added=_by_directory(touched.paths, touched.added),
        teams=tuple(sorted(owning)[:MOST_TEAMS]),
    )


def level_of(one: Judged) -> str:
    """Line where records of lines say what the commit's answer says, else commit."""
    author = one.provenance.author
    said = (claim.author for claims in one.claims.by_path.values() for claim in claims)
    return "line" if any(each is author for each in said) else "commit"


def reviewed(account: Accountability) -> Reviewed:
    """Who signed the change off. Of one whose reviews were not told in full we cannot say that
    nobody did."""
    if account.signed:
        return Reviewed.PERSON
    if not account.reviews_known:
        return Reviewed.UNTOLD
    machine = any(one.state is SignOffState.MACHINE for one in account.sign_offs)
    return Reviewed.MACHINE if machine else Reviewed.NOBODY


def _mechanisms(one: Judged, *, derived: bool) -> tuple[str, ...]:
    found = {claim.mechanism for claim in one.claims.found if claim.derived is derived}
    return tuple(sorted(found))


def _by_directory(paths: Iterable[str], added: Mapping[str, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for path in paths:
        found[directory_of(path)] += added.get(path, 0)
    return dict(found)
