"""The model: logistic regression as a file of numbers, read and computed without any library.

The file is JSON (nothing in it can run), and says for which recipe of features it was made, from
which labels, how well it did, and its own checksum. An old, foreign or damaged one is refused.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from correlator.errors import Permanent
from correlator.kinds.features import RECIPE, words_of
from correlator.kinds.reading import Failure
from correlator.types import Kind, KindGuess

SHIPPED = Path(__file__).with_name("model.json")
FORMAT = "correlator-kinds-model"
AGAIN = "Make one: correlator kinds train"
# Under this chance the model keeps quiet: a wrong kind costs a reader more than none.
NAME_FROM = 0.65
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Model:
    """``weights``: per feature, per kind. ``sharpness`` divides scores, so chances come true."""

    version: str
    kinds: tuple[Kind, ...]
    intercepts: tuple[float, ...]
    weights: Mapping[str, Mapping[Kind, float]]
    sharpness: float
    labels: str
    metrics: Mapping[str, Any]

    def chances(self, words: frozenset[str]) -> dict[Kind, float]:
        """The chance of each kind; they sum to 1."""
        scores = dict(zip(self.kinds, self.intercepts, strict=True))
        scale = 1.0 / math.sqrt(len(words) or 1)
        for word in words:
            for kind, weight in self.weights.get(word, {}).items():
                scores[kind] += weight * scale
        top = max(scores.values())
        parts = {kind: math.exp((score - top) / self.sharpness) for kind, score in scores.items()}
        total = sum(parts.values())
        return {kind: part / total for kind, part in parts.items()}

    def guess(self, failure: Failure) -> KindGuess:
        """The likeliest kind, with the words that spoke for it; or unclassified, if unsure."""
        words = words_of(failure)
        ranked = sorted(self.chances(words).items(), key=lambda one: (-one[1], one[0]))
        (first, chance), (second, _) = ranked[0], ranked[1]
        if first is Kind.UNCLASSIFIED or chance < NAME_FROM:
            return KindGuess(
                kind=Kind.UNCLASSIFIED,
                certainty=round(chance if first is Kind.UNCLASSIFIED else 1.0 - chance, 3),
                because="neither a rule nor the wording says it clearly enough",
                source=f"model {self.version}",
                runner_up=second if first is Kind.UNCLASSIFIED else first,
            )
        return KindGuess(
            kind=first,
            certainty=round(chance, 3),
            because=f"the wording is that of such failures ({self._reasons(words, first)})",
            source=f"model {self.version}",
            runner_up=None if second is Kind.UNCLASSIFIED else second,
        )

    def _reasons(self, words: frozenset[str], kind: Kind) -> str:
        spoke = sorted(
            (word for word in words if self.weights.get(word, {}).get(kind, 0.0) > 0.0),
            key=lambda word: (-self.weights[word][kind], word),
        )
        return ", ".join(f"“{word}”" for word in spoke[:MOST_REASONS]) or "no single word"


def checksum(data: Mapping[str, Any]) -> str:
    """Over everything in the file but the checksum itself."""
    kept = {name: value for name, value in data.items() if name != "checksum"}
    return hashlib.sha256(_plain(kept).encode()).hexdigest()


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def write_model(data: Mapping[str, Any]) -> str:
    """The file's text, one feature a line, so that two models can be compared line by line."""
    lines = [
        f'"{name}": {_plain(value)}' for name, value in sorted(data.items()) if name != "weights"
    ]
    words = ",\n".join(
        f"{_plain(word)}: {_plain(weights)}" for word, weights in sorted(data["weights"].items())
    )
    return "{\n" + ",\n".join([*lines, f'"weights": {{\n{words}\n}}']) + "\n}\n"


def read_model(path: Path) -> Model:
    """The model in that file; Permanent if it is not one that this version can trust."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        raise Permanent(f"{path} cannot be read as a model of kinds: {fault}") from fault
    return model_of(text, str(path))


def model_of(text: str, name: str) -> Model:
    """The model of a text; ``name`` says which it is to whoever has to make another. Permanent if
    it is old, foreign, or was changed."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise Permanent(f"{name} is no model of kinds. {AGAIN}")
        if data.get("recipe") != RECIPE:
            raise Permanent(
                f"{name} was made for recipe {data.get('recipe')} of features, this version uses"
                f" {RECIPE}. {AGAIN}"
            )
        if data.get("checksum") != checksum(data):
            raise Permanent(f"{name} was changed after it was made. {AGAIN}")
        return _model(data)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Permanent(f"{name} cannot be read as a model of kinds ({fault}). {AGAIN}") from fault


@cache
def shipped() -> Model:
    """The model that comes with this version."""
    return read_model(SHIPPED)


def _model(data: Mapping[str, Any]) -> Model:
    kinds = tuple(Kind(name) for name in data["kinds"])
    intercepts = tuple(float(one) for one in data["intercepts"])
    if len(kinds) != len(intercepts) or not kinds:
        raise Permanent("The model's kinds and intercepts do not match. Train again.")
    weights = {
        str(word): {Kind(kind): float(value) for kind, value in per_kind.items()}
        for word, per_kind in data["weights"].items()
    }
    return Model(
        version=str(data["version"]),
        kinds=kinds,
        intercepts=intercepts,
        weights=weights,
        sharpness=float(data["sharpness"]),
        labels=str(data["labels"]),
        metrics=dict(data["metrics"]),
    )
