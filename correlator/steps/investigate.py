"""Investigate: from an issue's first sight to a verdict with evidence, or a named reason for none.

Gather (rows), look (git, no transaction open), write (rows). Verdicts are appended; a second run
appends one only if something that it rests on has changed since.
"""

from dataclasses import dataclass

from sqlmodel import Session

from correlator.errors import Permanent
from correlator.investigation import Root
from correlator.steps import MOST_IDS, step
from correlator.store import deploys, repos
from correlator.store.bodies import unpack
from correlator.store.issues import lease_issues
from correlator.store.session import reading, transaction
from correlator.store.tables import DeployRow, EventRow, IssueRow, RepoRow, TroubleRow
from correlator.store.trouble import keep_trouble, resolve_trouble
from correlator.store.verdicts import Basis, keep_verdict
from correlator.types import Abstention, Event, Explanation, Next
from correlator.world import World

# Investigated in one task at most, so that a lease outlives the work it covers.
AT_ONCE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A repository that holds a project's code, and how its frames map to it."""

    repo: RepoRow
    root: Root


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """What the rows say about an issue's first sight."""

    issue: IssueRow
    event_row: EventRow
    event: Event
    places: tuple[_Place, ...]
    line: deploys.Line
    marked: str | None
    deploy: DeployRow | None
    before: tuple[DeployRow, ...]


@step("investigate")
def investigate(world: World, ids: tuple[int, ...] = ()) -> list[Next]:
    """Give each issue that wants one a verdict; ``ids`` empty means any that waits."""
    follow: list[Next] = []
    seconds = world.settings.lease_seconds
    for _ in range(MOST_IDS if ids else AT_ONCE):
        with transaction(world.engine) as session:
            taken = lease_issues(session, world.now(), seconds, ids, limit=1)
        if not taken:
            return follow
        follow += _investigate_one(world, taken[0])
    return [*follow, Next("investigate")]


def _investigate_one(world: World, issue_id: int) -> list[Next]:
    try:
        with reading(world.engine) as session:
            gathered = _gather(session, issue_id)
        if gathered is None:
            return []
        basis, told = _look(world, gathered)
        with transaction(world.engine) as session:
            keep_verdict(session, basis, told, world.now())
            resolve_trouble(session, "investigate", issue_id, world.now())
    except Permanent as fault:
        _give_up(world, issue_id, str(fault))
        return []
    stale = told.verdict.abstained is Abstention.REVISION_NOT_IN_REPOSITORY
    return [Next("fetch", (basis.repo_id,))] if stale and basis.repo_id else []


def _give_up(world: World, issue_id: int, reason: str) -> None:
    """No verdict can be had now: say so where somebody looks, and stop trying."""
    with transaction(world.engine) as session:
        issue = session.get_one(IssueRow, issue_id)
        issue.wants_verdict = False
        issue.leased_until = None
        session.add(issue)
        trouble = TroubleRow(
            project_id=issue.project_id,
            step="investigate",
            subject_id=issue_id,
            reason=reason,
            at=world.now(),
        )
        keep_trouble(session, trouble)


def _gather(session: Session, issue_id: int) -> _Gathered | None:
    issue = session.get(IssueRow, issue_id)
    event_row = (
        session.get(EventRow, issue.first_event_id) if issue and issue.first_event_id else None
    )
    if issue is None or event_row is None:
        return None
    line = deploys.line_of(session, issue)
    deploy = deploys.deploy_of(session, line, issue.first_release, issue.first_seen)
    return _Gathered(
        issue=issue,
        event_row=event_row,
        event=unpack(event_row.body),
        places=tuple(
            _Place(repo=repo, root=Root(link.stack_root, link.source_root))
            for repo, link in repos.of_project(session, issue.project_id)
        ),
        line=line,
        marked=deploys.revision_by_marker(session, issue.project_id, issue.first_release or ""),
        deploy=deploy,
        before=tuple(
            deploys.deploys_before(session, line, deploy.at if deploy else issue.first_seen)
        ),
    )


def _look(world: World, gathered: _Gathered) -> tuple[Basis, Explanation]:
    """Find the repository that holds the deployed revision, and explain the event there."""
