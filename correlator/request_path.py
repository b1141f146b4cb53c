"""Request path: which other services had part in a failed request, and which of their changes may
have broken it. Rows and mirrors come together here, for the step that investigates.

What cannot be read of another service's repository never costs an issue its verdict: it becomes a
note beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from correlator.code.lookups import GitLookup
from correlator.code.mirrors import mirror_directory
from correlator.code.patch_upkeep import patches_beside
from correlator.code.releases import resolve
from correlator.code.repo import Repo
from correlator.errors import Permanent, Transient
from correlator.investigation.calls_made import Call, call_served, calls_made, is_called
from correlator.investigation.crossing import Provider, suspects_of
from correlator.investigation.joining import join
from correlator.investigation.recorded import judge_origins
from correlator.ranking.weights import Weights
from correlator.store.code import repos
from correlator.store.deploys import history as deploys
from correlator.store.deploys.history import Line
from correlator.store.intake.bodies import unpack
from correlator.store.tables import DeployRow, EventRow, IssueRow, RepoRow
from correlator.store.verdicts.late_words import Spoken
from correlator.store.verdicts.traces import Deployed, deployed_recently, same_trace
from correlator.types import Elsewhere, Event, Explanation, Suspect
from correlator.world import World

MOST_PROVIDERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A service on the request's path that was deployed shortly before, with all that the rows
    say of it: how it is known to be on the path, what it ran before, and where its code lies."""

    deploy: DeployRow
    how: str
    calls: tuple[Call, ...]
    before: tuple[DeployRow, ...]
    markers: Mapping[str, str]
    repos: tuple[RepoRow, ...]


@dataclass(frozen=True, slots=True)
class Crossed:
    """Suspects of other services, what is to be kept of them, and what could not be looked at."""

    suspects: tuple[Suspect, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    repos: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def neighbours(session: Session, issue: IssueRow, event: Event, own: Line) -> tuple[Neighbour, ...]:
    """The services on the path of an issue's first event that were deployed within a day before."""
    recent = [
        one
        for one in deployed_recently(session, issue)
        if (one.row.project_id, one.row.service) != (own.project_id, own.service)
    ]
    if not recent:
        return ()
    traced = same_trace(session, issue, event.trace_id)
    calls = calls_made(event)
    on_path = [(one, _on_path(one, traced, calls)) for one in recent]
    found = [_neighbour(session, one.row, *known) for one, known in on_path if known is not None]
    # What a service ran before its first marker nobody knows: no change of it can be named.
    return tuple(one for one in found if one.before)[:MOST_PROVIDERS]


def told_since(session: Session, spoken: Spoken, own: Line) -> bool:
    """Whether of a service on the request's path that was deployed shortly before the issue, its
    marker or its event of the same trace came only after the verdict."""
    event = unpack(spoken.first.body)
    traced = same_trace(session, spoken.issue, event.trace_id)
    calls = calls_made(event)
    for one in deployed_recently(session, spoken.issue):
        if (one.row.project_id, one.row.service) == (own.project_id, own.service):
            continue
        events = [row.received_at for row in traced if _is_of(row, one.row)]
        late = one.row.received_at > spoken.at or any(at > spoken.at for at in events[:1])
        if late and _on_path(one, traced, calls) is not None:
            return True
    return False


def _on_path(
    one: Deployed, traced: Sequence[EventRow], calls: Sequence[Call]
) -> tuple[str, tuple[Call, ...]] | None:
    """How a deployed service is known to have had part, and what it was asked; None if not."""
    called = is_called(one.row.service, calls) or is_called(one.project, calls)
    asked = tuple(call for call in calls if called and call.host == called.host)
    event = next((row for row in traced if _is_of(row, one.row)), None)
    if event is not None:
        served = call_served(unpack(event.body))
        how = "an event of it carries the same trace id"
        return how, asked or ((served,) if served else ())
    if called is not None:
        where = {"breadcrumb": "the event's breadcrumbs call", "message": "the message names"}
        return f"{where.get(called.told_by, 'it was asked for')} {called.host}", asked
    return None


def _is_of(event: EventRow, deploy: DeployRow) -> bool:
    return (event.project_id, event.service) == (deploy.project_id, deploy.service)


def _neighbour(session: Session, row: DeployRow, how: str, calls: tuple[Call, ...]) -> Neighbour:
    line = Line(row.project_id, row.service, row.environment)
    return Neighbour(
        deploy=row,
        how=how,
        calls=calls,
        before=tuple(deploys.deploys_before(session, line, row.at, 5)),
        markers=deploys.markers(session, row.project_id),
        repos=tuple(repo for repo, _ in repos.of_project(session, row.project_id)),
    )


def cross(
    world: World, found: Sequence[Neighbour], issue: IssueRow, event: Event, none: float
) -> Crossed:
    """Look into the neighbours' repositories. ``none``: the score of "none of these"."""
    suspects: list[Suspect] = []
    elsewhere: list[Elsewhere] = []
    known: dict[str, int] = {}
    notes: list[str] = []
    for one in found:
        named = f"{one.deploy.service} deployed {one.deploy.release} shortly before"
        try:
            pair = next(_providers(world, one), None)
            if pair is None:
                notes.append(f"{named}, but what changed is not known: no repository or range")
                continue
            provider, repo, row = pair
            seen = suspects_of(repo, provider, event, issue.first_seen, none)
            commits = repo.commits([suspect.sha for suspect in seen])
            whole, _ = judge_origins(repo.path, tuple(commits.values()), [], at=provider.deployed)
        except (Permanent, Transient) as fault:
            notes.append(f"{named}, but its repository could not be read: {str(fault)[:200]}")
            continue
        suspects += seen
        known[row.name] = row.id or 0
        elsewhere.append(Elsewhere(repository=row.name, commits=commits, provenance=whole))
    return Crossed(tuple(suspects), tuple(elsewhere), known, tuple(notes))


def _providers(world: World, one: Neighbour) -> Iterator[tuple[Provider, Repo, RepoRow]]:
    """The neighbour's range in each of its repositories that holds both ends of it."""
    for row in one.repos:
        directory = mirror_directory(world.settings.mirrors, row.id or 0)
        if not directory.exists():
            continue
        timeout = world.settings.git_timeout
        repo = Repo(directory, timeout=timeout, patches=patches_beside(directory))
        ends = _range(one, GitLookup(directory, world.settings.git_timeout), repo)
        if ends is not None:
            provider = Provider(
                service=one.deploy.service,
                repository=row.name,
                release=one.deploy.release,
                deployed=ends[0],
                previous=ends[1],
                at=one.deploy.at,
                how=one.how,
                calls=one.calls,
            )
            yield provider, repo, row


def _range(one: Neighbour, lookup: GitLookup, repo: Repo) -> tuple[str, str] | None:
    """Revisions of the deploy and of the newest one before it that was of something else."""
    ends: list[str] = []
    for row in (one.deploy, *one.before):
        said = {**one.markers, **({row.release: row.revision} if row.revision else {})}
        revision = resolve(row.release, markers=said, lookup=lookup)
        if revision is None or not repo.has(revision.sha):
            if not ends:
                return None
            continue
        if revision.sha not in ends:
            ends.append(revision.sha)
        if len(ends) == 2:
            return ends[0], ends[1]
    return None


def joined(told: Explanation, crossed: Crossed, weights: Weights) -> Explanation:
    """The explanation with the other services' suspects in their places."""
    return replace(
        told,
        verdict=join(told.verdict, crossed.suspects, weights),
        elsewhere=tuple(one for one in crossed.elsewhere if one.commits),
        notes=(*told.notes, *crossed.notes),
    )
