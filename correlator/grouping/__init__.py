"""The same failure again? A fingerprint says so; a released version's recipe is never edited.

While a version is new, an issue may be known by an older one: ``Fingerprint.older`` has those, to
be looked up after it, so that a new recipe never splits what was together.
"""

from collections.abc import Sequence
from dataclasses import replace

from correlator.grouping import v1, v2
from correlator.grouping.alike import join
from correlator.grouping.rules import apply
from correlator.grouping_rules import Rule
from correlator.types import Event, Fingerprint

__all__ = ["CURRENT", "fingerprint", "join"]

CURRENT = v2


def fingerprint(event: Event, rules: Sequence[Rule] = ()) -> Fingerprint:
    """The fingerprint of an event by the current recipe, those by the older ones within.

    The first of the project's ``rules`` that fits goes before the SDK's own fingerprint. An event
    that a rule speaks for has no older fingerprints: what was together before is what the rule
    was written to change.
    """
    if (said := apply(rules, event)) is not None:
        return said
    return replace(CURRENT.fingerprint(event), older=(v1.fingerprint(event),))
