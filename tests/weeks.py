"""Weeks to report on, row by row: a first one, a bad one, a quiet one. Week 47 of 2026, in UTC.

The bad week, in production: a ``None`` where a value was assumed (BAD, 40 events in 20 bursts,
2 users, 4 events a week before) blamed on an AI's change, a missing key that is new (10 events), a
time-out that came back after two months, and one failure that staging caught.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from correlator.store.classes import checks as class_checks
from correlator.store.classes import failure_classes
from correlator.store.classes import lessons as class_lessons
from correlator.store.classes.kinds import keep_word
from correlator.store.deploys.health import keep_health
from correlator.store.intake.bodies import pack
from correlator.store.intake.tallies import count_event, keep_hit
from correlator.store.tables import (
    DeployRow,
    EpisodeRow,
    EventRow,
    FailureClassRow,
    FingerprintRow,
    FixAttemptRow,
    FixWordRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    StatusRow,
    SurveyedRow,
    SurveyRow,
)
from correlator.types import Compared, Fared, Kind, Placed
from tests import builders
from tests.builders import a_commit, a_deploy, a_project, a_repo, a_verdict, sha_of

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
AFTER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
_BODY = pack(builders.an_event())


def an_issue(session: Session, project: ProjectRow, **given: Any) -> IssueRow:
    """An issue with the fingerprint that leads to it."""
    issue = builders.an_issue(session, project, **given)
    mark = hashlib.sha256(str(issue.id).encode()).hexdigest()
    session.add(FingerprintRow(project_id=issue.project_id, issue_id=issue.id or 0, version=2,
                               hash=mark, because="made for the test"))  # fmt: skip
    session.flush()
    return issue


def events_at(
    session: Session,
    issue: IssueRow,
    at: datetime,
    number: int,
    *,
    every: timedelta = timedelta(minutes=7),
    users: int = 0,
    environment: str = "production",
) -> None:
    """So many events, evenly apart, counted as intake counts them."""
    for place in range(number):
        moment = at + every * place
        user = hashlib.md5(f"user-{place % users}".encode()).hexdigest() if users else None
        row = EventRow(
            project_id=issue.project_id,
            issue_id=issue.id or 0,
            event_id=hashlib.md5(f"{issue.id}-{moment}-{environment}".encode()).hexdigest(),
            at=moment,
            received_at=moment,
            release=issue.first_release,
            environment=environment,
            service=issue.first_service,
            user=user,
            body=_BODY,
        )
        session.add(row)
        session.flush()
        count_event(session, row)
        if user:
            keep_hit(session, row.issue_id, user)
        issue.times_seen += 1


def first_week(session: Session) -> None:
    """One issue of five events in a project that was never seen before."""
    project = a_project(session)
    issue = an_issue(session, project, first_seen=MONDAY + timedelta(hours=9), kind="missing_key")
    events_at(session, issue, MONDAY + timedelta(hours=9), 5, users=3)


def quiet_week(session: Session) -> None:
    """Four weeks with a few failures, then nothing."""
    project = a_project(session)
    issue = an_issue(
        session, project, first_seen=MONDAY - 5 * WEEK, kind="none_deref", status="resolved"
    )
    for back in range(1, 6):
        events_at(session, issue, MONDAY - back * WEEK + timedelta(hours=5), 3)


def bad_week(session: Session) -> None:
    """What the module's first lines say."""
    project = a_project(session)
    repo = a_repo(session, project)
    a_commit(session, repo, "culprit")
    growing = an_issue(session, project, type="AttributeError", value="'NoneType' has no 'rate'",
                       kind="none_deref", first_seen=MONDAY - 4 * WEEK)  # fmt: skip
    for back in range(1, 5):
        events_at(session, growing, MONDAY - back * WEEK + timedelta(hours=8), 4)
    at = MONDAY + timedelta(days=1)
    for burst in range(20):
        events_at(session, growing, at + timedelta(hours=burst), 2,
                  every=timedelta(seconds=20), users=2)  # fmt: skip
    a_verdict(session, growing, repo, suspects=(("culprit", 0.75),))
    of = FailureClassRow(name="Null where rate was assumed", born_at=MONDAY - WEEK)
    session.add(of)
    session.flush()
    placed = Placed(class_id=of.id, likeness=0.8, because="shares the crash in rates.of")
    failure_classes.put(session, growing.id or 0, placed, failure_classes.REFIT, MONDAY - WEEK)
    _the_rest(session, project)
    session.add(SurveyRow(repo_id=repo.id, state="done", full_at=SUNDAY))
    for number in range(6):
        session.add(_surveyed(repo.id or 0, f"landed-{number}", "ai" if number < 2 else "human"))


def _the_rest(session: Session, project: ProjectRow) -> None:
    at = MONDAY + timedelta(days=2, hours=10)
    worse = a_deploy(session, project, release="shop@1.4.0", at=at - timedelta(minutes=5))
    a_deploy(session, project, release="shop@1.4.1", at=at + timedelta(days=1))
    _judged_worse(session, worse)
    new = an_issue(session, project, kind="missing_key", first_seen=at)
    events_at(session, new, at, 10, users=1)
    back = an_issue(session, project, type="ReadTimeout", value="payments", kind=None,
                    first_seen=MONDAY - 12 * WEEK)  # fmt: skip
    events_at(session, back, MONDAY - 12 * WEEK, 6)
    events_at(session, back, MONDAY + timedelta(days=3), 7)
    caught = an_issue(session, project, type="ImportError", value="no module 'rates'",
                      kind="hallucinated_package", first_environment="staging",
                      first_seen=MONDAY + timedelta(days=1))  # fmt: skip
    events_at(session, caught, MONDAY + timedelta(days=1), 2, environment="staging")
    account = builders.an_account(session, "ben@example.org")
    said = {"sha": sha_of("other"), "said": "rejected", "account_id": account.id}
    session.add(JudgementRow(issue_id=new.id, at=at + timedelta(hours=1), **said))
    _decided(session, new.id or 0, account.id or 0, at + timedelta(hours=2))
    _mended(session, new, account.id or 0, at)


def _judged_worse(session: Session, deploy: DeployRow) -> None:
    sides = Compared(unit="calls", new_events=30, new_exposure=900.0, windows=12, old_events=2,
                     old_exposure=9000.0)  # fmt: skip
    fared = Fared(health="worse", because="30 failures in 900 calls, 2 in 9000 before.",
                  compared=sides, ratio=150.0, low=40.0, high=600.0)  # fmt: skip
    keep_health(session, deploy.id or 0, None, fared, deploy.at + timedelta(hours=3))


def _mended(session: Session, issue: IssueRow, account_id: int, at: datetime) -> None:
    """Two roll-outs to mend the issue: what came back after the first, held after the second."""
    key = {"key": sha_of("culprit"), "sha": sha_of("culprit"), "means": "named"}
    place = {"issue_id": issue.id, "environment": "production", "service": "shop"}
    session.add(EpisodeRow(**place, place=1, began=at, closed_at=at + 2 * DAY, cycles=2))
    for number, state in ((1, "came back"), (2, "held")):
        session.add(
            FixAttemptRow(
                **place, episode=1, place=number, deploy_id=number, release=f"shop@1.4.{number}",
                at=at + number * timedelta(hours=5), state=state, because=f"It {state}.",
                fixes=[key], decided_at=at + number * DAY, confirmed=state == "held",
            )
        )  # fmt: skip
    session.add(
        FollowedRow(issue_id=issue.id or 0, at=at, state="held", environment="production",
                    service="shop", is_open=False, cycles=2)
    )  # fmt: skip
    session.add(FixWordRow(issue_id=issue.id or 0, key=sha_of("culprit"), said="named",
                           way="person", account_id=account_id, at=at + DAY))  # fmt: skip


def _decided(session: Session, issue_id: int, account_id: int, at: datetime) -> None:
    """Somebody resolves the issue, names its kind, names the class and has a check followed."""
    by = class_lessons.By(account_id, at)
    session.add(StatusRow(issue_id=issue_id, status="resolved", account_id=account_id, at=at))
    keep_word(session, issue_id, Kind.MISSING_KEY, account_id, at)
    class_lessons.rename(session, 1, "Rates of nothing", by)
    class_checks.add(session, 1, "assertion", "rate_is_known", by)


def _surveyed(repo_id: int, name: str, author: str) -> SurveyedRow:
    at = MONDAY + timedelta(days=1)
    return SurveyedRow(
        repo_id=repo_id, sha=sha_of(name), author_name="Ana", author_email="ana@example.org",
        committer_name="Ana", committer_email="ana@example.org", authored_at=at, committed_at=at,
        week="2026-11-16", month="2026-11", message=f"Change {name}", author=author,
        certainty=0.9, because="a record says so", level="commit", review="untold",
    )  # fmt: skip
