"""A line made ready to be followed: whose event a nameless one is, and what use is counted in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from correlator.cycles.measure import HOUR
from correlator.types import ExposureKind, Fix, Line, Means, RollOut, Seen, Use

# So long after a roll-out its first use has been told of.
SETTLED = timedelta(hours=2)
OfRelease = TypeVar("OfRelease", Seen, Use)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted on a line: calls of the failing transaction, when calls of anything were
    counted last, and sessions."""

    calls: tuple[Use, ...] = ()
    until: datetime | None = None
    sessions: tuple[Use, ...] = ()


def ready(line: Line, counted: Counted) -> Line:
    """The line with nameless events and use given to what was live, with only the fixes that are
    judged, and with its use in the best unit counted both before the first and after the last."""
    judged, live = judged_fixes(line.fixes), line.roll_outs
    line = replace(line, seen=named_by_what_was_live(line.seen, live), fixes=judged)
    tried = _attempts(line)
    if counted.calls and _spans(line, counted.calls, tried, counted.until):
        calls = named_by_what_was_live(counted.calls, live)
        return replace(line, unit=ExposureKind.CALLS, use=calls)
    if counted.sessions and _spans(line, counted.sessions, tried, counted.sessions[-1].hour):
        sessions = named_by_what_was_live(counted.sessions, live)
        return replace(line, unit=ExposureKind.SESSIONS, use=sessions)
    return line


def judged_fixes(fixes: Sequence[Fix]) -> tuple[Fix, ...]:
    """Inferred fixes are judged only while nobody has said which change is the fix."""
    said = [fix for fix in fixes if fix.confirmed]
    if any(fix.means is not Means.ROLL_BACK for fix in said):
        return tuple(said)
    return tuple(fixes)


def named_by_what_was_live(
    counted: Sequence[OfRelease], roll_outs: Sequence[RollOut]
) -> tuple[OfRelease, ...]:
    """Events and use without a release are of the one that was live, if that was one for the whole
    hour."""
    ordered = sorted(roll_outs, key=lambda one: (one.at, one.id))
    return tuple(one if one.release else _named(one, ordered) for one in counted)


def nameless(counted: Sequence[OfRelease]) -> tuple[OfRelease, ...]:
    """Without their releases: those of one service say nothing of what another one was."""
    return tuple(replace(one, release="") for one in counted)


def _named(one: OfRelease, ordered: Sequence[RollOut]) -> OfRelease:
    before = [roll_out for roll_out in ordered if roll_out.at <= one.hour]
    during = [roll_out for roll_out in ordered if one.hour < roll_out.at < one.hour + HOUR]
    if not before or any(each.release != before[-1].release for each in during):
        return one
    return replace(one, release=before[-1].release)


def unknown_since(line: Line, since: datetime) -> tuple[int, Sequence[str]]:
    """Events since then that no revision is known of, and what their releases are called."""
    unknown = [one for one in line.seen if one.hour >= since and one.release not in line.carries]
    return sum(one.events for one in unknown), sorted({one.release for one in unknown})


def _attempts(line: Line) -> list[datetime]:
    """When what carries a fix was rolled out since it began, in order."""
    keys = {fix.key for fix in line.fixes}
    began = min((one.hour for one in line.seen), default=None)
    return sorted(
        one.at
        for one in line.roll_outs
        if began is not None and one.at >= began and _carries(line.carries, one.release, keys)
    )


def _carries(carries: Mapping[str, frozenset[str]], release: str, keys: Collection[str]) -> bool:
    return not carries.get(release, frozenset()).isdisjoint(keys)


def _spans(
    line: Line, use: Sequence[Use], tried: Sequence[datetime], until: datetime | None
) -> bool:
    """Whether it was counted before the first attempt and, as far as counting goes, after the last:
    an SDK that counts no more says nothing of how much is used."""
    if not tried:
        return True
    last = min(tried[-1], line.now - SETTLED)
    return use[0].hour < tried[0] and until is not None and until + HOUR > last
