"""What the rows say about an issue's first sight: its event, the deploys around it, its places."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session

from correlator.request_path import Neighbour, neighbours
from correlator.store.code import repos
from correlator.store.code.merged import pulls_of_repo
from correlator.store.deploys import history as deploys
from correlator.store.intake.bodies import unpack
from correlator.store.issues.earlier_traces import earlier_traces
from correlator.store.tables import DeployRow, EventRow, IssueRow, RepoRow
from correlator.types import Event, PullRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A repository that holds a project's code: its mirror, and how frames map into it."""

    row: RepoRow
    root: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSight:
    """What the rows say about an issue's first sight; ``earlier``: functions (path, name) of the
    traces of the project's earlier issues."""

    issue: IssueRow
    event: Event
    event_row_id: int
    places: tuple[Place, ...]
    markers: Mapping[str, str]
    deploy: DeployRow | None
    before: tuple[DeployRow, ...]
    neighbours: tuple[Neighbour, ...] = ()
    pulls: Mapping[int, tuple[PullRequest, ...]] = field(default_factory=dict)
    earlier: tuple[frozenset[tuple[str, str]], ...] = ()

    @property
    def release(self) -> str | None:
        """The release that the event names, else the one that was live."""
        return self.issue.first_release or (self.deploy.release if self.deploy else None)


def first_sight(session: Session, issue_id: int) -> FirstSight | None:
    """All of it; None where the issue or its first event is gone."""
    issue = session.get(IssueRow, issue_id)
    row = session.get(EventRow, issue.first_event_id) if issue and issue.first_event_id else None
    if issue is None or row is None:
        return None
    line = deploys.line_of(session, issue)
    deploy = deploys.deploy_of(session, line, issue.first_release, issue.first_seen)
    event = unpack(row.body)
    linked = repos.of_project(session, issue.project_id)
    return FirstSight(
        issue=issue,
        event=event,
        neighbours=neighbours(session, issue, event, line),
        event_row_id=row.id or 0,
        places=tuple(
            Place(row=repo, root=(link.stack_root, link.source_root)) for repo, link in linked
        ),
        pulls={repo.id or 0: pulls_of_repo(session, issue.project_id, repo) for repo, _ in linked},
        markers=deploys.markers(session, issue.project_id),
        earlier=tuple(earlier_traces(session, issue)),
        deploy=deploy,
        before=tuple(
            deploys.deploys_before(session, line, deploy.at if deploy else issue.first_seen)
        ),
    )
