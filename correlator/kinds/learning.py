"""Learns from people's words: a model of the shipped labels and theirs, judged on words unseen.

Each fold of their words is held back from a model of all the others, which is then asked as it
would be in production: rules first. Only if more of them come out right, and no more wrong, is the
new model any good here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from correlator.kinds.fit import fitted, without_figures
from correlator.kinds.guess import kind_of
from correlator.kinds.labels import Labelled, as_event, as_label, hash_of, labelled, read_labels
from correlator.kinds.model import Model, model_of, shipped, write_model
from correlator.types import Event, Kind

FOLDS = 5
# Fewer words are nothing to judge by.
LEAST_WORDS = 10


@dataclass(frozen=True, slots=True)
class Tried:
    """Of so many words: how many came out right, and how many under another kind."""

    words: int
    right: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """A model's text with its version, and how it compares with the shipped one."""

    text: str
    version: str
    ours: Tried
    shipped: Tried
    is_better: bool
    because: str


Word = tuple[Event, Kind]


def learn(words: Sequence[Word], known: Sequence[Labelled] | None = None) -> Learnt:
    """Fit the shipped labels (or ``known``) and these words. Deterministic."""
    base = list(read_labels() if known is None else known)
    theirs = [labelled(as_label(event, kind)) for event, kind in words]
    before = _tried(words, [shipped()] * len(words))
    if len(words) < LEAST_WORDS:
        because = f"{len(words)} words of people are too few to judge by; {LEAST_WORDS} are needed"
        return Learnt("", "", before, before, False, because)
    folds = [
        without_figures(
            base + [one for at, one in enumerate(theirs) if at % FOLDS != fold],
            shipped().sharpness,
        )
        for fold in range(FOLDS)
    ]
    models = [model_of(write_model(one), "a fold's model") for one in folds]
    ours = _tried(words, [models[at % FOLDS] for at in range(len(words))])
    both = base + theirs
    version = f"{shipped().version}+{len(words)}.{hash_of(both)[:8]}"
    is_better = ours.right > before.right and ours.wrong <= before.wrong
    return Learnt(
        text=write_model(fitted(both, version)),
        version=version,
        ours=ours,
        shipped=before,
        is_better=is_better,
        because=_because(ours, before, is_better),
    )


def _tried(words: Sequence[Word], models: Sequence[Model]) -> Tried:
    """Each word beside what is guessed with its model, from no more than labels hold."""
    guesses = [
        kind_of(as_event(as_label(event, kind)), model=model)
        for (event, kind), model in zip(words, models, strict=True)
    ]
    right = sum(guess.kind is kind for guess, (_, kind) in zip(guesses, words, strict=True))
    silent = sum(
        guess.abstained and kind is not Kind.UNCLASSIFIED
        for guess, (_, kind) in zip(guesses, words, strict=True)
    )
    return Tried(words=len(words), right=right, wrong=len(words) - right - silent)


def _because(ours: Tried, before: Tried, is_better: bool) -> str:
    verb = "more" if is_better else "not more"
    return (
        f"of {ours.words} words that it had not seen it gets {ours.right} right and {ours.wrong}"
        f" wrong, the shipped model {before.right} and {before.wrong}: {verb} that helps"
    )


def figures(learnt: Learnt) -> dict[str, Any]:
    """The comparison as data."""
    return {
        name: {"words": one.words, "right": one.right, "wrong": one.wrong}
        for name, one in (("ours", learnt.ours), ("shipped", learnt.shipped))
    }
