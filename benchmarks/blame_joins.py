"""How often a blame that goes on from a kept one differs from one asked of git in one go.

    python -m benchmarks.blame_joins MIRROR [--files 40] [--revisions 6] [--seed 1]

Of each file (drawn among those of source that changed most), revisions that changed it are drawn;
the oldest is blamed whole and kept, each later one goes on from what is kept, and its lines are
held against ``git blame -w -M`` of the whole file. Printed: lines and files that differ, and the
processor seconds of git for both ways.
"""

import argparse
import random
import resource
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from correlator.code.blame import forget
from correlator.code.blame_store import BlameStore
from correlator.code.git import run_git
from correlator.code.repo import Repo
from correlator.types import Origin

SUFFIXES = {".py", ".js", ".ts", ".java", ".go", ".rb", ".cs", ".php", ".rs", ".c", ".h"}


@dataclass(slots=True)
class Count:
    """Of one kind of blame or of a comparison: how many lines, how many differ, and seconds."""

    answers: int = 0
    lines: int = 0
    differ: int = 0
    differing_answers: int = 0
    whole_seconds: float = 0.0
    joined_seconds: float = 0.0


def main() -> None:
    """Compare, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--revisions", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    count = Count()
    head = run_git(given.mirror, "rev-parse", "HEAD").decode().strip()
    files = most_changed(given.mirror, head)[: given.files * 3]
    for path in chance.sample(files, min(given.files, len(files))):
        listed = run_git(given.mirror, "rev-list", head, "--", f":(literal){path}").decode()
        revisions = listed.split()[::-1]
        at = sorted(chance.sample(range(len(revisions)), min(given.revisions, len(revisions))))
        follow(given.mirror, path, [revisions[n] for n in at], count)
    print(
        f"{count.answers} answers joined, {count.lines} lines; differing: {count.differ} lines in"
        f" {count.differing_answers} answers"
    )
    print(
        f"processor seconds: {count.whole_seconds:.1f} in one go, {count.joined_seconds:.1f} joined"
    )


def most_changed(mirror: Path, head: str) -> list[str]:
    """Source files of the newest 3,000 commits, those that changed most first."""
    output = run_git(mirror, "log", "-n3000", "--format=", "--name-only", head, "--", timeout=600)
    changed = Counter(output.decode("utf-8", "replace").split("\n"))
    here = set(Repo(mirror).files(head))
    return [
        path
        for path, _ in changed.most_common()
        if path in here and PurePosixPath(path).suffix in SUFFIXES
    ]


def follow(mirror: Path, path: str, revisions: list[str], count: Count) -> None:
    """Blame a file at each of these, oldest first, in both ways."""
    with tempfile.TemporaryDirectory() as beside:
        kept = BlameStore(Path(beside) / "blames.sqlite")
        for number, revision in enumerate(revisions):
            forget()
            if (text := Repo(mirror).text(revision, path)) is None:
                continue
            lines = range(1, text.count("\n") + (not text.endswith("\n")) + 1)
            began = processor()
            whole = dict(enumerate(Repo(mirror).blame(revision, path), 1))
            middle = processor()
            joined = Repo(mirror, blames=kept).blame_lines(revision, path, lines)
            if number:
                add(count, whole, {n: joined[n] for n in lines})
                count.whole_seconds += middle - began
                count.joined_seconds += processor() - middle


def add(count: Count, whole: dict[int, Origin], joined: dict[int, Origin]) -> None:
    """Count the lines that differ."""
    differ = sum(whole[n] != joined.get(n) for n in whole)
    count.answers += 1
    count.lines += len(whole)
    count.differ += differ
    count.differing_answers += bool(differ)


def processor() -> float:
    """Processor seconds of git so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
