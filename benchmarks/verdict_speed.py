"""What a verdict costs, cold and warm: wall and processor seconds, and where git spent them.

    python -m benchmarks.verdict_speed CASES.jsonl --repo OWNER/NAME=PATH ... [--most 20]

Patches of the 3,000 commits before the deployed one are kept beside the mirror, as upkeep after a
fetch keeps them (not counted). Cold is a process of its own for each verdict, with the mirror's
pages dropped from memory as far as the system does so for one who asks (imports are counted).
Warm is a process that has judged another issue of the same deploy before. ``long`` is a fresh case
whose deploy before lies 1,000 commits back. On a busy machine only processor seconds say anything.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

VARIANTS = ("fresh", "late", "long")
LONG = 1000


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one verdict: seconds on the clock and of processors, and git's seconds by command."""

    wall: float
    processor: float
    git: dict[str, float]
    notes: tuple[str, ...]


def main() -> None:
    """Print a table a variant, cold and warm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--repo", action="append", required=True, metavar="OWNER/NAME=PATH")
    parser.add_argument("--most", type=int, default=20, help="Cases of each variant.")
    parser.add_argument("--skip-cold", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    repos = {name: Path(path) for name, _, path in (text.partition("=") for text in given.repo)}
    if given.one:
        print(json.dumps(asdict(verdict(json.loads(sys.stdin.read()), repos))))
        return
    rows = [json.loads(line) for line in given.cases.read_text("utf-8").splitlines()]
    for variant in VARIANTS:
        cases = chosen([row for row in rows if row["repo"] in repos], variant, given.most, repos)
        for case in cases:
            keep(case, repos)
        if not given.skip_cold:
            show(f"{variant} cold", [cold(case, given.cases, given.repo, repos) for case in cases])
        pairs = zip([*cases[1:], *cases[:1]], cases, strict=True)
        show(f"{variant} warm", [warm(other, case, repos) for other, case in pairs])


def chosen(
    rows: Sequence[dict[str, Any]], variant: str, most: int, repos: dict[str, Path]
) -> list[dict[str, Any]]:
    """Cases without labels, spread over all there are."""
    fields = ("id", "repo", "deployed_sha", "previous_deploy_sha", "event")
    of = "fresh" if variant == "long" else variant
    mine = [{name: row.get(name) for name in fields} for row in rows if row["variant"] == of]
    picked = mine[:: max(1, len(mine) // most)][:most]
    if variant != "long":
        return picked
    return [{**row, "previous_deploy_sha": long_before(row, repos)} for row in picked]


def keep(case: dict[str, Any], repos: dict[str, Path]) -> None:
    """What upkeep would have kept when the deployed revision was fetched."""
    from correlator.code.logs import patch_store
    from correlator.code.patch_upkeep import MOST, patches_beside
    from correlator.code.repo import Repo

    mirror = repos[case["repo"]]
    form = ["git", "-C", str(mirror), "rev-list", "--no-merges", f"-n{MOST}", case["deployed_sha"]]
    listed = subprocess.run(form, capture_output=True, check=True, text=True).stdout.split()
    store = patches_beside(mirror)
    missing = patch_store(store).missing(listed)
    for at in range(0, len(missing), 500):
        Repo(mirror, timeout=600, patches=store).changes(missing[at : at + 500])


def warm(other: dict[str, Any], case: dict[str, Any], repos: dict[str, Path]) -> Cost:
    """A verdict after one on another case's event, as if it had come from the same deploy."""
    deploy = ("repo", "deployed_sha", "previous_deploy_sha")
    verdict({**other, **{name: case[name] for name in deploy}}, repos)
    return verdict(case, repos)


def long_before(row: dict[str, Any], repos: dict[str, Path]) -> str:
    """The commit that leaves about a thousand between."""
    listed = ["git", "-C", str(repos[row["repo"]]), "rev-list", "--first-parent", "--skip"]
    asked = [*listed, str(LONG), "-n1", row["deployed_sha"]]
    return subprocess.run(asked, capture_output=True, check=True, text=True).stdout.strip()


def cold(
    case: dict[str, Any], cases: Path, repos_given: Sequence[str], repos: dict[str, Path]
) -> Cost:
    """One verdict in a process of its own."""
    drop(repos[case["repo"]])
    again = [part for text in repos_given for part in ("--repo", text)]
    command = [sys.executable, "-m", "benchmarks.verdict_speed", str(cases), *again, "--one"]
    before, began = processor(), time.perf_counter()
    done = subprocess.run(
        command, input=json.dumps(case), capture_output=True, check=True, text=True
    )
    inside = json.loads(done.stdout)
    return Cost(
        wall=time.perf_counter() - began,
        processor=processor() - before,
        git=inside["git"],
        notes=tuple(inside["notes"]),
    )


def drop(mirror: Path) -> None:
    """Ask the system to forget the mirror's pages."""
    for file in (mirror / "objects").rglob("*"):
        if file.is_file():
            opened = os.open(file, os.O_RDONLY)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)


def verdict(case: dict[str, Any], repos: dict[str, Path]) -> Cost:
    """One verdict here and now."""
    from correlator.code.patch_upkeep import patches_beside
    from correlator.code.repo import Repo
    from correlator.code.watching import watching
    from correlator.investigation import explain
    from correlator.sources.sentry_event import parse_event

    git: dict[str, float] = defaultdict(float)

    def tell(command: str, seconds: float) -> None:
        git[command] += seconds

    event = parse_event(case["event"], received_at=datetime.now(UTC), secret=b"benchmark")
    mirror = repos[case["repo"]]
    before, began = processor(), time.perf_counter()
    with watching(tell):
        told = explain(
            Repo(mirror, patches=patches_beside(mirror)),
            event,
            deployed=case["deployed_sha"],
            previous=case["previous_deploy_sha"],
        )
    return Cost(time.perf_counter() - began, processor() - before, dict(git), told.notes)


def processor() -> float:
    """Processor seconds of this process and its children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def show(name: str, costs: Sequence[Cost]) -> None:
    """Median, p90 and p99, and git's share by command."""
    if not costs:
        return
    for what, seconds in (
        ("wall", sorted(cost.wall for cost in costs)),
        ("processor", sorted(cost.processor for cost in costs)),
    ):
        marks = "  ".join(
            f"{label} {seconds[min(len(seconds) - 1, int(len(seconds) * share))]:.2f}"
            for label, share in (("median", 0.5), ("p90", 0.9), ("p99", 0.99))
        )
        print(f"{name:<11} {len(costs):>3}  {what:<9} {marks}")
    total: dict[str, float] = defaultdict(float)
    for cost in costs:
        for command, spent in cost.git.items():
            total[command] += spent / len(costs)
    shares = sorted(total.items(), key=lambda pair: -pair[1])
    print(" " * 17 + "git: " + ", ".join(f"{c} {s:.2f}" for c, s in shares if s >= 0.005))
    if short := sum(bool(cost.notes) for cost in costs):
        print(" " * 17 + f"{short} with notes")


if __name__ == "__main__":
    main()
