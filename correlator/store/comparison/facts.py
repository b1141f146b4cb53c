"""What comparisons are made from: commits as they were deployed, what they are blamed for, calls.

A handful of statements for a whole year, read in one go by a step; no page asks any of this.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from correlator.store.cycles.mendings import fixes
from correlator.store.tables import (
    ArrivalRow,
    CommitRow,
    DeployRow,
    ExposureRow,
    RollOutRow,
    SurveyedLabelRow,
    SurveyedRow,
)
from correlator.types import Author, DeployedCommit, ExposureKind, Reviewed

_BY_AGENTS = (Author.AI.value, Author.MIXED.value)
Key = tuple[int, str]
# A directory of the second level speaks for a change where more than half of its lines are in it.
MOST_DEEP = 2


def deployed_commits(
    session: Session, since: datetime, reverted: Callable[[str], tuple[str, ...]]
) -> list[DeployedCommit]:
    """Commits in the order of their first arrival in each service and environment.

    ``reverted``: the hashes that a message takes back."""
    known = _known(session, since, reverted)
    minutes, folders = _minutes(session, since), _folders(session, since)
    gone, mending = _gone(session, since), fixes(session)
    return [
        DeployedCommit(
            repo_id=one.repo_id,
            sha=one.sha,
            deploy_id=one.deploy_id,
            project_id=one.project_id,
            service=one.service,
            environment=one.environment,
            at=one.at,
            minutes=minutes.get((one.repo_id, one.sha)),
            directory=folders.get((one.repo_id, one.sha), ""),
            live_until=left.at if left else None,
            rolled_back=left is not None and left.kind == "roll-back",
            is_fix=(one.repo_id, one.sha) in mending,
            **known.get((one.repo_id, one.sha), {"title": one.sha[:12]}),
        )
        for one in _arrivals(session, since)
        for left in (_left(gone, one),)
    ]


def _arrived(since: datetime) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            col(ArrivalRow.repo_id),
            col(ArrivalRow.sha),
            col(ArrivalRow.deploy_id),
            col(DeployRow.project_id),
            col(DeployRow.service),
            col(DeployRow.environment),
            col(DeployRow.at),
        )
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .where(col(DeployRow.at) >= since)
    )


def _arrivals(session: Session, since: datetime) -> sa.Result[Any]:
    wanted = _arrived(since).where(
        col(ArrivalRow.is_taken).is_(False),
        col(ArrivalRow.is_first).is_(True),
        col(ArrivalRow.is_own).is_(True),
    )
    return session.execute(
        wanted.order_by(col(DeployRow.at), col(DeployRow.id), col(ArrivalRow.place))
    )


@dataclass(frozen=True, slots=True)
class _Left:
    at: datetime
    kind: str


_Line = tuple[int, str, int, str, str]


def _gone(session: Session, since: datetime) -> dict[_Line, list[_Left]]:
    """When deploys took a commit away from a line again, by what kind of deploy."""
    wanted = (
        _arrived(since)
        .add_columns(col(RollOutRow.kind))
        .outerjoin(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
        .where(col(ArrivalRow.is_taken).is_(True), col(DeployRow.stage).is_(None))
        .order_by(col(DeployRow.at))
    )
    found: dict[_Line, list[_Left]] = defaultdict(list)
    for one in session.execute(wanted):
        found[_line(one)].append(_Left(one.at, one.kind or ""))
    return found


def _line(one: Any) -> _Line:
    return one.repo_id, one.sha, one.project_id, one.service, one.environment


def _left(gone: dict[_Line, list[_Left]], one: Any) -> _Left | None:
    return next((left for left in gone.get(_line(one), ()) if left.at >= one.at), None)


def _in_window(since: datetime) -> sa.Select[*tuple[Any, ...]]:
    """(repository, sha) of every commit that arrived since."""
    return (
        sa.select(col(ArrivalRow.repo_id), col(ArrivalRow.sha))
        .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
        .where(col(DeployRow.at) >= since)
        .distinct()
    )


def _known(
    session: Session, since: datetime, reverted: Callable[[str], tuple[str, ...]]
) -> dict[Key, dict[str, Any]]:
    """What a survey says of commits; of those that none has seen, what was kept of them."""
    arrived = _in_window(since).subquery()
    found: dict[Key, dict[str, Any]] = {}
    kept = sa.select(
        col(CommitRow.repo_id), col(CommitRow.sha), col(CommitRow.author), col(CommitRow.tools),
        col(CommitRow.models), col(CommitRow.message), col(CommitRow.author_email),
    )  # fmt: skip
    for one in session.execute(_of(kept, CommitRow, arrived)):
        found[one.repo_id, one.sha] = _said(one, reverted)
    surveyed = sa.select(
        col(SurveyedRow.repo_id), col(SurveyedRow.sha), col(SurveyedRow.author),
        col(SurveyedRow.tools), col(SurveyedRow.models), col(SurveyedRow.message),
        col(SurveyedRow.number), col(SurveyedRow.review), col(SurveyedRow.changed),
        col(SurveyedRow.author_email),
    )  # fmt: skip
    for one in session.execute(_of(surveyed, SurveyedRow, arrived)):
        found[one.repo_id, one.sha] = {
            **_said(one, reverted),
            "number": one.number,
            "review": Reviewed(one.review),
            "lines": one.changed,
        }
    return found


def _of(
    wanted: sa.Select[*tuple[Any, ...]],
    table: type[CommitRow] | type[SurveyedRow],
    arrived: sa.Subquery,
) -> sa.Select[*tuple[Any, ...]]:
    same = sa.and_(arrived.c.repo_id == col(table.repo_id), arrived.c.sha == col(table.sha))
    return wanted.join(arrived, same)


def _said(one: Any, reverted: Callable[[str], tuple[str, ...]]) -> dict[str, Any]:
    return {
        "title": one.message.split("\n", 1)[0][:200],
        "author": Author(one.author),
        "tools": tuple(one.tools),
        "models": tuple(one.models),
        "reverts": reverted(one.message),
        "person": one.author_email.lower(),
    }


def _minutes(session: Session, since: datetime) -> dict[Key, float]:
    """How long an agent's sessions behind a commit were, each session once."""
    arrived = _in_window(since).subquery()
    wanted = sa.select(
        col(SurveyedRow.repo_id), col(SurveyedRow.sha), col(SurveyedRow.claims)
    ).where(col(SurveyedRow.author).in_(_BY_AGENTS))
    found: dict[Key, float] = {}
    for one in session.execute(_of(wanted, SurveyedRow, arrived)):
        sessions = dict(_sessions(one.claims))
        if sessions:
            found[one.repo_id, one.sha] = sum(sessions.values())
    return found


def _sessions(claims: list[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    for claim in claims:
        minutes = (claim.get("recorded") or {}).get("minutes")
        if isinstance(minutes, int | float) and minutes >= 0:
            yield str(claim.get("session") or ""), float(minutes)


def _folders(session: Session, since: datetime) -> dict[Key, str]:
    """The directory that holds most of what a commit added, of the first or second level."""
    arrived = _in_window(since).subquery()
    wanted = (
        sa.select(
            col(SurveyedRow.repo_id), col(SurveyedRow.sha), col(SurveyedLabelRow.value),
            col(SurveyedLabelRow.depth), col(SurveyedLabelRow.lines),
        )
        .join(SurveyedLabelRow, col(SurveyedLabelRow.surveyed_id) == col(SurveyedRow.id))
        .where(col(SurveyedLabelRow.kind) == "directory")
        .where(col(SurveyedLabelRow.depth) <= MOST_DEEP)
    )  # fmt: skip
    lines: dict[Key, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for one in session.execute(_of(wanted, SurveyedRow, arrived)):
        lines[one.repo_id, one.sha][one.depth][one.value] = one.lines
    return {key: _folder(by_depth)[:300] for key, by_depth in lines.items()}


def _folder(by_depth: dict[int, dict[str, int]]) -> str:
    tops = by_depth.get(1, {})
    top = min(tops, key=lambda name: (-tops[name], name), default="")
    below = {
        name: count
        for name, count in by_depth.get(MOST_DEEP, {}).items()
        if name.startswith(f"{top}/") and count * 2 > tops.get(top, 0)
    }
    return min(below, key=lambda name: (-below[name], name), default=top)


def calls_by_day(session: Session, since: datetime) -> dict[tuple[int, str, str], dict[str, float]]:
    """Calls of each (project, service, environment) by day, as 2026-11-21."""
    day = sa.func.date(col(ExposureRow.hour))
    wanted = (
        sa.select(
            col(ExposureRow.project_id), col(ExposureRow.service), col(ExposureRow.environment),
            day, sa.func.sum(col(ExposureRow.count)),
        )
        .where(col(ExposureRow.kind) == ExposureKind.CALLS.value, col(ExposureRow.hour) >= since)
        .group_by(
            col(ExposureRow.project_id), col(ExposureRow.service), col(ExposureRow.environment), day
        )
    )  # fmt: skip
    found: dict[tuple[int, str, str], dict[str, float]] = defaultdict(dict)
    for project, service, environment, at, count in session.execute(wanted):
        found[project, service, environment][str(at)] = float(count)
    return found
