"""How well culprits are ranked: out of fold, by variant, and what each signal is worth.

    python -m benchmarks.culprits CASES.jsonl --repo OWNER/NAME=PATH ... [--ablation]

All variants of a regression and all regressions of a culprit are in one fold.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.culprit_cases import NAMES, Labelled, load
from benchmarks.culprit_fit import fit_points, folds, out_of_fold
from benchmarks.fit_culprits import figures

VARIANTS = ("fresh", "late", "woken")


def main() -> None:
    """Print the table, and the ablation if asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--repo", action="append", required=True, metavar="OWNER/NAME=PATH")
    parser.add_argument("--ablation", action="store_true")
    given = parser.parse_args()
    repos = {name: Path(path) for name, _, path in (text.partition("=") for text in given.repo)}
    cases = load(given.cases, repos)
    seconds = sorted(case.seconds for case in cases)
    print(f"gathered in {seconds[len(seconds) // 2]:.2f} s (median), {seconds[-1]:.2f} s (most)")
    known = [case for case in cases if len(case.shas)]
    table(known)
    if given.ablation:
        ablation(known)


def table(cases: Sequence[Labelled]) -> None:
    """A line a variant, out of fold."""
    judged = out_of_fold(cases)
    for variant in VARIANTS:
        shown = "  ".join(f"{name} {value}" for name, value in figures(judged, variant).items())
        print(f"{variant:<6} {shown}")


def ablation(cases: Sequence[Labelled]) -> None:
    """MRR out of fold without each signal in turn, against all of them."""
    whole = mrr(cases)
    print(f"{'all signals':<22} " + "  ".join(f"{v} {whole[v]:.3f}" for v in VARIANTS))
    for at, name in enumerate(NAMES):
        left = [replace(c, strengths=np.delete(c.strengths, at, axis=1)) for c in cases]
        less = mrr(left)
        shown = "  ".join(f"{v} {less[v] - whole[v]:+.3f}" for v in VARIANTS)
        print(f"without {name:<18} {shown}")


def mrr(cases: Sequence[Labelled]) -> dict[str, float]:
    """Mean reciprocal rank by variant, out of fold."""
    fold = folds(cases)
    found: dict[str, list[float]] = {variant: [] for variant in VARIANTS}
    for number in sorted(set(fold)):
        points = fit_points([case for case, at in zip(cases, fold, strict=True) if at != number])
        for case, at in zip(cases, fold, strict=True):
            if at == number:
                order = np.argsort(-(case.strengths @ points), kind="stable")
                hit = case.right[order]
                found[case.variant].append(1 / (1 + int(np.argmax(hit))) if hit.any() else 0.0)
    return {variant: float(np.mean(values)) for variant, values in found.items()}


if __name__ == "__main__":
    main()
