"""Which line of a new text was which line of an old one, by content and in order.

Patience's rule: lines that are unique on both sides anchor the rest, gaps are worked through the
same way. n log n however the texts look, which a shortest edit script is not.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

MOST_LINES = 100_000
_MOST_ROUNDS = 64


def aligned(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """For each line of ``new``, the index of the same line of ``old``, or None.

    Indexes rise. Texts of more than MOST_LINES lines are not aligned beyond their equal ends.
    """
    found: list[int | None] = [None] * len(new)
    gaps = [(0, len(old), 0, len(new), 0)]
    while gaps:
        low, high, first, last, depth = gaps.pop()
        low, first = _run_forward(old, new, found, (low, high, first, last))
        high, last = _run_backward(old, new, found, (low, high, first, last))
        if low == high or first == last or high - low + last - first > MOST_LINES:
            continue
        anchors = _anchors(old, new, (low, high, first, last))
        if not anchors or depth > _MOST_ROUNDS:
            _in_order(old, new, found, (low, high, first, last))
            continue
        for was, now in anchors:
            found[now] = was
        edges = [(low - 1, first - 1), *anchors, (high, last)]
        for before, after in pairwise(edges):
            gaps.append((before[0] + 1, after[0], before[1] + 1, after[1], depth + 1))
    return found


_Gap = tuple[int, int, int, int]


def _run_forward(
    old: Sequence[str], new: Sequence[str], found: list[int | None], gap: _Gap
) -> tuple[int, int]:
    low, high, first, last = gap
    while low < high and first < last and old[low] == new[first]:
        found[first] = low
        low, first = low + 1, first + 1
    return low, first


def _run_backward(
    old: Sequence[str], new: Sequence[str], found: list[int | None], gap: _Gap
) -> tuple[int, int]:
    low, high, first, last = gap
    while low < high and first < last and old[high - 1] == new[last - 1]:
        high, last = high - 1, last - 1
        found[last] = high
    return high, last


def _anchors(old: Sequence[str], new: Sequence[str], gap: _Gap) -> list[tuple[int, int]]:
    """Lines that both sides hold exactly once, as many as keep their order."""
    low, high, first, last = gap
    before, after = Counter(old[low:high]), Counter(new[first:last])
    place = {old[at]: at for at in range(low, high) if before[old[at]] == 1}
    pairs = [
        (place[new[at]], at)
        for at in range(first, last)
        if after[new[at]] == 1 and new[at] in place
    ]
    return _longest_rising(pairs)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    tops: list[int] = []
    holders: list[int] = []
    before: list[int | None] = []
    for at, (was, _) in enumerate(pairs):
        pile = bisect_left(tops, was)
        before.append(holders[pile - 1] if pile else None)
        tops[pile : pile + 1] = [was]
        holders[pile : pile + 1] = [at]
    chosen: list[tuple[int, int]] = []
    last = holders[-1] if holders else None
    while last is not None:
        chosen.append(pairs[last])
        last = before[last]
    return chosen[::-1]


def _in_order(old: Sequence[str], new: Sequence[str], found: list[int | None], gap: _Gap) -> None:
    """No line is unique: each takes the next equal one that is left."""
    low, high, first, last = gap
    places: dict[str, list[int]] = {}
    for at in range(low, high):
        places.setdefault(old[at], []).append(at)
    for now in range(first, last):
        left = places.get(new[now], ())
        at = bisect_left(left, low)
        if at < len(left):
            found[now] = left[at]
            low = left[at] + 1
