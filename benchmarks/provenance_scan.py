"""First scan of a large repository: 50,000 commits, a notes ref of 500 MB, and 100 new commits.

    python benchmarks/provenance_scan.py [--commits 50000] [--notes-mb 500]

Makes the repository with ``git fast-import`` in a temporary directory, then runs
``correlator provenance --json`` on it and prints seconds and peak memory of the processes.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

TRAILERS = (
    "",
    "",
    "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>",
    "Signed-off-by: Jane Roe <jane@example.net>",
    "Entire-Checkpoint: 0123456789ab",
)
PERSON = "Jane Roe <jane@example.net>"
ROBOT = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"


def history(commits: int) -> Iterator[bytes]:
    """A fast-import stream of commits with bodies and trailers."""
    chance = random.Random(1)
    for number in range(1, commits + 1):
        who = ROBOT if number % 20 == 0 else PERSON
        body = "\n".join(["word " * 14] * chance.randint(0, 12))
        message = f"Change {number}\n\n{body}\n\n{chance.choice(TRAILERS)}".encode()
        at = 1_700_000_000 + number
        yield (
            b"commit refs/heads/main\nmark :%d\ncommitter %s %d +0000\ndata %d\n%s\n"
            b"M 100644 inline f%d\ndata 2\nx\n"
        ) % (number, who.encode(), at, len(message), message, number % 500)


def notes(commits: int, megabytes: int) -> Iterator[bytes]:
    """A fast-import stream of git-ai notes, about 50 kB each, on the last commits."""
    chance = random.Random(2)
    yield b"commit refs/notes/ai\ncommitter J <j@example.net> 1700000000 +0000\ndata 1\nx\n"
    for number in range(commits, max(0, commits - megabytes * 20), -1):
        key = f"{chance.getrandbits(64):016x}"
        agent = {"tool": "claude", "id": key, "model": "claude-opus-4-6"}
        transcript = [{"text": f"{chance.getrandbits(4000):x}"} for _ in range(47)]
        prompts = {key: {"agent_id": agent, "messages": transcript}}
        meta = json.dumps({"schema_version": "authorship/3.0.0", "prompts": prompts}, indent=1)
        text = f"f{number % 500}\n  {key} 1\n---\n{meta}".encode()
        yield b"N inline :%d\ndata %d\n%s\n" % (number, len(text), text)


def build(where: Path, commits: int, megabytes: int) -> None:
    """Make the bare repository."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(where)], check=True)
    command = ["git", "-C", str(where), "-c", "core.compression=1", "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as importing:
        assert importing.stdin is not None
        for part in history(commits):
            importing.stdin.write(part)
        for part in notes(commits, megabytes):
            importing.stdin.write(part)


def cpu_seconds() -> float:
    """Of all children that have ended, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(what: str, *arguments: str) -> None:
    """Run the command, print its time and that of all processors (on a machine that others use,
    too, only the latter says much), and the largest memory of any child so far."""
    began, cost = time.perf_counter(), cpu_seconds()
    command = [sys.executable, "-m", "correlator", "provenance", *arguments, "--json"]
    done = subprocess.run(command, check=True, capture_output=True)
    took, cost = time.perf_counter() - began, cpu_seconds() - cost
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    found = json.loads(done.stdout)
    print(
        f"{what}: {took:.1f} s, {cost:.1f} s of CPU, at most {peak} MB, {found['commits']} commits"
    )
    print(f"  {found['provenance']} by {found['mechanisms']}")


def main() -> None:
    """Build and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--commits", type=int, default=50_000)
    parser.add_argument("--notes-mb", type=int, default=500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        where = Path(home) / "repo.git"
        build(where, given.commits, given.notes_mb)
        size = sum(file.stat().st_size for file in where.rglob("*") if file.is_file())
        print(f"repository: {size // 1_000_000} MB on disk, notes {given.notes_mb} MB of text")
        measure("100 new commits", str(where), "--rev", "main~100..main")
        measure("first scan", str(where))


if __name__ == "__main__":
    main()
