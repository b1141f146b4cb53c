"""Judges a range of a repository by its policy: what ``correlator gate`` and its pages ask.

The policy and CODEOWNERS are those of the revision that the range starts from: a change must not
be judged by rules that it brought along. Where that has none, those of the end are read and it is
said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from correlator.accountability import PLACES, Codeowners, People, read_codeowners
from correlator.code.commits import read_commits, revision_of
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.gate.assembling import Assembled, Facts, assemble
from correlator.gate.risk import KnownIssue, Risk, risk_of
from correlator.policy import FILE, Policy, Situation, judge, read_policy, worst
from correlator.policy.rules import CanaryFirst
from correlator.types import Outcome, Ruling

MOST_CHANGES = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be judged. ``policy``: text of a policy file outside the repository, with its
    name. ``canary``: the revision that runs in the canary, and since when (None: long); where it is
    not given, what a server says is ``running`` there. ``issues``: past ones, for the risk."""

    path: Path
    since: str
    until: str
    at: datetime
    environment: str = "production"
    policy: tuple[str, str] | None = None
    canary: tuple[str, datetime | None] | None = None
    facts: Facts = field(default_factory=Facts)
    issues: tuple[KnownIssue, ...] = ()
    running: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judged:
    """A change and what each rule says of it."""

    change: Assembled
    rulings: tuple[Ruling, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of the rulings; no ruling is kept."""
        return worst(self.rulings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A range judged. ``policy_from``: where the policy was read, in words."""

    since: str
    until: str
    at: datetime
    environment: str
    policy_from: str
    changes: tuple[Judged, ...]
    risk: Risk
    notes: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """The worst of the changes."""
        return worst(ruling for one in self.changes for ruling in one.rulings)


def judge_range(asked: Asked) -> Judgement:
    """Judge every change that ``until`` has and ``since`` has not. Permanent: bad input."""
    since, until = revision_of(asked.path, asked.since), revision_of(asked.path, asked.until)
    commits = read_commits(asked.path, f"{since}..{until}")
    if len(commits) > MOST_CHANGES:
        raise Permanent(
            f"{asked.since}..{asked.until} holds {len(commits)} commits; at most {MOST_CHANGES} "
            "are judged at once. Is --from the revision that is deployed now?"
        )
    repo, notes = Repo(asked.path, timeout=600), list[str]()
    if repo.edge:
        notes.append("the clone is shallow: changes beyond its edge are not seen")
    if not repo.is_ancestor(since, until):
        notes.append(f"{asked.until} does not contain {asked.since}: a rollback or another branch")
    policy, policy_from = _policy(asked, repo, (since, until))
    owners, told = _owners(repo, (since, until))
    notes += told
    asked, more = _with_canary(asked, repo, policy)
    notes += more
    people = People(tuple(policy.people.values()), policy.groups)
    changes = assemble(asked.path, commits, asked.facts, people, owners)
    canaried = _canaried(asked, repo, [one.commit.sha for one in changes])
    judged = tuple(
        Judged(one, judge(_situation(one, asked, canaried, policy), policy)) for one in changes
    )
    paths = list(dict.fromkeys(path for one in changes for path in one.paths))
    return Judgement(
        since=since,
        until=until,
        at=asked.at,
        environment=asked.environment,
        policy_from=policy_from,
        changes=judged,
        risk=risk_of(asked.path, since, paths, asked.issues),
        notes=tuple(notes),
    )


def _policy(asked: Asked, repo: Repo, revisions: tuple[str, str]) -> tuple[Policy, str]:
    if asked.policy is not None:
        text, name = asked.policy
        return read_policy(text, name), name
    for revision, word in zip(revisions, ("start", "end"), strict=True):
        text_here = repo.text(revision, FILE)
        if text_here is not None:
            where = f"{FILE} at {revision[:12]}, the {word} of the range"
            return read_policy(text_here, where), where
    raise Permanent(
        f"There is no {FILE} at either end of the range, so there is nothing to judge by. "
        "Write one (docs/policy.md has an example), or name a file with --policy."
    )


def _owners(repo: Repo, revisions: tuple[str, str]) -> tuple[Codeowners, list[str]]:
    for revision in revisions:
        found = repo.texts(revision, PLACES)
        for place in PLACES:
            if place in found:
                owners = read_codeowners(found[place])
                return owners, [f"{place}, {line}: not read" for line in owners.skipped[:3]]
    return Codeowners(), []


def _with_canary(asked: Asked, repo: Repo, policy: Policy) -> tuple[Asked, list[str]]:
    """What runs in the canary, as a server tells it, unless somebody said so."""
    names = [rule.canary for rule in policy.rules if isinstance(rule, CanaryFirst)]
    there = next((asked.running[name] for name in names if name in asked.running), None)
    if asked.canary is not None or there is None:
        return asked, []
    if not repo.has(there[0]):
        return asked, [f"{there[0][:12]}, which runs in the canary, is not in this clone"]
    return replace(asked, canary=there), []


def _canaried(asked: Asked, repo: Repo, shas: list[str]) -> frozenset[str]:
    """Which of the changes the canary contains."""
    if asked.canary is None:
        return frozenset()
    running = revision_of(asked.path, asked.canary[0])
    since = revision_of(asked.path, asked.since)
    inside = {commit.sha for commit in repo.between(since, running, MOST_CHANGES)}
    return frozenset(sha for sha in shas if sha in inside)


def _situation(one: Assembled, asked: Asked, canaried: frozenset[str], policy: Policy) -> Situation:
    ran_since = None
    if asked.canary is not None:
        # No time given: it is taken to have run there long enough.
        since = asked.canary[1] or datetime.min.replace(tzinfo=asked.at.tzinfo)
        names = [rule.canary for rule in policy.rules if isinstance(rule, CanaryFirst)]
        ran_since = dict.fromkeys(names if one.commit.sha in canaried else (), since)
    return Situation(
        accountability=one.accountability,
        provenance=one.provenance,
        paths=one.paths,
        at=asked.at,
        environment=asked.environment,
        ran_since=ran_since,
    )
