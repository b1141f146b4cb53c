"""How well traces are grouped: B-cubed precision, recall and F1, with projects left out in turn.

    python -m benchmarks.grouping [CASES.jsonl]

The rules have no thresholds, so nothing is fitted on the projects that are left in. What was
chosen is which rules there are: for each project left out, the best prefix of the rules is chosen
on the others (least rules win a tie) and scored on it, and the scores are pooled. Baselines are
plain keys. Each is run with the failing lines of source and without. Orders are shuffled to see
whether the order of arrival counts.
"""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from correlator.cli._traces import event_of, predict
from correlator.grouping import alike, v1, v2
from correlator.grouping.messages import template
from correlator.types import Candidate

DATA = Path(__file__).parent / "data" / "grouping" / "dev.jsonl"
AT = datetime(2026, 1, 1, tzinfo=UTC)
Trace = dict[str, Any]
Scores = tuple[float, float, float]
Grouper = Callable[[Sequence[Trace]], list[object]]


def b_cubed(truth: Sequence[object], placed: Sequence[object]) -> Scores:
    """Precision, recall and F1, averaged over traces (Bagga and Baldwin, 1998)."""
    by_truth, by_placed = Counter(truth), Counter(placed)
    both = Counter(zip(truth, placed, strict=True))
    pairs = list(zip(truth, placed, strict=True))
    precision = sum(both[pair] / by_placed[pair[1]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / by_truth[pair[0]] for pair in pairs) / len(pairs)
    return precision, recall, 2 * precision * recall / (precision + recall)


def production(traces: Sequence[Trace]) -> list[object]:
    """As ``correlator evaluate grouping`` does it: the whole path, over a database."""
    return [answer["issue"] for answer in predict(traces)]


def by_rules(traces: Sequence[Trace]) -> list[object]:
    """The same in memory, for the many runs of the leave-out."""
    led: dict[tuple[str, str], int] = {}
    known: dict[str, list[Candidate]] = defaultdict(list)
    placed: list[object] = []
    for number, trace in enumerate(traces, 1):
        made = v2.fingerprint(event_of(trace, AT, "0" * 32))
        key = (trace["project"], made.hash)
        if key not in led:
            pool = known[trace["project"]]
            joined = alike.join(made.traits, pool) if made.traits and pool else None
            led[key] = joined.candidate.issue_id if joined else number
            if made.traits:
                pool.append(Candidate(number, led[key], made.traits))
        placed.append(led[key])
    return placed


@contextmanager
def only_rules(number: int) -> Iterator[None]:
    """Join by the first so many rules."""
    every = alike.RULES
    alike.RULES = every[:number]
    try:
        yield
    finally:
        alike.RULES = every


def left_out(traces: Sequence[Trace]) -> tuple[Scores, dict[str, tuple[int, int, Scores]]]:
    """The pooled score, and by project how many rules the others chose, traces and score."""
    runs = []
    for number in range(len(alike.RULES) + 1):
        with only_rules(number):
            runs.append(by_rules(traces))
    pooled: list[object] = [None] * len(traces)
    told = {}
    for project in sorted({trace["project"] for trace in traces}):
        others = [at for at, trace in enumerate(traces) if trace["project"] != project]
        mine = [at for at, trace in enumerate(traces) if trace["project"] == project]
        scores = [_score(traces, run, others)[2] for run in runs]
        best = max(range(len(runs)), key=lambda one: (round(scores[one], 6), -one))
        for at in mine:
            pooled[at] = (project, runs[best][at])
        told[project] = (best, len(mine), _score(traces, runs[-1], mine))
    return _score(traces, pooled, range(len(traces))), told


def _score(traces: Sequence[Trace], placed: Sequence[object], where: Sequence[int]) -> Scores:
    return b_cubed([traces[at]["group"] for at in where], [placed[at] for at in where])


def _last(trace: Trace) -> tuple[object, object]:
    frames = [frame for frame in trace["frames"] if frame["in_app"]] or trace["frames"]
    return (frames[-1]["module"], frames[-1]["function"]) if frames else (None, None)


def _key(*parts: Callable[[Trace], object]) -> Grouper:
    return lambda traces: [tuple(part(trace) for part in parts) for trace in traces]


BASELINES: dict[str, Grouper] = {
    "exception type": _key(lambda t: t["project"], lambda t: t["type"]),
    "type, message": _key(
        lambda t: t["project"], lambda t: t["type"], lambda t: template(t["value"])
    ),
    "type, top frame": _key(lambda t: t["project"], lambda t: t["type"], _last),
    "type, top frame, message": _key(
        lambda t: t["project"], lambda t: t["type"], _last, lambda t: template(t["value"])
    ),
    "fingerprint 1": lambda traces: [
        (t["project"], v1.fingerprint(event_of(t, AT, "0" * 32)).hash) for t in traces
    ],
    "fingerprint 2, no joins": lambda traces: [
        (t["project"], v2.fingerprint(event_of(t, AT, "0" * 32)).hash) for t in traces
    ],
}


def without_source(traces: Sequence[Trace]) -> list[Trace]:
    """The same traces as an SDK sends them that has no source at hand."""
    return [
        {**trace, "frames": [{**frame, "context_line": None} for frame in trace["frames"]]}
        for trace in traces
    ]


def _row(name: str, scores: Scores) -> None:
    print(f"{name:<44} P {scores[0]:.4f}  R {scores[1]:.4f}  F1 {scores[2]:.4f}")


def _told(title: str, traces: Sequence[Trace]) -> None:
    print(f"\n{title}: {len(traces)} traces")
    every = range(len(traces))
    for name, group in BASELINES.items():
        _row(name, _score(traces, group(traces), every))
    _row("as in production", _score(traces, production(traces), every))
    pooled, projects = left_out(traces)
    _row("projects left out in turn, pooled", pooled)
    for project, (rules, number, scores) in projects.items():
        _row(f"  {project} ({number}; others chose {rules} rules)", scores)
    for seed in range(3):
        mixed = random.Random(seed).sample(list(traces), len(traces))
        _row(f"in another order, {seed}", _score(mixed, by_rules(mixed), every))


def main() -> None:
    """Print every score."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    traces = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    _told("With the failing lines", traces)
    _told("Without any source", without_source(traces))


if __name__ == "__main__":
    main()
