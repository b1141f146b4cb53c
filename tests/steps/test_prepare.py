"""Prepare: what the next verdict would ask of git is known before it asks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from sqlmodel import select

from correlator.code.blame import forget
from correlator.code.git import TooSlow
from correlator.code.locks import only_one
from correlator.code.logs import patch_store
from correlator.code.mirrors import mirror_directory, remove_mirror
from correlator.code.patch_upkeep import patches_beside
from correlator.code.readiness import is_ready
from correlator.code.repo import Repo
from correlator.code.watching import watching
from correlator.investigation import ahead
from correlator.steps import prepare as module
from correlator.steps import run
from correlator.store.code.blames import KeptBlames
from correlator.store.code.repos import add_repo
from correlator.store.session import reading, transaction
from correlator.store.tables import BlameRow, TroubleRow
from correlator.types import Next, Origin
from correlator.world import World
from tests.deliveries import AT
from tests.gitrepo import GitRepo

LINES = "".join(f"line {number}\n" for number in range(1, 30))


class Site:
    """A mirrored repository of which one file was traced before."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.git = GitRepo(directory / "shop")
        self.first = self.git.commit("one", {"app.py": LINES, "never_traced.py": LINES})
        with transaction(world.engine) as session:
            self.repo_id = add_repo(session, "shop", str(self.git.path), None, AT).id or 0
        self.mirror = mirror_directory(world.settings.mirrors, self.repo_id)
        self.mirror.parent.mkdir(parents=True, exist_ok=True)
        self.git.run("clone", "--quiet", "--mirror", str(self.git.path), str(self.mirror))
        self.blame(self.first, "app.py", 3)

    def fetch(self) -> None:
        self.git.run("-C", str(self.mirror), "fetch", "--quiet", "origin", "+refs/*:refs/*")

    def blame(self, revision: str, path: str, line: int) -> list[str]:
        """Blame a line as a verdict does; the git commands that took."""
        forget()
        asked: list[str] = []
        repo = Repo(self.mirror, blames=KeptBlames(self.world.engine, self.repo_id))
        with watching(lambda command, _seconds: asked.append(command)):
            assert repo.blame_lines(revision, path, [line])[line].sha
        return asked


@pytest.fixture
def site(world: World, tmp_path: Path) -> Site:
    return Site(world, tmp_path)


def test_a_file_that_was_traced_and_changed_needs_no_blame_for_its_next_verdict(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "CHANGED", 0)
    second = site.git.commit("two", {"app.py": LINES + "more\n", "never_traced.py": LINES + "x\n"})
    site.fetch()
    assert run(site.world, Next("prepare", (site.repo_id,))) == []
    assert "blame" not in site.blame(second, "app.py", 20)
    assert "blame" in site.blame(second, "never_traced.py", 20)


def test_a_file_that_the_newest_commits_changed_is_blamed_before_any_trace(site: Site) -> None:
    tests = {"tests/test_app.py": LINES, "README.md": LINES}
    second = site.git.commit("two", {"never_traced.py": LINES + "x\n", **tests})
    site.fetch()
    run(site.world, Next("prepare", (site.repo_id,)))
    assert "blame" not in site.blame(second, "never_traced.py", 20)
    assert "blame" in site.blame(second, "tests/test_app.py", 20)


def test_lines_of_a_sweep_are_looked_through_ahead(site: Site) -> None:
    files = {f"shop/m{number}.py": "def total(cart):\n    return cart\n" for number in range(12)}
    wrote = site.git.commit("wrote", files)
    hints = {path: text.replace("(cart)", "(cart: Cart)") for path, text in files.items()}
    sweep = site.git.commit("hints", hints)
    site.fetch()
    run(site.world, Next("prepare", (site.repo_id,)))
    forget()
    asked: list[str] = []
    repo = Repo(site.mirror, blames=KeptBlames(site.world.engine, site.repo_id))
    with watching(lambda command, _seconds: asked.append(command)):
        told = repo.blame_lines(sweep, "shop/m3.py", [1])
        assert repo.before(sweep, told, [sweep])[1].sha == wrote
    assert "blame" not in asked


def test_the_patches_of_all_commits_are_made_ready(site: Site) -> None:
    second = site.git.commit("two", {"app.py": "changed\n"})
    site.fetch()
    run(site.world, Next("prepare", (site.repo_id,)))
    assert patch_store(patches_beside(site.mirror)).missing([site.first, second]) == []


def test_what_does_not_fit_into_a_slice_follows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE_SECONDS", -1.0)
    site.git.commit("no code", {"README.md": "text\n"})
    site.fetch()
    again = Next("prepare", (site.repo_id,))
    assert run(site.world, again) == [again]


def test_files_whose_blame_takes_too_long_do_not_keep_it_from_coming_to_an_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def takes_all_its_time(repo: Repo, revision: str, _path: str, _lines: object) -> None:
        while True:  # until there is no time left for git
            repo.resolve(revision)

    monkeypatch.setattr(module, "SLICE_SECONDS", 1.0)
    monkeypatch.setattr(ahead, "NEWEST", 1)
    monkeypatch.setattr(Repo, "blame_lines", takes_all_its_time)
    site.git.commit("two", {"app.py": LINES + "more\n"})
    site.fetch()
    again = Next("prepare", (site.repo_id,))
    assert run(site.world, again) == [again]
    assert patch_store(patches_beside(site.mirror)).missing([site.first]) == []
    assert not is_ready(site.mirror, 60)
    assert run(site.world, again) == []
    assert is_ready(site.mirror, 60)


def test_files_that_a_slice_had_no_time_for_are_blamed_in_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    blame, blamed, room = Repo.blame_lines, set[str](), [1]

    def one_new_file_a_slice(
        repo: Repo, revision: str, path: str, lines: Sequence[int]
    ) -> Mapping[int, Origin]:
        if path not in blamed and not room:
            raise TooSlow("git took too long")
        if path not in blamed:
            blamed.add(path)
            room.pop()
        return blame(repo, revision, path, lines)

    monkeypatch.setattr(Repo, "blame_lines", one_new_file_a_slice)
    site.git.commit("two", {f"m{number}.py": LINES + str(number) for number in range(3)})
    site.fetch()
    while run(site.world, Next("prepare", (site.repo_id,))):
        assert not is_ready(site.mirror, 60)
        room.append(1)
    assert blamed == {"app.py", "never_traced.py", "m0.py", "m1.py", "m2.py"}
    assert is_ready(site.mirror, 60)


def test_of_a_repository_that_is_removed_meanwhile_nothing_stays(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed_meanwhile(mirror: Path, timeout: float, until: float) -> bool:
        remove_mirror(mirror)
        patch_store(patches_beside(mirror)).put(kept)
        return True

    kept = Repo(site.mirror).changes([site.first]).values()
    monkeypatch.setattr(module, "keep_older", removed_meanwhile)
    run(site.world, Next("prepare", (site.repo_id,)))
    assert list(site.mirror.parent.iterdir()) == []


def test_of_two_at_once_for_one_mirror_the_second_leaves_it_to_the_first(site: Site) -> None:
    second = site.git.commit("two", {"app.py": LINES + "more\n"})
    site.fetch()
    with only_one(patches_beside(site.mirror)):
        assert run(site.world, Next("prepare", (site.repo_id,))) == []
    assert not is_ready(site.mirror, 60)
    assert "blame" in site.blame(second, "app.py", 20)


def test_a_second_time_changes_nothing(site: Site) -> None:
    run(site.world, Next("prepare", (site.repo_id,)))
    with reading(site.world.engine) as session:
        before = [row.model_dump() for row in session.exec(select(BlameRow))]
    forget()
    run(site.world, Next("prepare", (site.repo_id,)))
    with reading(site.world.engine) as session:
        assert [row.model_dump() for row in session.exec(select(BlameRow))] == before


def test_a_mirror_that_cannot_be_read_is_trouble_until_it_can(site: Site) -> None:
    objects, away = site.mirror / "objects", site.mirror / "away"
    objects.rename(away)
    assert run(site.world, Next("prepare", (site.repo_id,))) == []
    with reading(site.world.engine) as session:
        assert [row.step for row in session.exec(select(TroubleRow))] == ["prepare"]
    away.rename(objects)
    run(site.world, Next("prepare", (site.repo_id,)))
    with reading(site.world.engine) as session:
        assert session.exec(select(TroubleRow)).one().resolved_at is not None


def test_a_repository_that_was_never_fetched_is_left_alone(world: World) -> None:
    assert run(world, Next("prepare", (99,))) == []
