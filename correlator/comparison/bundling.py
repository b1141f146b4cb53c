"""Deployed commits put together to changes: a merged pull request is one, however many commits.

A change is counted once in an environment, where it arrived first; what several commits disagree
on is decided by how many lines each of them changed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from correlator.comparison.counting import FOLLOWED_DAYS
from correlator.types import (
    Author,
    Blamed,
    ChangeRecord,
    DeployedChange,
    DeployedCommit,
    Reviewed,
    Suspicion,
)

SEVERAL = "several"
# Of a tool or a model, in characters: it names an arm.
LONGEST_NAME = 100
# Clocks differ; and a canary may show an issue a little before its full roll-out is told of.
SKEW_DAYS = 1 / 24
Calls = Mapping[tuple[int, str, str], Mapping[str, float]]
_DAY = timedelta(days=1)
_WORST_FIRST = (Reviewed.UNTOLD, Reviewed.NOBODY, Reviewed.MACHINE, Reviewed.PERSON)


def bundle(
    commits: Sequence[DeployedCommit],
    suspicions: Sequence[Suspicion],
    calls: Calls,
    as_of: datetime,
) -> list[DeployedChange]:
    """Every change with what it is blamed for. ``commits``: earliest arrival first; ``calls``: by
    (project, service, environment) and day. Their records are numbered from 0, in their order."""
    reverted = _reverted(commits)
    groups: dict[tuple[object, ...], list[DeployedCommit]] = defaultdict(list)
    for commit in commits:
        change = commit.sha if commit.number is None else commit.number
        groups[commit.environment, commit.repo_id, change].append(commit)
    blamed = _blamed(groups, suspicions)
    changes = [
        _change(place, _once(group), reverted, blamed.get(key, ()), calls, as_of)
        for place, (key, group) in enumerate(groups.items())
    ]
    return _numbered(changes, [_most_lines(group) for group in groups.values()])


def _numbered(changes: Iterable[DeployedChange], people: Sequence[str]) -> list[DeployedChange]:
    """Each with the number of the person who made it; nothing else of them is kept."""
    numbers = {person: number for number, person in enumerate(sorted({*people} - {""}))}
    return [
        replace(one, record=replace(one.record, person=numbers.get(person)))
        for one, person in zip(changes, people, strict=True)
    ]


def _most_lines(group: Sequence[DeployedCommit]) -> str:
    """Who changed most lines of it."""
    lines: Counter[str] = Counter()
    for one in group:
        lines[one.person] += (one.lines or 0) + 1
    return min(lines, key=lambda person: (-lines[person], person))


def _once(group: Sequence[DeployedCommit]) -> list[DeployedCommit]:
    """Each commit where it arrived first: in a repository of several services it arrives often."""
    first: dict[str, DeployedCommit] = {}
    for commit in group:
        first.setdefault(commit.sha, commit)
    return list(first.values())


def _change(
    place: int,
    group: Sequence[DeployedCommit],
    reverted: Mapping[tuple[str, str], datetime],
    blamed: Sequence[tuple[Suspicion, float]],
    calls: Calls,
    as_of: datetime,
) -> DeployedChange:
    first, newest = group[0], max(group, key=lambda one: one.at)
    return DeployedChange(
        repo_id=first.repo_id,
        shas=tuple(one.sha for one in group),
        number=first.number,
        title=newest.title,
        deploy_id=first.deploy_id,
        project_id=first.project_id,
        environment=first.environment,
        record=_record(place, group, reverted, blamed, calls, as_of),
    )


def _record(
    place: int,
    group: Sequence[DeployedCommit],
    reverted: Mapping[tuple[str, str], datetime],
    blamed: Sequence[tuple[Suspicion, float]],
    calls: Calls,
    as_of: datetime,
) -> ChangeRecord:
    first = group[0]
    gone = min((one.live_until for one in group if one.live_until), default=None)
    undone = _undone(group, reverted)
    return ChangeRecord(
        id=place,
        service=first.service,
        deployed_at=first.at,
        days_live=max(((gone or as_of) - first.at) / _DAY, 0.0),
        provenance=provenance_of(group),
        tool=_one(name[:LONGEST_NAME] for one in group for name in one.tools),
        model=_one(name[:LONGEST_NAME] for one in group for name in one.models),
        minutes=_added_up([one.minutes for one in group]),
        review=next(state for state in _WORST_FIRST if any(one.review is state for one in group)),
        directory=_largest(group),
        lines=_lines(group),
        calls=_calls(first, gone, calls, as_of),
        is_fix=any(one.is_fix or bool(one.reverts) for one in group),
        taken_back=undone is not None and undone - first.at <= FOLLOWED_DAYS * _DAY,
        blamed=tuple(
            one
            for suspicion, chance in blamed
            if (one := _as_blamed(suspicion, chance, first.at, as_of)) is not None
        ),
    )


def provenance_of(group: Sequence[DeployedCommit]) -> Author:
    """Of several commits: unknown where most lines are, else what the known ones agree on, mixed
    where they do not. Robots beside others decide nothing."""
    weights: Counter[Author] = Counter()
    for one in group:
        # Half a line for a commit without any: a merge decides nothing, but is not nothing.
        weights[one.author] += 2 * (one.lines or 0) + 1
    if weights[Author.UNKNOWN] * 2 > weights.total():
        return Author.UNKNOWN
    known = set(weights) - {Author.UNKNOWN, Author.AUTOMATION}
    if not known:
        return Author.AUTOMATION if weights[Author.AUTOMATION] else Author.UNKNOWN
    return known.pop() if len(known) == 1 else Author.MIXED


def _reverted(commits: Sequence[DeployedCommit]) -> dict[tuple[str, str], datetime]:
    """When a commit's revert first came to an environment."""
    found: dict[tuple[str, str], datetime] = {}
    for one in commits:
        for sha in one.reverts:
            found.setdefault((one.environment, sha), one.at)
    return found


def _undone(
    group: Sequence[DeployedCommit], reverted: Mapping[tuple[str, str], datetime]
) -> datetime | None:
    times = [one.live_until for one in group if one.rolled_back and one.live_until]
    times += [
        at for one in group if (at := reverted.get((one.environment, one.sha))) and at >= one.at
    ]
    return min(times, default=None)


def _one(names: Iterable[str]) -> str:
    found = sorted(set(names))
    return found[0] if len(found) == 1 else SEVERAL if found else ""


def _added_up(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _lines(group: Sequence[DeployedCommit]) -> int | None:
    """None as soon as one of them is unknown: less than all would look like a small change."""
    if any(one.lines is None for one in group):
        return None
    return sum(one.lines or 0 for one in group)


def _largest(group: Sequence[DeployedCommit]) -> str:
    lines: Counter[str] = Counter()
    for one in group:
        if one.directory:
            lines[one.directory] += (one.lines or 0) + 1
    return min(lines, key=lambda name: (-lines[name], name), default="")


def _calls(
    first: DeployedCommit, gone: datetime | None, calls: Calls, as_of: datetime
) -> float | None:
    """Calls of its service on the days that it is followed, the first and last of them in part."""
    by_day = calls.get((first.project_id, first.service, first.environment))
    until = min(gone or as_of, first.at + FOLLOWED_DAYS * _DAY)
    if not by_day or until <= first.at:
        return None
    total, day = 0.0, first.at.replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        share = (min(until, day + _DAY) - max(first.at, day)) / _DAY
        total += by_day.get(day.date().isoformat(), 0.0) * share
        day += _DAY
    return total or None


def _blamed(
    groups: Mapping[tuple[object, ...], Sequence[DeployedCommit]],
    suspicions: Sequence[Suspicion],
) -> dict[tuple[object, ...], list[tuple[Suspicion, float]]]:
    """The issues of each change; an issue's chances never sum to more than 1."""
    whose = {
        (one.environment, one.repo_id, one.sha): key
        for key, group in groups.items()
        for one in group
    }
    found: dict[tuple[object, ...], list[tuple[Suspicion, float]]] = defaultdict(list)
    for suspicion in suspicions:
        chances: dict[tuple[object, ...], float] = defaultdict(float)
        total = max(sum(chance for _, _, chance in suspicion.suspects), 1.0)
        for repo_id, sha, chance in suspicion.suspects:
            if key := whose.get((suspicion.environment, repo_id, sha)):
                chances[key] += chance / total
        for key, chance in chances.items():
            found[key].append((suspicion, chance))
    return found


def _as_blamed(
    suspicion: Suspicion, chance: float, deployed_at: datetime, as_of: datetime
) -> Blamed | None:
    """None where the issue was there before the change."""
    days = (suspicion.began - deployed_at) / _DAY
    if days < -SKEW_DAYS:
        return None
    until = suspicion.ended if suspicion.is_over and suspicion.ended else as_of
    return Blamed(
        issue_id=suspicion.issue_id,
        probability=min(chance, 1.0),
        days=max(days, 0.0),
        acted_on=suspicion.acted_on,
        cycles=suspicion.cycles,
        is_over=suspicion.is_over,
        hours=(until - suspicion.began) / timedelta(hours=1) if suspicion.acted_on else None,
    )
