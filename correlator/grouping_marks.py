"""What an event says of itself that may tell it from others of its fingerprint.

A person ticks some events of an issue; what all of these have and none of the others, is a mark by
which the next event follows them. Marks are compared as they are: no pattern, nothing to tune.
"""

from collections.abc import Iterator, Sequence

from correlator.types import Event

Mark = tuple[str, str]
LONGEST = 300
LONGEST_NAME = 100
MOST_FRAMES = 60
# The likeliest to be the reason first: where it was called from, what was asked, who says so; a
# message that is the same to the letter and a release, which is gone tomorrow, last.
ORDER = ("transaction", "stack.function", "service", "logger", "tags", "platform", "sdk",
         "environment", "level", "message", "release")  # fmt: skip


def marks_of(event: Event) -> frozenset[Mark]:
    """Every mark of an event."""
    return frozenset(
        (name, value[:LONGEST])
        for name, value in _marks(event)
        if value and len(name) <= LONGEST_NAME
    )


def telling(ticked: Sequence[frozenset[Mark]], others: Sequence[frozenset[Mark]]) -> list[Mark]:
    """Marks that all of the ticked have and none of the others, the likeliest reason first; none
    where there is nothing on one side."""
    if not ticked or not others:
        return []
    shared = frozenset.intersection(*ticked)
    found = shared.difference(*others)
    return sorted(found, key=lambda mark: (_place(mark[0]), mark))


def _place(name: str) -> int:
    return ORDER.index("tags" if name.startswith("tags.") else name)


def _marks(event: Event) -> Iterator[Mark]:
    yield from (
        ("transaction", event.transaction or ""),
        ("service", event.service or ""),
        ("logger", event.logger or ""),
        ("platform", event.platform),
        ("sdk", event.sdk or ""),
        ("environment", event.environment),
        ("level", event.level.value),
        ("release", event.release or ""),
        ("message", event.raised.value if event.raised else event.formatted or event.message),
    )
    yield from ((f"tags.{name}", value) for name, value in event.tags.items())
    for raised in event.exceptions:
        for frame in raised.frames[-MOST_FRAMES:]:
            module = f"{frame.module}." if frame.module else ""
            yield "stack.function", f"{module}{frame.function}" if frame.function else ""
