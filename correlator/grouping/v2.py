"""Fingerprint, version 2: exception, the function that failed, and what the message says.

Finer than version 1, because what is put together wrongly hides a failure, while what is kept
apart can still be joined (``alike``). The pieces:

- the failure is found below wrappers that only translate it, and below groups around one;
- a function there to raise or to look up is passed over for its caller;
- quoted values, numbers, ids, dates and paths of the message do not count; where the message is
  all value (a KeyError), the function alone decides;
- where code outside the application chose the words, the way there counts too;
- a stack that ran out goes by the circle of functions, wherever it ended.

Lines, file names of a module, callers and source text do not take part. Released versions are
never edited: write the next one.
"""

import hashlib
from itertools import groupby

from correlator.grouping import failures, places, values, wording
from correlator.types import Event, Fingerprint, Frame, Raised, Traits

VERSION = 2
Made = tuple[tuple[str, ...], str, Traits | None]


def fingerprint(event: Event) -> Fingerprint:
    """Parts in order and a hash over them; the SDK's own fingerprint is honoured, and what it
    says of an event comes without the traits that near-duplicates are known by."""
    own = tuple(part.strip() for part in event.fingerprint if part.strip())
    made = default(event)
    rest = values.filled(own, event)
    if not rest:
        return made
    if not values.has_default(own):
        return sealed(rest, "the SDK's own fingerprint")
    return sealed((*made.parts, *rest), f"{made.because}, refined by the SDK's fingerprint")


def default(event: Event) -> Fingerprint:
    """The fingerprint of an event that nobody gave one."""
    parts, because, traits = _made(event)
    return sealed(parts, because, traits)


def sealed(parts: tuple[str, ...], because: str, traits: Traits | None = None) -> Fingerprint:
    """The fingerprint that these parts make."""
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()
    return Fingerprint(VERSION, digest, parts, because, traits=traits)


def _made(event: Event) -> Made:
    if event.exceptions:
        raised, causes = failures.failure_of(event.exceptions)
        return _of_exception(event, raised, causes)
    counted = places.frames_that_count(event.frames)
    lines = wording.lines_of(event.message or event.formatted)
    if (frame := places.failing(counted)) is None:
        return ("message", event.logger or "", *lines), "message template", None
    there = places.where(frame)
    return ("message", *lines, there), f"message and frame {there}", None


def _of_exception(event: Event, raised: Raised, causes: tuple[Raised, ...]) -> Made:
    counted = places.frames_that_count(raised.frames)
    kind = "" if raised.synthetic else raised.type
    types = tuple(name for name, _ in groupby(cause.type for cause in causes))
    lines = wording.lines_of(raised.value)
    frame = places.failing(counted)
    if frame is None:
        return (kind, *types, *lines), f"{raised.type} and message template", None
    circle = places.cycle_of(counted)
    if circle and failures.is_recursion(raised.type, raised.value):
        return _of_circle(raised, circle)
    if wording.says_nothing(lines):
        lines = ()
    traits = _traits(event, raised, counted, frame, lines, types)
    parts = ("exception", kind, *types, *_told_apart_by(raised, counted, frame, traits), *lines)
    named = (*parts, traits.where)
    because = f"{raised.type} in {traits.where}" + (", message template" if lines else "")
    return named, because, None if raised.synthetic else traits


def _told_apart_by(
    raised: Raised, counted: tuple[Frame, ...], frame: Frame, traits: Traits
) -> tuple[str, ...]:
    """The way there, where the words were chosen outside the application."""
    if traits.lines and failures.from_outside(raised, counted, frame):
        return ("by", *traits.path[1:])
    return ()


def _of_circle(raised: Raised, circle: tuple[str, ...]) -> Made:
    there = " <-> ".join(circle)
    traits = Traits(type=raised.type, where=there, path=circle)
    return ("recursion", *circle, there), f"{raised.type} around {there}", traits


def _traits(
    event: Event,
    raised: Raised,
    counted: tuple[Frame, ...],
    frame: Frame,
    lines: tuple[str, ...],
    causes: tuple[str, ...],
) -> Traits:
    statement = failures.statement_of(frame)
    return Traits(
        type=raised.type,
        where=places.where(frame),
        path=places.path_to(counted, frame),
        lines=lines,
        exact=hashlib.sha256(wording.exactly(raised.value).encode("utf-8", "replace")).hexdigest()[
            :32
        ],
        statement=statement,
        at=failures.line_of(event, frame),
        by_interpreter=frame is counted[-1] and failures.by_interpreter(raised, statement),
        causes=causes,
    )
