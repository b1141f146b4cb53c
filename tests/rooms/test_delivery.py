"""The five measures of delivery: how sure each is."""

from datetime import UTC, datetime, timedelta
from random import Random
from statistics import NormalDist

from correlator.delivery import Delivered, Measures, measure

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def of_deploys(*leads: tuple[float, ...]) -> Measures:
    """Deploys an hour apart that brought changes with these lead times."""
    deploys = [
        Delivered(id=number, at=NOW - timedelta(hours=number), kind="forward", leads=some)
        for number, some in enumerate(leads)
    ]
    return measure(deploys, 30, NOW)


def test_changes_that_went_out_together_make_a_median_no_surer() -> None:
    together = of_deploys(*[(float(place),) * 50 for place in range(20)]).lead_interval
    alone = of_deploys(*[(float(place),) for place in range(20)]).lead_interval
    assert together == alone
    assert of_deploys(*[(float(place),) * 50 for place in range(5)]).lead_interval is None


def test_the_interval_of_a_median_lead_time_holds_it_in_nineteen_of_twenty_cases() -> None:
    dice, held, median = Random(3), 0, 10.0
    for _ in range(600):
        leads = [(median * 2.7 ** NormalDist().inv_cdf(dice.random()),) for _ in range(30)]
        found = of_deploys(*leads).lead_interval
        assert found is not None
        held += found.holds(median)
    assert held / 600 >= 0.94


def test_how_often_is_known_the_better_the_more_went_out() -> None:
    few, many = of_deploys((1.0,)), of_deploys(*[(1.0,)] * 100)
    assert few.per_day_interval.high / few.per_day > 5
    assert many.per_day_interval.low < many.per_day < many.per_day_interval.high
    assert many.per_day_interval.high / many.per_day < 1.25
