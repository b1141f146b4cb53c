"""A project's own rules for what belongs together, in the form of Sentry's fingerprint rules.

    # anything that the payment provider's time-outs touch is one issue
    error.type:ReadTimeout stack.module:shop.payments.* -> payments-time-out
    message:"cannot reach *" !level:warning -> {{ default }}, {{ tags.region }}

A line is a rule: matchers that must all fit (``!`` before one: must not), an arrow, and what the
fingerprint is made of. The first rule that fits counts. ``*`` stands for any run of characters
and ``?`` for one; there are no regular expressions, so no rule and no event can take long.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from correlator.errors import Permanent

MOST_RULES = 200
LONGEST_LINE = 500
_MATCHER = re.compile(r'(!?)([\w.-]{1,100}):("[^"]{0,300}"|\S{1,300})')
OF_EVENT = (
    "environment", "error.type", "error.value", "level", "logger", "message", "platform",
    "release", "sdk", "service", "transaction", "type", "value",
)  # fmt: skip


OF_STACK = ("stack.function", "stack.module", "stack.path", "stack.abs_path")


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
        if name not in OF_EVENT and name not in OF_STACK and not name.startswith("tags."):
            known = ", ".join((*OF_EVENT, *OF_STACK, "tags.<name>"))
            raise ValueError(f"there is no matcher {name!r}; there are: {known}")
        yield Matcher(name, found[3].strip('"').lower(), not found[1])
        at = found.end()
        while at < len(text) and text[at].isspace():
            at += 1


def _unknown(values: Iterable[str]) -> str | None:
    names = (
        name for value in values for name in re.findall(r"\{\{\s*([^{}]{0,100}?)\s*\}\}", value)
    )
    known = {*OF_EVENT, "default", "function", "module", "package"}
    return next((n for n in names if n not in known and not n.startswith("tags.")), None)
