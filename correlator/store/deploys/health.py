"""What the health of deploys is judged from, and the verdicts, each given once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store.deploys.history import SKEW, Line, all_before, deploys_before, replaced_at
from correlator.store.intake.tallies import WINDOWS, hour_of
from correlator.store.tables import (
    DeployRow,
    ExposureRow,
    HealthVerdictRow,
    IssueRow,
    TallyRow,
)
from correlator.store.upsert import insert_into
from correlator.types import ExposureKind, Fared, HourOfRelease, Level, Watched

# A deploy of this environment is compared with the stable one there.
CANARY = "canary"
STABLE = "production"
_FAILURES = (Level.ERROR.value, Level.FATAL.value)
SETTLED = timedelta(minutes=5)
# So long around a deploy its hours are drawn.
AROUND = timedelta(hours=24)
HOUR = timedelta(hours=1)


def undecided(session: Session, now: datetime, young: timedelta, limit: int = 200) -> list[int]:
    """Deploys without a verdict that are young, and such as have just ceased to be.

    One that was told of late is judged once what went with it has had time to arrive.
    """
    told_late = col(DeployRow.received_at).between(now - 2 * young, now - SETTLED)
    wanted = (
        select(DeployRow.id)
        .outerjoin(HealthVerdictRow, col(HealthVerdictRow.deploy_id) == col(DeployRow.id))
        .where(
            col(HealthVerdictRow.id).is_(None),
            sa.or_(col(DeployRow.at) >= now - 2 * young, told_late),
        )
        .order_by(col(DeployRow.at).desc())
        .limit(limit)
    )
    return [one for one in session.exec(wanted) if one is not None]


@dataclass(frozen=True, slots=True)
class SeenOf:
    """A deploy as it is to be judged, the id of the one that it is compared with, and what was
    counted of its line."""

    watched: Watched
    against_id: int | None
    hours: list[HourOfRelease]


def seen_of(session: Session, deploy: DeployRow, now: datetime, before: timedelta) -> SeenOf:
    """What a deploy's health is judged from, from so long before it on."""
    subject, against = _watched(session, deploy, now)
    environments = {deploy.environment, *(subject.against[:1] if subject.against else ())}
    hours = hours_of_line(session, deploy, environments, deploy.at - before)
    return SeenOf(subject, against, hours)


def _watched(session: Session, deploy: DeployRow, now: datetime) -> tuple[Watched, int | None]:
    line = Line(deploy.project_id, deploy.service, deploy.environment)
    stable = Line(line.project_id, line.service, STABLE) if line.environment == CANARY else line
    before = deploys_before(session, stable, deploy.at, 20)
    against = next((row for row in before if row.release != deploy.release), None)
    counts_from, timed_from = _from_when(session, line, deploy)
    subject = Watched(
        environment=deploy.environment,
        release=deploy.release,
        at=deploy.at,
        until=_until(session, deploy, now),
        counts_from=counts_from,
        timed_from=timed_from,
        against=(against.environment, against.release, against.at) if against else None,
        share=_share(deploy),
    )
    return subject, against.id if against else None


def _until(session: Session, deploy: DeployRow, now: datetime) -> datetime:
    """Now, or until another took its place: of that hour nobody can tell any more what was before
    and what old instances still sent after."""
    replaced = replaced_at(session, deploy)
    if replaced is None or now - replaced <= SETTLED:
        return min(replaced or now, now)
    return hour_of(replaced)


def _share(deploy: DeployRow) -> float | None:
    is_part = deploy.stage is not None or deploy.environment == CANARY
    return (deploy.share or 1.0) if is_part else None


def _from_when(session: Session, line: Line, deploy: DeployRow) -> tuple[datetime, datetime]:
    """The first hour in which its release had not been live in full before, and the first in which
    not even a part had it: counts are by the hour, and those of before tell nothing of it."""
    first, end = hour_of(deploy.at - SKEW), deploy.at
    in_full = in_part = first
    for row in all_before(session, line, deploy.at):
        if row.release == deploy.release:
            in_part = max(in_part, hour_of(end) + HOUR)
            in_full = max(in_full, hour_of(end) + HOUR) if row.stage is None else in_full
        end = row.at if row.stage is None else end
        if end < first:
            break
    return in_full, in_part


def hours_of_line(
    session: Session, deploy: DeployRow, environments: Collection[str], since: datetime
) -> list[HourOfRelease]:
    """What each release did in each hour: one statement for failures, one for use. From a day after
    the deploy on, its own release alone: what others did then tells nothing of it."""
    project_id = deploy.project_id
    service = service_of(session, Line(project_id, deploy.service, deploy.environment))
    found: dict[tuple[datetime, str, str], dict[str, float]] = {}
    for hour, environment, release, events, windows in session.execute(
        _failures(project_id, service, environments, since).where(_near(deploy, TallyRow))
    ):
        found[hour, environment, release] = {"events": int(events), "windows": int(windows)}
    for hour, environment, release, kind, count in session.execute(
        _use(project_id, service, environments, since).where(_near(deploy, ExposureRow))
    ):
        found.setdefault((hour, environment, release), {})[kind] = float(count)
    # Of thousands of hours: an enum is slow to ask for its value.
    calls, sessions = ExposureKind.CALLS.value, ExposureKind.SESSIONS.value
    return [
        HourOfRelease(
            hour=hour,
            environment=environment,
            release=release,
            events=int(said.get("events", 0)),
            windows=int(said.get("windows", 0)),
            calls=said.get(calls, 0.0),
            sessions=said.get(sessions, 0.0),
        )
        for (hour, environment, release), said in sorted(found.items())
    ]


def _near(deploy: DeployRow, table: type[TallyRow] | type[ExposureRow]) -> sa.ColumnElement[bool]:
    return sa.or_(col(table.hour) <= deploy.at + AROUND, col(table.release) == deploy.release)


def service_of(session: Session, line: Line) -> str | None:
    """The service to look for; None where the project deploys only this one: then whatever its
    events call themselves is it."""
    known = (
        select(DeployRow.service).where(DeployRow.project_id == line.project_id).distinct().limit(2)
    )
    return line.service if len(session.exec(known).all()) > 1 else None


def _failures(
    project_id: int, service: str | None, environments: Collection[str], since: datetime
) -> sa.Select[tuple[datetime, str, str, int, int]]:
    bits = sum(
        ((col(TallyRow.windows).op(">>")(sa.literal_column(str(bit)))).op("&")(sa.literal_column("1")))
        for bit in range(WINDOWS)
    )  # fmt: skip
    where = (col(TallyRow.hour), col(TallyRow.environment), col(TallyRow.release))
    asked = (
        sa.select(*where, sa.func.sum(col(TallyRow.events)), sa.func.sum(bits))
        .join(IssueRow, col(IssueRow.id) == col(TallyRow.issue_id))
        .where(col(IssueRow.project_id) == project_id, col(IssueRow.last_seen) >= since)
        .where(col(IssueRow.level).in_(_FAILURES), col(TallyRow.hour) >= hour_of(since))
        .where(col(TallyRow.environment).in_(environments))
        .group_by(*where)
    )
    return asked if service is None else asked.where(col(TallyRow.service) == service)


def _use(
    project_id: int, service: str | None, environments: Collection[str], since: datetime
) -> "sa.Select[datetime, str, str, str, float]":
    where = (
        col(ExposureRow.hour),
        col(ExposureRow.environment),
        col(ExposureRow.release),
        col(ExposureRow.kind),
    )
    asked = (
        sa.select(*where, sa.func.sum(col(ExposureRow.count)))
        .where(col(ExposureRow.project_id) == project_id)
        .where(col(ExposureRow.hour) >= hour_of(since))
        .where(col(ExposureRow.environment).in_(environments))
        .group_by(*where)
    )
    return asked if service is None else asked.where(col(ExposureRow.service) == service)


def keep_health(
    session: Session, deploy_id: int, against_id: int | None, fared: Fared, at: datetime
) -> None:
    """Keep a verdict. What was decided before stands."""
    sides = fared.compared
    row = insert_into(session, HealthVerdictRow).values(
        deploy_id=deploy_id,
        against_id=against_id,
        at=at,
        health=fared.health,
        because=fared.because,
        unit=sides.unit,
        new_events=sides.new_events,
        new_exposure=sides.new_exposure,
        old_events=sides.old_events,
        old_exposure=sides.old_exposure,
        spread=sides.spread,
        ratio=fared.ratio,
        low=fared.low,
        high=fared.high,
    )
    session.execute(row.on_conflict_do_nothing(index_elements=["deploy_id"]))


def health_of(session: Session, deploy_ids: Collection[int | None]) -> dict[int, HealthVerdictRow]:
    """Verdicts by deploy."""
    wanted = select(HealthVerdictRow).where(col(HealthVerdictRow.deploy_id).in_(deploy_ids))
    return {row.deploy_id: row for row in session.exec(wanted)}
