"""The fetch step: leases, outcomes on the row, and issues that waited for code."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from correlator.code.locks import Busy, only_one
from correlator.code.mirrors import mirror_directory
from correlator.errors import Permanent
from correlator.steps import run
from correlator.steps.fetch import fetch, fetch_now
from correlator.store.code import repos
from correlator.store.intake.projects import add_project
from correlator.store.session import reading, transaction
from correlator.store.tables import BlameRow, IssueRow, ProjectRepoRow, RepoRow, VerdictRow
from correlator.types import Abstention, Next
from correlator.world import World
from tests.gitrepo import GitRepo

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)

# What follows a fetch that brought something; the first repository has the number 1.
NEWS = [
    Next("investigate"),
    Next("survey", (1,)),
    Next("mended", (1,)),
    Next("prepare", (1,)),
]


@pytest.fixture
def world(world: World) -> World:
    """A world whose clock stands still."""
    return replace(world, now=lambda: NOW)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A repository with one commit."""
    made = GitRepo(tmp_path / "git" / "shop")
    made.commit("one", {"app.py": "a = 1\n"})
    return made


def added(world: World, url: str, name: str = "shop", project: str | None = None) -> int:
    """A repository row, linked to a new project if one is named; its id."""
    with transaction(world.engine) as session:
        row = repos.add_repo(session, name, url, None, world.now())
        if project is not None:
            owner = add_project(session, project, world.now())
            repos.link_repo(session, owner.id or 0, row.id or 0)
        return row.id or 0


def row_of(world: World, repo_id: int) -> RepoRow:
    """The repository's row as it is now."""
    with reading(world.engine) as session:
        return session.get_one(RepoRow, repo_id)


def later(world: World, **by: float) -> World:
    """The same world, with its clock ahead."""
    now = world.now() + timedelta(**by)
    return replace(world, now=lambda: now)


def silent_issue(world: World, repo_id: int, abstained: Abstention | None) -> int:
    """An issue of the repository's project, with a verdict in force; its id."""
    with transaction(world.engine) as session:
        link = session.exec(select(ProjectRepoRow).where(ProjectRepoRow.repo_id == repo_id)).one()
        issue = IssueRow(
            project_id=link.project_id,
            number=_next_number(session),
            type="KeyError",
            value="",
            level="error",
            platform="python",
            first_seen=world.now(),
            last_seen=world.now(),
            first_environment="production",
            first_service="shop",
        )
        session.add(issue)
        session.flush()
        verdict = VerdictRow(
            issue_id=issue.id or 0,
            event_id=1,
            at=world.now(),
            confidence=0.0,
            abstained=abstained,
            because="",
            weights="1",
            seconds=0.1,
        )
        session.add(verdict)
        session.flush()
        issue.verdict_id = verdict.id
        session.add(issue)
        return issue.id or 0


def _next_number(session: Session) -> int:
    return len(session.exec(select(IssueRow.id)).all()) + 1


def wanting(world: World) -> set[int]:
    """Issues on the to-do list of investigate."""
    with reading(world.engine) as session:
        return {row.id or 0 for row in session.exec(select(IssueRow)) if row.wants_verdict}


def test_a_first_fetch_makes_the_mirror_and_calls_for_investigation(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path))
    assert fetch(world) == NEWS
    row = row_of(world, repo_id)
    assert (row.state, row.problem, row.default_branch) == ("ready", None, "main")
    assert row.leased_until is None
    assert row.fetched_at is not None
    assert mirror_directory(world.settings.mirrors, repo_id).is_dir()


def test_a_second_run_changes_no_row(world: World, repo: GitRepo) -> None:
    repo_id = added(world, str(repo.path))
    fetch(world)
    before = row_of(world, repo_id)
    assert fetch(world) == []
    assert fetch(world, (repo_id,)) == []
    assert row_of(world, repo_id) == before


def test_a_mirror_that_nobody_made_ready_is_made_so_after_the_next_fetch(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path))
    fetch_now(world, repo_id)
    after = later(world, seconds=world.settings.fetch_interval + 1)
    assert fetch(after) == [Next("prepare", (repo_id,))]


def test_new_commits_call_for_investigation_and_nothing_new_does_not(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path))
    fetch(world)
    run(world, Next("prepare", (repo_id,)))
    after = later(world, seconds=world.settings.fetch_interval + 1)
    assert fetch(after) == []
    repo.commit("two", {"app.py": "a = 2\n"})
    again = later(after, seconds=world.settings.fetch_interval + 1)
    assert fetch(again) == NEWS


def test_a_repository_that_is_asked_for_is_fetched_before_its_time(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path))
    fetch(world)
    repo.commit("two", {"app.py": "a = 2\n"})
    soon = later(world, seconds=10)
    assert fetch(soon) == []
    assert fetch(soon, (repo_id,)) == NEWS


def test_only_silences_for_want_of_code_are_looked_at_again(world: World, repo: GitRepo) -> None:
    repo_id = added(world, str(repo.path), project="shop")
    issues = {why: silent_issue(world, repo_id, why) for why in (None, *Abstention)}
    other = added(world, str(repo.path), name="other", project="other")
    elsewhere = silent_issue(world, other, Abstention.NO_REVISION)
    fetch(world, (repo_id,))
    assert wanting(world) == {
        issues[why]
        for why in (
            Abstention.NO_REPOSITORY,
            Abstention.NO_REVISION,
            Abstention.REVISION_NOT_IN_REPOSITORY,
            Abstention.REPOSITORY_UNAVAILABLE,
        )
    }
    assert elsewhere not in wanting(world)


def test_a_failure_is_on_the_row_with_its_reason_and_is_not_repeated_at_once(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path.with_name("gone")))
    assert fetch(world) == []
    row = row_of(world, repo_id)
    assert row.state == "unavailable"
    assert "nothing at" in (row.problem or "")
    with reading(world.engine) as session:
        assert not repos.any_due(session, world.now(), world.settings.fetch_interval)
    repo.path.rename(repo.path.with_name("gone"))
    assert fetch(world) == []
    after = later(world, seconds=world.settings.fetch_interval + 1)
    assert fetch(after) == NEWS
    assert (row_of(world, repo_id).state, row_of(world, repo_id).problem) == ("ready", None)


def test_a_mirror_that_cannot_be_refreshed_is_stale_not_lost(world: World, repo: GitRepo) -> None:
    repo_id = added(world, str(repo.path))
    fetch(world)
    fetched_at = row_of(world, repo_id).fetched_at
    shutil.rmtree(repo.path)
    fetch(later(world, seconds=world.settings.fetch_interval + 1))
    row = row_of(world, repo_id)
    assert (row.state, row.fetched_at) == ("stale", fetched_at)
    assert mirror_directory(world.settings.mirrors, repo_id).is_dir()


def test_an_address_is_checked_again_at_each_fetch(world: World, repo: GitRepo) -> None:
    repo_id = added(world, str(repo.path))
    fetch(world)
    narrowed = world.settings.model_copy(update={"allowed_repository_paths": ()})
    fetch(replace(later(world, hours=1), settings=narrowed))
    assert "does not lie" in (row_of(world, repo_id).problem or "")


def test_one_bad_repository_does_not_keep_others_from_being_fetched(
    world: World, repo: GitRepo
) -> None:
    added(world, str(repo.path.with_name("gone")), name="a-gone")
    good = added(world, str(repo.path), name="b-good")
    fetch(world)
    assert row_of(world, good).state == "ready"


def test_a_lease_of_a_live_worker_is_kept_and_one_of_a_dead_worker_runs_out(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path))
    with transaction(world.engine) as session:
        taken = repos.lease_due(session, (), world.now(), world.now(), 60)
    assert taken is not None
    assert fetch(world) == []
    assert fetch(later(world, seconds=61)) == NEWS
    assert row_of(world, repo_id).state == "ready"


def test_a_mirror_that_another_process_is_fetching_is_left_to_it(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path))
    directory = mirror_directory(world.settings.mirrors, repo_id)
    directory.parent.mkdir(parents=True)
    with only_one(directory):
        assert fetch(world) == []
        with pytest.raises(Busy):
            fetch_now(world, repo_id)
    assert row_of(world, repo_id).state == "new"


def test_removing_a_repository_keeps_its_verdicts(world: World, repo: GitRepo) -> None:
    repo_id = added(world, str(repo.path), project="shop")
    issue = silent_issue(world, repo_id, None)
    with transaction(world.engine) as session:
        for verdict in session.exec(select(VerdictRow)):
            verdict.repo_id = repo_id
            session.add(verdict)
        session.add(BlameRow(repo_id=repo_id, revision="a" * 40, path="a", recipe="1", body=b"x"))
    with transaction(world.engine) as session:
        repos.remove_repo(session, repo_id)
    with reading(world.engine) as session:
        kept = session.exec(select(VerdictRow).where(VerdictRow.issue_id == issue)).one()
        assert kept.repo_id is None
        assert session.get(RepoRow, repo_id) is None
        assert session.exec(select(BlameRow)).all() == []


def test_a_project_lists_its_repositories_and_a_link_is_kept_once(
    world: World, repo: GitRepo
) -> None:
    repo_id = added(world, str(repo.path), project="shop")
    with transaction(world.engine) as session:
        project_id = session.exec(select(ProjectRepoRow.project_id)).one()
        repos.link_repo(session, project_id, repo_id, "/app/", "src/")
    with reading(world.engine) as session:
        ((found, link),) = repos.of_project(session, project_id)
        assert (found.id, link.stack_root, link.source_root) == (repo_id, "/app/", "src/")


def test_a_name_that_is_taken_or_odd_is_refused(world: World, repo: GitRepo) -> None:
    added(world, str(repo.path))
    with pytest.raises(Permanent, match="already"):
        added(world, str(repo.path))
    with pytest.raises(Permanent, match="letters"):
        added(world, str(repo.path), name="-x")
