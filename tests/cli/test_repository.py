"""Commands use what is kept beside a mirror, and leave nothing beside anybody else's repository."""

from pathlib import Path

from correlator.cli._repository import repository
from correlator.code.blame import forget
from correlator.code.patch_upkeep import keep_newest, patches_beside
from correlator.code.watching import watching
from tests.gitrepo import GitRepo


def test_beside_anybodys_repository_nothing_is_written(tmp_path: Path) -> None:
    git = GitRepo(tmp_path / "shop")
    head = git.commit("one", {"a.py": "a = 1\n"})
    repo = repository(git.path)
    repo.changes([head])
    repo.blame_lines(head, "a.py", [1])
    assert [file.name for file in tmp_path.iterdir()] == ["shop"]


def test_of_a_mirror_a_second_command_asks_git_for_no_blame(tmp_path: Path) -> None:
    git = GitRepo(tmp_path / "shop")
    head = git.commit("one", {"a.py": "a = 1\n"})
    keep_newest(git.path, 60)
    assert patches_beside(git.path).exists()
    asked: list[str] = []
    for _ in range(2):
        forget()
        asked.clear()
        with watching(lambda command, _seconds: asked.append(command)):
            assert repository(git.path).blame_lines(head, "a.py", [1])[1].sha == head
    assert "blame" not in asked
