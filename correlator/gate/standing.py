"""Accounts for single commits that a page shows, and judges them as they were deployed.

Each is judged by the policy and the CODEOWNERS of its first parent, in the environment it went
to, at the time it first got there. A change that was deployed nowhere is asked only what does not
depend on a deploy.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from correlator.accountability import PLACES, People, read_codeowners
from correlator.code.news import brought
from correlator.code.repo import Repo
from correlator.errors import Permanent
from correlator.gate.assembling import Assembled, Facts, assemble
from correlator.gate.showing import account_dict, ruling_dict
from correlator.policy import FILE, NO_POLICY, Policy, Situation, judge, read_policy, worst
from correlator.policy.rules import Approval, Untouchable
from correlator.types import Commit, Provenance, Ruling

AROUND = 5000
PREFERRED = "production"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A revision reached an environment."""

    revision: str
    environment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Stood:
    """What a page shows of a commit, and who or what wrote it by all that is known now."""

    body: dict[str, Any]
    provenance: Provenance


def stand(
    path: Path, shas: Sequence[str], facts: Facts, arrivals: Iterable[Arrival], timeout: float = 600
) -> dict[str, Stood]:
    """Who stands behind each of these commits, as a page shows it; a bare merge is left out."""
    repo = Repo(path, timeout=timeout)
    commits = repo.commits(shas)
    around = repo.newest(AROUND)
    there = first_arrivals(around, arrivals)
    found: dict[str, Stood] = {}
    for (policy_text, owners_text), group in _by_rules(repo, commits).items():
        policy, problem = _read(policy_text)
        people = People(tuple(policy.people.values()), policy.groups)
        owners = read_codeowners(owners_text or "")
        changes = assemble(path, group, facts, people, owners, around)
        for one in changes:
            body = _body(one, policy, there.get(one.commit.sha, {}))
            body["policy"] = FILE if policy_text is not None else None
            body["problem"] = problem
            found[one.commit.sha] = Stood(body, one.provenance)
    return found


def deployed_changes(path: Path, arrivals: Sequence[Arrival]) -> list[str]:
    """The commits that deploys brought since the first of those that are known, newest first.

    What that first one brought cannot be told: nobody said what ran before it.
    """
    if not arrivals:
        return []
    first = min(arrivals, key=lambda one: one.at)
    return brought(path, (one.revision for one in arrivals), first.revision, AROUND)


def first_arrivals(
    commits: Sequence[Commit], arrivals: Iterable[Arrival]
) -> dict[str, dict[str, datetime]]:
    """When each commit first got to each environment: one walk over the graph for each of these."""
    by_sha = {commit.sha: commit for commit in commits}
    found: dict[str, dict[str, datetime]] = {}
    for arrival in sorted(arrivals, key=lambda one: one.at):
        waiting = [arrival.revision]
        while waiting:
            sha = waiting.pop()
            if sha in by_sha and arrival.environment not in found.setdefault(sha, {}):
                found[sha][arrival.environment] = arrival.at
                waiting += by_sha[sha].parents
    return found


def _by_rules(
    repo: Repo, commits: Mapping[str, Commit]
) -> dict[tuple[str | None, str | None], list[Commit]]:
    """The commits by the texts of the policy and the CODEOWNERS before them."""
    before = {sha: commit.parents[0] for sha, commit in commits.items() if commit.parents}
    parents = list(dict.fromkeys(before.values()))
    texts = repo.texts_at([(sha, name) for sha in parents for name in (FILE, *PLACES)])
    groups: dict[tuple[str | None, str | None], list[Commit]] = {}
    for sha, commit in commits.items():
        parent = before.get(sha, "")
        places = (texts.get((parent, place)) for place in PLACES)
        owners = next((text for text in places if text is not None), None)
        groups.setdefault((texts.get((parent, FILE)), owners), []).append(commit)
    return groups


def _read(text: str | None) -> tuple[Policy, str | None]:
    if text is None:
        return NO_POLICY, None
    try:
        return read_policy(text), None
    except Permanent as fault:
        return NO_POLICY, f"The policy could not be read. {fault}"


def _body(one: Assembled, policy: Policy, there: Mapping[str, datetime]) -> dict[str, Any]:
    first = min(there, key=lambda name: there[name], default="")
    environment = PREFERRED if PREFERRED in there else first
    rulings = _rulings(one, policy, environment, there)
    return {
        **account_dict(one.accountability),
        "number": one.number,
        "paths": len(one.paths),
        "environment": environment or None,
        "deployed_at": there[environment].isoformat() if environment else None,
        "outcome": worst(rulings).value,
        "rulings": [ruling_dict(ruling) for ruling in rulings],
    }


def _rulings(
    one: Assembled, policy: Policy, environment: str, there: Mapping[str, datetime]
) -> tuple[Ruling, ...]:
    if not environment:
        # Nothing about when and where: only who wrote it and who signed it off.
        rules = tuple(rule for rule in policy.rules if isinstance(rule, Approval | Untouchable))
        policy = replace(policy, rules=rules)
    situation = Situation(
        accountability=one.accountability,
        provenance=one.provenance,
        paths=one.paths,
        at=there[environment] if environment else one.commit.committed_at,
        environment=environment or PREFERRED,
        ran_since=there,
    )
    return judge(situation, policy)
