"""Reads a waiver: which rule it sets aside, who says so and why, until when, and for what."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from correlator.policy.rules import Rule, Waiver
from correlator.policy.tables import Place


def read_waiver(place: Place, rules: Sequence[Rule]) -> Waiver:
    """The waiver that a ``[[waiver]]`` table states; Permanent where it excuses nothing."""
    rule, names = place.text("rule"), [one.name for one in rules]
    if rule not in names:
        close = get_close_matches(rule, names, 1)
        hint = f"; is {close[0]!r} meant?" if close else ""
        raise place.fault("rule", f"there is no rule {rule!r}{hint}")
    commits = tuple(one.lower() for one in place.texts("commits"))
    if not all(re.fullmatch(r"[0-9a-f]{7,64}", one) for one in commits):
        raise place.fault("commits", "must be hashes of at least 7 hexadecimal digits")
    numbers = place.data.get("pull_requests", [])
    if not isinstance(numbers, list) or not all(type(one) is int for one in numbers):
        raise place.fault("pull_requests", "must be a list of numbers, as [12, 15]")
    paths = place.patterns("paths")
    if not (commits or numbers or paths):
        raise place.fault("commits", "say what is excused: commits, pull_requests or paths")
    return Waiver(
        rule=rule,
        by=place.text("by"),
        reason=place.text("reason"),
        expires=place.moment("expires", end_of_day=True),
        commits=commits,
        pull_requests=frozenset(numbers),
        paths=paths,
    )
