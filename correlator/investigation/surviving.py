"""Who or what wrote the lines that a tree still holds, by provenance, tool, model and directory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from correlator.code.contents import single
from correlator.code.surviving import Run
from correlator.investigation.brought import NOTHING_TOLD, Told
from correlator.investigation.recorded import TIMEOUT, claims_of
from correlator.provenance import Claims, judge, judge_line
from correlator.types import Author, Provenance


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines of a file, first to last, with one answer and the commit that wrote them."""

    path: str
    first: int
    last: int
    sha: str
    answer: Provenance

    @property
    def lines(self) -> int:
        """How many."""
        return self.last - self.first + 1


def judge_tree(
    path: Path,
    runs: Mapping[str, Sequence[Run]],
    revision: str,
    timeout: float = TIMEOUT,
    told: Told = NOTHING_TOLD,
) -> Iterator[Stretch]:
    """The answers for all lines of a tree at a revision, commit by commit."""
    by_commit: dict[str, list[tuple[str, Run]]] = {}
    for file, rows in runs.items():
        for run in rows:
            by_commit.setdefault(run.sha, []).append((file, run))
    commits = single(path, by_commit, timeout)
    for found in claims_of(path, commits, timeout, at=revision, told=told):
        whole = judge(found)
        for file, run in by_commit[found.commit.sha]:
            yield from _stretches(found, whole, file, run)


def _stretches(found: Claims, whole: Provenance, file: str, run: Run) -> Iterator[Stretch]:
    if run.path not in found.by_path and not found.by_path and run.path not in found.of_paths:
        yield Stretch(file, run.now, run.now + run.size - 1, run.sha, whole)
        return
    began, answer = 0, judge_line(found, run.path, run.first)
    for at in range(1, run.size):
        following = judge_line(found, run.path, run.first + at)
        if following != answer:
            yield Stretch(file, run.now + began, run.now + at - 1, run.sha, answer)
            began, answer = at, following
    yield Stretch(file, run.now + began, run.now + run.size - 1, run.sha, answer)


def shares(stretches: Iterable[Stretch]) -> dict[str, object]:
    """Lines by provenance, level, tool and model (of ai and mixed), and by top directory."""
    authors: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    tools: Counter[str] = Counter()
    models: Counter[str] = Counter()
    directories: dict[str, Counter[str]] = {}
    derived = 0
    for one in stretches:
        author = one.answer.author
        authors[author.value] += one.lines
        top = one.path.partition("/")[0] if "/" in one.path else "."
        directories.setdefault(top, Counter())[author.value] += one.lines
        if author is not Author.UNKNOWN:
            levels[one.answer.level] += one.lines
            derived += one.lines if one.answer.derived else 0
        if author in {Author.AI, Author.MIXED}:
            tools.update(dict.fromkeys(one.answer.tools, one.lines))
            models.update(dict.fromkeys(one.answer.models, one.lines))
    return {
        "lines": authors.total(),
        "provenance": {author.value: authors.get(author.value, 0) for author in Author},
        "level": dict(levels),
        "derived": derived,
        "tools": dict(tools.most_common()),
        "models": dict(models.most_common()),
        "directories": {name: dict(found) for name, found in sorted(directories.items())},
    }
