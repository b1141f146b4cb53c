"""Which deploy broke what: incidents given to the deploy that brought their culprit."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.deploys.incidents import Incident, incidents
from correlator.store.tables import ArrivalRow, DeployRow, FixAttemptRow, RollOutRow

CULPRIT, BY_TIME = "culprit", "time"


class LineOf(NamedTuple):
    """One service in one environment."""

    project_id: int
    service: str
    environment: str


@dataclass(slots=True, kw_only=True)
class Went:
    """A full deploy and what is known of it. ``broke``: how each issue was given to it, by id;
    ``recovered_at``: when all of that was over; ``goes_on``: something of it was tried to be
    mended, and nothing has held yet."""

    id: int
    line: LineOf
    at: datetime
    is_rework: bool
    broke: dict[int, str] = field(default_factory=dict)
    recovered_at: datetime | None = None
    goes_on: bool = False


class _Line:
    """The deploys of a line, oldest first, to be looked up by time."""

    def __init__(self) -> None:
        self.went: list[Went] = []
        self.times: list[datetime] = []
        self.mended: list[datetime] = []

    def add(self, one: Went) -> None:
        """The next one."""
        self.went.append(one)
        self.times.append(one.at)
        if one.is_rework:
            self.mended.append(one.at)

    def newest(self, at: datetime) -> Went | None:
        """The last deploy until then."""
        place = bisect_right(self.times, at)
        return self.went[place - 1] if place else None

    def mended_after(self, at: datetime) -> datetime | None:
        """The first roll-back or hotfix later than that."""
        place = bisect_right(self.mended, at)
        return self.mended[place] if place < len(self.mended) else None


def broken(session: Session, since: datetime) -> list[Went]:
    """The full deploys since then, oldest first, each with the incidents that it is answerable
    for: those whose culprit it brought to their line; where no culprit is known, those that began
    while it was the newest there."""
    went = _went(session, since)
    by_id = {one.id: one for one in went}
    lines: dict[LineOf, _Line] = defaultdict(_Line)
    for one in went:
        lines[one.line].add(one)
    brought = _brought(session, since)
    for incident in incidents(session, since):
        if incident.sha is None:
            _give(incident, BY_TIME, _newest(lines, incident), lines)
        else:
            carriers = [by_id[one] for one in brought.get(incident.sha, ()) if one in by_id]
            _give(incident, CULPRIT, _carrier(carriers, incident), lines)
    carried = _carried_a_fix(session, since)
    for one in went:
        one.is_rework |= one.id in carried
        one.recovered_at = None if one.goes_on else one.recovered_at
    return went


def _went(session: Session, since: datetime) -> list[Went]:
    wanted = (
        sa.select(
            col(DeployRow.id), col(DeployRow.project_id), col(DeployRow.service),
            col(DeployRow.environment), col(DeployRow.at), col(RollOutRow.kind),
        )
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .where(col(DeployRow.at) >= since, col(DeployRow.stage).is_(None))
        .order_by(col(DeployRow.at), col(DeployRow.id))
    )  # fmt: skip
    rows: sa.CursorResult[*tuple[Any, ...]] = session.connection().execute(wanted)
    return [
        Went(id=row[0], line=LineOf(*row[1:4]), at=row[4], is_rework=_goes_back(row[5]))
        for row in rows
    ]


def _goes_back(kind: str | None) -> bool:
    return kind in ("roll-back", "hotfix")


def _carried_a_fix(session: Session, since: datetime) -> frozenset[int]:
    """Deploys that carried what somebody said is a fix, or went back past a culprit."""
    wanted = sa.select(col(FixAttemptRow.deploy_id)).where(
        col(FixAttemptRow.at) >= since, col(FixAttemptRow.confirmed).is_(True)
    )
    return frozenset(session.connection().execute(wanted.distinct()).scalars())


def _brought(session: Session, since: datetime) -> Mapping[str, list[int]]:
    """The deploys that brought a commit first to their line, by hash."""
    wanted = (
        sa.select(col(ArrivalRow.sha), col(ArrivalRow.deploy_id))
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .where(col(DeployRow.at) >= since, col(ArrivalRow.is_first).is_(True))
    )
    found: dict[str, list[int]] = defaultdict(list)
    for sha, deploy_id in session.connection().execute(wanted):
        found[sha].append(deploy_id)
    return found


def _carrier(carriers: Iterable[Went], incident: Incident) -> Went | None:
    """The first deploy that brought the culprit to the line that failed; one of another service
    in that environment, where the culprit is another service's."""
    home = LineOf(incident.project_id, incident.service, incident.environment)
    there = [
        one
        for one in carriers
        if one.line == home or (incident.is_elsewhere and one.line.environment == home.environment)
    ]
    return min(there, key=lambda one: (one.at, one.id), default=None)


def _newest(lines: Mapping[LineOf, _Line], incident: Incident) -> Went | None:
    line = lines.get(LineOf(incident.project_id, incident.service, incident.environment))
    return line.newest(incident.began) if line else None


def _give(
    incident: Incident, method: str, broke: Went | None, lines: Mapping[LineOf, _Line]
) -> None:
    """It was over with the fix that held; where none is known, with the roll-back or hotfix that
    came next after it began, if one did. While a fix goes on to fail, so does the deploy."""
    if broke is None:
        return
    broke.broke[incident.issue_id] = method
    ended = incident.ended
    broke.goes_on |= incident.tried and ended is None
    if not incident.tried:
        ended = lines[broke.line].mended_after(max(broke.at, incident.began))
    if ended is not None and (broke.recovered_at is None or broke.recovered_at < ended):
        broke.recovered_at = ended
