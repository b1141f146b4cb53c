"""How long things go well: time to the first incident, where some have not had one yet."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

from correlator.statistics.functions import NORMAL, chi_square_above, student_t
from correlator.statistics.intervals import LEVEL, Interval, clopper_pearson

# (time, whether it ended by an event; if not, it was only watched so long): each of them, or how
# many there are of each.
Times = Sequence[tuple[float, bool]] | Mapping[tuple[float, bool], int]


@dataclass(frozen=True, slots=True)
class Step:
    """From ``at`` on, ``share`` still go well; ``at_risk`` were watched until then."""

    at: float
    share: float
    interval: Interval
    at_risk: int
    events: int


@dataclass(frozen=True, slots=True)
class Survival:
    """A Kaplan-Meier curve: it starts at 1 and falls at each step. ``until``: the longest time that
    anything was watched for; the curve says nothing of later."""

    steps: tuple[Step, ...]
    until: float = 0.0

    def at(self, time: float) -> float:
        """The share that still goes well at that time."""
        place = bisect_right([step.at for step in self.steps], time)
        return self.steps[place - 1].share if place else 1.0

    @property
    def median(self) -> float | None:
        """When half of them have had theirs; None if that has not come yet."""
        return next((step.at for step in self.steps if step.share <= 0.5), None)


def survive(times: Times, level: float = LEVEL) -> Survival:
    """The curve of these times.

    Source: Kaplan and Meier 1958; interval: log(-log), Greenwood's variance (Kalbfleisch and
    Prentice 1980).
    """
    z = NORMAL.inv_cdf((1 + level) / 2)
    share, spread = 1.0, 0.0
    steps: list[Step] = []
    for at, at_risk, events in _table(times):
        share *= 1 - events / at_risk
        if at_risk > events:
            spread += events / (at_risk * (at_risk - events))
        interval = _log_log(share, spread, z) if share > 0 else _none_left(steps, at_risk, level)
        steps.append(Step(at, share, interval, at_risk, events))
    return Survival(tuple(steps), max((time for time, _ in times), default=0.0))


def median_time(times: Times) -> float | None:
    """As ``survive(times).median``, without the curve's intervals: of thousands of times they would
    take most of the work."""
    share = 1.0
    for at, at_risk, events in _table(times):
        share *= 1 - events / at_risk
        if share <= 0.5:
            return at
    return None


def median_bounds(times: Times, level: float = LEVEL) -> Interval | None:
    """What the median lies between: where the curve's bounds reach a half. None while not even the
    lower one has; infinite where only the upper one has not.

    Source: Brookmeyer and Crowley 1982, with the interval of ``survive``.
    """
    z = NORMAL.inv_cdf((1 + level) / 2)
    share, spread, low = 1.0, 0.0, None
    for at, at_risk, events in _table(times):
        share *= 1 - events / at_risk
        if at_risk > events:
            spread += events / (at_risk * (at_risk - events))
        bounds = _log_log(share, spread, z) if share > 0 else Interval(0.0, 0.0)
        low = at if low is None and bounds.low <= 0.5 else low
        if bounds.high <= 0.5:
            return Interval(at if low is None else low, at)
    return None if low is None else Interval(low, inf)


def _none_left(steps: Sequence[Step], at_risk: int, level: float) -> Interval:
    """Greenwood's variance says nothing of a share of 0: as high as before, or as 0 of so many."""
    high = clopper_pearson(0, at_risk, level).high
    return Interval(0.0, min([high, *(step.interval.high for step in steps)]))


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean time to the event. ``is_least``: some were watched for as long as the longest that
    had one and had none, so it is at least this; the interval is of that least, too."""

    mean: float
    interval: Interval
    is_least: bool


def mean_time(times: Times, level: float = LEVEL) -> Mean | None:
    """The area under the Kaplan-Meier curve, up to the last event; None where no event was.

    Not up to the longest time that was watched: behind the last event the curve is flat, and a
    single one that is watched for very long would make the mean what it likes.

    Source: Klein and Moeschberger 2003, 4.5.1 and 4.5.2 (variance, with its correction for few
    events). The interval is Student's on the logarithm, since few times are skewed.
    """
    steps = survive(times).steps
    if not steps:
        return None
    ends = [step.at for step in steps[1:]] + [steps[-1].at]
    areas = [step.share * (end - step.at) for step, end in zip(steps, ends, strict=True)]
    beyond, variance = 0.0, 0.0
    for step, area in zip(reversed(steps), reversed(areas), strict=True):
        beyond += area
        if step.at_risk > step.events:
            variance += beyond**2 * step.events / (step.at_risk * (step.at_risk - step.events))
    mean, number = steps[0].at + beyond, sum(step.events for step in steps)
    factor = inf
    if number > 1:
        error = sqrt(variance * number / (number - 1))
        factor = exp(student_t(number - 1, level) * error / mean)
    return Mean(mean, Interval(mean / factor, mean * factor), steps[-1].share > 0)


def log_rank(
    first: Sequence[tuple[float, bool]], second: Sequence[tuple[float, bool]]
) -> float | None:
    """The chance of curves so far apart if they were the same; None without events to compare.

    Source: Mantel 1966.
    """
    surplus = variance = 0.0
    for at, at_risk, events in _table([*first, *second]):
        mine = sum(time >= at for time, _ in first)
        ended = sum(time == at and event for time, event in first)
        surplus += ended - events * mine / at_risk
        if at_risk > 1:
            rest = (at_risk - events) / (at_risk - 1)
            variance += events * mine * (at_risk - mine) / at_risk**2 * rest
    return chi_square_above(surplus**2 / variance, 1) if variance else None


def _table(times: Times) -> list[tuple[float, int, int]]:
    """Each time that had an event, how many were watched until then, and how many events."""
    counts = times if isinstance(times, Mapping) else Counter(times)
    watched: Counter[float] = Counter()
    ended: Counter[float] = Counter()
    for (time, event), number in counts.items():
        watched[time] += number
        ended[time] += number * event
    found, at_risk = [], 0
    for time in sorted(watched, reverse=True):
        at_risk += watched[time]
        if ended[time]:
            found.append((time, at_risk, ended[time]))
    return found[::-1]


def _log_log(share: float, spread: float, z: float) -> Interval:
    if share >= 1.0:
        return Interval(1.0, 1.0)
    half = z * sqrt(spread) / log(share)
    power = log(-log(share))
    return Interval(exp(-exp(power - half)), exp(-exp(power + half)))
