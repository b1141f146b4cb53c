"""What the statistics say, beside scipy and beside published examples."""

import math
import statistics
from collections.abc import Sequence
from random import Random

import pytest
from scipy import stats
from scipy.special import betainc, gammainc

from correlator.statistics import (
    Interval,
    Stratum,
    benjamini_hochberg,
    bootstrap,
    chance_of_silence,
    clopper_pearson,
    dispersion,
    exposure_needed,
    exposure_until_fine,
    fine_as_it_runs,
    log_rank,
    mantel_haenszel,
    mean_time,
    median_bounds,
    poisson_rate,
    rate_ratio,
    survive,
    wilson,
    worse_as_it_runs,
)
from correlator.statistics.functions import beta_below, gamma_below

TWENTY = [(0.5, 0.5), (3, 7), (0.5, 40.5), (412, 9588), (3000, 2), (1, 1)]


@pytest.mark.parametrize(("a", "b"), TWENTY)
@pytest.mark.parametrize("x", [1e-6, 0.01, 0.2, 0.5, 0.93, 0.9999])
def test_the_incomplete_beta_function_is_scipys(a: float, b: float, x: float) -> None:
    assert beta_below(x, a, b) == pytest.approx(betainc(a, b, x), rel=1e-9, abs=1e-13)


@pytest.mark.parametrize("shape", [0.5, 1, 7.5, 120, 9000])
@pytest.mark.parametrize("times", [0.01, 0.6, 1, 1.3, 4])
def test_the_incomplete_gamma_function_is_scipys(shape: float, times: float) -> None:
    assert gamma_below(shape * times, shape) == pytest.approx(
        gammainc(shape, shape * times), rel=1e-9, abs=1e-13
    )


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(9, 62, 0.078, 0.253), (7, 88, 0.039, 0.155)]
)
def test_a_share_has_the_published_wilson_interval(
    hits: int, of: int, low: float, high: float
) -> None:
    said = wilson(hits, of)
    assert (round(said.low, 3), round(said.high, 3)) == (low, high)
    theirs = stats.binomtest(hits, of).proportion_ci(method="wilson")
    assert (said.low, said.high) == pytest.approx((theirs.low, theirs.high))


def test_a_share_of_nothing_may_be_anything() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    assert wilson(0, 60).low == 0.0
    assert wilson(60, 60).high == 1.0


@pytest.mark.parametrize(("hits", "of"), [(0, 60), (1, 9), (5, 5), (412, 10_000)])
def test_the_exact_interval_of_a_share_is_scipys(hits: int, of: int) -> None:
    theirs = stats.binomtest(hits, of).proportion_ci(method="exact")
    said = clopper_pearson(hits, of)
    assert (said.low, said.high) == pytest.approx((theirs.low, theirs.high))


def test_no_incident_among_sixty_leaves_room_for_about_five_in_a_hundred() -> None:
    assert clopper_pearson(0, 60, level=0.90).high == pytest.approx(0.0487, abs=1e-4)


@pytest.mark.parametrize("count", [0, 1, 7, 250])
def test_a_rate_has_the_exact_interval(count: int) -> None:
    said = poisson_rate(count, 4.0)
    low = stats.chi2.ppf(0.025, 2 * count) / 8 if count else 0.0
    assert (said.low, said.high) == pytest.approx((low, stats.chi2.ppf(0.975, 2 * count + 2) / 8))


@pytest.mark.parametrize(
    ("a", "ta", "b", "tb", "ratio", "exact", "mid_p"),
    [
        (24, 310, 31, 690, 1.723, (0.968, 3.033), (1.001, 2.939)),
        (3, 40, 2, 60, 2.25, (0.258, 26.9), (0.335, 18.9)),
        (4, 30, 0, 55, math.inf, (1.21, math.inf), (1.65, math.inf)),
        (2, 1.2, 40, 2.0, 0.083, (0.0, 0.4), (0.014, 0.291)),
    ],
)
def test_a_ratio_of_rates_is_the_published_one(
    a: int,
    ta: float,
    b: int,
    tb: float,
    ratio: float,
    exact: tuple[float, float],
    mid_p: tuple[float, float],
) -> None:
    said = rate_ratio(a, ta, b, tb)
    assert said.ratio == pytest.approx(ratio, abs=1e-3)
    assert (said.mid_p.low, said.mid_p.high) == pytest.approx(mid_p, rel=4e-3, abs=6e-4)
    if exact != (0.0, 0.4):
        assert (said.exact.low, said.exact.high) == pytest.approx(exact, rel=4e-3, abs=6e-4)


def test_the_chances_of_a_ratio_are_those_of_the_binomial_test() -> None:
    said = rate_ratio(24, 310, 31, 690)
    tail = stats.binom.sf(23, 55, 0.31)
    assert said.p_exact == pytest.approx(2 * tail)
    assert said.p == pytest.approx(2 * (tail - stats.binom.pmf(24, 55, 0.31) / 2))
    assert (round(said.p_exact, 3), round(said.p, 2)) == (0.065, 0.05)


def test_three_methods_that_disagree_are_called_borderline() -> None:
    assert rate_ratio(24, 310, 31, 690).borderline
    assert not rate_ratio(240, 310, 310, 690).borderline


def test_fewer_than_five_in_an_arm_are_counts_and_fewer_than_ten_together_are_exact() -> None:
    few = rate_ratio(3, 40, 2, 60)
    assert not few.enough
    assert few.shown == few.exact
    enough = rate_ratio(5, 40, 5, 60)
    assert enough.enough
    assert enough.shown == enough.mid_p


def test_no_event_in_either_arm_has_no_ratio() -> None:
    none = rate_ratio(0, 25, 0, 60)
    assert none.ratio is None
    assert none.shown == Interval(0.0, math.inf)
    assert not none.differs


def test_a_group_without_exposure_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="exposure above 0"):
        rate_ratio(1, 0, 2, 10)


@pytest.mark.parametrize(
    ("events", "needed"), [(3, 9.47), (10, 2.31), (84, 0.25)], ids=["three", "ten", "many"]
)
def test_silence_is_sure_after_the_published_time(events: int, needed: float) -> None:
    assert exposure_needed(events, 7) == pytest.approx(needed, abs=6e-3)
    assert chance_of_silence(events, 7, exposure_needed(events, 7)) == pytest.approx(0.05)


def test_silence_over_calls_is_sure_after_the_published_number_of_them() -> None:
    assert exposure_needed(40, 2.0e6) == pytest.approx(153_546, abs=1)


def test_silence_that_nobody_could_have_broken_says_nothing() -> None:
    assert chance_of_silence(10, 7, 0) == 1.0
    assert chance_of_silence(10, 7, -1) == 1.0


def test_the_chance_of_silence_is_the_gamma_poisson_prediction() -> None:
    assert chance_of_silence(12, 5, 3) == pytest.approx(stats.nbinom.pmf(0, 12.5, 5 / 8))


def test_two_services_are_pooled_as_published() -> None:
    ratio, interval = mantel_haenszel([Stratum(10, 100, 12, 260), Stratum(14, 210, 19, 430)])
    assert ratio == pytest.approx(1.738, abs=1e-3)
    assert (interval.low, interval.high) == pytest.approx((1.022, 2.956), abs=1e-3)


def test_a_stratum_with_one_group_only_compares_nothing() -> None:
    alone = Stratum(10, 100, 0, 0)
    both = Stratum(14, 210, 19, 430)
    assert mantel_haenszel([alone, both]) == mantel_haenszel([both])
    assert mantel_haenszel([alone])[0] is None


AI = [(2, True), (5, True), (5, False), (9, True), (14, True), (21, False)] + [(30, False)] * 4
HUMAN = [(4, True), (11, False), (18, True)] + [(30, False)] * 9


def test_a_survival_curve_is_the_published_one_and_scipys() -> None:
    ai, human = survive(AI), survive(HUMAN)
    assert (round(ai.at(14), 3), round(human.at(18), 3)) == (0.571, 0.825)
    assert ai.at(1) == 1.0
    theirs = stats.ecdf(
        stats.CensoredData(
            uncensored=[time for time, event in AI if event],
            right=[time for time, event in AI if not event],
        )
    ).sf
    for step in ai.steps:
        assert step.share == pytest.approx(theirs.evaluate(step.at))
    bounds = theirs.confidence_interval(method="log-log")
    last = ai.steps[-1]
    assert last.interval.low == pytest.approx(bounds.low.evaluate(14))
    assert last.interval.high == pytest.approx(bounds.high.evaluate(14))


def test_curves_are_compared_as_scipy_does() -> None:
    def censored(times: list[tuple[int, bool]]) -> stats.CensoredData:
        return stats.CensoredData(
            uncensored=[time for time, event in times if event],
            right=[time for time, event in times if not event],
        )

    said = log_rank(AI, HUMAN)
    assert said == pytest.approx(stats.logrank(censored(AI), censored(HUMAN)).pvalue)
    assert round(said or 0, 2) == 0.19
    assert log_rank([(3, False)], [(4, False)]) is None


def test_a_curve_that_never_falls_to_half_has_no_median() -> None:
    assert survive(HUMAN).median is None
    assert survive([(1, True), (2, True), (9, False)]).median == 2


def test_the_mean_time_is_the_area_under_the_published_curve_up_to_its_last_event() -> None:
    mean = mean_time(AI)
    assert mean is not None
    steps = survive(AI).steps
    edges = [0.0, *(step.at for step in steps)]
    shares = [1.0, *(step.share for step in steps)]
    area = sum(
        share * (end - start) for share, start, end in zip(shares, edges, edges[1:], strict=False)
    )
    assert mean.mean == pytest.approx(area)
    assert mean.is_least is True


def test_of_times_that_are_all_over_it_is_the_mean_with_students_interval_of_its_logarithm() -> (
    None
):
    times = [1, 1, 2, 3, 3, 5, 8]
    mean = mean_time([(time, True) for time in times])
    plain = statistics.mean(times)
    error = statistics.stdev(times) / len(times) ** 0.5
    half = float(stats.t.ppf(0.975, len(times) - 1)) * error / plain
    assert mean is not None
    assert mean.mean == pytest.approx(plain)
    assert mean.interval.low == pytest.approx(plain * math.exp(-half))
    assert mean.interval.high == pytest.approx(plain * math.exp(half))
    assert mean.is_least is False


def test_nothing_is_said_of_a_mean_without_an_event() -> None:
    assert mean_time([(3, False)]) is None
    assert mean_time([]) is None


def test_the_mean_that_counts_what_is_open_holds_its_level() -> None:
    dice, covered, runs = Random(1), 0, 500
    for _ in range(runs):
        times = []
        for _ in range(40):
            takes = 1 + min(int(math.log(1 - dice.random()) / math.log(0.5)), 3)
            seen = dice.randrange(1, 9)
            times.append((min(takes, seen), takes <= seen))
        mean = mean_time(times)
        assert mean is not None
        covered += mean.interval.low <= 1.875 <= mean.interval.high
    assert 0.92 <= covered / runs <= 0.98


def test_a_curve_that_falls_to_nothing_does_not_claim_to_know_it() -> None:
    (alone,) = survive([(3, True)]).steps
    assert (alone.share, alone.interval.low) == (0.0, 0.0)
    assert alone.interval.high == pytest.approx(stats.beta.ppf(0.975, 1, 1))
    *_, before, last = survive([(1, True), (2, True), (3, True)]).steps
    assert last.interval.high == before.interval.high


def test_many_comparisons_are_adjusted_as_scipy_does() -> None:
    chances = [0.03, 0.001, 0.8, 0.04, 0.02]
    assert benjamini_hochberg(chances) == pytest.approx(
        list(stats.false_discovery_control(chances))
    )


def test_counts_that_come_in_clumps_are_seen() -> None:
    assert dispersion([0, 0, 0, 9, 0, 0, 0, 11]) == pytest.approx(8.69, abs=0.01)
    assert dispersion([2]) is None
    assert dispersion([0, 0]) is None


def test_clusters_widen_the_interval_and_few_of_them_give_none() -> None:
    dice = Random(7)
    alone = [(float(dice.random() < 0.3), 1.0) for _ in range(400)]

    def rate(drawn: object) -> float:
        pairs = list(drawn)  # type: ignore[call-overload]
        return float(sum(hit for hit, _ in pairs) / sum(of for _, of in pairs))

    clumped = [(20.0 * one, 20.0) for one, _ in alone[:20]]
    narrow, wide = bootstrap(alone, rate, seed=1), bootstrap(clumped, rate, seed=1)
    assert narrow is not None
    assert wide is not None
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert bootstrap(clumped[:9], rate, seed=1) is None
    assert bootstrap(alone, rate, seed=1) == narrow


def test_a_deploy_that_fails_at_five_times_the_rate_is_worse_soon() -> None:
    assert worse_as_it_runs(40, 2_000, 30, 10_000, unit=100)
    assert not fine_as_it_runs(40, 2_000, 30, 10_000, unit=100)


def test_a_deploy_as_good_as_the_last_is_fine_once_it_has_carried_enough() -> None:
    needed = exposure_until_fine(0, 100, 30, 10_000, unit=100)
    assert not fine_as_it_runs(0, 100, 30, 10_000, unit=100)
    assert 100 < needed < 10_000
    assert fine_as_it_runs(0, needed, 30, 10_000, unit=100)
    assert fine_as_it_runs(300, 100_000, 300, 100_000, unit=100)


def test_where_nothing_failed_before_no_exposure_tells_a_ratio() -> None:
    assert exposure_until_fine(0, 100, 0, 10_000, unit=100) == math.inf


def test_before_the_first_look_nothing_is_said() -> None:
    assert not worse_as_it_runs(50, 99, 30, 10_000, unit=100)
    assert not fine_as_it_runs(0, 99, 3_000, 10_000, unit=100)


def test_looking_after_each_call_calls_hardly_any_sound_deploy_worse() -> None:
    """500 deploys no worse than before, looked at after each event, 4 old lengths long."""
    dice, false = Random(11), 0
    for _ in range(500):
        old = _poisson(dice, 20)
        at, new = dice.expovariate(20 / 1_000), 1
        while at < 4_000:
            if worse_as_it_runs(new, at, old, 1_000, unit=20):
                false += 1
                break
            at, new = at + dice.expovariate(20 / 1_000), new + 1
    assert false / 500 <= 0.05


def _poisson(dice: Random, mean: float) -> int:
    total, at = 0, dice.expovariate(1.0)
    while at < mean:
        total, at = total + 1, at + dice.expovariate(1.0)
    return total


def test_the_bounds_of_a_median_time_are_where_scipys_curve_reaches_a_half() -> None:
    dice = Random(4)
    for _ in range(20):
        times = [(dice.expovariate(0.1), dice.random() < 0.7) for _ in range(40)]
        # Before the first event and after the last its formula is undefined.
        times += [(1e-6, True), (1e6, False)]
        ends, going = [at for at, hit in times if hit], [at for at, hit in times if not hit]
        curve = stats.ecdf(stats.CensoredData(uncensored=ends, right=going)).sf
        bounds = curve.confidence_interval(method="log-log")

        def crossing(shares: Sequence[float], at: Sequence[float] = curve.quantiles) -> float:
            half = [float(time) for time, one in zip(at, shares, strict=True) if one <= 0.5]
            return min([*half, math.inf])

        found = median_bounds(times)
        assert found is not None
        assert found.low == pytest.approx(crossing(bounds.low.probabilities))
        assert found.high == pytest.approx(crossing(bounds.high.probabilities))
