"""Judges commits by all that their repository records: rooms ``code`` and ``provenance`` together.

Git is asked a fixed number of times however many commits there are, and notes are held a batch
at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from correlator.code.commits import added_lines, named_commit
from correlator.code.records import Shelf
from correlator.investigation.brought import NOTHING_TOLD, Told, brought_by, squashed_by
from correlator.investigation.carried import Ground, carry_over, tips_of, with_carried
from correlator.investigation.declaring import declared_at
from correlator.investigation.own import Beside, own_claims
from correlator.investigation.traced import match_traces, traces_in
from correlator.provenance import Claims, Problem, judge, judge_line
from correlator.types import Commit, Origin, Provenance

TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A commit, its answer, all that was claimed, and records that could not be read."""

    commit: Commit
    provenance: Provenance
    claims: Claims

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Records of this commit that could not be read."""
        return self.claims.problems


def judge_commits(
    path: Path,
    commits: Sequence[Commit],
    timeout: float = TIMEOUT,
    *,
    at: str = "HEAD",
    told: Told = NOTHING_TOLD,
) -> Iterator[Judged]:
    """Every commit judged: first those that have notes, then the others.

    ``at``: the revision whose policy holds; ``told``: what forges told of the repository.
    """
    for found in claims_of(path, commits, timeout, at=at, told=told):
        yield Judged(found.commit, judge(found), found)


def judge_origins(
    path: Path,
    commits: Sequence[Commit],
    origins: Iterable[Origin],
    timeout: float = TIMEOUT,
    *,
    at: str = "HEAD",
    told: Told = NOTHING_TOLD,
) -> tuple[dict[str, Provenance], dict[Origin, Provenance]]:
    """The answers for commits, by hash, and for lines as blame reports their origins.

    ``at``: the revision whose policy holds; ``told``: what forges told of the repository.
    An origin whose commit is not among ``commits`` is left out. A line's answer is level "line"
    where a record of lines decided, else level "commit".
    """
    lines: dict[str, list[Origin]] = {}
    for origin in dict.fromkeys(origins):
        lines.setdefault(origin.sha, []).append(origin)
    whole: dict[str, Provenance] = {}
    single: dict[Origin, Provenance] = {}
    for found in claims_of(path, commits, timeout, at=at, told=told):
        sha = found.commit.sha
        whole[sha] = judge(found)
        for origin in lines.get(sha, ()):
            speaks = found.by_path or found.of_paths
            by_line = judge_line(found, origin.path, origin.line) if speaks else whole[sha]
            single[origin] = by_line
    return whole, single


def claims_of(
    path: Path,
    commits: Sequence[Commit],
    timeout: float = TIMEOUT,
    *,
    at: str = "HEAD",
    told: Told = NOTHING_TOLD,
) -> Iterator[Claims]:
    """All claims about each commit: from its message, from what lies beside it, from the commits
    whose content it took over, from its pull request, and from the policy at a revision."""
    if not commits:
        return
    shelf = Shelf(path, timeout)
    tips = tips_of(commits)
    traced = traces_in(path, tips, timeout)
    declared = declared_at(path, at, [commit.sha for commit in commits], timeout)
    brought = brought_by(commits, told)
    beside = Beside(
        traces=match_traces(path, traced, tips, timeout),
        policy=declared.policy,
        touched=declared.touched,
        brought=brought,
    )
    odd = (Problem(ref, why) for ref, why in shelf.odd.items())
    problems = {tips[0]: (*declared.problems, *traced.problems, *odd)}
    merged = named_commit(path, at, timeout)
    squashes = squashed_by(brought)
    ground = Ground(path, shelf, timeout, (merged,) if merged else (), squashes)
    carried = carry_over(ground, commits)
    typed: list[Claims] = []
    for own in own_claims(shelf, commits, beside):
        sha = own.commit.sha
        found = with_carried(own, carried.get(sha, ()))
        found = replace(found, problems=(*found.problems, *problems.get(sha, ())))
        if found.is_only_typed:
            typed.append(found)
        else:
            yield found
    added = added_lines(path, [found.commit.sha for found in typed], timeout)
    yield from (replace(found, added=added.get(found.commit.sha)) for found in typed)
