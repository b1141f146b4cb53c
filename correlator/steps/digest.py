"""Digest: takes deliveries from the inbox, reads them, keeps issues, events and deploys.

A delivery that cannot be read becomes a trouble row, scrubbed, that can be replayed.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import Session

from correlator import sources
from correlator.code.mending import mended_in
from correlator.errors import Permanent, Transient
from correlator.grouping import fingerprint, join
from correlator.grouping_rules import Rule, read_rules
from correlator.steps import MOST_IDS, in_hundreds, step
from correlator.store import inbox
from correlator.store.agent_works import keep_agent_work
from correlator.store.cycles_due import (
    Place,
    deploy_concerns,
    first_used,
    named_issues,
    use_came_late,
    with_fixes,
)
from correlator.store.deploys import issues_of_release, keep_deploy
from correlator.store.exposures import keep_exposures
from correlator.store.fix_words import keep_resolved, keep_sentry_issue
from correlator.store.grouping_rules import rules_text
from correlator.store.issues import keep_event
from correlator.store.marks import narrowed
from correlator.store.pull_requests import keep_pull_request, keep_review
from correlator.store.session import reading, transaction
from correlator.store.standings import forget_standings
from correlator.store.tables import InboxRow, ProjectRow, TroubleRow
from correlator.store.trouble import keep_trouble, resolve_trouble
from correlator.types import (
    AgentWork,
    Deploy,
    Event,
    Exposure,
    Fact,
    Inbound,
    Next,
    PullRequest,
    Resolved,
    Review,
    Unread,
    unread_in,
)
from correlator.world import World

# A delivery whose worker died this often is what kills them.
MOST_ATTEMPTS = 3


@dataclass(slots=True)
class _Read:
    """A claimed delivery and what it says, or why it cannot be read."""

    row: InboxRow
    inbound: Inbound
    facts: tuple[Fact, ...] = ()
    problem: str | None = None
    issues: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    met: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    deployed: list[int] = field(default_factory=list)
    repos: list[int] = field(default_factory=list)
    used: dict[Place, datetime] = field(default_factory=dict)

    @property
    def tells_of_deploys(self) -> bool:
        """Whether it is a deploy marker that could be read."""
        return any(isinstance(fact, Deploy) for fact in self.facts)


@step("digest")
def digest(world: World, _ids: tuple[int, ...] = ()) -> list[Next]:
    """Work off up to a hundred deliveries; the inbox says which, so no ids are needed."""
    settings = world.settings
    with transaction(world.engine) as session:
        rows = inbox.claim(session, world.now(), settings.lease_seconds, MOST_IDS)
    if not rows:
        return []
    read = [_read(world, row) for row in rows]
    try:
        with transaction(world.engine) as session:
            for one in read:
                _keep(world, session, one)
    except Transient:
        _let_go(world, rows)
        raise
    follow = in_hundreds("investigate", [issue for one in read for issue in one.issues])
    follow += in_hundreds("classify", [issue for one in read for issue in one.seen])
    follow += in_hundreds("account", [repo for one in read for repo in one.repos])
    if any(one.tells_of_deploys for one in read):
        follow += [Next("roll_out"), Next("reconsider")]
    _make_due(world, read)
    follow += _followed(world, read)
    return follow + ([Next("digest")] if len(rows) == MOST_IDS else [])


def _followed(world: World, read: list[_Read]) -> list[Next]:
    """Issues whose fix was just told of, may have been rolled out, or is spoken against."""
    wanted = {issue for one in read for issue in one.told}
    met = {issue for one in read for issue in one.met}
    deployed = {project for one in read for project in one.deployed}
    if not met and not deployed:
        return in_hundreds("follow_up", list(wanted))
    with reading(world.engine) as session:
        wanted |= set(with_fixes(session, met))
        for project_id in deployed:
            wanted |= set(deploy_concerns(session, project_id, world.now()))
    return in_hundreds("follow_up", list(wanted))


def _make_due(world: World, read: list[_Read]) -> None:
    """Issues whose fix was judged before the use of these deliveries was known."""
    used: dict[Place, datetime] = {}
    for one in read:
        for place, hour in one.used.items():
            used[place] = min(used.get(place, hour), hour)
    if used:
        with transaction(world.engine) as session:
            use_came_late(session, used, world.now())


def _mended(pull: PullRequest) -> frozenset[str]:
    """What a pull request says that it mends."""
    texts = (pull.title or "", *pull.footers, *(one.subject for one in pull.commits))
    return frozenset(name for text in texts for name in mended_in(text))


def _let_go(world: World, rows: list[InboxRow]) -> None:
    """Nothing was kept: others may try at once, without waiting for the claims to run out."""
    with suppress(Transient), transaction(world.engine) as session:
        inbox.release(session, [row.id for row in rows if row.id is not None])


def _read(world: World, row: InboxRow) -> _Read:
    inbound = Inbound(
        project_id=row.project_id,
        source=row.source,
        delivery=row.delivery,
        body=row.body or b"",
        encoding=row.encoding,
        headers=row.headers,
        received_at=row.received_at,
    )
    read = _Read(row, inbound)
    if row.attempts > MOST_ATTEMPTS:
        read.problem = f"The worker that read it died {MOST_ATTEMPTS} times."
        return read
    try:
        read.facts = sources.parse(
            inbound, secret=world.settings.secret(), limits=sources.limits_of(world.settings)
        )
    except Permanent as fault:
        read.problem = str(fault)
    except Exception as defect:  # noqa: BLE001 - ours, so reported; the delivery must not be lost
        read.problem = _defect(world, defect)
    return read


def _keep(world: World, session: Session, read: _Read) -> None:
    row_id = read.row.id or 0
    if read.problem is None:
        try:
            read.issues = _keep_once(session, read)
            read.problem = unread_in(read.facts)
        except DBAPIError as fault:
            if isinstance(fault, OperationalError) or fault.connection_invalidated:
                # The database itself is in trouble: nothing is done, and all is tried again.
                raise
            read.problem = _defect(world, fault)
        except Exception as defect:  # noqa: BLE001 - as in _read
            read.problem = _defect(world, defect)
    if read.problem is None:
        resolve_trouble(session, "digest", row_id, world.now())
    else:
        _keep_problem(world, session, read, row_id)
    inbox.finish(session, [row_id], world.now())


def _defect(world: World, defect: Exception) -> str:
    world.report(defect)
    return f"A defect of ours stopped it: {type(defect).__name__}. It has been reported."


def _keep_once(session: Session, read: _Read) -> list[int]:
    """Keep the facts; all of a delivery or nothing of it."""
    try:
        with session.begin_nested():
            return _keep_facts(session, read)
    except IntegrityError:
        # Another worker has just kept the same: now it is there to be found.
        with session.begin_nested():
            return _keep_facts(session, read)


def _keep_facts(session: Session, read: _Read) -> list[int]:
    project = session.get_one(ProjectRow, read.inbound.project_id)
    touched: list[int] = []
    counted = [one for one in read.facts if isinstance(one, Exposure)]
    keep_exposures(session, project, counted)
    read.used = first_used(project, counted)
    for fact in read.facts:
        found = _keep_fact(session, project, fact, read)
        touched += found
        if isinstance(fact, Event):
            read.seen += found
        elif not isinstance(fact, Exposure | Resolved | Unread):
            read.repos += forget_standings(session, project.id or 0, fact)
    return touched


def _keep_fact(session: Session, project: ProjectRow, fact: Fact, read: _Read) -> list[int]:
    inbound = read.inbound
    match fact:
        case Event():
            known = fingerprint(fact, _rules(rules_text(session, project.id or 0)))
            known = narrowed(session, project.id or 0, known, fact)
            kept = keep_event(session, project, fact, known, inbound.received_at, join)
            keep_sentry_issue(session, project.id or 0, fact.sentry_issue, kept.issue_id)
            read.met.append(kept.issue_id)
            return [kept.issue_id] if kept.wants_verdict else []
        case Deploy():
            if keep_deploy(session, project, fact, inbound.received_at) is None:
                return []
            read.deployed.append(project.id or 0)
            return issues_of_release(session, project.id or 0, fact.release)
        case Exposure() | Unread():
            # The one is added up for the whole delivery at once, the other only told.
            return []
        case PullRequest():
            keep_pull_request(session, project.id or 0, fact)
            read.told += named_issues(session, project.id or 0, _mended(fact))
            return []
        case Review():
            keep_review(session, project.id or 0, fact)
            return []
        case AgentWork():
            keep_agent_work(session, project.id or 0, fact)
            return []
        case Resolved():
            # Kept as Sentry's word; whether it is true, production shows.
            if (issue_id := keep_resolved(session, project.id or 0, fact)) is not None:
                read.told.append(issue_id)
            return []


@lru_cache(maxsize=64)
def _rules(text: str) -> tuple[Rule, ...]:
    """Rules as they were kept, which is only done with such as can be read."""
    return read_rules(text)


def _keep_problem(world: World, session: Session, read: _Read, row_id: int) -> None:
    inbound = read.inbound
    keep_trouble(
        session,
        TroubleRow(
            project_id=inbound.project_id,
            step="digest",
            subject_id=row_id,
            reason=read.problem or "",
            body=sources.scrubbed_body(
                inbound,
                limits=sources.limits_of(world.settings),
                secret=world.settings.secret(),
            ),
            source=inbound.source,
            delivery=inbound.delivery,
            headers=dict(inbound.headers),
            at=world.now(),
        ),
    )
