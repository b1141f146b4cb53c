"""Which changes are meant to mend an issue: named, a revert of its culprit, or likely by its code.

A repository is read once for all issues that ask. Nothing here decides whether a fix held.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from correlator.investigation.history_of_fixes import SKEW, Past
from correlator.investigation.said import readable
from correlator.types import Fix, Means, Mend, Patch, Way

MOST_INFERRED = 5
MOST_HISTORY = 100
# Lines such as ``}`` or ``return`` are written again and again.
_SAYS_SOMETHING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """An issue that a fix is looked for. ``names``: as ``code.mending`` writes them; ``doubtful``:
    those of them that another issue has, too; ``culprit``: the full hash of the
    change that its verdict names, if any; ``since``: when it began; ``deployed``: revisions that
    went out where it fails, newest first."""

    issue_id: int
    names: frozenset[str]
    since: datetime
    culprit: str | None = None
    doubtful: frozenset[str] = frozenset()
    deployed: tuple[str, ...] = ()


def find_fixes(past: Past, broken: Broken) -> tuple[Mend, ...]:
    """The fixes of an issue, those that say so first; each change once, whatever its copies."""
    found: dict[str, Mend] = {}
    taken: set[str] = set()
    for mend in _candidates(past, broken):
        if mend.sha in taken:
            continue
        taken.update(mend.carriers)
        found.setdefault(mend.fix.key, mend)
    return tuple(found.values())


def going_back(culprit: str) -> Mend:
    """What a revision is that lacks the culprit: a roll-back past it."""
    because = f"It lacks {culprit[:12]}, the change that did it."
    fix = Fix(key=f"without:{culprit}", means=Means.ROLL_BACK, because=because)
    return Mend(fix=fix, way=Way.CODE, sha=culprit, carriers=(culprit,))


def _candidates(past: Past, broken: Broken) -> Iterator[Mend]:
    # A revert that names the issue, too, is told as a revert: that says which change did it.
    if broken.culprit:
        yield from _reverting(past, broken, broken.culprit)
    yield from _named(past, broken)
    yield from _by_pull(past, broken)
    if broken.culprit:
        yield from _mending(past, broken.culprit)
        yield from _inferred(past, broken, broken.culprit)


def _named(past: Past, broken: Broken) -> Iterator[Mend]:
    for sha, said in past.mends.items():
        commit = past.lineage.commits[sha]
        names = sorted(said & broken.names)
        if names and commit.committed_at >= broken.since - SKEW:
            because = f"Its message says that it mends {readable(names[0])}."
            mend = _mend(past, sha, Means.NAMED, because, Way.MESSAGE)
            yield _as_named(replace(mend, undoes=past.undoes.get(sha)), names, broken)


def _by_pull(past: Past, broken: Broken) -> Iterator[Mend]:
    for pull in past.pulls:
        if pull.state == "closed":
            # Nobody will merge it. What was taken over from it says so itself.
            continue
        names = sorted(past.names_of_pulls.get(pull.number, frozenset()) & broken.names)
        if not names or (pull.merged_at and pull.merged_at < broken.since - SKEW):
            continue
        shas = [sha for sha in (*pull.merge_commits, pull.head) if sha]
        known = [sha for sha in shas if sha in past.lineage.commits]
        if known:
            because = f"Pull request #{pull.number} says that it mends {readable(names[0])}."
            mend = _mend(past, known[0], Means.NAMED, because, Way.PULL_REQUEST)
            carriers = frozenset(mend.carriers) | frozenset(known)
            mend = replace(mend, carriers=tuple(sorted(carriers)))
            yield _as_named(mend, names, broken)


def _as_named(mend: Mend, names: Sequence[str], broken: Broken) -> Mend:
    """Probable only, where each of the names that it gives may mean another issue."""
    if not broken.doubtful.issuperset(names):
        return mend
    doubt = "Here and in Sentry that name stands for different issues."
    fix = replace(mend.fix, because=f"{mend.fix.because} {doubt}", confirmed=False)
    return replace(mend, fix=fix)


def _reverting(past: Past, broken: Broken, culprit: str) -> Iterator[Mend]:
    carriers = past.lineage.copies_of(culprit)
    for sha in sorted(past.lineage.reverts_of(carriers)):
        if past.lineage.commits[sha].committed_at < broken.since - SKEW:
            # It went back in again, and only then did it fail.
            continue
        because = f"It reverts {culprit[:12]}, the change that did it."
        # What takes back several changes does not say which of them did it.
        undoes = culprit if sha in past.undoes else None
        yield replace(_mend(past, sha, Means.REVERT, because, Way.MESSAGE), undoes=undoes)


def _mending(past: Past, culprit: str) -> Iterator[Mend]:
    """Changes that say that they mend the culprit: it may be for another failure of it."""
    carriers = past.lineage.copies_of(culprit)
    for sha, mended in past.mended.items():
        if not carriers.isdisjoint(mended):
            because = f"It says that it mends {culprit[:12]}, the change that did it."
            mend = _mend(past, sha, Means.INFERRED, because, Way.MESSAGE)
            yield replace(mend, undoes=past.undoes.get(sha))


def _inferred(past: Past, broken: Broken, culprit: str) -> Iterator[Mend]:
    """Changes since the issue began that take away lines of the culprit, or change its function."""
    did = past.repo.changes([culprit]).get(culprit) if broken.deployed else None
    if did is None:
        return
    paths = [one.path for one in did.files if one.path][:20]
    told: dict[str, str] = {}
    for revision in broken.deployed:
        for patch in past.repo.history(revision, paths, MOST_HISTORY)[:MOST_HISTORY]:
            commit = patch.commit
            if commit.committed_at < broken.since or len(commit.parents) != 1:
                continue
            if commit.sha not in {culprit, *told} and (where := _touches(patch, did)):
                told[commit.sha] = where
    for sha in [*told][:MOST_INFERRED]:
        because = f"It {told[sha]} {culprit[:12]}, the change that did it. Nobody has said so."
        yield _mend(past, sha, Means.INFERRED, because, Way.CODE)


def _touches(patch: Patch, did: Patch) -> str | None:
    wrote = {one.path: one for one in did.files}
    for one in patch.files:
        theirs = wrote.get(one.old_path or one.path)
        if theirs is None:
            continue
        added = {line.strip() for hunk in theirs.hunks for line in hunk.added}
        removed = {line.strip() for hunk in one.hunks for line in hunk.removed}
        if any(len(line) >= _SAYS_SOMETHING for line in added & removed):
            return f"changes lines of {one.path} that were written by"
        functions = {hunk.within for hunk in theirs.hunks if hunk.within}
        if functions & {hunk.within for hunk in one.hunks}:
            return f"changes the function in {one.path} that was changed by"
    return None


def _mend(past: Past, sha: str, means: Means, because: str, way: Way) -> Mend:
    confirmed = means is not Means.INFERRED
    fix = Fix(key=sha, means=means, because=because, confirmed=confirmed)
    return Mend(fix=fix, way=way, sha=sha, carriers=tuple(sorted(past.lineage.copies_of(sha))))
