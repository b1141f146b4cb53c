"""What rows say of an issue that is followed, and what is kept of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from correlator.store import cycles
from correlator.store.cycles.lines import MOST_ROLL_OUTS
from correlator.store.cycles.mendings import mendings
from correlator.store.cycles.reads import course_rows
from correlator.store.fixes.counts import Asked
from correlator.store.fixes.lists import touched
from correlator.store.tables import (
    DeployRow,
    EpisodeRow,
    FixAttemptRow,
    FixRow,
    FollowedRow,
    IssueRow,
    JudgementRow,
    ProjectRow,
    SuspectRow,
)
from tests.builders import (
    NOW,
    a_commit,
    a_project,
    a_repo,
    a_verdict,
    an_account,
    an_event,
    an_issue,
    sha_of,
    some_events,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def session(engine: sa.Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@pytest.fixture
def project(session: Session) -> ProjectRow:
    return a_project(session)


@pytest.fixture
def issue(session: Session, project: ProjectRow) -> IssueRow:
    """An issue of a service called shop, in production."""
    row = an_issue(session, project)
    some_events(session, row)
    return row


def rolled_out(
    session: Session, project: ProjectRow, release: str, at: datetime, stage: str | None = None
) -> None:
    session.add(
        DeployRow(
            project_id=project.id or 0,
            service="shop",
            environment="production",
            release=release,
            at=at,
            received_at=at,
            stage=stage,
            share=0.1 if stage else None,
        )
    )


def releases(session: Session, issue: IssueRow) -> list[str]:
    """What rows say was rolled out on the issue's only line."""
    known = cycles.known_of(session, issue.id or 0, NOW)
    assert known is not None
    (line,) = known.lines
    return [one.release for one in line.roll_outs]


def test_a_canary_is_no_roll_out_of_a_fix(
    session: Session, project: ProjectRow, issue: IssueRow
) -> None:
    rolled_out(session, project, "shop@1", NOW - 2 * HOUR)
    rolled_out(session, project, "shop@2", NOW - HOUR, stage="canary")
    assert releases(session, issue) == ["shop@1"]


def test_of_very_many_roll_outs_the_newest_count(
    session: Session, project: ProjectRow, issue: IssueRow
) -> None:
    most = MOST_ROLL_OUTS
    rolled_out(session, project, "before", NOW - 48 * HOUR)
    for number in range(most + 1):
        at = NOW + timedelta(minutes=number)
        rolled_out(session, project, str(number), at)
    assert releases(session, issue) == [str(number) for number in range(1, most + 1)]


def test_of_what_git_said_only_what_is_asked_for_is_read(
    session: Session, project: ProjectRow
) -> None:
    repo_id = a_repo(session, project).id or 0
    told = {(sha_of(f"r{n}"), sha_of(f"c{m}")): n > m for n in range(30) for m in range(30)}
    cycles.keep_inside(session, repo_id, told)
    session.expunge_all()
    read: list[object] = []
    sa.event.listen(session, "loaded_as_persistent", lambda _, row: read.append(row))
    wanted = [sha_of("r3"), sha_of("new")], [sha_of("c2"), sha_of("c5")]
    found = cycles.kept_inside(session, repo_id, *wanted)
    assert found == {(sha_of("r3"), sha_of("c2")): True, (sha_of("r3"), sha_of("c5")): False}
    assert len(read) == len(found)


def test_a_culprit_of_another_repository_is_followed_there(
    session: Session, project: ProjectRow, issue: IssueRow
) -> None:
    repo = a_repo(session, project)
    other = a_repo(session, name="acme/rates", url="https://git.example.org/rates.git")
    verdict = a_verdict(session, issue, repo)
    assert cycles.culprit_of(session, issue) == (sha_of("culprit"), repo.id)
    suspects = select(SuspectRow).where(SuspectRow.verdict_id == verdict.id)
    first = session.exec(suspects.order_by(col(SuspectRow.place))).first()
    assert first is not None
    first.repo_id = other.id
    session.flush()
    assert cycles.culprit_of(session, issue) == (sha_of("culprit"), other.id)
    said = {"issue_id": issue.id or 0, "verdict_id": verdict.id or 0, "at": NOW}
    session.add(JudgementRow(**said, sha=sha_of("culprit"), said="confirmed"))
    session.flush()
    assert cycles.culprit_of(session, issue) == (sha_of("culprit"), other.id)


def a_course(issue: IssueRow, at: datetime, state: str) -> cycles.Course:
    return cycles.Course(FollowedRow(issue_id=issue.id or 0, at=at, state=state))


def test_what_was_gathered_earlier_replaces_nothing(session: Session, issue: IssueRow) -> None:
    for at, state in [(NOW, "held"), (NOW - HOUR, "too early")]:
        cycles.replace_course(session, issue.id or 0, a_course(issue, at, state))
    assert session.exec(select(FollowedRow)).one().state == "held"
    cycles.replace_course(session, issue.id or 0, a_course(issue, NOW + HOUR, "came back"))
    assert session.exec(select(FollowedRow)).one().state == "came back"


def test_an_issue_that_was_merged_while_it_was_followed_has_no_course(
    session: Session, project: ProjectRow, issue: IssueRow
) -> None:
    issue.merged_into = an_issue(session, project).id
    session.flush()
    cycles.replace_course(session, issue.id or 0, a_course(issue, NOW, "held"))
    assert session.exec(select(FollowedRow)).all() == []


@pytest.mark.parametrize("is_over", [True, False])
def test_an_issue_is_mended_by_the_last_attempt_that_held(
    session: Session, issue: IssueRow, is_over: bool
) -> None:
    """Going back held until the culprit was rolled out again."""
    at = {"issue_id": issue.id or 0, "environment": "production", "service": "shop"}
    closed = NOW if is_over else None
    session.add(EpisodeRow(**at, place=1, began=issue.first_seen, closed_at=closed, cycles=2))
    for place, hours in [(1, -3), (2, -1)]:
        session.add(
            FixAttemptRow(
                **at,
                episode=1,
                place=place,
                deploy_id=place,
                release=f"shop@{place}",
                at=NOW + hours * HOUR,
                state="held",
                because="",
            )
        )
    session.flush()
    found = mendings(session, NOW - 24 * HOUR)[issue.id or 0]
    assert (found.is_over, found.ended) == (is_over, NOW - HOUR if is_over else None)


def test_who_wrote_the_fix_and_judged_the_culprit_is_one_person(
    session: Session, project: ProjectRow, issue: IssueRow
) -> None:
    repo, issue_id = a_repo(session, project), issue.id or 0
    account = an_account(session, "mira@example.org")
    fix = a_commit(session, repo, "fix", author_email="Mira@Example.org")
    place = {"issue_id": issue_id, "environment": "production", "service": "shop"}
    session.add(EpisodeRow(**place, place=1, began=NOW - HOUR))
    session.add(FollowedRow(**place, at=NOW))
    session.add(
        FixRow(
            issue_id=issue_id,
            repo_id=repo.id,
            key=fix.sha,
            sha=fix.sha,
            means="named",
            way="commit message",
            because="",
            confirmed=True,
        )
    )
    said = {"issue_id": issue_id, "sha": sha_of("culprit"), "said": "confirmed", "at": NOW}
    session.add(JudgementRow(**said, account_id=account.id))
    session.flush()
    asked = Asked(since=NOW - 24 * HOUR, now=NOW, filters={})
    assert touched(session, asked).people == 1
    session.add(JudgementRow(**said, account_id=an_account(session, "sam@example.org").id))
    session.flush()
    assert touched(session, asked).people == 2


def test_the_lanes_have_the_deploys_that_the_attempts_are_told_by(
    session: Session, project: ProjectRow
) -> None:
    """Events name a service that no deploy does: the environment's only one is meant."""
    row = an_issue(session, project)
    some_events(session, row, an_event(service="worker"))
    rolled_out(session, project, "shop@1", NOW - 2 * HOUR)
    rolled_out(session, project, "shop@2", NOW - HOUR, stage="canary")
    place = {"environment": "production", "service": "worker"}
    session.add(FollowedRow(issue_id=row.id or 0, at=NOW, **place))
    session.flush()
    assert releases(session, row) == ["shop@1"]
    assert [release for release, _ in course_rows(session, row).deploys] == ["shop@1"]


def test_of_two_confirmed_changes_the_newest_word_counts(
    session: Session, project: ProjectRow, issue: IssueRow
) -> None:
    a_verdict(session, issue, a_repo(session, project))
    for name, said in (("one", "confirmed"), ("two", "confirmed"), ("one", "confirmed")):
        session.add(JudgementRow(issue_id=issue.id or 0, sha=sha_of(name), said=said, at=NOW))
        session.flush()
    assert cycles.culprit_of(session, issue)[0] == sha_of("one")
