"""Fits ``correlator/ranking/weights.json`` on labelled cases, and prints how good it is.

    python -m benchmarks.fit_culprits CASES.jsonl --repo OWNER/NAME=PATH ... [--write]

The figures are out of fold: all variants of a regression and all regressions of a culprit are in
one fold. The same cases give the same file.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.culprit_cases import NAMES, Labelled, load
from benchmarks.culprit_fit import Fitted, calibrated, confidence, out_of_fold
from correlator.ranking.weights import SHIPPED

VERSION = "2026.11"
NAME_FROM = 0.55


def main() -> None:
    """Load, judge out of fold, fit on all, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--repo", action="append", required=True, metavar="OWNER/NAME=PATH")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    repos = {name: Path(path) for name, _, path in (text.partition("=") for text in given.repo)}
    cases = [case for case in load(given.cases, repos) if len(case.shas)]
    judged = out_of_fold(cases)
    metrics = {variant: figures(judged, variant) for variant in ("fresh", "late", "woken")}
    print(json.dumps(metrics, indent=2))
    fitted = calibrated(cases)
    text = as_text(fitted, metrics)
    print(text)
    if given.write:
        SHIPPED.write_text(text, encoding="utf-8")


def place(case: Labelled, fitted: Fitted) -> int | None:
    """The rank of the first culprit; None if it is not among the candidates."""
    if not case.right.any():
        return None
    order = np.argsort(-(case.strengths @ fitted.points), kind="stable")
    return int(np.argmax(case.right[order])) + 1


def figures(judged: list[tuple[Labelled, Fitted]], variant: str) -> dict[str, float]:
    """acc@1, 3, 5, MRR, Brier score, and what is answered, right and wrong, above the bar."""
    mine = [(case, fitted) for case, fitted in judged if case.variant == variant]
    places = [place(case, fitted) for case, fitted in mine]
    stated = np.array([confidence(case, fitted) for case, fitted in mine])
    right = np.array([at == 1 for at in places])
    sure = stated >= NAME_FROM
    return {
        "cases": len(mine),
        **{f"acc@{k}": share([bool(at and at <= k) for at in places]) for k in (1, 3, 5)},
        "mrr": share([1 / at if at else 0.0 for at in places]),
        "brier": share((stated - right) ** 2),
        "answered": share(sure),
        "right when answered": share(right[sure]) if sure.any() else 0.0,
        "answered and wrong": share(sure & ~right),
    }


def share(values: object) -> float:
    """Mean, rounded for people."""
    return round(float(np.mean(np.asarray(values, float))), 3)


def as_text(fitted: Fitted, metrics: object) -> str:
    """The weights file."""
    data = {
        "version": VERSION,
        "points": {name: round(float(p), 2) for name, p in zip(NAMES, fitted.points, strict=True)},
        "none": fitted.none,
        "slope": round(fitted.slope, 3),
        "offset": round(fitted.offset, 3),
        "name_from": NAME_FROM,
        "metrics": {"out of fold": metrics},
    }
    return json.dumps(data, indent=2) + "\n"


if __name__ == "__main__":
    main()
