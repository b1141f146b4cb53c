"""Statistics that comparisons show, beside scipy and published examples, to the last digit shown.

Also where counts are none, or millions, or tied, or all on one side.
"""

import math
from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from scipy import optimize, stats

from correlator.comparison import Rate, changes_needed
from correlator.comparison.imputing import imputed
from correlator.comparison.mislabelled import at_rates
from correlator.statistics import (
    Interval,
    Stratum,
    benjamini_hochberg,
    bootstrap,
    clopper_pearson,
    dispersion,
    log_rank,
    mantel_haenszel,
    mean_time,
    median_time,
    rate_ratio,
    survive,
    wilson,
)

COUNTS = (
    (0, 1), (1, 0), (0, 30), (30, 0), (1, 1), (5, 5), (3, 2), (4, 0), (24, 31), (5, 4000),
    (4000, 5), (100_000, 120_000), (2_000_000, 1_999_000),
)  # fmt: skip
EXPOSURES = ((310.0, 690.0), (0.33, 1e6), (1e9, 3.5))


def by_scipy(a: int, b: int, times: float) -> tuple[list[float], list[float]]:
    """Mid-P and exact interval, by root finding over scipy's binomial and beta distributions."""

    def tail(share: float, lower: bool) -> float:
        beyond = stats.binom.sf(a, a + b, share) if lower else stats.binom.cdf(a - 1, a + b, share)
        return float(beyond + stats.binom.pmf(a, a + b, share) / 2 - 0.025)

    def solved(lower: bool) -> float:
        return float(optimize.brentq(tail, 1e-16, 1 - 1e-16, args=(lower,), xtol=1e-15, rtol=1e-14))

    def ratio(share: float) -> float:
        return math.inf if share >= 1 else share / (1 - share) * times

    mid_p = [solved(True) if a else 0.0, solved(False) if b else 1.0]
    exact = [
        float(stats.beta.ppf(0.025, a, b + 1)) if a else 0.0,
        float(stats.beta.ppf(0.975, a + 1, b)) if b else 1.0,
    ]
    return [ratio(one) for one in mid_p], [ratio(one) for one in exact]


@pytest.mark.parametrize(("a", "b"), COUNTS)
def test_both_intervals_of_a_ratio_are_scipys_for_none_and_for_millions(a: int, b: int) -> None:
    for first, second in EXPOSURES:
        said = rate_ratio(a, first, b, second)
        mid_p, exact = by_scipy(a, b, second / first)
        assert [said.mid_p.low, said.mid_p.high] == pytest.approx(mid_p, rel=1e-9)
        assert [said.exact.low, said.exact.high] == pytest.approx(exact, rel=1e-9)


@pytest.mark.parametrize(("a", "b"), COUNTS)
def test_chances_of_a_ratio_are_twice_scipys_smaller_tail(a: int, b: int) -> None:
    for first, second in EXPOSURES:
        said, null = rate_ratio(a, first, b, second), first / (first + second)
        here = stats.binom.pmf(a, a + b, null)
        tails = stats.binom.cdf(a, a + b, null), stats.binom.sf(a - 1, a + b, null)
        assert said.p_exact == pytest.approx(min(1, 2 * min(tails)), abs=1e-9)
        assert said.p == pytest.approx(min(1, 2 * (min(tails) - here / 2)), abs=1e-9)


@pytest.mark.parametrize(
    ("hits", "of"), [(0, 1), (1, 1), (0, 5_000_000), (3, 5_000_000), (4_999_999, 5_000_000)]
)
def test_shares_of_none_and_of_millions_are_scipys(hits: int, of: int) -> None:
    theirs = stats.binomtest(hits, of)
    for said, method in ((wilson(hits, of), "wilson"), (clopper_pearson(hits, of), "exact")):
        low, high = theirs.proportion_ci(method=method)
        assert (said.low, said.high) == pytest.approx((low, high), rel=1e-9, abs=1e-12)


# Coronary deaths and person-years of British doctors, smokers and others, by decade of age: Doll
# and Hill 1966, as in Rothman, Greenland and Lash, and as the worked example of Stata's `ir`.
DOCTORS = tuple(
    Stratum(*one)
    for one in zip(
        (32, 104, 206, 186, 102),
        (52_407, 43_248, 28_612, 12_663, 5_317),
        (2, 12, 28, 28, 31),
        (18_790, 10_673, 5_710, 2_585, 1_462),
        strict=True,
    )
)


def test_mantel_haenszel_is_that_of_the_published_cohort_and_the_crude_ratio_too() -> None:
    ratio, interval = mantel_haenszel(DOCTORS)
    assert ratio == pytest.approx(1.424682, abs=5e-7)
    assert (interval.low, interval.high) == pytest.approx((1.154703, 1.757784), abs=5e-7)
    crude = rate_ratio(630, 142_247, 101, 39_220)
    assert crude.ratio == pytest.approx(1.719823, abs=5e-7)
    assert (crude.exact.low, crude.exact.high) == pytest.approx((1.391992, 2.14353), abs=5e-6)


def test_strata_without_events_on_a_side_pool_to_an_end_and_claim_nothing() -> None:
    only_first, none = Stratum(3, 10, 0, 20), Stratum(0, 10, 0, 20)
    assert mantel_haenszel([only_first]) == (math.inf, Interval(0.0, math.inf))
    assert mantel_haenszel([none]) == (None, Interval(0.0, math.inf))
    # A stratum without events has nothing to say beside others.
    assert mantel_haenszel([*DOCTORS, none])[0] == pytest.approx(1.424682, abs=5e-7)


# Weeks of remission of children with leukaemia: Freireich 1963, as in R's and SAS's manuals.
ON_6_MP = [(6, True)] * 3 + [
    (6, False), (7, True), (9, False), (10, True), (10, False), (11, False), (13, True),
    (16, True), (17, False), (19, False), (20, False), (22, True), (23, True), (25, False),
    (32, False), (32, False), (34, False), (35, False),
]  # fmt: skip
ON_PLACEBO = [
    (week, True) for week in (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
]


def test_a_curve_with_ties_is_the_published_one_with_its_intervals_and_numbers_at_risk() -> None:
    said = [
        (step.at, step.at_risk, round(step.share, 3), round(step.interval.low, 3),
         round(step.interval.high, 3))
        for step in survive(ON_6_MP).steps
    ]  # fmt: skip
    assert said == [
        (6, 21, 0.857, 0.620, 0.952), (7, 17, 0.807, 0.563, 0.923),
        (10, 15, 0.753, 0.503, 0.889), (13, 12, 0.690, 0.432, 0.849),
        (16, 11, 0.627, 0.368, 0.805), (22, 7, 0.538, 0.268, 0.747),
        (23, 6, 0.448, 0.188, 0.680),
    ]  # fmt: skip
    assert (survive(ON_PLACEBO).median, survive(ON_6_MP).median) == (8, 23)
    assert median_time(ON_PLACEBO) == 8


def test_the_log_rank_test_is_the_published_one() -> None:
    chance = log_rank(ON_6_MP, ON_PLACEBO)
    assert chance == pytest.approx(float(stats.chi2.sf(16.79, 1)), rel=3e-3)
    assert log_rank(ON_PLACEBO, ON_6_MP) == pytest.approx(chance)


Times = list[tuple[float, bool]]


def censored(times: Times) -> stats.CensoredData:
    return stats.CensoredData(
        uncensored=[time for time, event in times if event],
        right=[time for time, event in times if not event],
    )


# Theirs has none where all go well yet, either.
@pytest.mark.filterwarnings("ignore:The confidence interval is undefined:RuntimeWarning")
def test_curves_drawn_at_random_with_many_ties_are_scipys() -> None:
    dice = Random(3)
    for _ in range(40):
        # One each outlives all: where a curve falls to nothing scipy has no interval.
        first, second = (
            [(float(dice.randrange(1, 8)), dice.random() < 0.5) for _ in range(number)]
            + [(9.0, False)]
            for number in (dice.randrange(4, 40), dice.randrange(4, 40))
        )
        theirs = stats.logrank(censored(first), censored(second)).pvalue
        assert log_rank(first, second) == pytest.approx(float(theirs), rel=1e-6, nan_ok=True)
        curve = stats.ecdf(censored(first)).sf
        bounds = curve.confidence_interval(method="log-log")
        for step in survive(first).steps:
            assert step.share == pytest.approx(float(curve.evaluate(step.at)))
            assert step.interval.low == pytest.approx(float(bounds.low.evaluate(step.at)))
            assert step.interval.high == pytest.approx(float(bounds.high.evaluate(step.at)))


def test_a_curve_without_an_event_or_without_anything_says_nothing() -> None:
    assert survive([(3, False), (9, False)]).steps == ()
    assert survive([]).median is None
    assert (log_rank([], []), log_rank(ON_PLACEBO, [])) == (None, None)
    assert mean_time([(3, False), (9, False)]) is None


@pytest.mark.parametrize(
    "chances", [[0.01, 0.01, 0.01], [1.0], [0.0, 0.5, 1.0], [0.04, 0.03, 0.04, 0.5], []]
)
def test_many_chances_with_ties_are_adjusted_as_scipy_does(chances: Sequence[float]) -> None:
    theirs = list(stats.false_discovery_control(chances)) if chances else []
    assert benjamini_hochberg(chances) == pytest.approx(theirs)


def test_drawing_clusters_anew_gives_the_spread_that_scipy_finds() -> None:
    dice = Random(9)
    rates = [dice.expovariate(1.0) for _ in range(30)]
    said = bootstrap(rates, lambda drawn: sum(drawn) / len(drawn), seed=1, draws=20_000)
    theirs = stats.bootstrap(
        (rates,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert said is not None
    assert (said.low, said.high) == pytest.approx((theirs.low, theirs.high), rel=0.02)


def test_variance_over_mean_is_numpys() -> None:
    counts = [0, 3, 1, 0, 0, 7, 2]
    assert dispersion(counts) == pytest.approx(np.var(counts, ddof=1) / np.mean(counts))


@pytest.mark.parametrize(("events", "share"), [(10, 0.5), (40, 0.63), (800, 0.2), (3, 0.99)])
def test_uncertain_culprits_vary_as_a_binomial_does(events: int, share: float) -> None:
    said = imputed([(share, 1 - share)] * events, 2.0, 3.0)
    low, high = (float(stats.binom.ppf(tail, events, share)) for tail in (0.025, 0.975))
    theirs = [one / (events - one) * 1.5 if one < events else math.inf for one in (low, high)]
    assert [said.low, said.high] == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("sought", "rate", "needed"),
    [(1.235, 0.02, 15_942), (1.235, 0.05, 6_377), (1.235, 0.1, 3_188), (1.7, 0.05, 885),
     (1.7, 0.1, 443)],
)  # fmt: skip
def test_as_many_changes_are_needed_as_the_formula_for_two_poisson_counts_says(
    sought: float, rate: float, needed: int
) -> None:
    assert changes_needed(rate, sought) == pytest.approx(needed, abs=1)


def a_rate(events: float, exposure: float) -> Rate:
    return Rate(expected=events, issues=int(events), exposure=exposure, changes=int(exposure))


def test_a_ratio_at_wrong_labels_and_its_interval_mix_back_to_what_was_seen() -> None:
    """Rates of the true arms, mixed as the labels mix them, must give the ratio that is shown."""
    first, second = a_rate(60, 400), a_rate(45, 600)
    shown = rate_ratio(60, 400, 45, 600).mid_p
    one = at_rates(first, second, shown)[0]
    assert one.interval is not None
    assert one.interval.low < (one.ratio or 0) < one.interval.high
    true_first = (400 - 0.05 * 1000) / 0.75
    kept, lost = true_first * 0.8, true_first * 0.2
    wrongly, rest = (1000 - true_first) * 0.05, (1000 - true_first) * 0.95
    for true, seen in (
        (one.ratio, 2.0),
        (one.interval.low, shown.low),
        (one.interval.high, shown.high),
    ):
        rate_seen = (kept * (true or 0) + wrongly) / (kept + wrongly)
        against = (lost * (true or 0) + rest) / (lost + rest)
        assert rate_seen / against == pytest.approx(seen)


def test_an_interval_at_wrong_labels_has_no_end_where_all_could_be_the_first_arms() -> None:
    one = at_rates(a_rate(30, 400), a_rate(30, 600), Interval(0.8, math.inf))[1]
    assert one.interval is not None
    assert one.interval.high == math.inf
