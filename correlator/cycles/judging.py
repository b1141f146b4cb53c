"""One attempt judged: by events of releases that carry it, by exposure, and by nothing else."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile, takewhile
from math import ceil

from correlator.cycles.measure import HOUR, Hour, failures, hours_of
from correlator.cycles.silence import Before, Silence, before_of, listen, matched
from correlator.cycles.trials import Trial
from correlator.statistics import bounds_as_it_runs, exposure_needed
from correlator.statistics.intervals import LEVEL
from correlator.statistics.ratios import FEWEST_PER_ARM
from correlator.types import AttemptState, FixAttempt, Line, Means, RollOut

# Of the exposure before, after which the rate of what still fails is looked at first.
FIRST_LOOK = 0.1
# Exposure after a roll-out below this share of what is needed: nobody used the code.
UNUSED = 0.01
SEEN_AGAIN = "It was seen again in a release that carries the fix."
SEEN_AGAIN_IN_CANARY = "It was seen again in the canary of the fix, which went no further."


def judge(line: Line, trial: Trial) -> FixAttempt:
    """What became of it, from what is known now."""
    before_hours, after = _sides(line, trial)
    before = before_of(before_hours, by_time=line.unit is None)
    silence = listen(before, takewhile(lambda hour: not hour.windows, after), line.now)
    if trial.in_part and not any(hour.windows for hour in after):
        because = "Its canary was quiet, and went no further."
        return _told(trial, AttemptState.SUPERSEDED, because, before, silence)
    if silence.held_at is not None:
        return _told(trial, AttemptState.HELD, _why_held(silence), before, silence)
    if any(hour.windows for hour in after):
        return _broken(trial, before, after)
    return _open(line, trial, before, silence)


def _sides(line: Line, trial: Trial) -> tuple[list[Hour], list[Hour]]:
    """Hours before the roll-out without the fix, and hours with it and with none after it."""
    with_it = frozenset(
        release
        for release, keys in line.carries.items()
        if trial.keys <= keys and not trial.later & keys
    )
    spared = _spared(line, trial)
    without = frozenset(
        release
        for release, keys in line.carries.items()
        if not trial.keys <= keys and release not in spared
    )
    start = max(trial.began, trial.base)
    before = [hour for hour in hours_of(line, without) if start <= hour.at < trial.roll_out.at]
    # What failed before use was counted says nothing of how often it failed by use.
    before = list(dropwhile(lambda hour: hour.exposure <= 0, before))
    # A canary with the fix is less than everybody: its time is no time in which it was quiet.
    return before, hours_of(replace(_in_its_time(line, trial), parts=()), with_it)


def _spared(line: Line, trial: Trial) -> frozenset[str]:
    """Releases without the culprit that were quiet: how often it fails is not seen there."""
    back = frozenset(fix.key for fix in line.fixes if fix.means is Means.ROLL_BACK) - trial.keys
    failed = {one.release for one in line.seen}
    return frozenset(release for release, keys in line.carries.items() if back & keys) - failed


def _in_its_time(line: Line, trial: Trial) -> Line:
    """The line without what releases did that were out before this trial, or after its end.

    A release that went out within its time belongs to it whatever its clock says, and a canary
    that ran before the roll-out does, too.
    """
    if trial.since is None and trial.until is None:
        return line
    first: dict[str, datetime] = {}
    for one in sorted(line.roll_outs, key=lambda each: each.at):
        first.setdefault(one.release, one.at)

    def within(hour: datetime, release: str) -> bool:
        out = first.get(release)
        since, until = trial.since, trial.until
        early = since is not None and (out is None or out < since) and hour + HOUR <= since
        late = until is not None and (hour >= until or (out is not None and out >= until))
        return not early and not late

    return replace(
        line,
        seen=tuple(one for one in line.seen if within(one.hour, one.release)),
        use=tuple(one for one in line.use if within(one.hour, one.release)),
        roll_outs=_cut(line.roll_outs, trial),
        now=min(line.now, trial.until) if trial.until is not None else line.now,
    )


def _cut(roll_outs: Sequence[RollOut], trial: Trial) -> tuple[RollOut, ...]:
    """What time is counted by: from ``since`` on, what was live then as if rolled out then."""
    ordered = sorted(roll_outs, key=lambda one: (one.at, one.id))
    ends = [one.at for one in ordered[1:]] + [datetime.max.replace(tzinfo=trial.roll_out.at.tzinfo)]
    return tuple(
        replace(one, at=max(one.at, trial.since or one.at))
        for one, end in zip(ordered, ends, strict=True)
        if (trial.since is None or end > trial.since)
        and (trial.until is None or one.at < trial.until)
    )


def _broken(trial: Trial, before: Before, after: Sequence[Hour]) -> FixAttempt:
    """It was seen with the fix: surely less often than before, or not."""
    events = sum(count for _, count in failures(after)) / before.spread
    ratio = _ratio(events, matched(before, after), before)
    seen = [hour.at for hour in after if hour.windows]
    told = FixAttempt(
        fixes=trial.fixes,
        roll_out=trial.roll_out,
        state=AttemptState.CAME_BACK,
        because=SEEN_AGAIN_IN_CANARY if trial.in_part else SEEN_AGAIN,
        before=(before.events, before.exposure),
        after=(events, sum(hour.exposure for hour in after)),
        decided_at=seen[0],
        ratio=ratio,
    )
    if ratio is None or round(before.events) < FEWEST_PER_ARM or ratio[2] >= 1:
        return told
    less = (1 - ratio[2], 1 - ratio[1])
    because = (
        f"It fails less often, by {less[0]:.0%} to {less[1]:.0%}, but it failed again, last on"
        f" {seen[-1]:%d %b} between {seen[-1]:%H:%M} and {seen[-1] + HOUR:%H:%M}."
    )
    return replace(told, state=AttemptState.REDUCED, because=because)


def _ratio(events: float, exposure: float, before: Before) -> tuple[float, float, float] | None:
    """How many times as often it fails, with 95% bounds that hold whenever somebody looks: it is
    judged again and again while it goes on failing, and one look in ten would mislead otherwise."""
    if exposure <= 0 or before.exposure <= 0 or round(before.events) == 0:
        return None
    bounds = bounds_as_it_runs(
        ceil(events), exposure, round(before.events), before.exposure,
        unit=before.exposure * FIRST_LOOK, error=(1 - LEVEL) / 2,
    )  # fmt: skip
    return events / exposure * before.exposure / before.events, bounds.low, bounds.high


def _open(line: Line, trial: Trial, before: Before, silence: Silence) -> FixAttempt:
    """Quiet so far, but not for long enough."""
    carried = _carried_now(line)
    if trial.later & carried:
        return _told(
            trial, AttemptState.SUPERSEDED, "The next attempt came first.", before, silence
        )
    if trial.until is not None or not trial.keys <= carried:
        because = "It was taken back before it could be told."
        return _told(trial, AttemptState.SUPERSEDED, because, before, silence)
    if _unused(line, trial, before, silence):
        because = "No use of the failing code has been counted since: silence says nothing."
        return _told(trial, AttemptState.UNEXERCISED, because, before, silence)
    hours = _pace(line, trial, silence)
    because = "It has been quiet, but not for long enough to tell."
    return replace(
        _told(trial, AttemptState.TOO_EARLY, because, before, silence), missing_hours=hours
    )


def unknown_now(line: Line) -> str | None:
    """The release that was rolled out last, if nobody knows its revision and others' are known."""
    newest = max(line.roll_outs, key=lambda one: (one.at, one.id), default=None)
    if newest is None or newest.release in line.carries or not line.carries:
        return None
    return newest.release


def _carried_now(line: Line) -> frozenset[str]:
    """What the newest release carries of which that is known."""
    told = (one for one in line.roll_outs if one.release in line.carries)
    return line.carries[max(told, key=lambda one: (one.at, one.id)).release]


def _unused(line: Line, trial: Trial, before: Before, silence: Silence) -> bool:
    """Whether there was time enough, and no use."""
    if line.unit is None or before.exposure <= 0:
        return False
    needed = exposure_needed(before.events, before.exposure)
    hours_before = max((trial.roll_out.at - trial.began) / HOUR, 1.0)
    in_time = needed / before.exposure * hours_before
    waited = (line.now - trial.roll_out.at) / HOUR
    return waited >= max(in_time, 1.0) and silence.exposure < needed * UNUSED


def _pace(line: Line, trial: Trial, silence: Silence) -> float | None:
    """Hours until the missing exposure is there, if use goes on as it did since the roll-out."""
    waited = (line.now - trial.roll_out.at) / HOUR
    if silence.exposure <= 0 or waited <= 0 or unknown_now(line) is not None:
        return None
    return silence.missing / (silence.exposure / waited)


def _told(
    trial: Trial, state: AttemptState, because: str, before: Before, silence: Silence
) -> FixAttempt:
    return FixAttempt(
        fixes=trial.fixes,
        roll_out=trial.roll_out,
        state=state,
        because=because,
        before=(before.events, before.exposure),
        after=(0, silence.exposure),
        chance=silence.chance,
        missing=silence.missing,
        decided_at=max(silence.held_at, trial.roll_out.at) if silence.held_at else None,
    )


def _why_held(silence: Silence) -> str:
    return f"Had nothing changed, such silence would have a chance of {silence.chance:.1%}."
