"""What deploys are told to be: by ancestry in a real mirror, and again when it learns more."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from correlator.code.mirrors import mirror_directory
from correlator.steps import drain
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.deploys.health import seen_of
from correlator.store.session import reading, transaction
from correlator.store.tables import ArrivalRow, DeployRow, FailedRollOutRow, RollOutRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import a_project_id, deliver
from tests.gitrepo import GitRepo

NOW = datetime(2026, 1, 6, 12, 0, tzinfo=UTC)
Tell = Callable[..., None]


@pytest.fixture
def world(world: World) -> World:
    return replace(world, now=lambda: NOW)


@pytest.fixture
def git(world: World, tmp_path: Path) -> GitRepo:
    """The project's repository; what is committed is in its mirror at once."""
    repo = GitRepo(tmp_path / "shop")
    project = a_project_id(world)
    with transaction(world.engine) as session:
        row = add_repo(session, "shop", "https://git.example.org/shop", None, NOW)
        link_repo(session, project, row.id or 0)
        place = mirror_directory(world.settings.mirrors, row.id or 0)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(repo.path / ".git")
    return repo


@pytest.fixture
def tell(world: World, git: GitRepo) -> Tell:
    """Send a marker, an hour after the one before, and do what follows."""
    clock = [NOW - timedelta(hours=20)]

    def said(release: str, revision: str | None = None, **more: object) -> None:
        clock[0] += timedelta(hours=1)
        marker: dict[str, object] = {
            "release": release, "environment": "production", "revision": revision
        }  # fmt: skip
        marker |= {"at": clock[0].isoformat(), **more}
        deliver(world, 1, "deploy", json.dumps(marker).encode(), NOW)
        drain(world, Next("digest"))

    return said


def told(world: World) -> list[tuple[str, str, int, int]]:
    """Release, kind, commits brought and taken, oldest deploy first."""
    with reading(world.engine) as session:
        rows = session.exec(
            select(DeployRow, RollOutRow)
            .join(RollOutRow, col(RollOutRow.deploy_id) == col(DeployRow.id))
            .order_by(col(DeployRow.at))
        )
        return [(deploy.release, row.kind, row.brought, row.taken) for deploy, row in rows]


def arrived(world: World, release: str) -> list[tuple[str, bool, bool]]:
    """Commits of a deploy: hash, whether taken away, whether it came for the first time."""
    with reading(world.engine) as session:
        rows = session.exec(
            select(ArrivalRow)
            .join(DeployRow, col(DeployRow.id) == col(ArrivalRow.deploy_id))
            .where(DeployRow.release == release)
            .order_by(col(ArrivalRow.place))
        )
        return [(row.sha, row.is_taken, row.is_first) for row in rows]


def test_a_deploy_brings_what_the_one_before_it_lacked(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two, three = (git.commit(name, {"a.py": name}) for name in ("one", "two", "three"))
    tell("v1", one)
    tell("v2", three)
    assert told(world) == [("v1", "first", 0, 0), ("v2", "forward", 2, 0)]
    assert arrived(world, "v2") == [(three, False, True), (two, False, True)]


def test_going_back_is_a_roll_back_and_what_comes_again_is_not_new(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2", two)
    tell("v1", one)
    tell("v2", two)
    kinds = [kind for _, kind, _, _ in told(world)]
    assert kinds == ["first", "forward", "roll-back", "forward"]
    assert arrived(world, "v2") == [(two, False, True), (two, False, False)]


def test_a_hotfix_from_an_old_branch_is_no_roll_back(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one = git.commit("one", {"a.py": "1"})
    two = git.commit("two", {"a.py": "2"})
    git.branch("hotfix", one)
    mended = git.commit("mended", {"b.py": "1"})
    tell("v1", one)
    tell("v2", two)
    tell("v1.1", mended)
    assert told(world)[-1] == ("v1.1", "hotfix", 1, 1)


def test_the_same_revision_under_another_name_is_a_re_run(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one = git.commit("one", {"a.py": "1"})
    tell("v1", one)
    tell("v1-again", one)
    assert told(world)[-1] == ("v1-again", "re-run", 0, 0)


def test_a_marker_that_comes_late_changes_what_the_next_one_brought(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two, three = (git.commit(name, {"a.py": name}) for name in ("one", "two", "three"))
    tell("v1", one)
    tell("v3", three)
    between = (NOW - timedelta(hours=18, minutes=30)).isoformat()
    tell("v2", two, at=between)
    assert told(world)[1:] == [("v2", "forward", 1, 0), ("v3", "forward", 2, 0)]
    later = replace(world, now=lambda: NOW + timedelta(hours=1))
    drain(later, Next("roll_out"))
    assert told(world)[1:] == [("v2", "forward", 1, 0), ("v3", "forward", 1, 0)]


def test_a_canary_replaces_nothing(world: World, git: GitRepo, tell: Tell) -> None:
    one, two, three = (git.commit(name, {"a.py": name}) for name in ("one", "two", "three"))
    tell("v1", one)
    tell("v2", two, stage="canary", share=5)
    tell("v2", two, stage="canary", share=25)
    tell("v3", three)
    kinds = [("v1", "first", 0, 0), ("v2", "forward", 1, 0), ("v3", "forward", 2, 0)]
    assert told(world) == kinds
    with reading(world.engine) as session:
        shares = session.exec(select(DeployRow.stage, DeployRow.share).order_by(DeployRow.at)).all()
    assert shares == [(None, None), ("canary", 0.25), (None, None)]


def test_a_roll_out_that_failed_is_no_deploy(world: World, git: GitRepo, tell: Tell) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2", two, outcome="failed")
    assert told(world) == [("v1", "first", 0, 0)]
    with reading(world.engine) as session:
        assert [row.release for row in session.exec(select(FailedRollOutRow))] == ["v2"]


def test_a_service_in_a_directory_is_told_which_changes_are_its_own(
    world: World, git: GitRepo, tell: Tell
) -> None:
    with transaction(world.engine) as session:
        link_repo(session, 1, 1, source_root="pay/")
    one = git.commit("one", {"pay/a.py": "1"})
    git.commit("elsewhere", {"cart/a.py": "1"})
    mine = git.commit("mine", {"pay/a.py": "2"})
    tell("v1", one)
    tell("v2", mine)
    with reading(world.engine) as session:
        row = session.exec(select(RollOutRow).where(RollOutRow.kind == "forward")).one()
        own = [one.sha for one in session.exec(select(ArrivalRow)) if one.is_own]
    assert (row.brought, row.own) == (2, 1)
    assert own == [mine]


def test_a_revision_that_the_mirror_lacks_is_told_once_it_has_it(
    world: World, git: GitRepo, tell: Tell, tmp_path: Path
) -> None:
    one = git.commit("one", {"a.py": "1"})
    tell("v1", one)
    tell("v2")
    assert told(world)[-1] == ("v2", "unknown", 0, 0)
    git.commit("two", {"a.py": "2"})
    git.tag("v2")
    later = replace(world, now=lambda: NOW + timedelta(hours=1))
    drain(later, Next("sweep"))
    assert told(world)[-1] == ("v2", "forward", 1, 0)


def test_looking_twice_changes_nothing(world: World, git: GitRepo, tell: Tell) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2", two)
    before = told(world), arrived(world, "v2")
    drain(world, Next("roll_out", (1, 2)), Next("roll_out", (2,)))
    assert (told(world), arrived(world, "v2")) == before


def deploys(world: World) -> list[tuple[str, str | None, float | None]]:
    """Release, stage and share of each deploy that was kept, oldest first."""
    with reading(world.engine) as session:
        rows = session.exec(select(DeployRow).order_by(col(DeployRow.at), col(DeployRow.id)))
        return [(row.release, row.stage, row.share) for row in rows]


def test_jobs_of_one_pipeline_that_tell_in_any_order_are_one_deploy(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    times = [(NOW - timedelta(hours=10, minutes=minute)).isoformat() for minute in (5, 9, 1)]
    for at in times:
        tell("v2", two, at=at)
    assert deploys(world) == [("v1", None, None), ("v2", None, None)]
    with reading(world.engine) as session:
        row = session.exec(select(DeployRow).where(DeployRow.release == "v2")).one()
        assert row.at.isoformat() == times[1]


def test_a_job_that_knows_the_revision_adds_it_to_what_another_told(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2")
    tell("v2", two)
    assert len(deploys(world)) == 2
    drain(replace(world, now=lambda: NOW + timedelta(hours=1)), Next("roll_out"))
    assert told(world)[-1] == ("v2", "forward", 1, 0)


def test_a_canary_grows_into_a_partial_roll_out_and_is_then_deployed_in_full(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2", two, stage="canary", share=5)
    tell("v2", two, stage="partial", share=50)
    tell("v2", two, stage="partial", share=20)
    tell("v2", two)
    assert deploys(world) == [("v1", None, None), ("v2", "partial", 0.5), ("v2", None, None)]
    assert told(world)[1:] == [("v2", "forward", 1, 0), ("v2", "forward", 1, 0)]


def test_a_canary_that_is_told_of_after_it_was_promoted_is_no_deploy_of_its_own(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2", two)
    tell("v2", two, stage="canary", share=5)
    assert deploys(world) == [("v1", None, None), ("v2", None, None)]


def test_what_was_stable_deployed_again_ends_the_canary(
    world: World, git: GitRepo, tell: Tell
) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2", two, stage="canary", share=5)
    tell("v1", one)
    assert told(world)[-1] == ("v1", "re-run", 0, 0)
    assert live_until(world, "v2") is not None


def test_a_canary_whose_roll_out_failed_has_ended(world: World, git: GitRepo, tell: Tell) -> None:
    one, two = git.commit("one", {"a.py": "1"}), git.commit("two", {"a.py": "2"})
    tell("v1", one)
    tell("v2", two, stage="canary", share=5)
    assert live_until(world, "v2") is None
    tell("v2", two, outcome="failed")
    assert live_until(world, "v2") is not None
    assert live_until(world, "v1") is None


def live_until(world: World, release: str) -> datetime | None:
    with reading(world.engine) as session:
        row = session.exec(select(DeployRow).where(DeployRow.release == release)).first()
        assert row is not None
        until = seen_of(session, row, NOW, timedelta(days=7)).watched.until
    return until if until < NOW else None


def test_release_branches_one_after_the_other_are_no_hotfixes(
    world: World, git: GitRepo, tell: Tell
) -> None:
    base = git.commit("base", {"a.py": "1"})
    git.branch("release-1", base)
    first = git.commit("version 1.0.1", {"version": "1.0.1"})
    git.branch("release-2", base)
    for number in range(3):
        second = git.commit(f"new {number}", {f"{number}.py": "1"})
    tell("1.0.1", first)
    tell("2.0.0", second)
    assert told(world)[-1] == ("2.0.0", "forward", 3, 1)


def test_what_was_picked_onto_a_release_branch_is_not_lost_when_the_next_has_it(
    world: World, git: GitRepo, tell: Tell
) -> None:
    base = git.commit("base", {"a.py": "1"})
    git.branch("release", base)
    picked = git.commit("mend it, picked", {"b.py": "mended"})
    git.branch("trunk", base)
    merged = git.commit("mend it", {"b.py": "mended"})
    tell("1.0.1", picked)
    tell("1.1.0", merged)
    assert told(world)[-1] == ("1.1.0", "forward", 1, 1)
