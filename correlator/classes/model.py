"""The model that places new issues: numbers as JSON, checked when read, so an old one never speaks.

Nothing in it can run. It says for which recipe of outlines it was made, from which rows (a hash of
outlines and of what people taught), how well it did, and its own check sum.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from correlator.classes.outline import RECIPE
from correlator.classes.profiles import place
from correlator.classes.weighing import vector_of
from correlator.errors import Permanent
from correlator.types import Outline, Placed, Profile, Taught

FORMAT = "correlator-classes-model"
AGAIN = "Make one: correlator classes refit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """``rarity`` of tokens, ``rarest`` for all others, and a profile for each class."""

    rarity: Mapping[str, float]
    rarest: float
    profiles: tuple[Profile, ...]
    rows: str
    metrics: Mapping[str, Any]

    def place(self, tokens: Sequence[str], barred: frozenset[int] = frozenset()) -> Placed:
        """The class of an issue with these tokens, but for those that it must not be in."""
        return place(vector_of(tokens, self.rarity, self.rarest), self.profiles, barred)


def rows_hash(outlines: Iterable[Outline], taught: Taught) -> str:
    """Stands for all that a model was made from: the same rows give the same model."""
    found = hashlib.sha256()
    for one in outlines:
        found.update("\x1f".join((str(one.issue_id), *one.tokens, "")).encode())
    lessons = [
        sorted(taught.belongs.items()),
        sorted(taught.apart),
        sorted(taught.kept_whole),
        sorted(taught.kept_apart),
    ]
    found.update(json.dumps(lessons).encode())
    return found.hexdigest()


def write_model(model: Model) -> str:
    """The model as JSON text, its check sum within."""
    body = {
        "format": FORMAT,
        "recipe": RECIPE,
        "rows": model.rows,
        "metrics": dict(model.metrics),
        "rarest": round(model.rarest, 5),
        "rarity": {token: round(weight, 4) for token, weight in sorted(model.rarity.items())},
        "profiles": [
            {
                "class": one.class_id,
                "size": one.size,
                "reach": one.reach,
                "core": list(one.core),
                "weights": dict(one.weights),
            }
            for one in model.profiles
        ],
    }
    return json.dumps({**body, "check": _check(body)}, ensure_ascii=False)


def read_model(text: str) -> Model:
    """A model from its text; Permanent if it is old, foreign, or was changed."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise Permanent(f"This is no model of failure classes. {AGAIN}")
        if data.get("recipe") != RECIPE:
            raise Permanent(
                f"The model of failure classes was made for recipe {data.get('recipe')} of"
                f" outlines; this version uses {RECIPE}. {AGAIN}"
            )
        if data.get("check") != _check({k: v for k, v in data.items() if k != "check"}):
            raise Permanent(f"The model of failure classes was changed after it was made. {AGAIN}")
        return _model(data)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise Permanent(
            f"The model of failure classes cannot be read ({fault}). {AGAIN}"
        ) from fault


def _model(data: Mapping[str, Any]) -> Model:
    return Model(
        rarity={str(token): float(weight) for token, weight in data["rarity"].items()},
        rarest=float(data["rarest"]),
        rows=str(data["rows"]),
        metrics=dict(data["metrics"]),
        profiles=tuple(
            Profile(
                class_id=int(one["class"]),
                size=int(one["size"]),
                reach=float(one["reach"]),
                core=tuple(map(str, one["core"])),
                weights={str(token): float(weight) for token, weight in one["weights"].items()},
            )
            for one in data["profiles"]
        ),
    )


def _check(body: Mapping[str, Any]) -> str:
    plain = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
