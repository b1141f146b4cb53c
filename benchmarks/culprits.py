"""How well culprits are ranked: out of fold, by variant, beside what others do.

    python -m benchmarks.culprits [CASES.jsonl ...] --clones DIRECTORY [--incumbents] [--ablation]

Cases of ``benchmarks/data/culprits`` are always in. All variants of a regression and all
regressions of a culprit are in one fold; weights and calibration never see the fold they judge.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

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
from benchmarks.culprit_fit import (
    FOLDS,
    by_repository,
    out_of_fold,
    out_of_repository,
    parted,
    points_of,
)
from benchmarks.incumbents import INCUMBENTS

SEEDS = 5


def main() -> None:
    """Print the tables, and the ablation if asked for."""
    parser = arguments(__doc__)
    parser.add_argument("--incumbents", action="store_true", help="beside the rules of others")
    parser.add_argument("--ablation", action="store_true", help="without each signal in turn")
    parser.add_argument("--unseen", action="store_true", help="weights that saw no such repository")
    parser.add_argument("--seeds", type=int, default=0, help="spread over ways to fold")
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
    if given.seeds:
        spread(cases, given.seeds)
    if given.ablation:
        ablation(cases, given.seeds or SEEDS)


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


def spread(cases: Sequence[Labelled], seeds: int) -> None:
    """How far the figures move with the way to fold: mean and standard deviation over seeds."""
    found = [_ranked(cases, NAMES, seed) for seed in range(seeds)]
    groups: list[tuple[str, Callable[[Labelled], bool]]] = [
        (f"{variant}, {which}", partial(_is_of, variant, groups))
        for variant in VARIANTS[:3]
        for which, groups in (("all", None), *((g, g) for g in sorted({c.group for c in cases})))
    ]
    print(f"\nmean and standard deviation over {seeds} ways to fold")
    for name, belongs in groups:
        each = [[at for case, at in places if belongs(case)] for places in found]
        if each[0]:
            cells = [_mean_and_spread([_hits(mine, k) for mine in each]) for k in (1, 3, 5)]
            cells.append(_mean_and_spread([_mrr(mine) for mine in each]))
            print(f"{name:<26} {len(each[0]):>4} cases  " + "  ".join(cells))


def ablation(cases: Sequence[Labelled], seeds: int) -> None:
    """MRR out of fold without each signal in turn, against all of them: what each is worth, as
    mean and standard deviation over the ways to fold; last, with the repository unseen."""
    whole = [_by_variant(_ranked(cases, NAMES, seed)) for seed in range(seeds)]
    far = _by_variant(_unseen(cases, NAMES))
    print(f"\nmean reciprocal rank, {seeds} ways to fold" + "".join(f"{v:>16}" for v in whole[0]))
    means = [_mean_and_spread([one[v] for one in whole]) for v in whole[0]]
    print(f"{'all signals':<36}" + "".join(f"{mean:>16}" for mean in means))
    for at, name in enumerate(NAMES):
        kept = [number for number in range(len(NAMES)) if number != at]
        fewer = [replace(case, strengths=case.strengths[:, kept]) for case in cases]
        names = [NAMES[number] for number in kept]
        less = [_by_variant(_ranked(fewer, names, seed)) for seed in range(seeds)]
        cells = [
            _mean_and_spread([one[v] - all_[v] for one, all_ in zip(less, whole, strict=True)])
            for v in whole[0]
        ]
        unseen = _by_variant(_unseen(fewer, names))
        away = "  ".join(f"{unseen[v] - far[v]:+.3f}" for v in far)
        print(f"without {name:<28}" + "".join(f"{c:>16}" for c in cells) + f"   unseen {away}")


Places = list[tuple[Labelled, int | None]]


def _ranked(cases: Sequence[Labelled], names: Sequence[str], seed: int) -> Places:
    return _placed(parted(cases, FOLDS, seed), names)


def _unseen(cases: Sequence[Labelled], names: Sequence[str]) -> Places:
    return _placed(by_repository(cases), names)


def _placed(parts: Iterator[tuple[list[Labelled], list[Labelled]]], names: Sequence[str]) -> Places:
    """The place of the first culprit of each case that has one, by points that have not seen it."""
    found: Places = []
    for seen, others in parts:
        points = points_of(seen, names)
        found += [(case, place(case, points)) for case in others if case.culprits]
    return found


def _by_variant(places: Places) -> dict[str, float]:
    return {v: _mrr([at for case, at in places if case.variant == v]) for v in VARIANTS[:3]}


def _is_of(variant: str, group: str | None, case: Labelled) -> bool:
    return case.variant == variant and group in (None, case.group)


def _hits(places: Sequence[int | None], within: int) -> float:
    return float(np.mean([bool(at and at <= within) for at in places]))


def _mrr(places: Sequence[int | None]) -> float:
    return float(np.mean([1 / at if at else 0.0 for at in places]))


def _mean_and_spread(values: Sequence[float]) -> str:
    return f"{np.mean(values):+.3f} ±{np.std(values):.3f}"


if __name__ == "__main__":
    main()
