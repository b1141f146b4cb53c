"""The deploys of a window as the measures of delivery count them, read from prepared rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.deploys.delivered import brought_first
from correlator.store.tables import (
    ArrivalRow,
    CommitRow,
    DeliveredRow,
    DeployRow,
    ProjectRow,
    RepoRow,
    RollOutRow,
    SurveyedLabelRow,
    SurveyedRow,
)


class Measured(NamedTuple):
    """A full deploy. ``own``: commits that touch the service's own directory, None where it has
    none. The rest as in ``DeliveredRow``, None while a new deploy has none."""

    id: int
    service: str
    environment: str
    at: datetime
    kind: str | None
    own: int | None
    leads: list[float] | None
    broke: dict[str, str] | None
    recovered_at: datetime | None
    is_rework: bool | None


def window(
    session: Session, wanted: Mapping[str, str | int | None], since: datetime
) -> list[Measured]:
    """Full deploys since a time, oldest first. ``wanted``: project, service, environment, team."""
    asked = (
        sa.select(
            col(DeployRow.id), col(DeployRow.service), col(DeployRow.environment),
            col(DeployRow.at), col(RollOutRow.kind), col(RollOutRow.own), col(DeliveredRow.leads),
            col(DeliveredRow.broke), col(DeliveredRow.recovered_at), col(DeliveredRow.is_rework),
        )
        .join(ProjectRow, col(ProjectRow.id) == col(DeployRow.project_id))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .outerjoin(DeliveredRow, col(DeliveredRow.deploy_id) == col(DeployRow.id))
        .where(col(DeployRow.at) >= since, col(DeployRow.stage).is_(None), *_where(wanted))
        .order_by(col(DeployRow.at), col(DeployRow.id))
    )  # fmt: skip
    return [Measured._make(row) for row in session.connection().execute(asked)]


class Brought(NamedTuple):
    """A change that a deploy brought first, and when it was made."""

    deploy_id: int
    release: str
    at: datetime
    committed_at: datetime
    sha: str
    commit: CommitRow | SurveyedRow | None
    repo: str | None


def brought(session: Session, deploys: Sequence[int]) -> list[Brought]:
    """The changes whose lead times these deploys were told with, newest deploy first."""
    columns: tuple[Any, ...] = (
        *(col(DeployRow.id), col(DeployRow.release), col(DeployRow.at)),
        *(col(ArrivalRow.committed_at), col(ArrivalRow.sha), CommitRow, SurveyedRow),
        col(RepoRow.name),
    )
    wanted = (
        sa.select(*columns)
        .select_from(ArrivalRow)
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .outerjoin(CommitRow, _is_of(CommitRow))
        .outerjoin(SurveyedRow, _is_of(SurveyedRow))
        .outerjoin(RepoRow, col(RepoRow.id) == col(ArrivalRow.repo_id))
        .where(col(DeployRow.id).in_(deploys), *brought_first())
        .order_by(col(DeployRow.id).desc(), col(ArrivalRow.place), col(ArrivalRow.id))
    )
    return [
        Brought._make((*row[:5], row.CommitRow or row.SurveyedRow, row[7]))
        for row in session.execute(wanted)
    ]


def _is_of(table: type[CommitRow] | type[SurveyedRow]) -> sa.ColumnElement[bool]:
    """The row of what arrived."""
    of_repo = col(table.repo_id) == col(ArrivalRow.repo_id)
    return sa.and_(of_repo, col(table.sha) == col(ArrivalRow.sha))


def _where(wanted: Mapping[str, str | int | None]) -> list[sa.ColumnElement[bool]]:
    columns = {
        "project": col(ProjectRow.slug),
        "project_id": col(DeployRow.project_id),
        "environment": col(DeployRow.environment),
        "service": col(DeployRow.service),
    }
    where = [columns[name] == value for name, value in wanted.items() if value and name in columns]
    if wanted.get("team"):
        of_team = (
            sa.select(col(ArrivalRow.deploy_id))
            .join(
                SurveyedRow,
                sa.and_(
                    col(SurveyedRow.repo_id) == col(ArrivalRow.repo_id),
                    col(SurveyedRow.sha) == col(ArrivalRow.sha),
                ),
            )
            .join(SurveyedLabelRow, col(SurveyedLabelRow.surveyed_id) == col(SurveyedRow.id))
            .where(col(SurveyedLabelRow.kind) == "team")
            .where(col(SurveyedLabelRow.value) == wanted["team"])
        )
        where.append(col(DeployRow.id).in_(of_team))
    return where


def choices(session: Session, only: int | None) -> dict[str, list[str]]:
    """Services, environments and teams there are to choose from."""
    found = {}
    for name, column in (
        ("service", col(DeployRow.service)),
        ("environment", col(DeployRow.environment)),
    ):
        wanted = sa.select(column).distinct().order_by(column).limit(200)
        if only is not None:
            wanted = wanted.where(col(DeployRow.project_id) == only)
        found[name] = list(session.execute(wanted).scalars())
    if only is None:
        value = col(SurveyedLabelRow.value)
        teams = sa.select(value).where(col(SurveyedLabelRow.kind) == "team").distinct()
        found["team"] = list(session.execute(teams.order_by(value).limit(200)).scalars())
    return found
