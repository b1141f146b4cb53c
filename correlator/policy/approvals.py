"""Whether a change has the sign-offs that a rule wants: so many, of these groups, of the owners.

Reviews that nobody told us of make "cannot tell" of what would be broken without them.
"""

from correlator.plurals import many
from correlator.policy.rules import Approval, Policy
from correlator.types import Accountability, Actor, Outcome, Owned, SignOffState

Said = tuple[Outcome, str]

_NOREPLY = "@users.noreply.github.com"
_MOST_NAMED = 3
_DISCOUNTED = frozenset(
    {SignOffState.STALE, SignOffState.MACHINE, SignOffState.OWN_WORK, SignOffState.DECLARED}
)


def approval(
    rule: Approval, account: Accountability, policy: Policy, touched: tuple[str, ...]
) -> Said:
    """Whether those who signed the change off are those whom the rule wants, and why."""
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
