"""What others do, each rule as one small function: event, repository, deploys in; commits out.

Rebuilt from what their makers published (Sentry's and Pinterest's source, Datadog's manual), given
the same mapped frames as ours. A rule that needs a range, where none is known, looks back over
the newest thousand commits, as its users would have to.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from benchmarks.kept_repo import KeptRepo
from correlator.code.spans import innermost, spans
from correlator.types import Commit, FilePatch, Location, Origin

LOOK_BACK = 1000
# As many as ours blames.
BLAMED_FILES = 12


@dataclass(frozen=True, eq=False)
class Situation:
    """What an incumbent is told. ``head`` is the branch as it was when the event came."""

    repo: KeptRepo
    located: Sequence[Location]
    deployed: str
    previous: str | None
    head: str
    seen: datetime

    @cached_property
    def frames(self) -> list[Location]:
        """Frames with a line, nearest to the crash first."""
        near = sorted(self.located, key=lambda at: (at.depth, at.chain))
        return [at for at in near if at.line]

    @cached_property
    def paths(self) -> list[str]:
        """Files of the trace, nearest first."""
        return list(dict.fromkeys(at.path for at in self.frames))

    @cached_property
    def commits(self) -> list[Commit]:
        """The range, newest first; without one, what a branch shows of its past."""
        if self.previous:
            return list(self.repo.between(self.previous, self.deployed))
        return list(self.repo.latest(self.deployed, LOOK_BACK))

    @cached_property
    def touchers(self) -> Mapping[str, list[str]]:
        """By commit of the range: which files of the trace it touched."""
        wanted = {commit.sha for commit in self.commits}
        touched = self.repo.touchers(self.deployed, self.paths)
        return {sha: files for sha, files in touched.items() if sha in wanted}

    def blamed(self, revision: str, at: Location) -> str | None:
        """Who wrote the line of a frame, as a revision has it; None if it has no such line."""
        return self.repo.blamed_line(revision, at.path, at.line or 0)

    def dates(self, shas: Sequence[str]) -> dict[str, datetime]:
        """When each was committed."""
        return {sha: one.committed_at for sha, one in self.repo.commits(shas).items()}


Rule = Callable[[Situation], list[str]]


def sentry_today(told: Situation) -> list[str]:
    """Newest commit behind an in-app frame at the branch head, at most 60 days old."""
    return _newest_blamed(told, told.head, timedelta(days=60))


def sentry_2023(told: Situation) -> list[str]:
    """The same at the deployed revision, at most a year old."""
    return _newest_blamed(told, told.deployed, timedelta(days=365))


def _newest_blamed(told: Situation, revision: str, most: timedelta) -> list[str]:
    found = [sha for at in told.frames if (sha := told.blamed(revision, at))]
    dates = told.dates(list(dict.fromkeys(found)))
    young = [sha for sha, at in dates.items() if timedelta(0) <= told.seen - at <= most]
    return sorted(young, key=lambda sha: dates[sha], reverse=True)


def sentry_release(told: Situation) -> list[str]:
    """Authors by points of the frames' best matching files (5, 4, ... 1), then their commits."""
    left, points, relevant = 5, Counter[str](), dict[str, Commit]()
    by_sha = {commit.sha: commit for commit in told.commits}
    for at in told.frames:
        matching = [sha for sha, files in told.touchers.items() if at.path in files]
        for sha in matching:
            relevant[sha] = by_sha[sha]
            if left:
                points[by_sha[sha].author.email] += left
                left -= 1
    ranks = {email: place for place, (email, _) in enumerate(points.most_common())}
    known = [one for one in relevant.values() if one.author.email in ranks]
    known.sort(key=lambda one: -one.committed_at.timestamp())
    return [one.sha for one in sorted(known, key=lambda one: ranks[one.author.email])]


def datadog(told: Situation) -> list[str]:
    """Whoever touched a file of the trace last, at most 90 days before."""
    dates = told.dates(list(told.repo.touchers(told.deployed, told.paths)))
    young = [sha for sha, at in dates.items() if told.seen - at <= timedelta(days=90)]
    return sorted(young, key=lambda sha: dates[sha], reverse=True)


def git_stacktrace(told: Situation) -> list[str]:
    """Commits of the range by the points of git-stacktrace's ``Result.rank``: a file modified 1,
    deleted 2, added 3; a line of the trace added 3, removed 2, blamed on it 4."""
    points: Counter[str] = Counter()
    texts = {at.frame.context_line.strip() for at in told.frames if at.frame.context_line}
    for patch in told.repo.history(told.deployed, told.paths, LOOK_BACK):
        if patch.commit.sha in told.touchers:
            points[patch.commit.sha] += sum(_shared(file, texts) for file in patch.files)
    for at in told.frames:
        sha = told.blamed(told.deployed, at)
        if sha is not None and sha in told.touchers:
            points[sha] += 4
    return [sha for sha, _ in points.most_common()]


def _shared(file: FilePatch, texts: set[str]) -> int:
    added = {line.strip() for hunk in file.hunks for line in hunk.added}
    removed = {line.strip() for hunk in file.hunks for line in hunk.removed}
    whole = 3 if not file.old_path else 1 if file.path else 2
    return whole + 3 * len(added & texts) + 2 * len((removed - added) & texts)


def crash_line(told: Situation) -> list[str]:
    """Who wrote the line that failed."""
    sha = told.blamed(told.deployed, told.frames[0]) if told.frames else None
    return [sha] if sha else []


def newest_in_deploy(told: Situation) -> list[str]:
    """Commits of the deploy by how many files of the trace they touch, the newest first."""
    order = {commit.sha: place for place, commit in enumerate(told.commits)}
    return sorted(told.touchers, key=lambda sha: order[sha])


def function_blame(told: Situation) -> list[str]:
    """Who wrote most of the traced functions, within the range; then who touched their files."""
    wrote: defaultdict[str, float] = defaultdict(float)
    order = {commit.sha: place for place, commit in enumerate(told.commits)}
    for place, origin in _function_lines(told):
        if told.previous is None or origin.sha in order:
            wrote[origin.sha] += 1 / (1 + place)
    files = sorted(told.touchers, key=lambda sha: (-len(told.touchers[sha]), order[sha]))
    return list(dict.fromkeys([*sorted(wrote, key=lambda sha: -wrote[sha]), *files]))


def _function_lines(told: Situation) -> Iterator[tuple[int, Origin]]:
    for place, at in enumerate(told.frames):
        if at.path not in told.paths[:BLAMED_FILES]:
            continue
        text = told.repo.text(told.deployed, at.path)
        span = innermost(spans(at.path, text), at.line) if text and at.line else None
        first, last = (span.first, span.last) if span else (at.line or 1, at.line or 1)
        if not text or last > len(text.splitlines()):
            continue
        wanted = range(first, last + 1)
        origins = told.repo.blame_lines(told.deployed, at.path, wanted)
        for line in wanted:
            yield place, origins[line]


INCUMBENTS: Mapping[str, Rule] = {
    "Sentry today (60 days, branch head)": sentry_today,
    "Sentry 2023-25 (365 days, deployed)": sentry_2023,
    "Sentry's release rule": sentry_release,
    "Datadog (newest toucher, 90 days)": datadog,
    "Pinterest git-stacktrace": git_stacktrace,
    "crash-line blame": crash_line,
    "newest in the deploy in a trace file": newest_in_deploy,
    "whole-function blame": function_blame,
}
