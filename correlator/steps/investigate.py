"""Investigate: from an issue's first sight to a verdict with evidence, or a named reason for none.

Gather (rows), look (git, no transaction open), write (rows). Verdicts are appended: each stays as
it was given, and the issue points to the one in force.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from correlator.code.lookups import GitLookup
from correlator.code.mirrors import mirror_directory
from correlator.code.patch_upkeep import patches_beside
from correlator.code.releases import NoLookup, resolve, why_unresolved
from correlator.code.repo import Repo
from correlator.errors import Permanent, Transient
from correlator.gate.together import together
from correlator.investigation import explain
from correlator.ranking import versions
from correlator.request_path import Neighbour, cross, joined, neighbours
from correlator.steps import MOST_IDS, in_few, step
from correlator.store import deploys, repos
from correlator.store.blames import KeptBlames
from correlator.store.bodies import unpack
from correlator.store.claims import claims_as
from correlator.store.issues import lease_issue, release_issue
from correlator.store.merged import pulls_of_repo
from correlator.store.session import reading, transaction
from correlator.store.tables import DeployRow, EventRow, IssueRow, RepoRow, TroubleRow
from correlator.store.trouble import keep_trouble, resolve_trouble
from correlator.store.verdicts import Basis, keep_verdict
from correlator.types import (
    Abstention,
    Event,
    Explanation,
    Next,
    PullRequest,
    Revision,
    Verdict,
)
from correlator.world import World

# Investigated in one task at most when nobody names any: then others get their turn.
AT_ONCE = 10
# An issue whose worker died this often is what kills them.
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A repository that holds a project's code: its mirror, and how frames map into it."""

    row: RepoRow
    root: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What the rows say about an issue's first sight."""

    issue: IssueRow
    event: Event
    event_row_id: int
    places: tuple[_Place, ...]
    markers: Mapping[str, str]
    deploy: DeployRow | None
    before: tuple[DeployRow, ...]
    neighbours: tuple[Neighbour, ...] = ()
    pulls: Mapping[int, tuple[PullRequest, ...]] = field(default_factory=dict)

    @property
    def release(self) -> str | None:
        """The release that the event names, else the one that was live."""
        return self.issue.first_release or (self.deploy.release if self.deploy else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A mirror that holds the deployed revision, and what was deployed before it."""

    place: _Place
    repo: Repo
    revision: Revision
    previous: str | None
    previous_release: str | None


@dataclass(frozen=True, slots=True)
class _NotFound:
    """Why there is no code to look at. ``stale``: a repository that a fetch may mend."""

    reason: Abstention
    because: str
    revision: Revision | None = None
    stale: int | None = None


@step("investigate")
def investigate(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Give each issue that wants one a verdict; ``ids`` empty means any that waits."""
    follow: list[Next] = []
    seconds = world.settings.lease_seconds
    for _ in range(MOST_IDS if ids else AT_ONCE):
        with transaction(world.engine) as session:
            issue = lease_issue(session, world.now(), seconds, ids)
        if issue is None:
            return in_few(follow)
        follow += _investigate_one(world, issue)
    return in_few(follow) if ids else in_few([*follow, Next("investigate")])


def _investigate_one(world: World, issue: IssueRow) -> list[Next]:
    issue_id = issue.id or 0
    try:
        if issue.attempts > MOST_ATTEMPTS:
            raise Permanent(f"Whoever looked at it died or took too long, {MOST_ATTEMPTS} times.")
        with reading(world.engine) as session:
            gathered = _gather(session, issue_id)
        if gathered is None:
            raise Permanent("The issue's first event is gone, so there is nothing to look at.")
        found = _find(world, gathered)
        told = _silent(found) if isinstance(found, _NotFound) else _explain(world, gathered, found)
        told, others = _look_across(world, gathered, told)
        if not _keep(world, gathered, replace(_basis(gathered, found), repos=others), told):
            return []
    except Permanent as fault:
        _give_up(world, issue_id, str(fault))
        return []
    except Transient:
        _let_go(world, issue_id)
        raise
    except Exception as defect:  # noqa: BLE001 - ours, so reported; the next issue gets its turn
        world.report(defect)
        _give_up(world, issue_id, f"A defect of ours stopped it: {type(defect).__name__}.")
        return []
    shown = sorted(others.values())
    if isinstance(found, _Found):
        account = Next("account", (found.place.row.id or 0, *shown))
        return [account, Next("classify", (issue_id,)), Next("follow_up", (issue_id,))]
    # A verdict that named a change gives way to one that names none: its diff is no evidence now.
    again = [Next("classify", (issue_id,))] if gathered.issue.verdict_id else []
    follow = [*again, Next("follow_up", (issue_id,))]
    follow = [Next("account", tuple(shown)), *follow] if shown else follow
    return [*follow, Next("fetch", (found.stale,))] if found.stale else follow


def _keep(world: World, gathered: _Gathered, basis: Basis, told: Explanation) -> bool:
    """Keep the verdict if the claim it was made under still holds; whether it did.

    It does not once another worker took the issue over (ours ran out), or gave its verdict.
    """
    now, stored = world.now(), claims_as(world.settings.keep_prompts)
    with transaction(world.engine) as session:
        issue = session.get(IssueRow, basis.issue_id, with_for_update=True)
        claim = gathered.issue.leased_until
        if issue is None or not issue.wants_verdict or issue.leased_until != claim:
            return False
        keep_verdict(session, basis, told, now, stored)
        resolve_trouble(session, "investigate", basis.issue_id, now)
    return True


def _let_go(world: World, issue_id: int) -> None:
    """Nothing was kept: others may try at once, without waiting for the claim to run out."""
    with suppress(Transient), transaction(world.engine) as session:
        release_issue(session, issue_id)


def _gather(session: Session, issue_id: int) -> _Gathered | None:
    issue = session.get(IssueRow, issue_id)
    row = session.get(EventRow, issue.first_event_id) if issue and issue.first_event_id else None
    if issue is None or row is None:
        return None
    line = deploys.line_of(session, issue)
    deploy = deploys.deploy_of(session, line, issue.first_release, issue.first_seen)
    event = unpack(row.body)
    linked = repos.of_project(session, issue.project_id)
    return _Gathered(
        issue=issue,
        event=event,
        neighbours=neighbours(session, issue, event, line),
        event_row_id=row.id or 0,
        places=tuple(
            _Place(row=repo, root=(link.stack_root, link.source_root)) for repo, link in linked
        ),
        pulls={repo.id or 0: pulls_of_repo(session, issue.project_id, repo) for repo, _ in linked},
        markers=deploys.markers(session, issue.project_id),
        deploy=deploy,
        before=tuple(
            deploys.deploys_before(session, line, deploy.at if deploy else issue.first_seen)
        ),
    )


def _find(world: World, gathered: _Gathered) -> _Found | _NotFound:
    """The first of the project's repositories that holds the deployed revision, or why none."""
    if not gathered.places:
        return _NotFound(
            Abstention.NO_REPOSITORY,
            "The project has no repository. Add it: correlator repo add NAME URL --project PROJECT",
        )
    misses = []
    for place in gathered.places:
        seen = _find_in(world, gathered, place)
        if isinstance(seen, _Found):
            return seen
        misses.append(seen)
    # The miss that came furthest says most: a revision that is known but not there yet.
    return max(misses, key=lambda miss: (miss.revision is not None, miss.stale is not None))


def _find_in(world: World, gathered: _Gathered, place: _Place) -> _Found | _NotFound:
    row = place.row
    directory = mirror_directory(world.settings.mirrors, row.id or 0)
    if not directory.exists():
        why = row.problem or "It has not been fetched yet."
        return _NotFound(
            Abstention.REPOSITORY_UNAVAILABLE,
            f"Repository {row.name!r} cannot be read: {why}",
            resolve(gathered.release or "", markers=gathered.markers, lookup=NoLookup()),
            row.id,
        )
    lookup = GitLookup(directory, world.settings.git_timeout)
    revision = resolve(gathered.release or "", markers=gathered.markers, lookup=lookup)
    if revision is None:
        because = why_unresolved(gathered.release, lookup)
        return _NotFound(Abstention.NO_REVISION, because)
    repo = Repo(
        directory,
        timeout=world.settings.git_timeout,
        blames=KeptBlames(world.engine, row.id or 0),
        patches=patches_beside(directory),
    )
    if not repo.has(revision.sha):
        because = (
            f"Release {gathered.release!r} is revision {revision.sha[:12]} ({revision.because}),"
            f" which repository {row.name!r} does not hold. Was it pushed, and to that one?"
        )
        return _NotFound(Abstention.REVISION_NOT_IN_REPOSITORY, because, revision, row.id)
    previous, previous_release = _previous(gathered, lookup, repo, revision.sha)
    return _Found(
        place=place,
        repo=repo,
        revision=revision,
        previous=previous,
        previous_release=previous_release,
    )


def _previous(
    gathered: _Gathered, lookup: GitLookup, repo: Repo, deployed: str
) -> tuple[str | None, str | None]:
    """Revision and release of the newest deploy before, of something else than what is deployed."""
    for before in gathered.before:
        said = {
            **gathered.markers,
            **({before.release: before.revision} if before.revision else {}),
        }
        revision = resolve(before.release, markers=said, lookup=lookup)
        if revision and revision.sha != deployed and repo.has(revision.sha):
            return revision.sha, before.release
    return None, None


def _explain(world: World, gathered: _Gathered, found: _Found) -> Explanation:
    using = versions.in_use(world.settings.weights)
    told = explain(
        found.repo,
        gathered.event,
        deployed=found.revision.sha,
        previous=found.previous,
        roots=(found.place.root,) if any(found.place.root) else (),
        weights=using.weights,
    )
    pulls = gathered.pulls.get(found.place.row.id or 0, ())
    told = together(found.repo, told, pulls, using.weights.name_from)
    return replace(told, notes=(*told.notes, using.problem)) if using.problem else told


def _look_across(
    world: World, gathered: _Gathered, told: Explanation
) -> tuple[Explanation, Mapping[str, int]]:
    """The explanation with suspects of other services, and the repositories these lie in."""
    if not gathered.neighbours:
        return told, {}
    weights = versions.in_use(world.settings.weights).weights
    crossed = cross(world, gathered.neighbours, gathered.issue, gathered.event, weights.none)
    return joined(told, crossed, weights), crossed.repos


def _silent(found: _NotFound) -> Explanation:
    """The verdict that abstains because there is no code to look at."""
    return Explanation(
        verdict=Verdict(
            suspects=(),
            confidence=0.0,
            abstained=found.reason,
            because=found.because,
            weights="none",
        ),
        deployed=found.revision.sha if found.revision else None,
        previous=None,
        commits_in_range=None,
        locations=(),
        snippets=(),
        commits={},
        provenance={},
    )


def _basis(gathered: _Gathered, found: _Found | _NotFound) -> Basis:
    here = found if isinstance(found, _Found) else None
    return Basis(
        issue_id=gathered.issue.id or 0,
        event_id=gathered.event_row_id,
        repo_id=here.place.row.id if here else None,
        release=gathered.release,
        revision=found.revision,
        previous_release=here.previous_release if here else None,
    )


def _give_up(world: World, issue_id: int, reason: str) -> None:
    """No verdict can be had now: say so where somebody looks, and stop trying."""
    with transaction(world.engine) as session:
        issue = session.get_one(IssueRow, issue_id)
        issue.wants_verdict = False
        issue.leased_until = None
        issue.attempts = 0
        session.add(issue)
        trouble = TroubleRow(
            project_id=issue.project_id,
            step="investigate",
            subject_id=issue_id,
            reason=reason,
            at=world.now(),
        )
        keep_trouble(session, trouble)
