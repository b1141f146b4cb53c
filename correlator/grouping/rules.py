"""A project's own rules for what belongs together, in the form of Sentry's fingerprint rules.

    # anything that the payment provider's time-outs touch is one issue
    error.type:ReadTimeout stack.module:shop.payments.* -> payments-time-out
    message:"cannot reach *" !level:warning -> {{ default }}, {{ tags.region }}

A line is a rule: matchers that must all fit (``!`` before one: must not), an arrow, and what the
fingerprint is made of. The first rule that fits counts. ``*`` stands for any run of characters
and ``?`` for one; there are no regular expressions, so no rule and no event can take long.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from correlator.errors import Permanent
from correlator.grouping import v2
from correlator.grouping.values import filled, has_default, value_of
from correlator.path_patterns import glob
from correlator.types import Event, Fingerprint, Frame

MOST_RULES = 200
LONGEST_LINE = 500
LONGEST_TEXT = 300
MOST_FRAMES = 30
_MATCHER = re.compile(r'(!?)([\w.-]{1,100}):("[^"]{0,300}"|\S{1,300})')
_STACK: dict[str, Callable[[Frame], str]] = {
    "stack.function": lambda frame: frame.function,
    "stack.module": lambda frame: frame.module or "",
    "stack.path": lambda frame: frame.abs_path or frame.filename,
    "stack.abs_path": lambda frame: frame.abs_path or frame.filename,
}
_OF_EVENT = (
    "environment", "error.type", "error.value", "level", "logger", "message", "platform",
    "release", "sdk", "service", "transaction", "type", "value",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matcher:
    """A name, a pattern, and whether it must fit or must not."""

    name: str
    pattern: str
    must_fit: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """What must fit, and what the fingerprint is then made of; ``line`` counts from 1."""

    line: int
    matchers: tuple[Matcher, ...]
    values: tuple[str, ...]


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules in a text; Permanent with every fault and its line in one message."""
    rules: list[Rule] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.strip().startswith("#"):
            continue
        try:
            rules.append(_read(number, line.strip()))
        except ValueError as fault:
            faults.append(f"Line {number}: {fault}")
    if len(rules) > MOST_RULES:
        faults.append(f"There are {len(rules)} rules; {MOST_RULES} is the most.")
    if faults:
        raise Permanent("\n".join(faults))
    return tuple(rules)


def apply(rules: Sequence[Rule], event: Event) -> Fingerprint | None:
    """The fingerprint by the first rule that fits; None when none does."""
    rule = next((rule for rule in rules if fits(rule, event)), None)
    if rule is None:
        return None
    own = filled(rule.values, event)
    because = f"the project's rule in line {rule.line}"
    if not has_default(rule.values):
        return v2.sealed(own, because)
    made = v2.default(event)
    return v2.sealed((*made.parts, *own), f"{made.because}, refined by {because}")


def fits(rule: Rule, event: Event) -> bool:
    """Whether every matcher says yes."""
    return all(_fits(matcher, event) == matcher.must_fit for matcher in rule.matchers)


def _read(number: int, line: str) -> Rule:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"it is longer than {LONGEST_LINE} characters")
    left, arrow, right = line.partition("->")
    if not arrow:
        raise ValueError("there is no '->' between what must fit and the fingerprint")
    matchers = tuple(_matchers(left.strip()))
    if not matchers:
        raise ValueError("nothing stands before '->'; write for example error.type:KeyError")
    values = tuple(part.strip().strip('"') for part in right.split(","))
    if not all(values):
        raise ValueError("an empty value stands after '->'; write for example payments")
    if unknown := _unknown(values):
        raise ValueError(f"{unknown} is no value that an event has")
    return Rule(number, matchers, values)


def _matchers(text: str) -> Iterable[Matcher]:
    at = 0
    while at < len(text):
        found = _MATCHER.match(text, at)
        if found is None:
            raise ValueError(f"{text[at : at + 40]!r} is no matcher; write name:pattern")
        name = found[2]
        if name not in _OF_EVENT and name not in _STACK and not name.startswith("tags."):
            known = ", ".join((*_OF_EVENT, *_STACK, "tags.<name>"))
            raise ValueError(f"there is no matcher {name!r}; there are: {known}")
        yield Matcher(name, found[3].strip('"').lower(), not found[1])
        at = found.end()
        while at < len(text) and text[at].isspace():
            at += 1


def _unknown(values: Iterable[str]) -> str | None:
    names = (
        name for value in values for name in re.findall(r"\{\{\s*([^{}]{0,100}?)\s*\}\}", value)
    )
    known = {*_OF_EVENT, "default", "function", "module", "package"}
    return next((n for n in names if n not in known and not n.startswith("tags.")), None)


def _fits(matcher: Matcher, event: Event) -> bool:
    if (of_frame := _STACK.get(matcher.name)) is not None:
        frames = [frame for raised in event.exceptions for frame in raised.frames] or event.frames
        return any(_globs(matcher.pattern, of_frame(frame)) for frame in frames[-MOST_FRAMES:])
    return _globs(matcher.pattern, value_of(matcher.name, event))


def _globs(pattern: str, text: str) -> bool:
    return glob(pattern, text[:LONGEST_TEXT].lower())
