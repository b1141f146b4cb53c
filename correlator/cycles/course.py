"""An issue's course on one line: episodes, each with its attempts until one held."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from correlator.cycles.judging import Trial, judge
from correlator.cycles.measure import HOUR, hour_of
from correlator.types import AttemptState, Episode, Fix, FixAttempt, Line, Means


def follow(line: Line) -> tuple[Episode, ...]:
    """The episodes of an issue on a line, oldest first; empty where it has never been seen."""
    began = min((seen.first for seen in line.seen), default=None)
    episodes: list[Episode] = []
    while began is not None:
        # Use is counted by the hour, and a clock may be some minutes off.
        trials = [one for one in _trials(line) if one.roll_out.at >= hour_of(began)]
        episode = _episode(line, trials, began)
        episodes.append(replace(episode, regression=bool(episodes)))
        began = _broken_again(line, episode)
    if not episodes:
        return ()
    return (*episodes[:-1], replace(episodes[-1], never_deployed=_never(line)))


def _trials(line: Line) -> Iterator[Trial]:
    """Roll-outs that brought a fix which the one before did not carry; a re-run brings none.

    A release whose revision nobody knows takes nothing away: what it carries cannot be told.
    """
    known = {fix.key: fix for fix in line.fixes}
    going_back = frozenset(fix.key for fix in line.fixes if fix.means is Means.ROLL_BACK)
    carried: frozenset[str] | None = None
    for roll_out in sorted(line.roll_outs, key=lambda one: (one.at, one.id)):
        if roll_out.release not in line.carries:
            carried = going_back if carried is None else carried
            continue
        holds = line.carries[roll_out.release] & known.keys()
        new = [known[key] for key in sorted(holds - (carried or frozenset()))]
        # What the very first one carries was there before anybody could have meant it as a fix.
        if new and carried is not None:
            yield Trial(roll_out=roll_out, fixes=tuple(new))
        carried = holds


def _episode(line: Line, trials: Sequence[Trial], began: datetime) -> Episode:
    attempts: list[FixAttempt] = []
    base, closed = hour_of(began), None
    for place, trial in enumerate(trials):
        attempts.append(judge(line, _placed(trials, place, (hour_of(began), base))))
        if attempts[-1].state is AttemptState.REDUCED:
            # The next attempt is measured against what was left.
            base = trial.roll_out.at
        if attempts[-1].state is AttemptState.HELD and not _brought_back(line, attempts[-1]):
            closed = attempts[-1].decided_at
            break
    return Episode(began=began, attempts=tuple(attempts), closed_at=closed)


def _placed(trials: Sequence[Trial], place: int, start: tuple[datetime, datetime]) -> Trial:
    """The trial among the others: what of a release that several tried is heard for this one."""
    trial = trials[place]
    again = [one for one in trials[place + 1 :] if one.keys & trial.keys]
    tried = any(one.keys & trial.keys for one in trials[:place]) or _goes_back(trial)
    return replace(
        trial,
        began=start[0],
        base=start[1],
        later=frozenset(key for one in trials[place + 1 :] for key in one.keys) - trial.keys,
        since=trial.roll_out.at if tried else None,
        until=again[0].roll_out.at if again else None,
    )


def _goes_back(trial: Trial) -> bool:
    return all(fix.means is Means.ROLL_BACK for fix in trial.fixes)


def _brought_back(line: Line, attempt: FixAttempt) -> bool:
    """Whether it only went back, and the culprit went out again: nothing is mended by that."""
    if not attempt.is_roll_back or attempt.roll_out is None:
        return False
    keys = {fix.key for fix in attempt.fixes}
    return any(
        one.at > attempt.roll_out.at and not keys <= line.carries.get(one.release, keys)
        for one in line.roll_outs
    )


def _broken_again(line: Line, episode: Episode) -> datetime | None:
    """The first event after a fix had held, from a release that carries it, or had it undone."""
    if episode.closed_at is None:
        return None
    held = episode.attempts[-1]
    keys = {fix.key for fix in held.fixes}
    speaking = {release for release, carried in line.carries.items() if keys <= carried}
    speaking |= _undoing(line, held)
    again = (
        seen.first
        for seen in line.seen
        if seen.hour + HOUR > episode.closed_at and seen.release in speaking
    )
    return min(again, default=None)


def _undoing(line: Line, held: FixAttempt) -> set[str]:
    """Releases rolled out after the fix that contain it, but took it back: nobody brought an old
    one out again, the fix was given up."""
    if held.roll_out is None:
        return set()
    keys = {fix.key for fix in held.fixes}
    return {
        one.release
        for one in line.roll_outs
        if one.at > held.roll_out.at
        and keys & (undone := line.undone.get(one.release, frozenset()))
        and keys <= undone | line.carries.get(one.release, frozenset())
    }


def _never(line: Line) -> tuple[Fix, ...]:
    deployed = {key for one in line.roll_outs for key in line.carries.get(one.release, frozenset())}
    return tuple(
        fix for fix in line.fixes if fix.means is not Means.ROLL_BACK and fix.key not in deployed
    )
