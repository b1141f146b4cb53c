"""Whether issues keep their class: a refit after a tenth more issues came, three times over.

    python -m benchmarks.class_stability

Over the labelled grouping traces and over made issues. "Kept" counts issues that were in a class
before; "apart" is how well the raw clusters agree with the standing classes, which is what a
refit would do without matching and without memory (adjusted Rand index).
"""

from datetime import UTC, datetime

import orjson
from sklearn.metrics import adjusted_rand_score

from benchmarks.class_issues import made_issues
from benchmarks.grouping import DATA
from correlator.classes.outline import tokens_of
from correlator.classes.refitting import refit
from correlator.cli._traces import event_of
from correlator.kinds import kind_of
from correlator.types import Outline, Taught

ROUNDS = 3
GROWN = 1.1


def main() -> None:
    """Print the share that kept their class in each round."""
    _measure("labelled traces", _traces())
    _measure("made issues", [one for one, _ in made_issues(4000, 60)])


def _traces() -> list[Outline]:
    found = []
    for number, line in enumerate(DATA.read_bytes().splitlines(), 1):
        event = event_of(orjson.loads(line), datetime(2026, 1, 1, tzinfo=UTC), "0" * 32)
        guess = kind_of(event)
        tokens = tokens_of(event, None if guess.abstained else guess.kind.value)
        found.append(Outline(issue_id=number, tokens=tokens))
    return found


def _measure(name: str, outlines: list[Outline]) -> None:
    count = int(len(outlines) / GROWN**ROUNDS)
    standing = _refitted(outlines[:count], {})
    first = standing
    print(f"{name}: {count} issues, {len(standing)} in {len(set(standing.values()))} classes")
    for number in range(1, ROUNDS + 1):
        count = min(int(count * GROWN) + 1, len(outlines))
        anew = _refitted(outlines[:count], {})
        after = _refitted(outlines[:count], standing)
        kept = sum(after.get(one) == of for one, of in standing.items()) / len(standing)
        both = sorted(set(anew) & set(standing))
        agrees = adjusted_rand_score([standing[one] for one in both], [anew[one] for one in both])
        lost = len(standing) - len(both)
        print(
            f"  round {number}: {count} issues, {kept:.1%} kept; without memory: {agrees:.3f}",
            end="",
        )
        print(f" agreement, {lost} in no class")
        standing = after
    kept = sum(standing.get(one) == of for one, of in first.items()) / len(first)
    print(f"  over all rounds: {kept:.1%} kept")


def _refitted(outlines: list[Outline], before: dict[int, int]) -> dict[int, int]:
    """Refit, and give new classes ids as the database would."""
    found = refit(outlines, before, Taught()).settled.members
    top = max(before.values(), default=0)
    return {one: of if of > 0 else top - of for one, of in found.items()}


if __name__ == "__main__":
    main()
