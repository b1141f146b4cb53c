"""DORA's five measures of how software is delivered, as DORA defines them, from single deploys.

Source: dora.dev, the guide to the five metrics (throughput: deployment frequency, change lead time,
failed deployment recovery time; instability: change fail rate, deployment rework rate). A deploy
failed if a change that it brought is the culprit of an issue that somebody had to act on; by time
alone (the issue began while it was the newest) only where no culprit is known, and labelled so.
Deploys younger than the horizon had no time to fail: they are flagged, and counted in no share.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil, floor, sqrt
from statistics import NormalDist, median

from correlator.delivery.kinds import FULL_KINDS
from correlator.statistics import Interval, median_bounds, median_time, poisson_rate, wilson

HORIZON = timedelta(days=7)
CULPRIT, BY_TIME = "culprit", "time"
NORMAL = NormalDist()
# Of fewer the middle one may lie anywhere.
FEWEST_FOR_MEDIAN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An issue that a deploy is answerable for. ``method``: culprit or time."""

    issue_id: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A deploy as it is measured. ``leads``: seconds from commit to it, of what it brought first;
    ``recovered_at``: when what it broke was over, None while it is not. ``is_rework``: it went
    back, or was unplanned work because of an issue."""

    id: int
    at: datetime
    kind: str
    leads: tuple[float, ...] = ()
    failures: tuple[Failure, ...] = ()
    recovered_at: datetime | None = None
    is_rework: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many, the interval (Wilson, 95%), and the deploys that they are."""

    ids: tuple[int, ...]
    of: int
    interval: Interval

    @property
    def share(self) -> float | None:
        """As a share; None of none."""
        return len(self.ids) / self.of if self.of else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The five. ``deploys``: those that count; ``re_runs`` and those of ``nothing`` for the
    service do not. ``ripe``: old enough to have failed; ``young``: not yet. ``lead``: median
    seconds over ``lead_of`` changes; ``recovery``: Kaplan-Meier median seconds, with those that
    are not over (``unrecovered``) censored, None while fewer than half are over. Each has its 95%
    interval, None where too little is known for one."""

    deploys: tuple[int, ...]
    re_runs: tuple[int, ...]
    days: float
    lead: float | None
    lead_of: int
    lead_interval: Interval | None
    ripe: tuple[int, ...]
    young: tuple[int, ...]
    failed: Share
    by_time: tuple[int, ...]
    rework: Share
    recovery: float | None
    recovery_interval: Interval | None
    recovered: tuple[int, ...] = field(default=())
    unrecovered: tuple[int, ...] = field(default=())

    @property
    def per_day(self) -> float:
        """Deploys a day."""
        return len(self.deploys) / self.days if self.days > 0 else 0.0

    @property
    def per_day_interval(self) -> Interval:
        """Of how many there would be a day if these came as chance has it (Poisson, exact)."""
        return _frequency(len(self.deploys), self.days)


def measure(
    delivered: Sequence[Delivered], days: float, now: datetime, horizon: timedelta = HORIZON
) -> Measures:
    """The measures of the deploys of a window of so many days."""
    counted = [one for one in delivered if one.kind in FULL_KINDS]
    ripe = [one for one in counted if now - one.at >= horizon]
    leads = [lead for one in counted for lead in one.leads]
    failed = [one for one in ripe if one.failures]
    recoveries = _recoveries(failed, now)
    return Measures(
        deploys=_ids(counted),
        re_runs=_ids([one for one in delivered if one.kind not in FULL_KINDS]),
        days=days,
        lead=median(leads) if leads else None,
        lead_of=len(leads),
        lead_interval=_median_interval([one.leads for one in counted if one.leads]),
        ripe=_ids(ripe),
        young=_ids([one for one in counted if now - one.at < horizon]),
        failed=_share(failed, ripe),
        by_time=_ids([one for one in failed if _is_by_time(one)]),
        rework=_share([one for one in ripe if one.is_rework], ripe),
        recovery=median_time(recoveries),
        recovery_interval=median_bounds(recoveries),
        recovered=_ids([one for one in failed if one.recovered_at is not None]),
        unrecovered=_ids([one for one in failed if one.recovered_at is None]),
    )


def _recoveries(failed: Sequence[Delivered], now: datetime) -> list[tuple[float, bool]]:
    """From the deploy to when it was over; those that are not over were watched until now."""
    return [
        (((one.recovered_at or now) - one.at).total_seconds(), one.recovered_at is not None)
        for one in failed
    ]


def _median_interval(groups: Sequence[Sequence[float]]) -> Interval | None:
    """Of the median of all of them (order statistics). What goes out together has waited together:
    so sure only as if each deploy were one."""
    if len(groups) < FEWEST_FOR_MEDIAN:
        return None
    values = sorted(value for group in groups for value in group)
    half = NORMAL.inv_cdf(0.975) / 2 / sqrt(len(groups))
    low, high = floor((0.5 - half) * len(values)), ceil((0.5 + half) * len(values)) - 1
    return Interval(values[max(low, 0)], values[min(high, len(values) - 1)])


# Of thousands of deploys it takes milliseconds, and a page shows it of each line.
@lru_cache(maxsize=4096)
def _frequency(count: int, days: float) -> Interval:
    return poisson_rate(count, days)


def _is_by_time(one: Delivered) -> bool:
    return {failure.method for failure in one.failures} == {BY_TIME}


def _share(those: Sequence[Delivered], of: Sequence[Delivered]) -> Share:
    return Share(ids=_ids(those), of=len(of), interval=wilson(len(those), len(of)))


def _ids(of: Sequence[Delivered]) -> tuple[int, ...]:
    return tuple([one.id for one in of])
