"""Patches kept beside a mirror: asked of git once, and never believed more than git."""

import sqlite3
from pathlib import Path

from correlator.code import logs
from correlator.code.logs import patch_store
from correlator.code.patch_store import PatchStore
from correlator.code.patch_upkeep import keep_newest, patches_beside
from correlator.code.repo import Repo
from tests.gitrepo import GitRepo


def some_patches(git_repo: GitRepo) -> tuple[str, str]:
    first = git_repo.commit("one", {"a.py": "a = 1\nb = 2\n", "old ü.py": "x\n" * 9})
    second = git_repo.commit(
        "two", {"a.py": "a = 1\nb = 3", "old ü.py": None, "new.py": "x\n" * 9}, body="Why: ✓"
    )
    return first, second


def test_what_is_kept_is_what_git_said(git_repo: GitRepo, tmp_path: Path) -> None:
    shas = some_patches(git_repo)
    said = Repo(git_repo.path).changes(shas)
    store = patch_store(tmp_path / "kept.sqlite")
    assert store.get(shas) == {}
    store.put(said.values())
    assert store.get([*shas, "f" * 40]) == said
    assert store.missing(["f" * 40, *shas]) == ["f" * 40]


def test_patches_asked_for_in_another_way_do_not_count(git_repo: GitRepo, tmp_path: Path) -> None:
    shas = some_patches(git_repo)
    PatchStore(tmp_path / "kept.sqlite", ["-U3"]).put(Repo(git_repo.path).changes(shas).values())
    assert patch_store(tmp_path / "kept.sqlite").get(shas) == {}


def test_a_damaged_file_is_thrown_away(git_repo: GitRepo, tmp_path: Path) -> None:
    shas = some_patches(git_repo)
    file = tmp_path / "kept.sqlite"
    file.write_bytes(b"no database" * 1000)
    said = Repo(git_repo.path, patches=file).changes(shas)
    assert list(said) == list(shas)
    store = patch_store(file)
    store.put(said.values())
    with sqlite3.connect(file) as database:
        database.execute("update patch set body = x'00'")
    assert store.get(shas) == {}
    assert not file.exists()


def test_a_file_that_another_holds_is_done_without(git_repo: GitRepo, tmp_path: Path) -> None:
    shas = some_patches(git_repo)
    file = tmp_path / "no such directory" / "kept.sqlite"
    assert list(Repo(git_repo.path, patches=file).changes(shas)) == list(shas)


def test_a_mirrors_newest_patches_are_made_ready_once(git_repo: GitRepo) -> None:
    shas = some_patches(git_repo)
    assert keep_newest(git_repo.path, 60) == 2
    assert keep_newest(git_repo.path, 60) == 0
    third = git_repo.commit("three", {"a.py": "a = 4\n"})
    assert keep_newest(git_repo.path, 60) == 1
    kept = patch_store(patches_beside(git_repo.path)).get([*shas, third])
    assert set(kept) == {*shas, third}


def test_the_history_of_files_is_the_same_with_kept_patches_as_without(
    git_repo: GitRepo, tmp_path: Path
) -> None:
    git_repo.commit("one", {"a.py": "x = 1\n" * 20, "tests/t.py": "t = 1\n", "b.py": "b = 1\n"})
    git_repo.commit("two", {"a.py": "x = 1\n" * 19 + "x = 2\n", "tests/t.py": "t = 2\n"})
    git_repo.commit("moved", {"a.py": None, "c.py": "x = 1\n" * 19 + "x = 3\n"})
    git_repo.branch("side")
    git_repo.commit("side", {"b.py": "b = 2\n"})
    git_repo.branch("main")
    git_repo.commit("main", {"c.py": "x = 1\n" * 20})
    head = git_repo.merge("side")
    kept = Repo(git_repo.path, patches=tmp_path / "patches.sqlite")
    kept.changes(git_repo.run("rev-list", head).split())
    for paths in (["a.py"], ["c.py", "b.py"], ["a.py", "tests/t.py"], ["tests/t.py"]):
        asked = []
        for repo in (Repo(git_repo.path), kept):
            logs._FILES.clear()
            logs._PATCHES.clear()
            asked.append(repo.history(head, paths))
        assert asked[0] == asked[1]
