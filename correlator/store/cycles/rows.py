"""What was found of an issue's course, as rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from correlator.store.cycles import Course
from correlator.store.tables import EpisodeRow, FixAttemptRow, FixRow, FollowedRow
from correlator.types import AttemptState, Episode, Fix, FixAttempt, Line, Means, Mend


class Told(Protocol):
    """An issue followed, as ``investigation.followed`` tells it."""

    @property
    def lines(self) -> Sequence[tuple[Line, tuple[Episode, ...]]]: ...
    @property
    def stage(self) -> str: ...
    @property
    def again_at(self) -> datetime | None: ...
    @property
    def notes(self) -> Sequence[str]: ...


class Found(Protocol):
    """The fixes of an issue, as ``investigation.alive`` tells them."""

    @property
    def mends(self) -> Sequence[Mend]: ...
    @property
    def denied(self) -> Collection[str]: ...


def rows_of(
    issue_id: int,
    repo_id: int | None,
    told: Told,
    found: Found,
    authors: Mapping[str, str],
    at: datetime,
) -> Course:
    """All rows of an issue. ``authors``: who or what wrote a commit, by hash; under ``culprit``
    the culprit's; ``at``: when it was gathered."""
    mends = {one.fix.key: one for one in found.mends}
    episodes: list[EpisodeRow] = []
    attempts: list[FixAttemptRow] = []
    for line, told_of in told.lines:
        for place, episode in enumerate(told_of, 1):
            episodes.append(episode_row(issue_id, line, (place, _state(episode)), episode))
            episodes[-1].fix_author = _fix_author(episode, mends, authors)
            attempts += attempt_rows(issue_id, line, place, episode, mends)
    fixes = [
        fix_row(issue_id, repo_id, one, denied=one.fix.key in found.denied)
        for one in found.mends
        if one.fix.means is not Means.ROLL_BACK
    ]
    followed = _followed(issue_id, told, mends, authors, at)
    return Course(followed, tuple(fixes), tuple(episodes), tuple(attempts))


def _followed(
    issue_id: int,
    told: Told,
    mends: Mapping[str, Mend],
    authors: Mapping[str, str],
    at: datetime,
) -> FollowedRow:
    row = FollowedRow(
        issue_id=issue_id,
        at=at,
        again_at=told.again_at,
        first_stage=told.stage,
        culprit_author=authors.get("culprit", "unknown"),
        notes=list(told.notes),
    )
    if not told.lines:
        return row
    line, episodes = told.lines[0]
    row.environment, row.service = line.environment, line.service
    if not episodes:
        return row
    newest = episodes[-1]
    row.is_open = newest.closed_at is None
    row.cycles, row.roll_backs = newest.cycles, newest.roll_backs
    row.probable = sum(not one.confirmed for one in newest.attempts)
    row.regressions = sum(one.regression for one in episodes)
    row.state, row.fix_author = _state(newest), _fix_author(newest, mends, authors)
    return row


def _fix_author(episode: Episode, mends: Mapping[str, Mend], authors: Mapping[str, str]) -> str:
    """Who or what wrote the newest attempt; going back is nobody's."""
    if not episode.attempts or episode.attempts[-1].is_roll_back:
        return "unknown"
    shas = [mends[fix.key].sha for fix in episode.attempts[-1].fixes if fix.key in mends]
    return _author([authors.get(sha, "unknown") for sha in shas if sha])


def _state(episode: Episode) -> str:
    """That of the newest attempt, empty without one; one that went back and held is over once
    others went forward."""
    if not episode.attempts:
        return AttemptState.NEVER_DEPLOYED if episode.never_deployed else ""
    state = episode.attempts[-1].state
    if state is AttemptState.HELD and episode.closed_at is None:
        return AttemptState.SUPERSEDED
    return state


def _author(authors: Sequence[str]) -> str:
    """Of several: what all are, else mixed where an AI had part, else unknown."""
    if len(set(authors)) == 1:
        return authors[0]
    return "mixed" if {"ai", "mixed"} & set(authors) else "unknown"


def fix_row(issue_id: int, repo_id: int | None, mend: Mend, *, denied: bool) -> FixRow:
    """A fix."""
    return FixRow(
        issue_id=issue_id,
        repo_id=repo_id,
        key=mend.fix.key,
        means=mend.fix.means,
        way=mend.way,
        because=mend.fix.because,
        confirmed=mend.fix.confirmed,
        sha=mend.sha,
        release=mend.release,
        undoes=mend.undoes,
        denied=denied,
    )


def episode_row(issue_id: int, line: Line, where: tuple[int, str], episode: Episode) -> EpisodeRow:
    """An episode; ``where``: its place, from 1, and its state."""
    return EpisodeRow(
        issue_id=issue_id,
        environment=line.environment,
        service=line.service,
        place=where[0],
        state=where[1],
        began=episode.began,
        closed_at=episode.closed_at,
        regression=episode.regression,
        cycles=episode.cycles,
        roll_backs=episode.roll_backs,
        unit=line.unit.value if line.unit else "time",
        never_deployed=[_fix(one, {}) for one in episode.never_deployed],
    )


def attempt_rows(
    issue_id: int, line: Line, place: int, episode: Episode, mends: Mapping[str, Mend]
) -> Sequence[FixAttemptRow]:
    """The attempts of an episode, in their order."""
    return [
        _attempt(issue_id, line, (place, number), one, mends)
        for number, one in enumerate(episode.attempts, 1)
    ]


def _attempt(
    issue_id: int, line: Line, where: tuple[int, int], one: FixAttempt, mends: Mapping[str, Mend]
) -> FixAttemptRow:
    assert one.roll_out is not None
    ratio = one.ratio or (None, None, None)
    return FixAttemptRow(
        issue_id=issue_id,
        environment=line.environment,
        service=line.service,
        episode=where[0],
        place=where[1],
        deploy_id=one.roll_out.id,
        release=one.roll_out.release,
        at=one.roll_out.at,
        state=one.state,
        because=one.because,
        fixes=[_fix(fix, mends) for fix in one.fixes],
        is_roll_back=one.is_roll_back,
        confirmed=one.confirmed,
        events_before=one.before[0],
        exposure_before=one.before[1],
        events_after=one.after[0],
        exposure_after=one.after[1],
        chance=one.chance,
        missing=one.missing,
        missing_hours=one.missing_hours,
        decided_at=one.decided_at,
        ratio=ratio[0],
        ratio_low=ratio[1],
        ratio_high=_finite(ratio[2]),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and value < 1e300 else None


def _fix(fix: Fix, mends: Mapping[str, Mend]) -> dict[str, Any]:
    mend = mends.get(fix.key)
    return {
        "key": fix.key,
        "means": fix.means.value,
        "because": fix.because,
        "confirmed": fix.confirmed,
        "sha": mend.sha if mend else None,
        "release": mend.release if mend else None,
        "way": mend.way.value if mend else None,
    }
