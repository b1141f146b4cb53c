"""Following up: when an issue is looked at again though nothing happened to it."""

import itertools
import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from correlator.code.git import TooSlow
from correlator.code.mirrors import mirror_directory
from correlator.sources.lenient import LONGEST_RELEASE
from correlator.steps import drain, run
from correlator.store.cycles import DENIED, NAMED, users_until
from correlator.store.fixes.words import next_release_key
from correlator.store.intake.bodies import pack
from correlator.store.intake.tallies import count_event
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    ArrivalRow,
    EpisodeRow,
    EventRow,
    FixAttemptRow,
    FixRow,
    FixWordRow,
    FollowedRow,
    IssueRow,
    ProjectRow,
    SentryIssueRow,
    SuspectRow,
    TroubleRow,
)
from correlator.types import Next, Way
from correlator.world import World
from tests.builders import (
    NOW,
    a_deploy,
    a_project,
    a_repo,
    a_verdict,
    an_issue,
    some_events,
)
from tests.builders import (
    an_event as an_event_made,
)
from tests.deliveries import AT, a_project_id, an_event, deliver, envelope
from tests.gitrepo import GitRepo

HOUR = timedelta(hours=1)


def calls(at: datetime, service: str = "shop") -> bytes:
    header = {"event_id": f"{int(at.timestamp()):032x}", "trace": {"sample_rate": "1"}}
    payload = {
        "transaction": "/pay",
        "release": "shop@2",
        "environment": "production",
        "timestamp": at.timestamp(),
        "tags": {"service": service},
    }
    return "\n".join(json.dumps(one) for one in (header, {"type": "transaction"}, payload)).encode()


@pytest.fixture
def waiting(world: World) -> tuple[World, int]:
    """A project with an issue that was looked at a moment ago, and is to be again in an hour."""
    project = a_project_id(world)
    deliver(world, project, "sentry-envelope", envelope(an_event()), AT)
    world = replace(world, now=lambda: AT + 5 * HOUR)
    drain(world, Next("digest"))
    with transaction(world.engine) as session:
        issue = session.exec(select(IssueRow)).one()
        for row in session.exec(select(FollowedRow)):
            session.delete(row)
        session.flush()
        session.add(
            FollowedRow(
                issue_id=issue.id or 0,
                at=world.now(),
                again_at=world.now() + HOUR,
                state="too early",
                environment="production",
                service="shop",
            )
        )
    return world, project


def again_at(world: World) -> datetime | None:
    with reading(world.engine) as session:
        return session.exec(select(col(FollowedRow.again_at))).one()


@pytest.mark.parametrize(
    ("told_of", "service", "sooner"),
    [
        (AT + 2 * HOUR, "shop", True),
        (AT + 5 * HOUR, "shop", False),
        (AT + 2 * HOUR, "front", False),
    ],
    ids=["of an hour that was over", "of the hour that goes on", "of another service"],
)
def test_use_that_is_told_late_makes_a_judged_attempt_due(
    waiting: tuple[World, int], told_of: datetime, service: str, sooner: bool
) -> None:
    world, project = waiting
    deliver(world, project, "sentry-envelope", calls(told_of, service), world.now())
    run(world, Next("digest"))
    expected = timedelta(minutes=1) if sooner else HOUR
    assert again_at(world) == world.now() + expected


def two_projects(world: World) -> tuple[int, int, int]:
    """Two issues that are due, the first of a project with a repository; and that's number."""
    with transaction(world.engine) as session:
        project = a_project(session)
        repo = a_repo(session, project)
        issues = [an_issue(session, project), an_issue(session, a_project(session, "front"))]
        for one in issues:
            some_events(session, one)
            session.add(
                FollowedRow(issue_id=one.id or 0, at=NOW - HOUR, again_at=NOW - HOUR, cycles=7)
            )
        return issues[0].id or 0, issues[1].id or 0, repo.id or 0


def followed(world: World) -> dict[int, FollowedRow]:
    with reading(world.engine) as session:
        return {one.issue_id: one for one in session.exec(select(FollowedRow))}


def test_a_repository_that_takes_too_long_holds_up_no_other_project(world: World) -> None:
    slow, other, repo_id = two_projects(world)
    GitRepo(mirror_directory(world.settings.mirrors, repo_id)).commit("One")
    hurried = world.settings.model_copy(update={"git_timeout": 1e-6})
    world = replace(world, now=lambda: NOW, settings=hurried)
    with pytest.raises(TooSlow):
        run(world, Next("follow_up"))
    rows = followed(world)
    assert rows[other].at == NOW, "the other project was followed"
    assert (rows[slow].at, rows[slow].again_at) == (NOW - HOUR, NOW + HOUR)


def test_issues_of_a_repository_that_cannot_be_read_wait_an_hour(world: World) -> None:
    broken, other, repo_id = two_projects(world)
    mirror_directory(world.settings.mirrors, repo_id).mkdir(parents=True)
    world = replace(world, now=lambda: NOW)
    run(world, Next("follow_up"))
    rows = followed(world)
    assert rows[other].at == NOW
    assert rows[broken].again_at == NOW + HOUR
    with reading(world.engine) as session:
        assert session.exec(select(col(TroubleRow.subject_id))).all() == [broken]


def test_an_issue_that_cannot_be_followed_holds_up_no_other_of_its_repository(world: World) -> None:
    world = replace(world, now=lambda: NOW)
    with transaction(world.engine) as session:
        project = a_project(session)
        repo = a_repo(session, project)
        mirror = GitRepo(mirror_directory(world.settings.mirrors, repo.id or 0))
        mirror.commit("Start", {"cart.py": "one\n"}, at=NOW - 9 * HOUR)
        culprit = mirror.commit("Price", {"cart.py": "two\n"}, at=NOW - 8 * HOUR)
        a_deploy(session, project, revision=culprit)
        issues = [an_issue(session, project) for _ in range(3)]
        for one in issues:
            some_events(session, one)
        verdict = a_verdict(session, issues[1], repo)
        for suspect in session.exec(select(SuspectRow).where(SuspectRow.verdict_id == verdict.id)):
            suspect.sha = culprit if suspect.place == 1 else suspect.sha
        ids = [one.id or 0 for one in issues]
    tree = mirror.run("rev-parse", f"{culprit}^{{tree}}").strip()
    (mirror.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    run(world, Next("follow_up", tuple(ids)))
    assert followed(world).keys() == {ids[0], ids[2]}
    with reading(world.engine) as session:
        assert session.exec(select(col(TroubleRow.subject_id))).all() == [ids[1]]


def test_a_course_is_as_old_as_what_was_read_for_it(world: World) -> None:
    issue_id, _, _ = two_projects(world)
    minutes = itertools.count()
    world = replace(world, now=lambda: NOW + timedelta(minutes=next(minutes)))
    run(world, Next("follow_up", (issue_id,)))
    assert next(minutes) > 1, "time went by"
    assert followed(world)[issue_id].at == NOW


def test_a_name_that_stands_for_another_issue_in_sentry_makes_a_fix_probable(world: World) -> None:
    ours, _, repo_id = two_projects(world)
    mirror = GitRepo(mirror_directory(world.settings.mirrors, repo_id))
    sure = mirror.commit("Fixes SHOP-1, https://sentry.example.org/issues/77", at=NOW)
    doubtful = mirror.commit("Fixes SHOP-1", at=NOW)
    with transaction(world.engine) as session:
        theirs = an_issue(session, a_project(session, "third")).id
        project_id = session.get_one(IssueRow, ours).project_id
        for number, short, issue_id in [("77", None, ours), ("78", "SHOP-1", theirs)]:
            session.add(
                SentryIssueRow(project_id=project_id, number=number, short=short, issue_id=issue_id)
            )
    run(replace(world, now=lambda: NOW), Next("follow_up", (ours,)))
    with reading(world.engine) as session:
        found = {row.key: row for row in session.exec(select(FixRow))}
    assert (found[sure].confirmed, found[doubtful].confirmed) == (True, False)
    assert "different issues" in found[doubtful].because


def mended_by_words(world: World, *said: tuple[str, str]) -> list[FixRow]:
    """The fixes of an issue after its next release went out, and these words were said of it."""
    ours, _, repo_id = two_projects(world)
    mirror = GitRepo(mirror_directory(world.settings.mirrors, repo_id))
    fixed = mirror.commit("Price", at=NOW - HOUR / 2)
    with transaction(world.engine) as session:
        project = session.get_one(ProjectRow, session.get_one(IssueRow, ours).project_id)
        a_deploy(session, project, release="shop@9", revision=fixed, at=NOW)
        for key, word in said:
            session.add(FixWordRow(issue_id=ours, key=key, said=word, way=Way.SENTRY, at=NOW))
            session.flush()
    run(replace(world, now=lambda: NOW + HOUR), Next("follow_up", (ours,)))
    with reading(world.engine) as session:
        return list(session.exec(select(FixRow)))


NEXT = next_release_key(NOW - HOUR)


def test_that_the_next_release_mends_it_may_be_denied_and_stays_in_sight(world: World) -> None:
    (found,) = mended_by_words(world, (NEXT, NAMED), (NEXT, DENIED))
    assert (found.release, found.denied) == ("shop@9", True)


def test_what_was_denied_may_be_said_again(world: World) -> None:
    (found,) = mended_by_words(world, (NEXT, NAMED), (NEXT, DENIED), (NEXT, NAMED))
    assert not found.denied


def test_a_release_that_was_kept_with_a_longer_name_than_any_has_is_cut_as_those_are(
    world: World,
) -> None:
    (found,) = mended_by_words(world, ("release:" + "r" * 280, NAMED))
    assert found.release is not None
    assert len(found.release) == LONGEST_RELEASE


def test_an_issue_begins_with_its_first_event_while_that_is_kept_else_within_five_minutes(
    world: World,
) -> None:
    began = NOW - 3 * HOUR + timedelta(minutes=7, seconds=31)
    with transaction(world.engine) as session:
        issue = an_issue(session, a_project(session), first_seen=began)
        some_events(session, issue, number=1)
        issue_id = issue.id or 0

    def told() -> datetime:
        run(replace(world, now=lambda: NOW), Next("follow_up", (issue_id,)))
        with reading(world.engine) as session:
            return session.exec(select(EpisodeRow)).one().began

    assert told() == began
    with transaction(world.engine) as session:
        session.execute(sa.delete(EventRow))
    assert told() == began.replace(minute=began.minute // 5 * 5, second=0)


def test_users_who_were_hit_before_anybody_acted_are_not_forgotten_with_their_events(
    world: World,
) -> None:
    with transaction(world.engine) as session:
        issue = an_issue(session, a_project(session))
        session.add(
            FollowedRow(issue_id=issue.id or 0, at=NOW, acted_at=NOW, users_before_action=9)
        )
        session.flush()
        assert users_until(session, issue, NOW) == 9
        assert users_until(session, issue, NOW - HOUR) == 0
        assert users_until(session, issue, None) == issue.users_seen


def of_another_service(world: World, *, until: int, traced: str | None = None) -> int:
    """An issue of the shop whose culprit is the price service's, of a project and a repository of
    its own; it failed each hour, and two days later that service reverted the change. ``traced``:
    the release of it in the trace of one more failure, ten minutes after that."""
    with transaction(world.engine) as session:
        shop, prices = a_project(session), a_project(session, "prices")
        here, there = a_repo(session, shop), a_repo(session, prices, name="acme/prices")
        mirror = GitRepo(mirror_directory(world.settings.mirrors, there.id or 0))
        good = mirror.commit("Begin", {"price.py": "one\n"}, at=NOW - 60 * HOUR)
        bad = mirror.commit("Round", {"price.py": "two\n"}, at=NOW - 50 * HOUR)
        back = mirror.commit(
            'Revert "Round"', {"price.py": "one\n"}, body=f"This reverts commit {bad}.",
            at=NOW - HOUR,
        )  # fmt: skip
        GitRepo(mirror_directory(world.settings.mirrors, here.id or 0)).commit("Shop", at=NOW)
        rolled = [("1", good, 60), ("2", bad, 49), ("3", back, 0)]
        deploys = [
            a_deploy(
                session, prices, service="prices", release=f"prices@{name}", revision=sha,
                at=(NOW - hours * HOUR).replace(minute=0, second=0, microsecond=0),
            )
            for name, sha, hours in rolled
        ]  # fmt: skip
        session.add(
            ArrivalRow(
                deploy_id=deploys[1].id, repo_id=there.id or 0, sha=bad, place=0, committed_at=NOW
            )
        )
        issue = an_issue(session, shop, first_seen=NOW - 48 * HOUR, last_seen=NOW - HOUR)
        some_events(session, issue, number=48)
        if traced:
            at = NOW.replace(minute=0, second=0, microsecond=0) + HOUR / 6
            for project, service, release in ((shop, "shop", "shop@9"), (prices, "prices", traced)):
                of = issue if service == "shop" else an_issue(session, project, number=7)
                row = EventRow(
                    project_id=project.id or 0, issue_id=of.id or 0, event_id=f"{service:0>32}",
                    at=at, received_at=NOW, release=release, environment="production",
                    service=service, trace_id="7" * 32, body=pack(an_event_made()),
                )  # fmt: skip
                session.add(row)
                session.flush()
                count_event(session, row)
        verdict = a_verdict(session, issue, here)
        for suspect in session.exec(select(SuspectRow).where(SuspectRow.verdict_id == verdict.id)):
            if suspect.place == 1:
                suspect.sha, suspect.repo_id, suspect.probability = bad, there.id, 0.9
        issue_id = issue.id or 0
    run(replace(world, now=lambda: NOW + until * HOUR), Next("follow_up", (issue_id,)))
    return issue_id


@pytest.mark.parametrize(("until", "state"), [(1, "too early"), (48, "held")])
def test_a_fix_in_another_services_code_is_tried_by_that_services_roll_outs(
    world: World, until: int, state: str
) -> None:
    issue_id = of_another_service(world, until=until)
    row = followed(world)[issue_id]
    assert (row.state, row.cycles, row.service) == (state, 1, "shop")
    assert "prices" in row.notes[0]
    with reading(world.engine) as session:
        attempt = session.exec(select(FixAttemptRow)).one()
    assert (attempt.release, attempt.fixes[0]["means"]) == ("prices@3", "revert")
    assert (row.again_at is None) is (state == "held"), "until then nobody else makes it due"


@pytest.mark.parametrize(
    ("release", "until", "state"),
    [("prices@3", 5, "came back"), ("prices@2", 48, "held")],
    ids=["of the one with the fix", "of a straggler"],
)
def test_which_release_of_another_service_failed_is_told_by_its_event_in_the_same_trace(
    world: World, release: str, until: int, state: str
) -> None:
    issue_id = of_another_service(world, until=until, traced=release)
    assert followed(world)[issue_id].state == state
