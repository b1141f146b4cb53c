"""What moved: sorts of failures that are new, growing, shrinking, returned, quiet or gone.

Growing and shrinking are said only where it is unlikely to be chance: bursts (five minutes with an
event) of the week against those of the weeks before, by the hours watched, exact and corrected for
how many sorts are compared. Bursts, since one fault in a loop makes many events and is one fault.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from correlator.statistics import RateRatio, benjamini_hochberg, rate_ratio
from correlator.types import Sort, Week, WeekFacts, WeekIssue

LEVEL = 0.05
# Less than a day of weeks before is nothing to compare with.
FEWEST_HOURS = 24.0


class Trend(StrEnum):
    """How a sort moved. In the order in which they are told."""

    NEW = "new"
    RETURNED = "returned"
    GROWING = "growing"
    SHRINKING = "shrinking"
    FIXED = "fixed"
    QUIET = "quiet"
    STEADY = "steady"
    FIRST = "first week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A sort of failure with its issues, and how it moved. ``ratio`` None: nothing to compare."""

    sort: Sort
    issues: tuple[WeekIssue, ...]
    trend: Trend
    ratio: RateRatio | None

    @property
    def kind(self) -> str:
        """The kind that most of its issues have; empty where none has one."""
        return _commonest(one.sort.kind for one in self.issues)

    @property
    def platform(self) -> str:
        """The platform that most of its issues are of."""
        return _commonest(one.platform for one in self.issues)

    @property
    def events(self) -> int:
        """Events of the week."""
        return sum(one.events for one in self.issues)

    @property
    def events_before(self) -> int:
        """Events of all the weeks before."""
        return sum(sum(one.before) for one in self.issues)


def _commonest(names: Iterable[str]) -> str:
    counts = Counter(one for one in names if one)
    return min(counts, key=lambda one: (-counts[one], one), default="")


def movements(facts: WeekFacts) -> list[Moved]:
    """Every sort that had events in the week or the weeks before, the most telling first."""
    by_sort: defaultdict[str, list[WeekIssue]] = defaultdict(list)
    for issue in facts.issues:
        by_sort[issue.sort.mark].append(issue)
    groups = list(by_sort.values())
    ratios = [_ratio(facts, group) for group in groups]
    chances = benjamini_hochberg([one.p if one else 1.0 for one in ratios])
    moved = [
        Moved(
            sort=group[0].sort,
            issues=tuple(group),
            trend=_trend(facts, group, ratio, chance),
            ratio=ratio,
        )
        for group, ratio, chance in zip(groups, ratios, chances, strict=True)
    ]
    order = list(Trend)
    return sorted(moved, key=lambda one: (order.index(one.trend), -one.events, one.sort.label))


def is_first(facts: WeekFacts) -> bool:
    """Whether there is nothing before to compare with."""
    return facts.hours_before < FEWEST_HOURS


def is_new(issue: WeekIssue, week: Week) -> bool:
    """Its first hour in the scope lies in the week."""
    return issue.began >= week.since


def has_returned(issue: WeekIssue, week: Week) -> bool:
    """Events in the week, none in the weeks before, but some earlier."""
    return bool(issue.events) and not sum(issue.before) and not is_new(issue, week)


def _ratio(facts: WeekFacts, group: Sequence[WeekIssue]) -> RateRatio | None:
    if is_first(facts):
        return None
    now, before = sum(one.bursts for one in group), sum(one.bursts_before for one in group)
    return rate_ratio(now, facts.week.hours, before, facts.hours_before)


def _trend(
    facts: WeekFacts, group: Sequence[WeekIssue], ratio: RateRatio | None, chance: float
) -> Trend:
    events, before = sum(one.events for one in group), sum(sum(one.before) for one in group)
    if ratio is None:
        return Trend.FIRST
    if events and not before:
        returned = any(has_returned(one, facts.week) for one in group)
        return Trend.RETURNED if returned else Trend.NEW
    if not events:
        over = all(one.mended or one.status == "resolved" for one in group)
        return Trend.FIXED if over else Trend.QUIET
    if ratio.enough and chance < LEVEL and ratio.differs and ratio.ratio is not None:
        return Trend.GROWING if ratio.ratio > 1 else Trend.SHRINKING
    return Trend.STEADY
