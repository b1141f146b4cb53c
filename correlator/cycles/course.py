"""An issue's course on one line: episodes, each with its attempts until one held."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from correlator.cycles.judging import judge
from correlator.cycles.measure import HOUR, hour_of
from correlator.cycles.trials import Trial, placed, trials
from correlator.types import AttemptState, Episode, Fix, FixAttempt, Line, Means


def follow(line: Line) -> tuple[Episode, ...]:
    """The episodes of an issue on a line, oldest first; empty where it has never been seen."""
    began = min((seen.first for seen in line.seen), default=None)
    episodes: list[Episode] = []
    in_order = tuple(trials(line))
    while began is not None:
        # Use is counted by the hour, and a clock may be some minutes off.
        tried = [one for one in in_order if one.roll_out.at >= hour_of(began)]
        episode = _episode(line, tried, began)
        episodes.append(replace(episode, regression=bool(episodes)))
        began = _broken_again(line, episode)
    if not episodes:
        return ()
    return (*episodes[:-1], replace(episodes[-1], never_deployed=_never(line)))


def _episode(line: Line, tried: Sequence[Trial], began: datetime) -> Episode:
    attempts: list[FixAttempt] = []
    base, closed = hour_of(began), None
    for place, trial in enumerate(tried):
        attempts.append(judge(line, placed(tried, place, hour_of(began), base)))
        if attempts[-1].state is AttemptState.REDUCED and not trial.in_part:
            # The next attempt is measured against what was left.
            base = trial.roll_out.at
        if attempts[-1].state is AttemptState.HELD and not _brought_back(line, attempts[-1]):
            closed = attempts[-1].decided_at
            break
    return Episode(began=began, attempts=tuple(attempts), closed_at=closed)


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
