"""Builders of source maps: segments as numbers, written as bundlers write them."""

from collections.abc import Sequence

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
Segment = tuple[int, int, int, int]


def encoded(lines: Sequence[Sequence[Segment]]) -> str:
    """The ``mappings`` of a map: for each line of the bundle its segments (column, number of the
    source, line and column there), all from 0."""
    before = [0, 0, 0]
    rows = []
    for segments in lines:
        column, row = 0, []
        for at, *where in segments:
            steps = [at - column, *(new - old for new, old in zip(where, before, strict=True))]
            row.append("".join(map(_number, steps)))
            column, before = at, list(where)
        rows.append(",".join(row))
    return ";".join(rows)


def _number(value: int) -> str:
    left = (-value << 1) | 1 if value < 0 else value << 1
    digits = ""
    while True:
        left, digit = left >> 5, left & 31
        digits += _DIGITS[digit | (32 if left else 0)]
        if not left:
            return digits
