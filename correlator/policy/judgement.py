"""Judges a change by a policy. What is not recorded makes "cannot tell", never "kept".

A rule that would be kept whatever the missing fact is, is kept; one that is broken only if the
fact goes one way cannot be told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from correlator.path_patterns import matches
from correlator.plurals import many
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
    Actor,
    Author,
    Excuse,
    Outcome,
    Owned,
    Provenance,
    Ruling,
    SignOffState,
)

_KINDS = {
    Approval: "approval",
    Untouchable: "untouchable",
    CanaryFirst: "canary",
    Freeze: "freeze",
    Window: "window",
}
_NOREPLY = "@users.noreply.github.com"
_MOST_NAMED = 3
_DISCOUNTED = frozenset(
    {SignOffState.STALE, SignOffState.MACHINE, SignOffState.OWN_WORK, SignOffState.DECLARED}
)


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


_Said = tuple[Outcome, str]


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


def _ask(rule: Rule, situation: Situation, policy: Policy, touched: tuple[str, ...]) -> _Said:
    match rule:
        case Approval():
            return _approval(rule, situation.accountability, policy, touched)
        case Untouchable():
            return _untouchable(touched, situation.provenance)
        case CanaryFirst():
            return _canary(rule, situation)
        case Freeze():
            return _freeze(rule, situation.at)
        case Window():
            return _window(rule, situation.at)


def _approval(
    rule: Approval, account: Accountability, policy: Policy, touched: tuple[str, ...]
) -> _Said:
    signed = [one.who for one in account.signed]
    missing = []
    if len(signed) < rule.approvers:
        missing.append(f"{many(rule.approvers, 'sign-off')} wanted, {len(signed)} given")
    for group, wanted in rule.groups.items():
        members = policy.groups.get(group, frozenset())
        given = sum(1 for who in signed if _names(who, policy) & members)
        if given < wanted:
            missing.append(f"{wanted} from {group} wanted, {given} given")
    unowned, unknown = _owners_missing(account.owned, touched) if rule.owners else ([], [])
    missing += unowned
    objecting = [one for one in account.sign_offs if one.state is SignOffState.OBJECTS]
    if objecting:
        missing.append(f"{objecting[0].who.shown} asked for changes and did not take that back")
    if missing:
        said = "; ".join(missing) + _discounted(account)
        if account.reviews_known:
            return Outcome.BROKEN, said
        return Outcome.CANNOT_TELL, f"{said}; but nobody told us of all the forge's reviews"
    if unknown:
        return Outcome.CANNOT_TELL, f"the members of {', '.join(unknown)} are not in [groups]"
    names = ", ".join(who.shown for who in signed)
    return Outcome.KEPT, f"signed off by {names}" if names else "nobody has to sign off"


def _owners_missing(
    owned: tuple[Owned, ...], touched: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """What owners have not signed, and teams whose members nobody told us."""
    missing: list[str] = []
    unknown: list[str] = []
    for one in owned:
        if one.signed or one.optional or not set(one.paths) & set(touched):
            continue
        if one.unknown:
            unknown += one.unknown
        else:
            missing.append(f"no owner of {one.pattern} ({', '.join(one.owners[:3])}) signed off")
    return missing, unknown


def _discounted(account: Accountability) -> str:
    """Words that were given but do not count, so that the reader need not wonder."""
    others = [one for one in account.sign_offs if one.state in _DISCOUNTED][:_MOST_NAMED]
    told = "; ".join(f"{one.who.shown}: {one.because}" for one in others)
    return f" (not counted: {told})" if told else ""


def _names(who: Actor, policy: Policy) -> frozenset[str]:
    """The names of somebody as groups write them, declared aliases included."""
    own = set()
    if who.login:
        own.add(f"@{who.login}".casefold())
    if who.email:
        mail = who.email.casefold()
        own.add(mail)
        if mail.endswith(_NOREPLY):
            own.add("@" + mail.removesuffix(_NOREPLY).rpartition("+")[2])
    return frozenset(own).union(*(names for names in policy.people.values() if names & own))


def _untouchable(touched: tuple[str, ...], provenance: Provenance) -> _Said:
    shown = ", ".join(touched[:_MOST_NAMED])
    more = f" and {len(touched) - _MOST_NAMED} more" if len(touched) > _MOST_NAMED else ""
    return Outcome.BROKEN, f"it touches {shown}{more} ({provenance.because})"


def _canary(rule: CanaryFirst, situation: Situation) -> _Said:
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


def _freeze(rule: Freeze, at: datetime) -> _Said:
    span = f"{rule.since:%Y-%m-%d %H:%M} to {rule.until:%Y-%m-%d %H:%M} UTC"
    if rule.since <= at < rule.until:
        return Outcome.BROKEN, f"{_moment(at)} lies in the freeze, {span}"
    return Outcome.KEPT, f"{_moment(at)} lies outside the freeze, {span}"


def _window(rule: Window, at: datetime) -> _Said:
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


def _with_waiver(rule: Rule, said: _Said, situation: Situation, policy: Policy) -> Ruling:
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
