"""New clusters and the classes there were: which is which, what split, what merged, who stays.

A class keeps its identity while most of what it was is still together (one to one, by the largest
overlap: Kuhn 1955). A member stays where it is unless it is hardly like its class any more; a split
or a merge has to be plain, for a class that changes its face each week is no use to a team. What
people taught stands above all of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from correlator.classes.profiles import LEAST_ISSUES, LIKE
from correlator.classes.weighing import Vector, mean_of, product
from correlator.types import Taught

# A part leaves its class when it is this unlike the rest; two classes become one when this alike.
SPLIT_BELOW = 0.6 * LIKE
MERGE_ABOVE = 1.3 * LIKE
LEAVE_BELOW = 0.5 * LIKE


@dataclass(slots=True)
class Settled:
    """Who is in which class now. Classes that are new have numbers below zero.

    ``split_from``: new class to the one it was part of; ``merged``: a class to the one it went
    into; ``born``: new classes that were part of none.
    """

    members: dict[int, int] = field(default_factory=dict)
    born: list[int] = field(default_factory=list)
    split_from: dict[int, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Before:
    """How things stand: vectors by issue, the class of each issue, members by class."""

    vectors: Mapping[int, Vector]
    of: Mapping[int, int]
    members: Mapping[int, frozenset[int]]
    taught: Taught

    def mean(self, issues: Sequence[int]) -> Vector:
        return mean_of([self.vectors[one] for one in issues])


def settle(
    clusters: Sequence[Sequence[int]],
    vectors: Mapping[int, Vector],
    before: Mapping[int, int],
    taught: Taught,
) -> Settled:
    """Put issues (ids, each with a vector) into classes.

    ``clusters``: issues by new cluster. ``before``: the class that an issue is in.
    """
    held = {one: of for one, of in before.items() if one in vectors}
    by_class: dict[int, set[int]] = {}
    for issue, of in held.items():
        by_class.setdefault(of, set()).add(issue)
    frozen = {of: frozenset(issues) for of, issues in by_class.items()}
    past = _Before(vectors, held, frozen, taught)
    settled = Settled()
    named = _same_classes(clusters, past)
    for number, cluster in enumerate(clusters):
        if number not in named:
            named[number] = _new_class(cluster, past, settled)
    _merge(clusters, named, past, settled)
    _place_members(clusters, named, past, settled)
    return settled


def _same_classes(clusters: Sequence[Sequence[int]], past: _Before) -> dict[int, int | None]:
    """Cluster to the class that it goes on as: together they overlap as far as can be."""
    overlaps = [
        (number, of, count)
        for number, cluster in enumerate(clusters)
        for of, count in Counter(past.of[one] for one in cluster if one in past.of).items()
    ]
    if not overlaps:
        return {}
    rows = sorted({number for number, _, _ in overlaps})
    columns = sorted({of for _, of, _ in overlaps})
    at_row = {number: at for at, number in enumerate(rows)}
    at_column = {of: at for at, of in enumerate(columns)}
    gain = np.zeros((len(rows), len(columns)), dtype=np.float32)
    for number, of, count in overlaps:
        gain[at_row[number], at_column[of]] = count
    pairs = zip(*linear_sum_assignment(gain, maximize=True), strict=True)
    return {rows[row]: columns[column] for row, column in pairs if gain[row, column] > 0}


def _new_class(cluster: Sequence[int], past: _Before, settled: Settled) -> int | None:
    """A class for a cluster that goes on as none: split off, born, or (its issues stay) none."""
    fresh = [one for one in cluster if one not in past.of]
    home = Counter(past.of[one] for one in cluster if one in past.of).most_common(1)
    number = -1 - len(settled.born) - len(settled.split_from)
    if home and _splits(cluster, home[0][0], past):
        settled.split_from[number] = home[0][0]
        return number
    if len(fresh) >= LEAST_ISSUES and len(fresh) * 2 >= len(cluster):
        settled.born.append(number)
        return number
    return home[0][0] if home else None


def _splits(cluster: Sequence[int], home: int, past: _Before) -> bool:
    """Whether this part of a class is plainly something else than the rest of it."""
    mine = [one for one in cluster if past.of.get(one) == home]
    rest = sorted(past.members[home] - set(mine))
    if home in past.taught.kept_whole or min(len(mine), len(rest)) < LEAST_ISSUES:
        return False
    return product(past.mean(mine), past.mean(rest)) < SPLIT_BELOW


def _merge(
    clusters: Sequence[Sequence[int]],
    named: Mapping[int, int | None],
    past: _Before,
    settled: Settled,
) -> None:
    """Classes that no cluster goes on as go into the one that holds most of them, if plainly."""
    lives = set(named.values())
    inside: dict[int, Counter[int]] = {}
    for number, cluster in enumerate(clusters):
        target = named[number]
        for one in cluster:
            of = past.of.get(one)
            if of is not None and target is not None and of not in lives and of != target:
                inside.setdefault(of, Counter())[target] += 1
    for of, counts in sorted(inside.items()):
        target, count = counts.most_common(1)[0]
        if target < 0 or (min(of, target), max(of, target)) in past.taught.kept_apart:
            continue
        mine, its = past.members[of], past.members.get(target, frozenset())
        if count * 2 > len(mine) and its:
            alike = product(past.mean(sorted(mine)), past.mean(sorted(its)))
            if alike >= MERGE_ABOVE:
                settled.merged[of] = target


def _place_members(
    clusters: Sequence[Sequence[int]],
    named: Mapping[int, int | None],
    past: _Before,
    settled: Settled,
) -> None:
    wanted = {one: named[number] for number, cluster in enumerate(clusters) for one in cluster}
    means = {of: past.mean(sorted(issues)) for of, issues in past.members.items()}
    for issue in past.vectors:
        old, new = past.of.get(issue), wanted.get(issue)
        if old is not None and not _leaves(issue, old, new, past, means, settled):
            new = settled.merged.get(old, old)
        if new is not None and (issue, new) in past.taught.apart:
            new = None
        new = past.taught.belongs.get(issue, new)
        if new is not None:
            settled.members[issue] = new


def _leaves(
    issue: int,
    old: int,
    new: int | None,
    past: _Before,
    means: Mapping[int, Vector],
    settled: Settled,
) -> bool:
    """Whether a member goes: with a part that split off, or because it is hardly like the rest."""
    if (issue, old) in past.taught.apart or (
        new is not None and settled.split_from.get(new) == old
    ):
        return True
    return product(past.vectors[issue], means[old]) < LEAVE_BELOW
