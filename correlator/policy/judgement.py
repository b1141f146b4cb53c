"""Judges a change by a policy. What is not recorded makes "cannot tell", never "kept".

A rule that would be kept whatever the missing fact is, is kept; one that is broken only if the
fact goes one way cannot be told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from correlator.path_patterns import matches
from correlator.policy.approvals import Said, approval
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
from correlator.types import (
    Accountability,
    Author,
    Excuse,
    Outcome,
    Provenance,
    Ruling,
)

_KINDS = {
    Approval: "approval",
    Untouchable: "untouchable",
    CanaryFirst: "canary",
    Freeze: "freeze",
    Window: "window",
}
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is judged: a change with its account, what it touched, and where and when it goes.

    ``ran_since``: environments in which it runs, and since when; None: nobody told us.
    """

    accountability: Accountability
    provenance: Provenance
    paths: tuple[str, ...]
    at: datetime
    environment: str
    ran_since: Mapping[str, datetime] | None = None


def judge(situation: Situation, policy: Policy) -> tuple[Ruling, ...]:
    """A ruling for every rule that speaks of the change, in the policy's order."""
    rulings = []
    for rule in policy.rules:
        touched = _touched(rule.scope, situation.paths)
        if not touched or not _goes_there(rule, situation):
            continue
        written = _written(rule.scope, situation.provenance)
        if written is Outcome.BROKEN:
            continue  # written by somebody the rule is not about
        outcome, because = _ask(rule, situation, policy, touched)
        if written is Outcome.CANNOT_TELL and outcome is Outcome.BROKEN:
            whom = " or ".join(sorted(rule.scope.provenance))
            outcome = Outcome.CANNOT_TELL
            because = f"it is not recorded who wrote it; if it was {whom}: {because}"
        rulings.append(_with_waiver(rule, (outcome, because), situation, policy))
    return tuple(rulings)


def worst(rulings: Iterable[Ruling]) -> Outcome:
    """Broken before cannot tell before kept; nothing ruled is kept."""
    found = {ruling.outcome for ruling in rulings}
    for outcome in (Outcome.BROKEN, Outcome.CANNOT_TELL):
        if outcome in found:
            return outcome
    return Outcome.KEPT


def _touched(scope: Scope, paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        path
        for path in paths
        if (not scope.paths or any(matches(pattern, path) for pattern in scope.paths))
        and not any(matches(pattern, path) for pattern in scope.except_paths)
    )


def _goes_there(rule: Rule, situation: Situation) -> bool:
    wanted = rule.scope.environments
    return not wanted or situation.environment in wanted


def _written(scope: Scope, provenance: Provenance) -> Outcome:
    """KEPT: by those whom the rule is about; BROKEN: by others; else it cannot be told."""
    if not scope.provenance or provenance.author in scope.provenance:
        return Outcome.KEPT
    return Outcome.CANNOT_TELL if provenance.author is Author.UNKNOWN else Outcome.BROKEN


def _ask(rule: Rule, situation: Situation, policy: Policy, touched: tuple[str, ...]) -> Said:
    match rule:
        case Approval():
            return approval(rule, situation.accountability, policy, touched)
        case Untouchable():
            return _untouchable(touched, situation.provenance)
        case CanaryFirst():
            return _canary(rule, situation)
        case Freeze():
            return _freeze(rule, situation.at)
        case Window():
            return _window(rule, situation.at)


def _untouchable(touched: tuple[str, ...], provenance: Provenance) -> Said:
    shown = ", ".join(touched[:_MOST_NAMED])
    more = f" and {len(touched) - _MOST_NAMED} more" if len(touched) > _MOST_NAMED else ""
    return Outcome.BROKEN, f"it touches {shown}{more} ({provenance.because})"


def _canary(rule: CanaryFirst, situation: Situation) -> Said:
    if situation.environment == rule.canary:
        return Outcome.KEPT, f"this is the deploy to {rule.canary}"
    if situation.ran_since is None:
        return Outcome.CANNOT_TELL, f"nobody told us what runs in {rule.canary}"
    since = situation.ran_since.get(rule.canary)
    if since is None or since >= situation.at:
        return Outcome.BROKEN, f"it has not run in {rule.canary}"
    held = situation.at - since
    if held < rule.hold:
        return (
            Outcome.BROKEN,
            f"it has run in {rule.canary} for {_minutes(held)}; {_minutes(rule.hold)} are wanted",
        )
    return Outcome.KEPT, f"it has run in {rule.canary} for {_minutes(held)}"


def _freeze(rule: Freeze, at: datetime) -> Said:
    span = f"{rule.since:%Y-%m-%d %H:%M} to {rule.until:%Y-%m-%d %H:%M} UTC"
    if rule.since <= at < rule.until:
        return Outcome.BROKEN, f"{_moment(at)} lies in the freeze, {span}"
    return Outcome.KEPT, f"{_moment(at)} lies outside the freeze, {span}"


def _window(rule: Window, at: datetime) -> Said:
    local = at.astimezone(rule.zone)
    clock = local.time().replace(tzinfo=None)
    day, inside = local.weekday(), rule.since <= clock < rule.until
    if rule.until <= rule.since:
        inside = clock >= rule.since or clock < rule.until
        day = day if clock >= rule.since else (day - 1) % 7
    told = f"{local:%A %H:%M} ({rule.zone}) lies"
    if inside and day in rule.days:
        return Outcome.KEPT, f"{told} in the window"
    return Outcome.BROKEN, f"{told} outside the window, {rule.since:%H:%M} to {rule.until:%H:%M}"


def _with_waiver(rule: Rule, said: Said, situation: Situation, policy: Policy) -> Ruling:
    outcome, because = said
    waived = excuse = None
    if outcome is not Outcome.KEPT:
        for waiver in policy.waivers:
            if waiver.rule != rule.name or not _excuses(waiver, rule, situation):
                continue
            told = f"waived by {waiver.by} until {_moment(waiver.expires)}: {waiver.reason}"
            if situation.at < waiver.expires:
                waived, outcome = told, Outcome.KEPT
                excuse = Excuse(waiver.by, waiver.reason, waiver.expires)
                break
            because += f"; a waiver by {waiver.by} ran out at {_moment(waiver.expires)}"
    return Ruling(
        rule=rule.name,
        kind=_KINDS[type(rule)],
        outcome=outcome,
        because=because,
        waived=waived,
        excuse=excuse,
    )


def _excuses(waiver: Waiver, rule: Rule, situation: Situation) -> bool:
    account = situation.accountability
    if waiver.commits and account.sha.startswith(waiver.commits):
        return True
    pull = account.pull_request
    if pull is not None and pull.number in waiver.pull_requests:
        return True
    touched = _touched(rule.scope, situation.paths)
    return bool(waiver.paths) and all(
        any(matches(pattern, path) for pattern in waiver.paths) for path in touched
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _minutes(span: timedelta) -> str:
    return f"{int(span.total_seconds() // 60)} min"
