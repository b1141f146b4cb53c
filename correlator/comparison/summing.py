"""What an arm came to by itself: counts, shares with their intervals, cycles, time to a fix."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from correlator.comparison.counting import (
    Counted,
    Rate,
    Unit,
    first_incident,
    is_ripe,
    likely,
    needed_fix,
    parts,
    rate,
)
from correlator.statistics import (
    Interval,
    Survival,
    clopper_pearson,
    mean_time,
    survive,
    wilson,
)
from correlator.types import Blamed, ChangeRecord

# The bins of the public survey.
CYCLES = ((1, "1"), (2, "2 to 3"), (4, "4 to 6"), (7, "7 or more"))
# The curves end here, and are drawn in steps of half a day; on these days they are told in numbers.
CURVE_DAYS, CURVE_STEP = 90.0, 0.5
TOLD_DAYS = (0, 30, 60, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, and the interval (Wilson, 95%)."""

    count: int
    of: int
    interval: Interval

    @property
    def share(self) -> float | None:
        """As a share; None of none."""
        return self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """What mending took, of the incidents with their likely culprit in the arm.

    ``cycles``: by bin, of those that are over; ``open``: tried and not over, so that more are to
    come; ``untried``: nobody tried yet. ``mean``: Kaplan-Meier's of those that were tried, what is
    open censored, so that it is not too low; ``is_least``: it is at least this. ``hours``: Kaplan-
    Meier median to the roll-out that held, None until half are over. ``seen_after``: median days
    from the change's deploy to the incident's first event: arms that are watched more closely are
    found out sooner.
    """

    cycles: dict[str, int]
    over: int
    open: int
    untried: int
    mean: float | None
    is_least: bool
    hours: float | None
    seen_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A curve on one day: how many changes were still watched and had had no incident (those that
    have it on that day among them), and the share that goes well."""

    day: int
    at_risk: int
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """An arm by itself. ``ripe``: changes that have had their thirty days; ``told``: the curve on
    some days, as far as any change was watched."""

    name: str
    changes: int
    ripe: int
    young: int
    rates: dict[tuple[Counted, Unit], Rate]
    needed_fix: Share
    taken_back: Share
    fixes: Share
    mending: Mending
    survival: Survival
    told: tuple[Told, ...]


def sum_up(name: str, records: Sequence[ChangeRecord], as_of: datetime) -> Arm:
    """All that is said of an arm by itself."""
    ripe = [record for record in records if is_ripe(record, as_of)]
    times = curve_times(records)
    curve = survive(times)
    return Arm(
        name=name,
        changes=len(records),
        ripe=len(ripe),
        young=len(records) - len(ripe),
        rates={
            (of, unit): rate(parts(records, of, unit, as_of)) for of in Counted for unit in Unit
        },
        needed_fix=share(ripe, needed_fix),
        taken_back=share(ripe, lambda record: record.taken_back),
        fixes=share(records, lambda record: record.is_fix),
        mending=_mending(tuple(likely(records))),
        survival=curve,
        told=tuple(one for day in TOLD_DAYS if (one := _told(curve, times, day)).at_risk),
    )


def _told(curve: Survival, times: Sequence[tuple[float, bool]], day: int) -> Told:
    at_risk = sum(time >= day for time, _ in times)
    before = [step for step in curve.steps if step.at <= day]
    if before:
        return Told(day=day, at_risk=at_risk, share=before[-1].share, interval=before[-1].interval)
    # Greenwood's variance says nothing of a share of 1: it is known as 0 of so many is.
    least = 1 - clopper_pearson(0, at_risk).high
    return Told(day=day, at_risk=at_risk, share=1.0, interval=Interval(least, 1.0))


def share(of: Sequence[ChangeRecord], which: Callable[[ChangeRecord], bool]) -> Share:
    """The share of these changes that are such."""
    count = sum(which(record) for record in of)
    return Share(count=count, of=len(of), interval=wilson(count, len(of)))


def curve_times(records: Sequence[ChangeRecord]) -> list[tuple[float, bool]]:
    """Days to the first incident, or watched without one, as the curves are drawn."""
    found = []
    for record in records:
        days, event = first_incident(record)
        if days > CURVE_DAYS:
            days, event = CURVE_DAYS, False
        found.append((round(days / CURVE_STEP) * CURVE_STEP if event else days, event))
    return found


def bin_of(cycles: int) -> str:
    """The bin of the survey that so many cycles fall into."""
    return [name for least, name in CYCLES if cycles >= least or least == 1][-1]


def _mending(incidents: Sequence[Blamed]) -> Mending:
    over = [one for one in incidents if one.is_over and one.cycles]
    bins = dict.fromkeys((name for _, name in CYCLES), 0)
    for one in over:
        bins[bin_of(one.cycles or 1)] += 1
    tried = [one for one in incidents if one.cycles and not one.is_over]
    # Of what is open it is sure that all attempts but the newest did not hold.
    took = [(float(one.cycles or 0), True) for one in over]
    mean = mean_time([*took, *((float((one.cycles or 1) - 1), False) for one in tried)])
    times = [(max(one.hours, 0.0), one.is_over) for one in incidents if one.hours is not None]
    return Mending(
        cycles=bins,
        over=len(over),
        open=len(tried),
        untried=len(incidents) - len(over) - len(tried),
        mean=mean.mean if mean else None,
        is_least=mean.is_least if mean else False,
        hours=survive(times).median,
        seen_after=median([one.days for one in incidents]) if incidents else None,
    )
