"""An issue followed: fixes found and said, which release carries which, and what came of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from correlator.cycles import follow
from correlator.following.ground import Ground, here_of, learn, tips_of
from correlator.investigation.alive import (
    Carried,
    Fixes,
    Word,
    asked_of,
    carried,
    with_going_back,
    with_words,
)
from correlator.investigation.fixes import Broken, find_fixes
from correlator.investigation.followed import Place, course_of
from correlator.investigation.recorded import judge_commits
from correlator.sources.lenient import LONGEST_RELEASE, clean
from correlator.store import cycles
from correlator.store.cycles import Known, Ran
from correlator.store.cycles.rows import rows_of
from correlator.store.session import reading, transaction
from correlator.store.tables import CommitRow
from correlator.store.verdicts.kept import keep_commits
from correlator.types import Mend, RollOut, Way
from correlator.world import World

# Revisions in which a change of the culprit's lines is looked for.
MOST_DEPLOYED = 3


def fixes_of(world: World, ground: Ground, known: Known) -> Fixes:
    """What is meant to mend the issue: found in the history, and said."""
    culprit = known.culprit
    if ground.past is not None and culprit is not None:
        culprit = next(iter(here_of(world, ground, [culprit])), None)
    found: tuple[Mend, ...] = ()
    if ground.past is not None:
        broken = Broken(
            issue_id=known.issue.id or 0,
            names=known.names,
            doubtful=known.doubtful,
            since=known.issue.first_seen,
            culprit=culprit,
            deployed=tuple(tips_of(ground.revisions, known.lines)[:MOST_DEPLOYED]),
        )
        found = find_fixes(ground.past, broken)
    fixes = with_words(ground.past, found, _words(known), ground.revisions)
    if ground.past is not None:
        shas = frozenset(one.sha for one in fixes.mends if one.sha)
        fixes = replace(fixes, lost=shas - here_of(world, ground, shas))
    return with_going_back(fixes, ground.past, culprit)


def _words(known: Known) -> Iterable[Word]:
    # In their order: what was denied stays in sight, and the newest word of each counts.
    for row in known.words:
        yield Word(
            key=row.key,
            is_so=row.said == cycles.NAMED,
            because=row.because,
            way=Way(row.way),
            release=_release_of(row.key, known),
        )


def _release_of(key: str, known: Known) -> str | None:
    """The release that a key stands for; None for a commit, or while none was rolled out."""
    kind, _, rest = key.partition(":")
    if kind == "release":
        return clean(rest, LONGEST_RELEASE)
    if kind != "next":
        return None
    after = datetime.fromisoformat(rest)
    rolled = [one for line in known.lines for one in _firsts(line) if one.at > after]
    return min(rolled, key=lambda one: one.at).release if rolled else None


def _firsts(line: Ran) -> Iterable[RollOut]:
    """When each release went out first: one that went out before is not the next one."""
    firsts: dict[str, RollOut] = {}
    for one in sorted(line.roll_outs, key=lambda each: each.at):
        firsts.setdefault(one.release, one)
    return firsts.values()


def tell(world: World, ground: Ground, known: Known, fixes: Fixes) -> None:
    """Follow the issue on its lines, and keep what came of it in place of what was kept before."""
    issue_id = known.issue.id or 0
    carries = _carries(world, ground, known, fixes)
    places = [_place(line) for line in known.lines]
    stages = world.settings.stage_by_environment
    told = course_of(places, fixes, carries, known.at, stages, follow)
    with transaction(world.engine) as session:
        repo_id = ground.repo.id if ground.repo else None
        if repo_id is not None:
            cycles.keep_inside(session, repo_id, ground.learnt)
        ground.learnt.clear()
        authors = _authors(session, repo_id, fixes, known.culprit)
        course = rows_of(issue_id, repo_id, told, fixes, authors, known.at)
        row, followed = known.issue, course.followed
        followed.acted_at = told.acted_at
        followed.users_before_action = cycles.users_until(session, row, told.acted_at)
        for episode in course.episodes:
            episode.began = cycles.began_exactly(session, row, episode)
        cycles.replace_course(session, issue_id, course)


def _carries(world: World, ground: Ground, known: Known, fixes: Fixes) -> Mapping[str, Carried]:
    if ground.past is None or ground.path is None or ground.repo is None:
        return {}
    names = frozenset[str]().union(*(line.releases for line in known.lines))
    revisions = {name: sha for name, sha in ground.revisions.items() if name in names}
    asked = here_of(world, ground, asked_of(ground.past, fixes))
    learn(world, ground, frozenset(revisions.values()), asked)

    def contained(revision: str) -> Collection[str]:
        return {sha for sha in asked if ground.contains.get((revision, sha))}

    return carried(ground.past, fixes.judged, revisions, contained)


def _place(line: Ran) -> Place:
    return Place(
        environment=line.environment,
        service=line.service,
        seen=line.seen,
        roll_outs=line.roll_outs,
        calls=line.calls,
        counted=line.counted,
        sessions=line.sessions,
        parts=line.parts,
        elsewhere=line.elsewhere,
        heard=line.heard,
        shared=line.shared,
    )


def keep_unknown(world: World, ground: Ground, found: Sequence[Fixes]) -> None:
    """Keep the commits that fixes are, with who or what wrote them, that no page shows yet."""
    if ground.past is None or ground.path is None or ground.repo is None:
        return
    repo_id, known = ground.repo.id or 0, ground.past.lineage.commits
    shas = {mend.sha for fixes in found for mend in fixes.mends if mend.sha in known}
    with reading(world.engine) as session:
        rows = select(CommitRow.sha).where(
            CommitRow.repo_id == repo_id, col(CommitRow.sha).in_(shas)
        )
        kept: list[str] = list(session.exec(rows))
    commits = {sha: known[sha] for sha in shas - set(kept) if sha is not None}
    if not commits:
        return
    timeout = world.settings.git_timeout
    judged = judge_commits(ground.path, list(commits.values()), timeout, told=ground.told)
    with transaction(world.engine) as session:
        keep_commits(session, repo_id, commits, {one.commit.sha: one.provenance for one in judged})
    ground.brought_news = True


def _authors(
    session: Session, repo_id: int | None, fixes: Fixes, culprit: str | None
) -> dict[str, str]:
    """Who or what wrote the fixes and the culprit, by hash."""
    shas = {one.sha for one in fixes.mends if one.sha} | {culprit or ""}
    wanted = select(CommitRow).where(CommitRow.repo_id == repo_id, col(CommitRow.sha).in_(shas))
    found = {row.sha: row.author for row in session.exec(wanted)}
    return {**found, "culprit": found[culprit]} if culprit in found else found
