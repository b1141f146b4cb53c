"""What may be said from counts, and how surely: intervals, ratios, silence, survival.

Standard library only, on the ground floor: every room that shows a number may ask it, and the web
process need not load a numerical library for it. Each function names its source; the tests compare
it with scipy and with published examples.
"""

from correlator.statistics.clusters import bootstrap, dispersion
from correlator.statistics.intervals import Interval, clopper_pearson, poisson_rate, wilson
from correlator.statistics.multiple import benjamini_hochberg
from correlator.statistics.ratios import RateRatio, rate_ratio
from correlator.statistics.sequential import (
    Health,
    bounds_as_it_runs,
    exposure_until_below,
    exposure_until_fine,
    fine_as_it_runs,
    surely_below,
    worse_as_it_runs,
)
from correlator.statistics.silence import chance_of_silence, exposure_needed
from correlator.statistics.strata import Stratum, mantel_haenszel
from correlator.statistics.survival import (
    Mean,
    Survival,
    log_rank,
    mean_time,
    median_bounds,
    median_time,
    survive,
)

__all__ = [
    "Health",
    "Interval",
    "Mean",
    "RateRatio",
    "Stratum",
    "Survival",
    "benjamini_hochberg",
    "bootstrap",
    "bounds_as_it_runs",
    "chance_of_silence",
    "clopper_pearson",
    "dispersion",
    "exposure_needed",
    "exposure_until_below",
    "exposure_until_fine",
    "fine_as_it_runs",
    "log_rank",
    "mantel_haenszel",
    "mean_time",
    "median_bounds",
    "median_time",
    "poisson_rate",
    "rate_ratio",
    "surely_below",
    "survive",
    "wilson",
    "worse_as_it_runs",
]
