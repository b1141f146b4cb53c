"""Cases in which incidents come together: in services, in what a person makes, or in weeks.

In each cluster the rates of both arms are multiplied by numbers of their own (a gamma distribution
with mean 1), as where one team's agents are kept on a short lead and another's are not. What is
told is that of the page, for which there must be ten clusters of the kind.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.coverage_cases import Cases
from correlator.comparison import By, Counted, Unit
from correlator.comparison.counting import parts
from correlator.comparison.ratios import Sides, compare_rates
from correlator.statistics import Interval
from correlator.types import Author, Blamed, ChangeRecord

NOW = datetime(2026, 11, 20, tzinfo=UTC)
# How many clusters of the kind; how many of those that are drawn before it.
KINDS = {"services": 15, "people": 30, "weeks": 13}
CHANGES = 900
RATE = 0.1
# Shape of the gamma distribution: the smaller, the more clusters differ.
ALIKE = 4.0


def cluster_cases() -> Cases:
    """Each kind of cluster, with no difference and with one."""
    for kind, number in KINDS.items():
        for ratio in (1.0, 1.7):

            def draw(
                dice: Random, k: str = kind, n: int = number, r: float = ratio
            ) -> dict[str, Interval | None]:
                return _told(k, n, r, dice)

            yield f"{ratio:g} times, {number} {kind}", ratio, draw


def _told(kind: str, number: int, ratio: float, dice: Random) -> dict[str, Interval | None]:
    rates = [[dice.gammavariate(ALIKE, 1 / ALIKE) for _ in range(2)] for _ in range(number)]
    sides: tuple[list[ChangeRecord], list[ChangeRecord]] = ([], [])
    for place in range(CHANGES):
        cluster, is_second = dice.randrange(number), dice.random() < 0.5
        chance = RATE * rates[cluster][is_second] * (1.0 if is_second else ratio)
        went_wrong = dice.random() < chance
        sides[is_second].append(_record(place, kind, cluster, is_second, went_wrong, dice))
    counted = [parts(side, Counted.INCIDENTS, Unit.CHANGE, NOW) for side in sides]
    found = compare_rates(
        Sides(of=Counted.INCIDENTS, unit=Unit.CHANGE, first=counted[0], second=counted[1]),
        By.PROVENANCE,
        1,
    )
    if found is None or found.drawn != kind:
        return dict.fromkeys(("mid-P alone", "drawn anew", "shown", "like with like"))
    return {
        "mid-P alone": found.mid_p,
        "drawn anew": found.clustered,
        "shown": found.shown,
        "like with like": found.alike.interval,
    }


def _record(
    place: int, kind: str, cluster: int, is_second: bool, went_wrong: bool, dice: Random
) -> ChangeRecord:
    week = cluster if kind == "weeks" else dice.randrange(8)
    at = NOW - timedelta(days=40 + 7 * week + dice.random())
    blamed = (Blamed(issue_id=place, probability=1.0, days=1.0, acted_on=True),)
    return ChangeRecord(
        id=place,
        service=f"s{cluster if kind == 'services' else dice.randrange(3)}",
        deployed_at=at,
        days_live=(NOW - at) / timedelta(days=1),
        provenance=Author.HUMAN if is_second else Author.AI,
        lines=50,
        blamed=blamed if went_wrong else (),
        person=cluster if kind == "people" else dice.randrange(5),
    )
