"""One verdict's cost, and a mirror with what is kept beside it: for ``verdict_speed``."""

import os
import resource
import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one verdict: seconds on the clock and of processors, git's seconds by command and how
    often it was started, traced files, and of how many a blame was kept."""

    wall: float
    processor: float
    git: dict[str, float]
    started: int
    files: int
    files_known: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installation:
    """A mirror under a name of its own, so that nothing it keeps is another's."""

    path: Path

    @classmethod
    def of(cls, mirror: Path, directory: Path) -> Self:
        """A new one in a directory that is not there yet."""
        directory.mkdir()
        path = directory / "mirror.git"
        path.symlink_to(mirror.resolve())
        return cls(path)

    def git(self, *arguments: str) -> str:
        """What git prints."""
        form = ["git", "-C", str(self.path), *arguments]
        return subprocess.run(form, capture_output=True, check=True, text=True).stdout

    def moment(self, sha: str) -> int:
        """When a commit was made."""
        return int(self.git("show", "-s", "--format=%ct", sha))

    def keep_all(self) -> None:
        """The patches of every commit, as ``prepare`` keeps them in time."""
        from correlator.code.patch_upkeep import keep_older

        keep_older(self.path, 600, inf)

    def take_all(self, other: Self) -> None:
        """The patches that another keeps."""
        from correlator.code.patch_upkeep import patches_beside

        shutil.copy(patches_beside(other.path), patches_beside(self.path))

    def take_newest(self, other: Self, sha: str) -> None:
        """The patches that the fetch of a new mirror keeps, whose newest commit this is."""
        from correlator.code.logs import patch_store
        from correlator.code.patch_upkeep import MOST, patches_beside

        listed = self.git("rev-list", "--no-merges", f"-n{MOST}", sha).split()
        kept = patch_store(patches_beside(other.path)).get(listed)
        patch_store(patches_beside(self.path)).put(kept.values())

    def prepare(self, sha: str, seconds: float) -> None:
        """What the step ``prepare`` does in so long once a fetch has brought this commit."""
        from correlator.code.blame_store import blames_beside
        from correlator.code.patch_upkeep import patches_beside
        from correlator.code.repo import Repo
        from correlator.investigation.ahead import blame_ahead
        from correlator.steps.prepare import FILES

        kept = blames_beside(self.path)
        repo = Repo(self.path, blames=kept, patches=patches_beside(self.path))
        blame_ahead(repo, sha, kept.latest(FILES), time.monotonic() + seconds)

    def drop(self) -> None:
        """Ask the system to forget the mirror's pages."""
        for file in (self.path.resolve() / "objects").rglob("*"):
            if file.is_file():
                opened = os.open(file, os.O_RDONLY)
                os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(opened)


@contextmanager
def hurried(nice: int) -> Iterator[None]:
    """While this lasts, this session goes before others (negative: root only)."""
    # Where the kernel groups processes by session, it is the group's priority that counts.
    group = Path("/proc/self/autogroup")
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    if nice and group.exists():
        group.write_text(str(nice))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)
        if nice and group.exists():
            group.write_text(str(before))


def verdict(mirror: Installation, case: dict[str, Any], nice: int = 0) -> Cost:
    """One verdict here and now, at a priority."""
    from correlator.code.blame_store import blames_beside
    from correlator.code.patch_upkeep import patches_beside
    from correlator.code.repo import Repo
    from correlator.code.watching import watching
    from correlator.investigation import explain
    from correlator.sources.sentry_event import parse_event

    git: dict[str, float] = defaultdict(float)
    started: list[str] = []

    def tell(command: str, seconds: float) -> None:
        git[command] += seconds
        started.append(command)

    kept = blames_beside(mirror.path)
    known = set(kept.latest(100_000))
    event = parse_event(case["event"], received_at=datetime.now(UTC), secret=b"benchmark")
    before, began = processor(), time.perf_counter()
    with watching(tell), hurried(nice):
        told = explain(
            Repo(mirror.path, patches=patches_beside(mirror.path), blames=kept),
            event,
            deployed=case["deployed_sha"],
            previous=case["previous_deploy_sha"],
        )
    wall, used = time.perf_counter() - began, processor() - before
    files = {at.path for at in told.locations}
    return Cost(wall, used, dict(git), len(started), len(files), len(files & known), told.notes)


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
    started = sorted(cost.started for cost in costs)[len(costs) // 2]
    commands = ", ".join(f"{c} {s:.2f}" for c, s in shares if s >= 0.005)
    known = sum(cost.files_known for cost in costs), sum(cost.files for cost in costs)
    print(f"{'':17}git: {started} processes at the median; {commands}")
    print(f"{'':17}a blame was kept of {known[0]} of {known[1]} traced files")
    if short := sum(bool(cost.notes) for cost in costs):
        print(f"{'':17}{short} with notes", flush=True)
