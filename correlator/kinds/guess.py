"""From an event to its kind: rules over the chain, evidence, the exception's name, the model.

Deterministic: the same event, diff and model give the same answer.
"""

from collections.abc import Sequence

from correlator.kinds import model as models
from correlator.kinds.evidence import weighed
from correlator.kinds.names import by_name
from correlator.kinds.reading import Failure, readings
from correlator.kinds.rules import LIKELY, by_rule
from correlator.types import Event, FilePatch, Kind, KindGuess

# What a library raises while it probes: as the root of a chain it says little about the failure.
_PROBES = {"KeyError", "AttributeError", "IndexError", "StopIteration", "LookupError", "ValueError"}
# How sure the model must be to overrule a rule that only leans, or a name.
OVERRULES = 0.7


def kind_of(
    event: Event,
    patch: Sequence[FilePatch] | None = None,
    source: str = "",
    model: models.Model | None = None,
) -> KindGuess:
    """The kind of a failure, or unclassified, with the reason.

    ``patch``: what the change that did it changed, if one is named. ``source``: the text of the
    file that raised, at the deployed revision, for events without context lines. ``model``:
    another than the shipped one. Raises nothing that depends on the event.
    """
    failures = readings(event, tuple(patch or ()), source)
    judged = [(failure, by_rule(failure)) for failure in failures]
    found = _from_chain(judged)
    if found is not None and found[1].certainty >= LIKELY:
        return weighed(*found)
    return _worded(failures, found, model or models.shipped())


def _from_chain(
    judged: list[tuple[Failure, KindGuess | None]],
) -> tuple[Failure, KindGuess] | None:
    """What the chain's root says, or the next one out that is surer or not a library's probe."""
    known = [(failure, guess) for failure, guess in judged if guess is not None]
    if not known:
        return None
    sure = [one for one in known if one[1].certainty >= LIKELY]
    for failure, guess in sure[:-1]:
        if not _is_probe(failure):
            return failure, guess
    return sure[-1] if sure else known[0]


def _is_probe(failure: Failure) -> bool:
    frames = failure.seen.frames
    outside = bool(frames) and all(frame.in_app is False for frame in frames)
    return failure.seen.type in _PROBES and outside


def _worded(
    failures: tuple[Failure, ...], leaning: tuple[Failure, KindGuess] | None, model: models.Model
) -> KindGuess:
    """No rule is sure: the rule that leans, the exception's name and the model, weighed."""
    guesses = [(failure, model.guess(failure)) for failure in failures]
    named = [(failure, guess) for failure, guess in guesses if not guess.abstained]
    failure, best = max(named, key=lambda one: one[1].certainty) if named else guesses[0]
    other = leaning or next(
        ((one, guess) for one in failures if (guess := by_name(one)) is not None), None
    )
    if other is None:
        return best if best.abstained else weighed(failure, best)
    if not best.abstained and (best.kind is other[1].kind or best.certainty >= OVERRULES):
        agreed = best.kind is other[1].kind
        return weighed(*(other if agreed else (failure, best)))
    return weighed(*other)


__all__ = ["Kind", "kind_of"]
