"""Changes as deploys brought them, with issues that are blamed on some: for comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from correlator.store.tables import (
    ArrivalRow,
    DeployRow,
    EpisodeRow,
    ExposureRow,
    FixAttemptRow,
    IssueRow,
    RollOutRow,
    SurveyedLabelRow,
    SurveyedRow,
    SuspectRow,
    VerdictRow,
)
from tests import builders
from tests.builders import NOW, sha_of

AUTHORS = ("ai", "human", "mixed", "unknown", "automation")


@dataclass(frozen=True)
class Made:
    """A change to make. ``chances``: of each issue that it is blamed for; ``after``: days from its
    deploy to these; the issues are resolved unless ``mild``, after so many ``cycles`` of which the
    last one ``held`` or not. ``others``: of each issue who else is suspected, by place and chance.
    """

    author: str = "human"
    days_ago: float = 60.0
    service: str = "shop"
    environment: str = "production"
    chances: tuple[float, ...] = ()
    after: float = 1.0
    mild: bool = False
    cycles: int = 0
    held: bool = False
    lines: int = 100
    number: int | None = None
    review: str = "person"
    tool: str = "claude-code"
    minutes: float | None = None
    directory: str = "shop"
    message: str = "Price carts in one pass"
    person: str = "a@b.c"
    others: tuple[tuple[int, float], ...] = ()
    sha: str = ""


def keep_changes(session: Session, made: Sequence[Made]) -> None:
    """A project, a repository, and a deploy for each change, in this order."""
    repo = builders.a_repo(session, builders.a_project(session))
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {}
    issue_id = 0
    for place, one in enumerate(made, start=1):
        sha = one.sha or sha_of(f"change {place}")
        at = NOW - timedelta(days=one.days_ago)
        _deploy(rows, place, one, sha, repo.id)
        _surveyed(rows, place, one, sha, repo.id)
        for chance in one.chances:
            issue_id += 1
            _issue(rows, issue_id, one, sha, chance)
        rows.setdefault(ExposureRow, []).append(
            {"project_id": 1, "hour": at.replace(minute=0), "kind": "calls", "name": f"/{place}",
             "release": f"r{place}", "environment": one.environment, "service": one.service,
             "count": 1000.0}
        )  # fmt: skip
    for table, values in rows.items():
        session.execute(sa.insert(table), values)


def _deploy(rows: Any, place: int, one: Made, sha: str, repo_id: int | None) -> None:
    at = NOW - timedelta(days=one.days_ago)
    rows.setdefault(DeployRow, []).append(
        {"id": place, "project_id": 1, "service": one.service, "environment": one.environment,
         "release": f"r{place}", "revision": sha, "at": at, "received_at": at}
    )  # fmt: skip
    rows.setdefault(RollOutRow, []).append(
        {"deploy_id": place, "repo_id": repo_id, "revision": sha, "kind": "forward",
         "because": "told", "brought": 1, "taken": 0, "is_final": True, "looked_at": at}
    )  # fmt: skip
    rows.setdefault(ArrivalRow, []).append(
        {"deploy_id": place, "repo_id": repo_id, "sha": sha, "place": 0, "committed_at": at,
         "is_taken": False, "is_first": True, "is_own": True}
    )  # fmt: skip


def _surveyed(rows: Any, place: int, one: Made, sha: str, repo_id: int | None) -> None:
    at = NOW - timedelta(days=one.days_ago, hours=2)
    by_agent = one.author in ("ai", "mixed")
    session = {"session": "s1", "recorded": {"minutes": one.minutes}}
    rows.setdefault(SurveyedRow, []).append(
        {"id": place, "repo_id": repo_id, "sha": sha, "author_name": "Ana",
         "author_email": one.person, "committer_name": "Ana", "committer_email": "a@b.c",
         "authored_at": at, "committed_at": at, "week": "2026-09-21",
         "month": "2026-09", "message": one.message,
         "author": one.author, "certainty": 0.9, "because": "a trailer says so",
         "level": "commit", "is_derived": False, "tools": [one.tool] if by_agent else [],
         "models": ["opus"] if by_agent else [],
         "claims": [session] if one.minutes is not None else [],
         "number": one.number, "review": one.review, "added": one.lines,
         "changed": one.lines, "is_stale": False}
    )  # fmt: skip
    rows.setdefault(SurveyedLabelRow, []).append(
        {"repo_id": repo_id, "surveyed_id": place, "kind": "directory", "value": one.directory,
         "depth": 1, "lines": one.lines}
    )  # fmt: skip


def _issue(rows: Any, number: int, one: Made, sha: str, chance: float) -> None:
    began = NOW - timedelta(days=one.days_ago - one.after)
    rows.setdefault(IssueRow, []).append(
        {"id": number, "project_id": 1, "number": number, "type": "KeyError",
         "value": f"'A-{number}'", "culprit_frame": "", "level": "error", "platform": "python",
         "status": "open" if one.mild else "resolved", "first_seen": began, "last_seen": began,
         "times_seen": 3, "users_seen": 1, "first_environment": one.environment,
         "first_service": one.service, "verdict_id": number, "wants_verdict": False, "attempts": 0}
    )  # fmt: skip
    if one.cycles:
        _cycles(rows, number, one, began)
    rows.setdefault(VerdictRow, []).append(
        {"id": number, "issue_id": number, "event_id": 1, "repo_id": 1, "at": began,
         "confidence": chance, "because": "told", "weights": "w", "seconds": 0.1,
         "notes": [], "locations": [], "snippets": []}
    )  # fmt: skip
    suspects = [(sha, chance), *((sha_of(f"change {at}"), each) for at, each in one.others)]
    rows.setdefault(SuspectRow, []).extend(
        {"verdict_id": number, "place": place, "sha": suspect, "score": 1.0, "probability": each,
         "in_range": True, "evidence": []}
        for place, (suspect, each) in enumerate(
            sorted(suspects, key=lambda pair: -pair[1]), start=1
        )
    )  # fmt: skip


def _cycles(rows: Any, number: int, one: Made, began: Any) -> None:
    where = {"issue_id": number, "environment": one.environment, "service": one.service}
    last = began + timedelta(hours=5 * one.cycles)
    rows.setdefault(EpisodeRow, []).append(
        {**where, "place": 1, "began": began, "closed_at": last if one.held else None,
         "regression": False, "cycles": one.cycles, "roll_backs": 0, "unit": "",
         "never_deployed": []}
    )  # fmt: skip
    rows.setdefault(FixAttemptRow, []).extend(
        {**where, "episode": 1, "place": place, "deploy_id": 1, "release": "r1",
         "at": began + timedelta(hours=5 * place), "because": "told", "fixes": [],
         "state": "held" if one.held and place == one.cycles else "came back",
         "is_roll_back": False, "confirmed": True, "events_before": 1.0, "exposure_before": 1.0,
         "events_after": 0.0, "exposure_after": 1.0, "missing": 0.0}
        for place in range(1, one.cycles + 1)
    )  # fmt: skip


def a_year(number: int) -> list[Made]:
    """So many changes of several kinds, in twelve services, some of which went wrong."""
    return [
        Made(
            author=AUTHORS[place % 5],
            days_ago=1 + (place * 79) % 85,
            service=f"service-{place % 12}",
            chances=(1.0, 0.4) if place % 9 == 0 else (0.7,) if place % 7 == 0 else (),
            after=(place % 40) + 0.5,
            mild=place % 4 == 0,
            cycles=place % 8,
            held=place % 3 != 0,
            lines=(place * 37) % 1500,
            review=("person", "nobody", "untold", "machine")[place % 4],
            tool=("claude-code", "cursor", "copilot")[place % 3],
            minutes=None if place % 3 == 0 else float(place % 300),
            directory=("shop", "billing", "web", "")[place % 4],
        )
        for place in range(number)
    ]
