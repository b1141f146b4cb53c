"""Scores the kinds on failures from public threads that two readers labelled.

    python -m benchmarks.kinds [--data benchmarks/data/kinds] [--predictions OUT.jsonl]

A failure counts as answered rightly if the kind is the one that both readers gave; where they
differ, a third file ``labels-agreed.jsonl`` may hold what they agreed on when they talked, else the
failure is scored against either of them and told apart. ``sure`` and ``also`` are not scored.
"""

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from correlator.kinds import kind_of
from correlator.kinds.labels import as_event
from correlator.statistics import wilson
from correlator.types import Kind, KindGuess

DATA = Path(__file__).parent / "data" / "kinds"
SILENT = Kind.UNCLASSIFIED.value


def main() -> None:
    """Guess every failure, and score if there are labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--predictions", type=Path)
    given = parser.parse_args()
    threads = _lines(given.data / "threads.jsonl")
    guesses = {one["id"]: kind_of(as_event(one)) for one in threads}
    if given.predictions:
        text = "".join(_prediction(name, guess) for name, guess in guesses.items())
        given.predictions.write_text(text, encoding="utf-8")
    first, second = (_labels(given.data / f"labels-{name}.jsonl") for name in "ab")
    print(json.dumps(_silence(guesses), indent=2))
    if first and second:
        agreed = _labels(given.data / "labels-agreed.jsonl")
        print(json.dumps(score(guesses, first, second, agreed), indent=2))
    else:
        print("No labels yet: two readers write labels-a.jsonl and labels-b.jsonl by GUIDE.md.")


def score(
    guesses: Mapping[str, KindGuess],
    first: Mapping[str, str],
    second: Mapping[str, str],
    agreed: Mapping[str, str],
) -> dict[str, Any]:
    """Agreement of the readers, precision where a kind is named, and what is confused with what."""
    known = [name for name in guesses if name in first and name in second]
    same = {name: first[name] for name in known if first[name] == second[name]}
    truth = {**same, **{name: agreed[name] for name in known if name in agreed}}
    named = [name for name in known if not guesses[name].abstained]
    either = [name for name in named if guesses[name].kind in {first[name], second[name]}]
    return {
        "labelled": len(known),
        "readers": {
            "same": round(len(same) / len(known), 3) if known else None,
            "kappa": kappa([first[name] for name in known], [second[name] for name in known]),
        },
        "abstained": round(1 - len(named) / len(known), 3) if known else None,
        "precision_where_readers_agree": _share(
            [guesses[name].kind == truth[name] for name in named if name in truth]
        ),
        "precision_by_either_reader": _share([name in either for name in named]),
        "by_source": {
            source: _share([guesses[name].kind == truth[name] for name in mine])
            for source, mine in _by_source(guesses, [n for n in named if n in truth]).items()
        },
        "silent_although_readers_named": sum(
            guesses[name].abstained and kind != SILENT for name, kind in truth.items()
        ),
        "confused": [
            {"said": said, "readers": readers, "times": times}
            for (said, readers), times in Counter(
                (guesses[name].kind.value, truth[name])
                for name in named
                if name in truth and guesses[name].kind != truth[name]
            ).most_common()
        ],
    }


def kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Cohen's kappa of two readers: agreement beyond chance. None without failures."""
    if not first:
        return None
    seen = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)
    left, right = Counter(first), Counter(second)
    chance = sum(left[kind] * right[kind] for kind in left) / len(first) ** 2
    return round((seen - chance) / (1 - chance), 3) if chance < 1 else 1.0


def _by_source(guesses: Mapping[str, KindGuess], names: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(guesses[name].source.partition(" ")[0], []).append(name)
    return found


def _share(right: Sequence[bool]) -> dict[str, Any]:
    """How many, which share, and Wilson's 95 % interval."""
    if not right:
        return {"of": 0, "share": None}
    interval = wilson(sum(right), len(right))
    return {
        "right": sum(right),
        "of": len(right),
        "share": round(sum(right) / len(right), 3),
        "interval": [round(interval.low, 3), round(interval.high, 3)],
    }


def _silence(guesses: Mapping[str, KindGuess]) -> dict[str, Any]:
    return {
        "failures": len(guesses),
        "abstained": round(sum(one.abstained for one in guesses.values()) / len(guesses), 3),
    }


def _prediction(name: str, guess: KindGuess) -> str:
    told = {"id": name, "kind": guess.kind, "certainty": guess.certainty, "source": guess.source}
    return json.dumps(told) + "\n"


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _labels(path: Path) -> dict[str, str]:
    return {one["id"]: Kind(one["kind"]).value for one in _lines(path)}


if __name__ == "__main__":
    main()
