"""The ground that issues of one repository are followed on: its mirror, and what was asked of it.

Each thing is asked once for all issues of a call; what git said of which revision contains what is
kept for good.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from correlator.code.lineage import here, inside
from correlator.code.lookups import GitLookup
from correlator.code.mirrors import mirror_directory
from correlator.code.releases import resolve
from correlator.investigation.brought import Told
from correlator.investigation.history_of_fixes import Past, read_past
from correlator.store import cycles
from correlator.store.code.told import told_of
from correlator.store.cycles import Known, Ran
from correlator.store.deploys.history import markers
from correlator.store.session import reading
from correlator.store.tables import RepoRow
from correlator.world import World

# Deployed revisions from which a repository's history is looked at.
MOST_TIPS = 30


@dataclass(slots=True)
class Ground:
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


def ground_of(
    world: World, project_id: int, repo_id: int | None, issues: Sequence[Known]
) -> Ground:
    with reading(world.engine) as session:
        repo = session.get(RepoRow, repo_id) if repo_id is not None else None
        all_told = told_of(session, repo) if repo is not None else None
        given = markers(session, project_id)
    told = Told(all_told.pulls, all_told.works) if all_told else Told()
    path = mirror_directory(world.settings.mirrors, repo_id) if repo_id is not None else None
    ground = Ground(repo, path if path and path.exists() else None, told, given)
    if ground.path is None:
        return ground
    lines = [line for one in issues for line in one.lines]
    ground.revisions = _revisions(world, ground.path, given, lines)
    ground.past = read_past(
        ground.path,
        min(one.issue.first_seen for one in issues),
        revisions=tips_of(ground.revisions, lines)[:MOST_TIPS],
        pulls=told.pulls,
        base_url=world.settings.base_url,
        timeout=world.settings.git_timeout,
        culprits=here(
            ground.path, (one.culprit for one in issues if one.culprit), world.settings.git_timeout
        ),
    )
    here_of(world, ground, [one.culprit for one in issues if one.culprit])
    return ground


def here_of(world: World, ground: Ground, shas: Iterable[str]) -> frozenset[str]:
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
        for name in sorted(line.releases - found.keys()):
            revision = resolve(name, markers=said, lookup=lookup) if name else None
            if revision is not None:
                found[name] = revision.sha
    present = here(path, found.values(), world.settings.git_timeout)
    return {name: sha for name, sha in found.items() if sha in present}


def tips_of(revisions: Mapping[str, str], lines: Iterable[Ran]) -> list[str]:
    """What was deployed on these lines, the newest first."""
    rolled = sorted({(one.at, one.release) for line in lines for one in line.roll_outs})
    tips = [revisions[release] for _, release in reversed(rolled) if release in revisions]
    return list(dict.fromkeys(tips))


def learn(world: World, ground: Ground, revisions: frozenset[str], asked: frozenset[str]) -> None:
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
