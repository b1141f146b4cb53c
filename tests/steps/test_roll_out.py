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
