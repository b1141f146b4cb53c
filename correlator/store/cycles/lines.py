"""What happened to an issue on each line: events by hour, roll-outs, how much it was used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from correlator.store.cycles.one_name import shared_names, told_apart, without_shared
from correlator.store.cycles.traced import Other, placed_by_trace
from correlator.store.intake.bodies import unpack
from correlator.store.intake.exposures import used_by_hour
from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    EventRow,
    ExposureRow,
    IssueRow,
    TallyRow,
)
from correlator.types import ExposureKind, RollOut, Seen, Use

MOST_ROLL_OUTS = 2000
# Events may seem to come before the deploy that they are of.
EARLY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """An issue on one line, as rows have it. ``calls``: of the failing transaction; ``counted``:
    when calls of anything were counted last; ``sessions``: of the service; ``parts``: roll-outs to
    a part of it (canaries), beside which the release before stays what is deployed.
    ``elsewhere``: another service, whose roll-outs these are since the culprit is of its code;
    ``heard``: when any failure of the service was told last, where calls are counted no more;
    ``shared``: names that several releases have."""

    environment: str
    service: str
    seen: tuple[Seen, ...]
    roll_outs: tuple[RollOut, ...]
    revisions: Mapping[str, str]
    calls: tuple[Use, ...] = ()
    counted: datetime | None = None
    sessions: tuple[Use, ...] = ()
    parts: tuple[RollOut, ...] = ()
    elsewhere: str | None = None
    heard: datetime | None = None
    shared: frozenset[str] = frozenset()

    @property
    def releases(self) -> frozenset[str]:
        """Whatever is named: rolled out, failed, or used."""
        told_of = self.roll_outs, self.parts, self.seen, self.calls, self.sessions
        return frozenset(one.release for held in told_of for one in held)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A culprit of another repository than the code that failed."""

    repo_id: int
    sha: str


def lines_of(session: Session, issue: IssueRow, culprit: Elsewhere | None = None) -> Iterable[Ran]:
    """Every line that it was seen on; with a culprit elsewhere the roll-outs are those of the
    service that brought it there."""
    counted: defaultdict[tuple[str, str], list[TallyRow]] = defaultdict(list)
    tallies = select(TallyRow).where(TallyRow.issue_id == issue.id).order_by(col(TallyRow.hour))
    for row in session.exec(tallies):
        counted[row.environment, row.service].append(row)
    transaction = _transaction(session, issue)
    for place, rows in sorted(counted.items()):
        began = rows[0].hour
        project_id, service = _whose(session, issue, place, culprit)
        there = place[0], service
        deploys = _deploys(session, project_id, there, began)
        since = began - EARLY
        parts = _parts(session, project_id, there, since)
        calls, at = _calls(session, issue.project_id, place, transaction, since)
        sessions = _used(session, issue.project_id, place, ExposureKind.SESSIONS, None, since)
        shared = shared_names([*deploys, *parts])
        roll_outs = tuple(told_apart(one, shared) for one in deploys)
        in_part = tuple(told_apart(one, shared) for one in parts)
        named = zip((*roll_outs, *in_part), (*deploys, *parts), strict=True)
        own = (project_id, there) == (issue.project_id, place)
        seen = (
            tuple(map(_seen, rows))
            if own
            else placed_by_trace(session, issue.id or 0, rows, Other(project_id, service))
        )
        yield Ran(
            environment=place[0],
            service=place[1],
            seen=without_shared(seen, shared),
            roll_outs=roll_outs,
            parts=in_part,
            elsewhere=None if own else service,
            revisions={one.release: row.revision for one, row in named if row.revision},
            calls=without_shared(calls, shared),
            counted=at,
            sessions=without_shared(sessions, shared),
            heard=_heard(session, issue.project_id, place, at) if at else None,
            shared=shared,
        )


def _seen(row: TallyRow) -> Seen:
    return Seen(hour=row.hour, release=row.release, events=row.events, windows=row.windows)


def _whose(
    session: Session, issue: IssueRow, place: tuple[str, str], culprit: Elsewhere | None
) -> tuple[int, str]:
    """The project and the service whose roll-outs may mend it."""
    if culprit is None:
        return issue.project_id, place[1]
    brought = (
        sa.select(col(DeployRow.project_id), col(DeployRow.service))
        .join(ArrivalRow, col(ArrivalRow.deploy_id) == col(DeployRow.id))
        .where(col(ArrivalRow.repo_id) == culprit.repo_id, col(ArrivalRow.sha) == culprit.sha)
        .where(col(ArrivalRow.is_taken).is_(False), col(DeployRow.environment) == place[0])
        .order_by(col(DeployRow.at))
    )
    found = session.execute(brought.limit(1)).first()
    return (found[0], found[1]) if found else (issue.project_id, place[1])


def _transaction(session: Session, issue: IssueRow) -> str | None:
    row = session.get(EventRow, issue.first_event_id) if issue.first_event_id else None
    return unpack(row.body).transaction if row else None


def _deploys(
    session: Session, project_id: int, place: tuple[str, str], began: datetime
) -> list[DeployRow]:
    """The roll-outs of the line since shortly before the issue began, and two from before that.

    Only whole ones: beside a canary the release before stays what most of the traffic runs on."""
    on = _on(session, project_id, place).where(col(DeployRow.stage).is_(None))
    since = began - EARLY
    before = on.where(DeployRow.at < since).order_by(col(DeployRow.at).desc()).limit(2)
    after = on.where(DeployRow.at >= since).order_by(col(DeployRow.at).desc())
    newest = list(session.exec(after.limit(MOST_ROLL_OUTS)))[::-1]
    # Beyond a gap nothing is told: what was there before would seem to have stayed all that time.
    earlier = [] if len(newest) == MOST_ROLL_OUTS else list(session.exec(before))[::-1]
    return [*earlier, *newest]


def _parts(
    session: Session, project_id: int, place: tuple[str, str], since: datetime
) -> Sequence[DeployRow]:
    on = _on(session, project_id, place).where(
        col(DeployRow.stage).is_not(None), DeployRow.at >= since
    )
    return session.exec(on.order_by(col(DeployRow.at)).limit(MOST_ROLL_OUTS)).all()


def _on(session: Session, project_id: int, place: tuple[str, str]) -> SelectOfScalar[DeployRow]:
    return select(DeployRow).where(
        DeployRow.project_id == project_id,
        DeployRow.environment == place[0],
        DeployRow.service == service_of(session, project_id, place),
    )


def service_of(session: Session, project_id: int, place: tuple[str, str]) -> str:
    """The service that deploys name; the environment's only one if the events' has none."""
    there = select(DeployRow.service).where(
        DeployRow.project_id == project_id, DeployRow.environment == place[0]
    )
    services = list(session.exec(there.distinct().limit(2)))
    own = select(DeployRow.id).where(
        DeployRow.project_id == project_id,
        DeployRow.environment == place[0],
        DeployRow.service == place[1],
    )
    if len(services) == 1 and session.exec(own.limit(1)).first() is None:
        return services[0]
    return place[1]


def _calls(
    session: Session,
    project_id: int,
    place: tuple[str, str],
    transaction: str | None,
    since: datetime,
) -> tuple[tuple[Use, ...], datetime | None]:
    if transaction is None:
        return (), None
    found = _used(session, project_id, place, ExposureKind.CALLS, [transaction], since)
    if not found:
        return (), None
    newest = sa.select(sa.func.max(col(ExposureRow.hour))).where(
        col(ExposureRow.project_id) == project_id,
        col(ExposureRow.kind) == ExposureKind.CALLS.value,
        col(ExposureRow.environment) == place[0],
        col(ExposureRow.service) == place[1],
    )
    return found, session.execute(newest).scalar()


def _heard(
    session: Session, project_id: int, place: tuple[str, str], since: datetime
) -> datetime | None:
    newest = (
        sa.select(col(TallyRow.hour))
        .join(IssueRow, col(IssueRow.id) == col(TallyRow.issue_id))
        .where(col(IssueRow.project_id) == project_id, col(TallyRow.hour) > since)
        .where(col(TallyRow.environment) == place[0], col(TallyRow.service) == place[1])
        .order_by(col(TallyRow.hour).desc())
        .limit(1)
    )
    return session.execute(newest).scalar()


def _used(
    session: Session,
    project_id: int,
    place: tuple[str, str],
    kind: ExposureKind,
    names: Sequence[str] | None,
    since: datetime,
) -> tuple[Use, ...]:
    used = used_by_hour(session, project_id, place, kind, names=names, since=since)
    return tuple(Use(hour=one.hour, release=one.release, count=one.count) for one in used)
