"""What was tried on a line: roll-outs that brought a fix which the one before did not carry."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from correlator.types import Fix, Line, Means, RollOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is tried: a roll-out with its fixes, in the episode that ``began`` then.

    ``later``: keys of later attempts; a release that carries one of them is heard for that one.
    ``base``: from when on it failed as it did right before this. ``since``, ``until``: of releases
    that others tried, too, only that time is heard (one went back to them, or tried again).
    ``in_part``: a canary that went no further.
    """

    roll_out: RollOut
    fixes: tuple[Fix, ...]
    began: datetime = datetime.max
    later: frozenset[str] = frozenset()
    base: datetime = datetime.min
    since: datetime | None = None
    until: datetime | None = None
    in_part: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """What a release must carry to speak for or against this."""
        return frozenset(fix.key for fix in self.fixes)

    @property
    def goes_back(self) -> bool:
        """Whether going back is all it does."""
        return all(fix.means is Means.ROLL_BACK for fix in self.fixes)


def trials(line: Line) -> Iterator[Trial]:
    """In their order; a re-run brings nothing, and a canary that was rolled out later is no trial
    of its own.

    A release whose revision nobody knows takes nothing away: what it carries cannot be told.
    """
    known = {fix.key: fix for fix in line.fixes}
    going_back = frozenset(fix.key for fix in line.fixes if fix.means is Means.ROLL_BACK)
    carried: frozenset[str] | None = None
    parts = frozenset(_given_up(line))
    for roll_out in sorted((*line.roll_outs, *parts), key=_in_time):
        if roll_out.release not in line.carries:
            carried = going_back if carried is None else carried
            continue
        holds = line.carries[roll_out.release] & known.keys()
        new = holds - (carried or frozenset())
        if roll_out in parts:
            new -= going_back
            if new and _came_to_nothing(line, roll_out, new):
                yield _trial(roll_out, new, known.values(), in_part=True)
            continue
        # What the very first one carries was there before anybody could have meant it as a fix.
        if new and carried is not None:
            yield _trial(roll_out, new, known.values(), in_part=False)
        carried = holds


def _trial(
    roll_out: RollOut, keys: frozenset[str], fixes: Iterable[Fix], *, in_part: bool
) -> Trial:
    mine = sorted((fix for fix in fixes if fix.key in keys), key=lambda fix: fix.key)
    return Trial(roll_out=roll_out, fixes=tuple(mine), in_part=in_part)


def _given_up(line: Line) -> Iterator[RollOut]:
    """The first canary of each release that everybody never had."""
    whole = {one.release for one in line.roll_outs}
    for one in sorted(line.parts, key=_in_time):
        if one.release not in whole:
            whole.add(one.release)
            yield one


def _came_to_nothing(line: Line, part: RollOut, keys: frozenset[str]) -> bool:
    """Whether the canary failed, or what everybody had next did not have what it tried."""
    if any(one.release == part.release for one in line.seen):
        return True
    told = [one for one in line.roll_outs if one.at > part.at and one.release in line.carries]
    return bool(told) and not keys & line.carries[min(told, key=_in_time).release]


def placed(among: Sequence[Trial], place: int, began: datetime, base: datetime) -> Trial:
    """The trial among the others: what of a release that several tried is heard for this one."""
    trial = among[place]
    again = [one for one in among[place + 1 :] if one.keys & trial.keys]
    tried = any(one.keys & trial.keys for one in among[:place]) or trial.goes_back
    return replace(
        trial,
        began=began,
        base=base,
        later=frozenset(key for one in among[place + 1 :] for key in one.keys) - trial.keys,
        since=trial.roll_out.at if tried else None,
        until=again[0].roll_out.at if again else None,
    )


def _in_time(one: RollOut) -> tuple[datetime, int]:
    return one.at, one.id
