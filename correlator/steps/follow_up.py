"""Follow up: finds what is meant to mend an issue, and says what became of it on each line.

Gather (rows), look (git, no transaction open), write (rows). What was found of an issue is put in
place of what was found before, so it may run as often as it likes, and in any order.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, col, select

from correlator.code.lineage import here, inside
from correlator.code.lookups import GitLookup
from correlator.code.mirrors import mirror_directory
from correlator.code.releases import resolve
from correlator.cycles import follow
from correlator.errors import Permanent, Transient
from correlator.investigation.alive import (
    Carried,
    Fixes,
    Word,
    asked_of,
    carried,
    with_going_back,
    with_words,
)
from correlator.investigation.brought import Told
from correlator.investigation.fixes import Broken, Past, find_fixes, read_past
from correlator.investigation.followed import Place, course_of
from correlator.investigation.recorded import judge_commits
from correlator.steps import MOST_IDS, in_hundreds, step
from correlator.store import cycles, cycles_due, repos
from correlator.store.course_rows import rows_of
from correlator.store.cycles import Known, Ran
from correlator.store.deploys import markers
from correlator.store.session import reading, transaction
from correlator.store.tables import CommitRow, RepoRow, TroubleRow
from correlator.store.told import told_of
from correlator.store.trouble import keep_trouble, resolve_trouble
from correlator.store.verdicts import keep_commits
from correlator.types import Mend, Next, Way
from correlator.world import World

# Deployed revisions from which a repository's history is looked at.
MOST_TIPS = 30
# When an issue that could not be followed gets its next turn.
AGAIN = timedelta(hours=1)

Made = TypeVar("Made")


@dataclass(slots=True)
class _Ground:
    """A repository, or none, with what was asked of it for the issues of one call."""

    repo: RepoRow | None
    path: Path | None
    told: Told
    markers: Mapping[str, str]
    past: Past | None = None
    revisions: dict[str, str] = field(default_factory=dict)
    contains: dict[tuple[str, str], bool] = field(default_factory=dict)
    learnt: dict[tuple[str, str], bool] = field(default_factory=dict)
    here: dict[str, bool] = field(default_factory=dict)
    brought_news: bool = False


@step("follow_up")
def follow_up(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Follow these issues; ``ids`` empty: those that are to be looked at again by now."""
    now = world.now()
    with reading(world.engine) as session:
        wanted = ids or tuple(cycles_due.due(session, now, MOST_IDS))
        known = {one: cycles.known_of(session, one, now) for one in dict.fromkeys(wanted)}
        grouped = _grouped(session, [one for one in known.values() if one is not None])
    for issue_id, one in known.items():
        if one is None:
            with transaction(world.engine) as session:
                cycles.replace_course(session, issue_id, None)
    follow = [Next("follow_up")] if not ids and len(wanted) == MOST_IDS else []
    slow: Transient | None = None
    late: list[int] = []
    for (project_id, repo_id), issues in grouped.items():
        try:
            follow += _follow_group(world, project_id, repo_id, issues)
        except Transient as fault:
            _put_off(world, issues)
            slow = fault
            late += [one.issue.id or 0 for one in issues]
    if slow is not None and not follow:
        raise slow
    # What others brought must not be lost: the slow ones are then tried again by themselves.
    return follow + in_hundreds("follow_up", late)


def _grouped(session: Session, known: Sequence[Known]) -> dict[tuple[int, int | None], list[Known]]:
    """By project and repository: the verdict's, else the project's first."""
    firsts: dict[int, int | None] = {}
    grouped: defaultdict[tuple[int, int | None], list[Known]] = defaultdict(list)
    for one in known:
        project_id = one.issue.project_id
        if project_id not in firsts:
            rows = repos.of_project(session, project_id)
            firsts[project_id] = rows[0][0].id if rows else None
        grouped[project_id, one.repo_id or firsts[project_id]].append(one)
    return grouped


def _follow_group(
    world: World, project_id: int, repo_id: int | None, issues: Sequence[Known]
) -> list[Next]:
    try:
        ground = _ground(world, project_id, repo_id, issues)
        found = _each(world, issues, lambda one: _fixes(world, ground, one))
        _keep_unknown(world, ground, [fixes for _, fixes in found])
    except Permanent as fault:
        _put_off(world, issues, fault)
        return []
    fixes = {one.issue.id: its for one, its in found}
    done = _each(
        world,
        [one for one, _ in found],
        lambda one: _follow_one(world, ground, one, fixes[one.issue.id]),
    )
    with transaction(world.engine) as session:
        for known, _ in done:
            resolve_trouble(session, "follow_up", known.issue.id or 0, world.now())
    return [Next("account", (repo_id,))] if repo_id is not None and ground.brought_news else []


def _each(
    world: World, issues: Sequence[Known], work: Callable[[Known], Made]
) -> list[tuple[Known, Made]]:
    """What the work makes of each; one that it fails for is put off and holds up no other."""
    made: list[tuple[Known, Made]] = []
    for one in issues:
        try:
            made.append((one, work(one)))
        except Permanent as fault:
            _put_off(world, [one], fault)
    return made


def _put_off(world: World, issues: Sequence[Known], fault: Permanent | None = None) -> None:
    """Look at them again in an hour; what went wrong for good is noted once, on the first."""
    ids = [one.issue.id or 0 for one in issues]
    with transaction(world.engine) as session:
        cycles_due.put_off(session, ids, world.now() + AGAIN)
        if fault is None:
            return
        trouble = TroubleRow(
            project_id=issues[0].issue.project_id,
            step="follow_up",
            subject_id=ids[0],
            reason=str(fault),
            at=world.now(),
        )
        keep_trouble(session, trouble)


def _ground(world: World, project_id: int, repo_id: int | None, issues: Sequence[Known]) -> _Ground:
    with reading(world.engine) as session:
        repo = session.get(RepoRow, repo_id) if repo_id is not None else None
        all_told = told_of(session, repo) if repo is not None else None
        given = markers(session, project_id)
    told = Told(all_told.pulls, all_told.works) if all_told else Told()
    path = mirror_directory(world.settings.mirrors, repo_id) if repo_id is not None else None
    ground = _Ground(repo, path if path and path.exists() else None, told, given)
    if ground.path is None:
        return ground
    ground.revisions = _revisions(
        world, ground.path, given, [x for one in issues for x in one.lines]
    )
    ground.past = read_past(
        ground.path,
        min(one.issue.first_seen for one in issues),
        revisions=_tips(ground.revisions, issues),
        pulls=told.pulls,
        base_url=world.settings.base_url,
        timeout=world.settings.git_timeout,
    )
    _here(world, ground, [one.culprit for one in issues if one.culprit])
    return ground


def _here(world: World, ground: _Ground, shas: Iterable[str]) -> frozenset[str]:
    """Those of the commits that the mirror has; what was read of it is not asked for again."""
    assert ground.past is not None
    assert ground.path is not None
    wanted = frozenset(shas)
    unknown = wanted - ground.past.lineage.commits.keys() - ground.here.keys()
    found = here(ground.path, unknown, world.settings.git_timeout)
    ground.here |= {sha: sha in found for sha in unknown}
    return frozenset(sha for sha in wanted if ground.here.get(sha, True))


def _revisions(
    world: World, path: Path, given: Mapping[str, str], lines: Iterable[Ran]
) -> dict[str, str]:
    """The revision of each release of these lines that is known and here."""
    lookup = GitLookup(path, world.settings.git_timeout)
    found: dict[str, str] = {}
    for line in lines:
        said = {**given, **line.revisions}
        names = {one.release for one in line.roll_outs} | {one.release for one in line.seen}
        for name in sorted(names - found.keys()):
            revision = resolve(name, markers=said, lookup=lookup) if name else None
            if revision is not None:
                found[name] = revision.sha
    present = here(path, found.values(), world.settings.git_timeout)
    return {name: sha for name, sha in found.items() if sha in present}


def _tips(revisions: Mapping[str, str], issues: Sequence[Known]) -> list[str]:
    """What was deployed, the newest first."""
    rolled = sorted(
        {
            (one.at, one.release)
            for known in issues
            for line in known.lines
            for one in line.roll_outs
        },
        reverse=True,
    )
    tips = [revisions[release] for _, release in rolled if release in revisions]
    return list(dict.fromkeys(tips))[:MOST_TIPS]


def _follow_one(world: World, ground: _Ground, known: Known, fixes: Fixes) -> None:
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
        course.followed.users_before_action = cycles.users_until(session, issue_id, told.acted_at)
        cycles.replace_course(session, issue_id, course)


def _fixes(world: World, ground: _Ground, known: Known) -> Fixes:
    culprit = known.culprit
    if ground.past is not None and culprit is not None:
        culprit = next(iter(_here(world, ground, [culprit])), None)
    found: tuple[Mend, ...] = ()
    if ground.past is not None:
        broken = Broken(
            issue_id=known.issue.id or 0,
            names=known.names,
            since=known.issue.first_seen,
            culprit=culprit,
        )
        found = find_fixes(ground.past, broken)
    fixes = with_words(ground.past, found, _words(known), ground.revisions)
    return with_going_back(fixes, ground.past, culprit)


def _words(known: Known) -> Iterable[Word]:
    for row in {one.key: one for one in known.words}.values():
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
        return rest
    if kind != "next":
        return None
    after = datetime.fromisoformat(rest)
    rolled = [one for line in known.lines for one in line.roll_outs if one.at > after]
    return min(rolled, key=lambda one: one.at).release if rolled else None


def _carries(world: World, ground: _Ground, known: Known, fixes: Fixes) -> Mapping[str, Carried]:
    if ground.past is None or ground.path is None or ground.repo is None:
        return {}
    rolled = {one.release for line in known.lines for one in line.roll_outs}
    names = rolled | {one.release for line in known.lines for one in line.seen}
    revisions = {name: sha for name, sha in ground.revisions.items() if name in names}
    asked = _here(world, ground, asked_of(ground.past, fixes))
    _learn(world, ground, frozenset(revisions.values()), asked)

    def contained(revision: str) -> Collection[str]:
        return {sha for sha in asked if ground.contains.get((revision, sha))}

    return carried(ground.past, fixes.judged, revisions, contained)


def _learn(world: World, ground: _Ground, revisions: frozenset[str], asked: frozenset[str]) -> None:
    """Have the answers for all these pairs: those that are kept, and git's for the others."""
    assert ground.repo is not None
    assert ground.path is not None
    with reading(world.engine) as session:
        ground.contains |= cycles.kept_inside(session, ground.repo.id or 0, revisions, asked)
    for revision in sorted(revisions):
        missing = [sha for sha in asked if (revision, sha) not in ground.contains]
        held = inside(ground.path, revision, missing, world.settings.git_timeout)
        told = {(revision, sha): sha in held for sha in missing}
        ground.contains |= told
        ground.learnt |= told


def _place(line: Ran) -> Place:
    return Place(
        environment=line.environment,
        service=line.service,
        seen=line.seen,
        roll_outs=line.roll_outs,
        calls=line.calls,
        counted=line.counted,
        sessions=line.sessions,
    )


def _keep_unknown(world: World, ground: _Ground, found: Sequence[Fixes]) -> None:
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
