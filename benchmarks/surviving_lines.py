"""How long the surviving lines of a whole tree take: the first time, again, and after 100 commits.

    python benchmarks/surviving_lines.py [--files 5000] [--commits 20000]
    python benchmarks/surviving_lines.py --clone PATH [--check 100]

Without ``--clone`` a repository is made with ``git fast-import``: files of 40 to 400 lines in 200
directories, each commit changes one to four of them, some move, some are merged. Prints seconds
of wall clock and of CPU (own and git's, which is what counts on a machine that does other things,
too). ``--check N``: of N files, the answer is compared with a plain ``git blame``.
"""

import argparse
import os
import random
import resource
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from correlator.code.blaming import Blaming, Run
from correlator.code.commits import revision_of
from correlator.code.repo import Repo
from correlator.code.surviving import Tree, surviving

PERSON = b"Jane Roe <jane@example.net>"


def history(files: int, commits: int) -> Iterator[bytes]:
    """A fast-import stream: the files come in over the first tenth of the commits."""
    chance = random.Random(3)
    texts: dict[str, list[str]] = {}
    first = max(1, commits // 10)
    for number in range(1, commits + 1):
        changed: dict[str, list[str] | None] = {}
        if number <= first:
            for at in range(files * (number - 1) // first, files * number // first):
                size = chance.randint(40, 400)
                name = f"pkg{at % 200}/mod{at}.py"
                changed[name] = [f"line {at} {n} {chance.getrandbits(32)}" for n in range(size)]
        for name in chance.sample(sorted(texts), min(len(texts), chance.randint(1, 4))):
            lines = list(texts[name])
            where = chance.randrange(len(lines))
            lines[where : where + 3] = [f"changed {number} {n} {chance.getrandbits(32)}"
                                        for n in range(chance.randint(1, 8))]  # fmt: skip
            changed[name] = lines
            if number % 200 == 0:
                changed[name.replace(".py", f"_{number}.py")], changed[name] = lines, None
        for name, found in changed.items():
            if found is None:
                del texts[name]
            else:
                texts[name] = found
        yield _commit(number, changed)


def _commit(number: int, changed: dict[str, list[str] | None]) -> bytes:
    at = 1_600_000_000 + number * 600
    parts = [
        b"commit refs/heads/main\nmark :%d\ncommitter %s %d +0000\ndata 8\nChange.\n\n"
        % (number, PERSON, at)
    ]
    for name, lines in changed.items():
        if lines is None:
            parts.append(b"D %s\n" % name.encode())
        else:
            text = "".join(f"{line}\n" for line in lines).encode()
            parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(text), text))
    return b"".join(parts)


def build(where: Path, files: int, commits: int) -> None:
    """Make the bare repository, packed as a clone is."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(where)], check=True)
    command = ["git", "-C", str(where), "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as importing:
        assert importing.stdin is not None
        for part in history(files, commits):
            importing.stdin.write(part)
    subprocess.run(["git", "-C", str(where), "gc", "-q"], check=True)


def cpu() -> float:
    """Seconds of CPU so far, own and of children that ended."""
    found = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in found)


def measure(what: str, where: Path, revision: str, kept: Path) -> dict[str, tuple[Run, ...]]:
    """The runs of the tree; prints what they cost."""
    began, spent = time.perf_counter(), cpu()
    found = surviving(Tree(where, revision, kept), _silent)
    lines = sum(run.size for runs in found.values() for run in runs)
    took, used = time.perf_counter() - began, cpu() - spent
    print(
        f"{what}: {took:.1f} s, {used:.1f} s of CPU; {len(found)} files, {lines} lines", flush=True
    )
    return found


def _silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


def check(where: Path, revision: str, found: dict[str, tuple[Run, ...]], size: int) -> None:
    """Compare files with a blame of the whole history."""
    chosen = random.Random(5).sample(sorted(found), min(size, len(found)))
    ignored = Repo(where).ignored(revision)
    plain = dict(Blaming(where, revision, ignored, None, 600.0).all(chosen))
    wrong = [path for path in chosen if _lines(plain[path]) != _lines(found[path])]
    print(f"{len(chosen) - len(wrong)} of {len(chosen)} files as plain git blame says {wrong[:5]}")


def _lines(runs: tuple[Run, ...]) -> set[tuple[str, str, int, int]]:
    return {
        (run.sha, run.path, run.first + at, run.now + at) for run in runs for at in range(run.size)
    }


def run(where: Path, checked: int) -> None:
    """Measure a repository."""
    head = revision_of(where, "HEAD")
    before = revision_of(where, "HEAD~100")
    with tempfile.TemporaryDirectory() as beside:
        found = measure("first time", where, head, Path(beside) / "first")
        measure("again", where, head, Path(beside) / "first")
        measure("100 commits before", where, before, Path(beside) / "second")
        measure("100 commits later", where, head, Path(beside) / "second")
        if checked:
            check(where, head, found, checked)
    print(f"{os.cpu_count()} cores")


def main() -> None:
    """Build and measure, or measure a clone."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--commits", type=int, default=20_000)
    parser.add_argument("--clone", type=Path)
    parser.add_argument("--check", type=int, default=0)
    given = parser.parse_args()
    if given.clone:
        run(given.clone, given.check)
        return
    with tempfile.TemporaryDirectory() as home:
        where = Path(home) / "repo.git"
        build(where, given.files, given.commits)
        run(where, given.check)


if __name__ == "__main__":
    main()
