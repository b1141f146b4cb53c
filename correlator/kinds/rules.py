"""Rules: an exception's type and phrases of its message say a kind, with a sentence why.

A phrase is text with gaps (``…``), not a regular expression: it is matched by searching for its
parts one after the other, which no message can make slow. ``^`` binds its start, ``$`` its end.
Each language registers its rules in a module of its own under ``languages``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from correlator.kinds.reading import Failure, Seen
from correlator.registry import Registry, load_room
from correlator.types import Kind, KindGuess

GAP = "…"
# A message that only this mistake has; a type that nearly only it has; a type that leans to it.
CERTAIN, LIKELY, LEANING = 0.92, 0.75, 0.6
ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """``types``: names without module, ``*Name`` for an ending, none for any type. ``says``: one of
    these phrases is in the message, none for any message. The first rule that fits decides."""

    kind: Kind
    because: str
    types: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    sure: float = CERTAIN
    runner_up: Kind | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """``specific`` rules look at messages; ``by_type`` ones are asked when none of them fits."""

    specific: tuple[Rule, ...]
    by_type: tuple[Rule, ...] = ()


LANGUAGES: Registry[Language] = Registry("language of rules")


def by_rule(failure: Failure) -> KindGuess | None:
    """What the rules of the failure's language say, message before type; None if none fits."""
    _load()
    own = _language(failure.language)
    everywhere = LANGUAGES.get(ANYWHERE)
    for rules in (own.specific, everywhere.specific, own.by_type, everywhere.by_type):
        if (found := _first(rules, failure.seen)) is not None:
            return found
    return None


def says(message: str, phrase: str) -> bool:
    """Whether the message holds the parts of a phrase, in order. Linear in the message."""
    from_start, to_end = phrase.startswith("^"), phrase.endswith("$")
    parts = phrase.removeprefix("^").removesuffix("$").split(GAP)
    if from_start and not message.startswith(parts[0]):
        return False
    if to_end and not message.endswith(parts[-1]):
        return False
    at = 0
    for part in parts:
        found = message.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def fits_type(name: str, wanted: Iterable[str]) -> bool:
    """Whether the type is one of those; ``*Name`` fits every type that ends so."""
    return any(name.endswith(one[1:]) if one.startswith("*") else name == one for one in wanted)


def _first(rules: tuple[Rule, ...], seen: Seen) -> KindGuess | None:
    for rule in rules:
        if rule.types and not fits_type(seen.type, rule.types):
            continue
        if rule.says and not any(says(seen.message, phrase) for phrase in rule.says):
            continue
        return KindGuess(
            kind=rule.kind,
            certainty=rule.sure,
            because=rule.because,
            source=f"rule {rule.kind}",
            runner_up=rule.runner_up,
        )
    return None


def _language(name: str) -> Language:
    return LANGUAGES.get(name) if name in LANGUAGES else Language(())


def _load() -> None:
    if ANYWHERE not in LANGUAGES:
        load_room("correlator.kinds.languages")
