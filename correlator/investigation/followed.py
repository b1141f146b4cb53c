"""An issue followed on all its lines, and where it stands: rooms ``cycles`` and fixes together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from correlator.cycles import (
    Counted,
    Stage,
    counts_most,
    nameless,
    ready,
    stage_of,
    unknown_now,
    unknown_since,
)
from correlator.investigation.alive import Carried, Fixes
from correlator.types import AttemptState, Episode, Line, RollOut, Seen, Use
from correlator.types.cycles import WINDOW

HOUR = timedelta(hours=1)
# Exposure goes on after a fix was judged: figures are made anew this often.
SELDOM = timedelta(hours=6)
Follow = Callable[[Line], tuple[Episode, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An issue in an environment of a service, as it was counted; ``parts``: roll-outs to a part
    of it; ``elsewhere``: another service, whose roll-outs these are."""

    environment: str
    service: str
    seen: tuple[Seen, ...]
    roll_outs: tuple[RollOut, ...]
    calls: tuple[Use, ...] = ()
    counted: datetime | None = None
    sessions: tuple[Use, ...] = ()
    parts: tuple[RollOut, ...] = ()
    elsewhere: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """Each line with its episodes, that which counts most first, and what is to be said of it.

    ``acted_at``: the first roll-out that was an attempt there; ``stage``: where it was seen first;
    ``again_at``: when to look again though nothing happens.
    """

    lines: tuple[tuple[Line, tuple[Episode, ...]], ...]
    acted_at: datetime | None
    stage: Stage
    again_at: datetime | None
    notes: tuple[str, ...]


def course_of(
    places: Sequence[Place],
    fixes: Fixes,
    carries: Mapping[str, Carried],
    now: datetime,
    stages: Mapping[str, str],
    follow: Follow,
) -> Followed:
    """Follow an issue on every line that it was seen on."""
    ordered = sorted(
        places,
        key=lambda one: (counts_most(one.environment, stages), -sum(s.events for s in one.seen)),
    )
    lines = [_line(one, fixes, carries, now) for one in ordered]
    told = tuple((line, follow(line)) for line in lines)
    attempts = [one for _, episodes in told[:1] for each in episodes for one in each.attempts]
    acted = min((one.roll_out.at for one in attempts if one.roll_out), default=None)
    return Followed(
        told,
        acted,
        _first_stage(places, stages),
        _again(told, now, any(one.elsewhere for one in places)),
        tuple(_notes(*told[0], fixes, ordered[0].elsewhere) if told else ()),
    )


def _line(place: Place, fixes: Fixes, carries: Mapping[str, Carried], now: datetime) -> Line:
    if place.elsewhere is not None:
        # Which release of the other service answered a call is only known by the clock.
        place = replace(
            place,
            seen=nameless(place.seen),
            calls=nameless(place.calls),
            sessions=nameless(place.sessions),
        )
    names = {one.release for one in place.roll_outs} | {one.release for one in place.seen}
    line = Line(
        environment=place.environment,
        service=place.service,
        roll_outs=place.roll_outs,
        seen=place.seen,
        fixes=tuple(one.fix for one in fixes.judged),
        carries={name: held.alive for name, held in carries.items() if name in names},
        undone={name: held.undone for name, held in carries.items() if name in names},
        now=now,
    )
    return ready(line, Counted(place.calls, place.counted, place.sessions))


def _first_stage(places: Sequence[Place], stages: Mapping[str, str]) -> Stage:
    order = list(Stage)
    firsts = [
        (one.first, order.index(_stage(place, one, stages)))
        for place in places
        for one in place.seen
    ]
    return order[min(firsts)[1]] if firsts else Stage.FULL


def _stage(place: Place, seen: Seen, stages: Mapping[str, str]) -> Stage:
    """How far its release had come: a canary of where everybody is was not yet everybody's."""
    stage = stage_of(place.environment, stages)
    if stage is not Stage.FULL or all(one.release != seen.release for one in place.parts):
        return stage
    whole = min((one.at for one in place.roll_outs if one.release == seen.release), default=None)
    # The time of an event is known to five minutes: a doubtful one was not caught early.
    return Stage.CANARY if whole is None or seen.first + WINDOW <= whole else stage


def _again(
    told: Sequence[tuple[Line, tuple[Episode, ...]]], now: datetime, elsewhere: bool
) -> datetime | None:
    newest = [one for _, episodes in told for each in episodes[-1:] for one in each.attempts[-1:]]
    states = {one.state for one in newest}
    if AttemptState.TOO_EARLY in states:
        hours = [one.missing_hours for one in newest if one.missing_hours is not None]
        return now + min(HOUR, timedelta(hours=max(min(hours, default=1.0), 0.05)))
    if states & {AttemptState.UNEXERCISED, AttemptState.REDUCED, AttemptState.CAME_BACK}:
        return now + SELDOM
    # The other service may be of another project, whose deploys make no issue of this one due.
    return (
        now + HOUR
        if elsewhere and any(not each[-1].closed_at for _, each in told if each)
        else None
    )


def _notes(
    line: Line, episodes: Sequence[Episode], fixes: Fixes, elsewhere: str | None
) -> list[str]:
    notes = []
    if elsewhere is not None:
        notes.append(
            f"The change that did it is of {elsewhere}: roll-outs of that service are the attempts,"
            " and an event counts for what was live of it at the time, for a whole hour."
        )
    newest = episodes[-1].attempts[-1] if episodes and episodes[-1].attempts else None
    if newest and newest.state is AttemptState.HELD and episodes[-1].closed_at is None:
        notes.append(
            "Going back had mended it, but what was rolled out since has the culprit again."
        )
    if not line.roll_outs:
        notes.append(
            f"No deploy of {elsewhere or line.service} to {line.environment} is known, so nothing"
            " can be an attempt. Tell of deploys: correlator deploy --release R --environment"
            f" {line.environment} --revision SHA"
        )
    if fixes.judged and (unknown := unknown_now(line)) is not None:
        notes.append(
            f"Release {unknown} is live, and nobody knows its revision, so nobody can say what it"
            f" carries. Tell it: correlator deploy --release {unknown} --environment"
            f" {line.environment} --revision SHA"
        )
    began = min((one.hour for one in line.seen), default=line.now)
    events, releases = unknown_since(line, began)
    if events and any(one.fix.confirmed for one in fixes.judged):
        named = ", ".join(name or "no release" for name in releases[:5])
        notes.append(
            f"{events} events are of releases whose revision nobody knows ({named}): they speak"
            " neither for nor against a fix."
        )
    return notes
