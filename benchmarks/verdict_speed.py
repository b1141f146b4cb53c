"""What a verdict costs: wall and processor seconds, and where git spent them, in three states.

    python -m benchmarks.verdict_speed CASES.jsonl --repo OWNER/NAME=MIRROR ... [--most 20]

Of each variant (``fresh``, ``late``, and ``long``: a fresh case whose deploy before lies 1,000
commits back):

cold    the first look at a new mirror, in a new process, whose start and imports are counted.
        The mirror has its commit-graph, and the patches of the newest 3,000 commits are kept, as
        the fetch that made it leaves them; nothing else is kept, and its pages are dropped from
        memory as far as the system does that for one who asks.
rush    the first verdict of a deploy whose fetch has just ended, in a worker that looked at
        earlier issues of earlier deploys. Of the traced files that changed, no blame is kept.
warm    the same after one slice of the step ``prepare``: files that earlier traces went through,
        and those that the newest commits changed, are blamed as far as its seconds go (--slice).
again   the same event once more: every file was looked at.

For rush and warm the cases are taken in the order of their deploys: the first ten only warm up,
each later one is measured and is an earlier issue for those that follow. So a trace's files are
known only as far as that goes (printed), and between two deploys lie months
of changes. What runs behind a fetch is not counted. Only on a quiet machine does wall time say
anything; the load is printed. ``--nice -15`` (root) puts what is measured before all others.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.verdict_cost import Cost, Installation, hurried, processor, show, verdict

VARIANTS = ("fresh", "late", "long")
STATES = ("cold", "rush", "warm", "again")
LONG = 1000
WARMING = 10
Row = dict[str, Any]


def main() -> None:
    """Print a table a variant and state."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--repo", action="append", default=[], metavar="OWNER/NAME=PATH")
    parser.add_argument("--most", type=int, default=20, help="Cases of each variant.")
    parser.add_argument("--variants", nargs="*", default=VARIANTS, choices=VARIANTS)
    parser.add_argument("--states", nargs="*", default=STATES, choices=STATES)
    parser.add_argument("--slice", type=float, default=20.0, help="Seconds for prepare.")
    parser.add_argument("--nice", type=int, default=0, help="Of what is measured.")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        found = verdict(Installation(given.one), json.loads(sys.stdin.read()), given.nice)
        print(json.dumps(asdict(found)))
        return
    rows = [json.loads(line) for line in given.cases.read_text("utf-8").splitlines()]
    for name, path in (text.split("=", 1) for text in given.repo):
        with tempfile.TemporaryDirectory(prefix="verdict-speed-") as beside:
            mirror = Installation.of(Path(path), Path(beside) / "ready")
            mirror.keep_all()
            for variant in given.variants:
                mine = in_time([row for row in rows if row["repo"] == name], variant, mirror)
                measure(mirror, mine, variant, given)


def measure(mirror: Installation, rows: Sequence[Row], variant: str, given: Any) -> None:
    """All states of one variant."""
    load = os.getloadavg()[0]
    if "cold" in given.states:
        picked = rows[:: max(1, len(rows) // given.most)][: given.most]
        show(f"{variant} cold", [cold(mirror, row, given) for row in picked])
    if "rush" in given.states:
        show(f"{variant} rush", [cost for cost, _ in living(mirror, rows, given, 0)])
    if {"warm", "again"} & set(given.states):
        pairs = living(mirror, rows, given, given.slice)
        show(f"{variant} warm", [cost for cost, _ in pairs])
        show(f"{variant} again", [cost for _, cost in pairs])
    print(f"{'':17}load {load:.1f} before, {os.getloadavg()[0]:.1f} after", flush=True)


def in_time(rows: Sequence[Row], variant: str, mirror: Installation) -> list[Row]:
    """Cases without labels, those first that were deployed first."""
    fields = ("id", "deployed_sha", "previous_deploy_sha", "event")
    of = "fresh" if variant == "long" else variant
    mine = [{name: row.get(name) for name in fields} for row in rows if row["variant"] == of]
    mine.sort(key=lambda row: mirror.moment(str(row["deployed_sha"])))
    if variant == "long":
        mine = [{**row, "previous_deploy_sha": long_before(row, mirror)} for row in mine]
    return mine


def long_before(row: Row, mirror: Installation) -> str:
    """The commit that leaves about a thousand between."""
    skip = ("--first-parent", "--skip", str(LONG), "-n1")
    return mirror.git("rev-list", *skip, row["deployed_sha"]).strip()


def cold(ready: Installation, row: Row, given: Any) -> Cost:
    """One verdict in a process of its own, on a mirror that is as a fetch left it."""
    with tempfile.TemporaryDirectory(prefix="verdict-speed-") as beside:
        mirror = Installation.of(ready.path.resolve(), Path(beside) / "new")
        mirror.take_newest(ready, row["deployed_sha"])
        mirror.drop()
        command = [sys.executable, "-m", "benchmarks.verdict_speed", str(given.cases)]
        before, began = processor(), time.perf_counter()
        with hurried(given.nice):
            done = subprocess.run(
                [*command, "--one", str(mirror.path), "--nice", str(given.nice)],
                input=json.dumps(row),
                capture_output=True,
                check=True,
                text=True,
            )
        wall, used = time.perf_counter() - began, processor() - before
    return Cost(**{**json.loads(done.stdout), "wall": wall, "processor": used})


def living(
    ready: Installation, rows: Sequence[Row], given: Any, seconds: float
) -> list[tuple[Cost, Cost]]:
    """An installation that lives through the deploys: what each costs, and once more.

    ``seconds``: for preparing the mirror after each fetch."""
    with tempfile.TemporaryDirectory(prefix="verdict-speed-") as beside:
        mirror = Installation.of(ready.path.resolve(), Path(beside) / "living")
        mirror.take_all(ready)
        found: list[tuple[Cost, Cost]] = []
        spread = given.most / max(1, len(rows) - WARMING)
        for number, row in enumerate(rows):
            is_measured = number >= WARMING and len(found) <= spread * (number - WARMING)
            if is_measured and seconds:
                mirror.prepare(row["deployed_sha"], seconds)
            cost = verdict(mirror, row, given.nice)
            if is_measured:
                found.append((cost, verdict(mirror, row, given.nice)))
        return found


if __name__ == "__main__":
    main()
