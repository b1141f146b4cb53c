"""Which exception of a chain is the failure, and who raised it.

A chain ends in what the user saw. Where that only translates another exception in the function
that caught it (``except KeyError as e: raise LookupFailed from e``), the one below is the failure,
and a wrapper more or less changes nothing. An exception that came up while another was handled
is raised further down: it is a failure of its own. A chain does not say which of the two it is
(SDKs send no ``__cause__``), the frames do.
"""

import re

from correlator.grouping.places import failing, frames_that_count, where
from correlator.types import Event, Frame, Raised

# Raised by the interpreter or virtual machine at the statement, hardly ever by a person.
_OF_THE_LANGUAGE = frozenset(
    {
        "ArithmeticError", "AttributeError", "IndexError", "KeyError", "MemoryError", "NameError",
        "OverflowError", "RecursionError", "UnboundLocalError", "UnicodeDecodeError",
        "UnicodeEncodeError", "ZeroDivisionError", "FloatingPointError", "ReferenceError",
        "NullPointerException", "ArrayIndexOutOfBoundsException", "ClassCastException",
        "StringIndexOutOfBoundsException", "ArithmeticException", "NegativeArraySizeException",
        "java.lang.NullPointerException", "java.lang.ArrayIndexOutOfBoundsException",
        "java.lang.ClassCastException", "java.lang.ArithmeticException",
    }
)  # fmt: skip
# Raised by the interpreter as well as by people: the failing line tells which.
_OF_BOTH = frozenset({"TypeError", "ValueError", "RuntimeError", "RangeError", "StopIteration"})
_RAISING = re.compile(r"\b(?:raise|throw|panic!?|assert)\b")
_DEEP = re.compile(
    r"RecursionError|StackOverflowE|SystemStackError|[Mm]aximum (?:recursion|call stack)"
)
LONGEST_STATEMENT = 200


def failure_of(chain: tuple[Raised, ...]) -> tuple[Raised, tuple[Raised, ...]]:
    """The exception that is the failure, and its causes that came without frames.

    ``chain`` is not empty and in Sentry's order, innermost cause first.
    """
    told = _without_lone_groups(chain)
    surfaced = next((raised for raised in reversed(told) if raised.frames), told[-1])
    at = told.index(surfaced)
    while at and _translates(told[at], told[at - 1]):
        at -= 1
    bare = tuple(raised for raised in told[:at] if not raised.frames)
    return told[at], bare


def _without_lone_groups(chain: tuple[Raised, ...]) -> tuple[Raised, ...]:
    """A group around a single exception is that exception."""
    groups = [raised for raised in chain if raised.is_group]
    lone = {
        id(group)
        for group in groups
        if sum(raised.parent == group.number for raised in chain if raised is not group) == 1
    }
    return tuple(raised for raised in chain if id(raised) not in lone) or chain


def _translates(upper: Raised, lower: Raised) -> bool:
    """Whether ``upper`` was raised in the very function that caught ``lower``."""
    if upper.is_group or lower.is_group or not (upper.frames and lower.frames):
        return False
    caught = where(lower.frames[0])
    counted = frames_that_count(upper.frames)
    raised_in = failing(counted)
    return raised_in is not None and where(raised_in) == caught and bool(upper.type)


def is_recursion(type_: str, value: str) -> bool:
    """Whether the stack ran out: where it did is chance."""
    return bool(_DEEP.search(type_) or _DEEP.search(value[:200]))


def statement_of(frame: Frame) -> str:
    """The failing line with its white space squeezed; '' when it did not come along."""
    return " ".join((frame.context_line or "").split())[:LONGEST_STATEMENT]


def line_of(event: Event, frame: Frame) -> str:
    """Release and line number, which name a statement where its text is not known."""
    if not event.release or not frame.lineno:
        return ""
    return f"{event.release}:{frame.lineno}"


def is_written(statement: str) -> bool:
    """Whether the line raises, so that somebody chose the type and the words."""
    return bool(_RAISING.search(statement))


def by_interpreter(raised: Raised, statement: str) -> bool:
    """Whether the language itself raised it at that statement."""
    if raised.module not in (None, "", "builtins", "exceptions") or is_written(statement):
        return False
    return raised.type in _OF_THE_LANGUAGE or (raised.type in _OF_BOTH and bool(statement))


def from_outside(raised: Raised, counted: tuple[Frame, ...], failed: Frame) -> bool:
    """Whether code that is not the application's chose the words, so that the same words may
    mean many things: a database's complaint about whatever it was asked."""
    if failed is not counted[-1]:
        return False  # a function of the application's own, there to raise, said them
    if raised.frames[-1] is not failed:
        return True
    if statement := statement_of(failed):
        return not (is_written(statement) or by_interpreter(raised, statement))
    home = (failed.module or "").split(".")[0]
    foreign = (raised.module or "").split(".")[0]
    return bool(home and foreign) and foreign not in ("builtins", "__main__", home)
