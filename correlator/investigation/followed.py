"""An issue followed on all its lines, and where it stands: rooms ``cycles`` and fixes together."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from correlator.cycles import (
    Counted,
    Stage,
    counts_most,
    nameless,
    ready,
    stage_of,
)
from correlator.investigation.alive import Carried, Fixes, by_name
from correlator.investigation.remarks import of_another_service, of_shared_names, remarks
from correlator.types import AttemptState, Episode, Line, RollOut, Seen, Use
from correlator.types.cycles import WINDOW

HOUR = timedelta(hours=1)
# Exposure goes on after a fix was judged: figures are made anew this often.
SELDOM = timedelta(hours=6)
Follow = Callable[[Line], tuple[Episode, ...]]
Course = tuple[Line, tuple[Episode, ...]]


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
    heard: datetime | None = None
    shared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Followed:
    """Each line with its episodes, that which counts most first, and what is to be said of it.

    ``acted_at``: the first roll-out that was an attempt there; ``stage``: where it was seen first;
    ``again_at``: when to look again though nothing happens.
    """

    lines: tuple[Course, ...]
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
    told = _with_what_fails_first([(line, follow(line)) for line in lines], stages)
    by_line = {(one.environment, one.service): one for one in places}
    said = _said(told[0], by_line, fixes) if told else ()
    attempts = [one for _, episodes in told[:1] for each in episodes for one in each.attempts]
    acted = min((one.roll_out.at for one in attempts if one.roll_out), default=None)
    return Followed(
        told,
        acted,
        _first_stage(places, stages),
        _again(told, now, any(one.elsewhere for one in places)),
        tuple(said),
    )


def _said(course: Course, by_line: Mapping[tuple[str, str], Place], fixes: Fixes) -> Iterator[str]:
    place = by_line[course[0].environment, course[0].service]
    if place.elsewhere is not None:
        yield of_another_service(place.elsewhere)
    if place.shared:
        yield of_shared_names(place.shared)
    yield from remarks(*course, fixes, place.elsewhere or place.service)


def _with_what_fails_first(told: Sequence[Course], stages: Mapping[str, str]) -> tuple[Course, ...]:
    """Of lines that count alike the first is one that failed after all was mended on the one with
    the most events: two services may share the code, and only one may have the fix."""
    ends = [episodes[-1].closed_at for _, episodes in told[:1] if episodes]
    if not ends or ends[0] is None:
        return tuple(told)
    rank = counts_most(told[0][0].environment, stages)
    for one in told[1:]:
        line, episodes = one
        alike = counts_most(line.environment, stages) == rank
        is_open = bool(episodes) and episodes[-1].closed_at is None
        if alike and is_open and any(seen.hour >= ends[0] for seen in line.seen):
            return (one, *(each for each in told if each is not one))
    return tuple(told)


def _line(place: Place, fixes: Fixes, carries: Mapping[str, Carried], now: datetime) -> Line:
    if place.elsewhere is not None:
        # Which release of the other service was used is only known by the clock.
        calls, sessions = nameless(place.calls), nameless(place.sessions)
        place = replace(place, calls=calls, sessions=sessions)
    held = place.roll_outs, place.parts, place.seen, place.calls, place.sessions
    names = {one.release for several in held for one in several}
    in_order = sorted(place.roll_outs, key=lambda one: (one.at, one.id))
    carries = by_name(carries, fixes.judged, [one.release for one in in_order])
    line = Line(
        environment=place.environment,
        service=place.service,
        roll_outs=place.roll_outs,
        seen=place.seen,
        fixes=tuple(one.fix for one in fixes.judged),
        carries={name: each.alive for name, each in carries.items() if name in names},
        undone={name: each.undone for name, each in carries.items() if name in names},
        now=now,
        parts=place.parts,
    )
    return ready(line, Counted(place.calls, place.counted, place.sessions, place.heard))


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


def _again(told: Sequence[Course], now: datetime, elsewhere: bool) -> datetime | None:
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
