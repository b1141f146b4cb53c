"""Fits ``correlator/ranking/weights.json`` on labelled cases, and prints how good it is.

    python -m benchmarks.fit_culprits [CASES.jsonl ...] --clones DIRECTORY [--write]

The figures are out of fold: all variants of a regression and all regressions of a culprit are in
one fold. Cases of ``benchmarks/data/culprits`` are always in. The same cases give the same file.
"""

import json

from benchmarks.culprit_cases import arguments, load
from benchmarks.culprit_figures import VARIANTS, figures, judged
from benchmarks.culprit_fit import calibrated, out_of_fold
from correlator.ranking.weights import SHIPPED, Weights

# How long it took says something of the machine, not of the weights.
_NOT_OURS = ("seconds", "most seconds")


def main() -> None:
    """Load, judge out of fold, fit on all, and write if asked to."""
    parser = arguments(__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    cases = [case for case in load(given) if len(case.shas)]
    found = judged(out_of_fold(cases))
    metrics: dict[str, dict[str, float]] = {}
    for variant in VARIANTS:
        if mine := [one for one in found if one.case.variant == variant]:
            metrics[variant] = figures(mine)
            for name in _NOT_OURS:
                del metrics[variant][name]
    text = as_text(calibrated(cases), metrics)
    print(text)
    if given.write:
        SHIPPED.write_text(text, encoding="utf-8")


def as_text(weights: Weights, metrics: object) -> str:
    """The weights file."""
    data = {
        "version": weights.version,
        "points": {name: round(points, 2) for name, points in weights.points.items()},
        "none": weights.none,
        "slope": round(weights.slope, 3),
        "offset": round(weights.offset, 3),
        "name_from": weights.name_from,
        "metrics": {"out of fold": metrics},
    }
    return json.dumps(data, indent=2) + "\n"


if __name__ == "__main__":
    main()
