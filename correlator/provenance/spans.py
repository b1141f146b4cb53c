"""Line ranges, inclusive and from 1, as records give them: read, merged, and put in order.

Always as ranges, never as sets of lines: a hostile ``1-999999999`` costs as much as ``1-2``.
"""

import heapq
import itertools
import re
from collections.abc import Iterable, Sequence

Span = tuple[int, int]
MOST_SPANS = 100_000
_SPAN = re.compile(r"\A([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?\Z", re.ASCII)


def read_spans(text: str) -> tuple[Span, ...] | None:
    """The ranges of ``1-4,7``; None if any of them is none."""
    found = []
    for part in text.split(","):
        span = _SPAN.match(part)
        if span is None:
            return None
        first, last = int(span[1]), int(span[2] or span[1])
        if last < first:
            return None
        found.append((first, last))
    return tuple(found)


def span_of(first: object, last: object) -> Span | None:
    """A range from two JSON values; None unless both are whole numbers in order, from 1."""
    if type(first) is not int or type(last) is not int:
        return None
    return (first, last) if 1 <= first <= last < 10**9 else None


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same lines in order, without overlaps, neighbours joined."""
    found: list[Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def winners(entries: Sequence[Sequence[Span]]) -> list[tuple[Span, ...]]:
    """For entries where a later one wins over an earlier: the lines that each one keeps.

    One sweep over the ends of all ranges: n log n, however they overlap.
    """
    starts = sorted(
        (first, -place, last) for place, spans in enumerate(entries) for first, last in spans
    )
    ends = sorted({last + 1 for _, _, last in starts} | {first for first, _, _ in starts})
    kept: list[list[Span]] = [[] for _ in entries]
    active: list[tuple[int, int]] = []
    at = 0
    for begin, end in itertools.pairwise(ends):
        while at < len(starts) and starts[at][0] <= begin:
            heapq.heappush(active, (starts[at][1], starts[at][2]))
            at += 1
        while active and active[0][1] < begin:
            heapq.heappop(active)
        if active:
            kept[-active[0][0]].append((begin, end - 1))
    return [merged(spans) for spans in kept]


def without(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """The lines of ``spans`` that are not in ``taken``."""
    return winners([merged(spans), merged(taken)])[0]


def count(spans: Iterable[Span]) -> int:
    """How many lines there are in ranges that do not overlap."""
    return sum(last - first + 1 for first, last in spans)
