"""How well culprits are ranked: out of fold, by variant, beside what others do.

    python -m benchmarks.culprits [CASES.jsonl ...] --clones DIRECTORY [--incumbents] [--ablation]

Cases of ``benchmarks/data/culprits`` are always in. All variants of a regression and all
regressions of a culprit are in one fold; weights and calibration never see the fold they judge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.culprit_cases import NAMES, Answer, Labelled, arguments, load, rivals
from benchmarks.culprit_figures import (
    VARIANTS,
    Judged,
    figures,
    judged,
    of_rule,
    place,
    print_table,
    reliability,
)
from benchmarks.culprit_fit import FOLDS, out_of_fold, out_of_repository, parted, points_of
from benchmarks.incumbents import INCUMBENTS

SEEDS = 3


def main() -> None:
    """Print the tables, and the ablation if asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--incumbents", action="store_true", help="beside the rules of others")
    parser.add_argument("--ablation", action="store_true", help="without each signal in turn")
    parser.add_argument("--unseen", action="store_true", help="weights that saw no such repository")
    parser.add_argument("--misses", action="store_true", help="name the cases that are wrong")
    given = parser.parse_args()
    cases = [case for case in load(given) if len(case.shas)]
    found = judged(out_of_fold(cases))
    ours(found)
    if given.unseen:
        unseen(judged(out_of_repository(cases)))
    if given.incumbents:
        incumbents(rivals(given))
    if given.misses:
        misses(found)
    if given.ablation:
        ablation(cases)


def ours(found: Sequence[Judged]) -> None:
    """The ranking's own tables: by variant, by where the cases come from, and calibration."""
    known = [one for one in found if one.case.culprits]
    groups = [(name, [j for j in found if j.case.variant == name]) for name in VARIANTS]
    groups.append(("all but outages", known))
    groups += [
        (f"{kind}, {group}", [j for j in known if (j.case.variant, j.case.group) == (kind, group)])
        for kind in VARIANTS[:2]
        for group in dict.fromkeys(one.case.group for one in known)
    ]
    print_table("out of fold", [(name, figures(mine)) for name, mine in groups if mine])
    negative = [one for one in found if one.case.variant in ("woken", "outage")]
    wrong = sum(one.sure and not one.right for one in negative)
    print(f"\nnegatives (woken and outages): sure and wrong in {wrong} of {len(negative)}")
    reliability("all variants", found)
    for variant in VARIANTS[:3]:
        reliability(variant, [one for one in found if one.case.variant == variant])


def unseen(found: Sequence[Judged]) -> None:
    """By variant, with weights that have seen no case of the repository."""
    groups = [(name, [j for j in found if j.case.variant == name]) for name in VARIANTS]
    print_table("unseen repository", [(name, figures(mine)) for name, mine in groups if mine])


def incumbents(answers: Sequence[tuple[str, Mapping[str, Answer]]]) -> None:
    """The same cases by the rules of others."""
    for variant in VARIANTS[:3]:
        mine = [said for kind, said in answers if kind == variant]
        lines = [(name, of_rule([said[name] for said in mine])) for name in INCUMBENTS]
        print_table(f"incumbents, {variant}", lines)


def misses(found: Sequence[Judged]) -> None:
    """Each case whose first suspect is wrong."""
    print("\nnot in the first place")
    for one in found:
        if one.case.culprits and not one.right:
            print(f"  {one.case.id:<40} place {one.place or '-':<4} stated {one.stated:.2f}")


def ablation(cases: Sequence[Labelled]) -> None:
    """MRR out of fold without each signal in turn, against all of them: what each is worth."""
    whole = mrr(cases)
    print(f"\n{'mean reciprocal rank':<30} " + "  ".join(f"{v:>7}" for v in whole))
    print(f"{'all signals':<30} " + "  ".join(f"{value:7.3f}" for value in whole.values()))
    for at, name in enumerate(NAMES):
        kept = [number for number in range(len(NAMES)) if number != at]
        fewer = [replace(case, strengths=case.strengths[:, kept]) for case in cases]
        less = mrr(fewer, [NAMES[number] for number in kept])
        shown = "  ".join(f"{less[v] - whole[v]:+7.3f}" for v in whole)
        print(f"without {name:<22} {shown}")


def mrr(cases: Sequence[Labelled], names: Sequence[str] = NAMES) -> dict[str, float]:
    """Mean reciprocal rank by variant, out of fold, over several ways to fold."""
    found: dict[str, list[float]] = {"fresh": [], "late": [], "woken": []}
    for seed in range(SEEDS):
        for seen, unseen in parted(cases, FOLDS, seed):
            points = points_of(seen, names)
            for case in unseen:
                if case.culprits:
                    at = place(case, points)
                    found[case.variant].append(1 / at if at else 0.0)
    return {variant: float(np.mean(values)) for variant, values in found.items()}


if __name__ == "__main__":
    main()
