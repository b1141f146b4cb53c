"""A project's own rules at work: the first that fits makes the fingerprint."""

from collections.abc import Callable, Sequence

from correlator.grouping import v2
from correlator.grouping.values import filled, has_default, value_of
from correlator.grouping_rules import Matcher, Rule
from correlator.path_patterns import glob
from correlator.types import Event, Fingerprint, Frame

LONGEST_TEXT = 300
MOST_FRAMES = 30
_STACK: dict[str, Callable[[Frame], str]] = {
    "stack.function": lambda frame: frame.function,
    "stack.module": lambda frame: frame.module or "",
    "stack.path": lambda frame: frame.abs_path or frame.filename,
    "stack.abs_path": lambda frame: frame.abs_path or frame.filename,
}


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


def _fits(matcher: Matcher, event: Event) -> bool:
    if (of_frame := _STACK.get(matcher.name)) is not None:
        frames = [frame for raised in event.exceptions for frame in raised.frames] or event.frames
        return any(_globs(matcher.pattern, of_frame(frame)) for frame in frames[-MOST_FRAMES:])
    return _globs(matcher.pattern, value_of(matcher.name, event))


def _globs(pattern: str, text: str) -> bool:
    return glob(pattern, text[:LONGEST_TEXT].lower())
