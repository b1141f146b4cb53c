"""A line made ready to be followed: whose event a nameless one is, and what use is counted in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from correlator.cycles.measure import HOUR
from correlator.cycles.sights import with_sights
from correlator.types import ExposureKind, Fix, Line, Means, RollOut, Seen, Use

# So long after a roll-out its first use has been told of.
SETTLED = timedelta(hours=2)
OfRelease = TypeVar("OfRelease", Seen, Use)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted on a line: calls of the failing transaction, when calls of anything were
    counted last, and sessions. ``heard``: when any failure of the service was told last."""

    calls: tuple[Use, ...] = ()
    until: datetime | None = None
    sessions: tuple[Use, ...] = ()
    heard: datetime | None = None


def ready(line: Line, counted: Counted) -> Line:
    """The line with nameless events and use given to what was live, with only the fixes that are
    judged, and with its use in the best unit counted both before the first and after the last."""
    line = replace(line, fixes=judged_fixes(line.fixes))
    line = with_sights(line, (*counted.calls, *counted.sessions))
    line = replace(line, seen=named_by_what_was_live(line.seen, line.roll_outs))
    tried = _attempts(line)
    last = sessions[-1].hour if (sessions := counted.sessions) else None
    if counted.calls and _spans(line, counted.calls, tried, counted.until):
        return _in(line, ExposureKind.CALLS, counted.calls)
    if sessions and _spans(line, sessions, tried, last):
        return _in(line, ExposureKind.SESSIONS, sessions)
    if (
        counted.calls
        and _spans(line, counted.calls, tried, line.now)
        and not _heard(tried, counted)
    ):
        # Neither a call nor a failure of anything: this was not used, whatever the clock says.
        return _in(line, ExposureKind.CALLS, counted.calls)
    return line


def _in(line: Line, unit: ExposureKind, use: Sequence[Use]) -> Line:
    return replace(line, unit=unit, use=named_by_what_was_live(use, line.roll_outs))


def _heard(tried: Sequence[datetime], counted: Counted) -> bool:
    """Whether the service spoke at all since the last attempt: then it only counts no more."""
    return not tried or (counted.heard is not None and counted.heard >= tried[-1])


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
