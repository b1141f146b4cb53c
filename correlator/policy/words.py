"""A policy in words, as plain values: what a page shows of each rule and each waiver."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from correlator.policy.rules import (
    Approval,
    CanaryFirst,
    Freeze,
    Policy,
    Rule,
    Scope,
    Untouchable,
    Waiver,
    Window,
)
from correlator.types import Author

_KINDS: Mapping[type, str] = {
    Approval: "approval",
    Untouchable: "untouchable",
    CanaryFirst: "canary",
    Freeze: "freeze",
    Window: "window",
}
_AUTHORS = {
    Author.AI: "AI-written",
    Author.MIXED: "partly AI-written",
    Author.HUMAN: "human-written",
    Author.AUTOMATION: "robots'",
    Author.UNKNOWN: "unrecorded",
}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def in_words(policy: Policy) -> dict[str, Any]:
    """Rules and waivers, in the order of the file."""
    return {
        "rules": [
            {"name": rule.name, "kind": _KINDS[type(rule)], "line": rule.line,
             "words": rule_in_words(rule)}
            for rule in policy.rules
        ],
        "waivers": [_waiver(one) for one in policy.waivers],
        "groups": {name: sorted(members) for name, members in sorted(policy.groups.items())},
    }  # fmt: skip


def rule_in_words(rule: Rule) -> str:
    """One rule as one sentence."""
    what = _scope(rule.scope)
    if isinstance(rule, Approval):
        return f"{what} need {_approval(rule)}."
    if isinstance(rule, Untouchable):
        return f"{what} are not allowed."
    if isinstance(rule, CanaryFirst):
        held = f" for {_span(rule.hold)}" if rule.hold else ""
        return f"{what} must have run in {rule.canary}{held} before they go anywhere else."
    if isinstance(rule, Freeze):
        return f"{what} are not deployed from {_moment(rule.since)} until {_moment(rule.until)}."
    return f"{what} are deployed only {_window(rule)}."


def _scope(scope: Scope) -> str:
    authors = [_AUTHORS[one] for one in Author if one in scope.provenance]
    words = [f"{_listed(authors, 'or')} changes" if authors else "changes"]
    if scope.paths:
        words.append(f"to {_listed(list(scope.paths), 'or')}")
    if scope.except_paths:
        words.append(f"(but not {_listed(list(scope.except_paths), 'or')})")
    if scope.environments:
        words.append(f"that go to {_listed(sorted(scope.environments), 'or')}")
    sentence = " ".join(words)
    return sentence[:1].upper() + sentence[1:]


def _approval(rule: Approval) -> str:
    parts = []
    if rule.approvers:
        parts.append(f"{rule.approvers} sign-off{'s' * (rule.approvers != 1)}")
    parts += [f"{count} from @{name}" for name, count in sorted(rule.groups.items())]
    if rule.owners:
        parts.append("the word of their code owners")
    return _listed(parts, "and")


def _window(rule: Window) -> str:
    days = [_DAYS[day] for day in sorted(rule.days)]
    on = "every day" if len(days) == len(_DAYS) else f"on {_listed(days, 'or')}"
    return f"{on} between {rule.since:%H:%M} and {rule.until:%H:%M} ({rule.zone})"


def _waiver(one: Waiver) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "by": one.by,
        "reason": one.reason,
        "expires": one.expires.isoformat(),
        "commits": list(one.commits),
        "pull_requests": sorted(one.pull_requests),
        "paths": list(one.paths),
    }


def _listed(words: list[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h" if not rest else f"{hours} h {rest} min"
