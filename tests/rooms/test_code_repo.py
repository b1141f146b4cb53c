"""Repo: what git says of a real repository, in few calls."""

import time
from pathlib import Path

import pytest

from correlator.code.blame import Where, forget
from correlator.code.blame_store import BlameStore
from correlator.code.git import TooSlow
from correlator.code.repo import Repo
from correlator.code.watching import watching
from correlator.errors import Permanent
from tests.gitrepo import GitRepo

TEN = "".join(f"line {n}\n" for n in range(1, 11))


class Kept(BlameStore):
    """Keeps blames in a file, and remembers how often it was asked to. A process of its own, as
    it were: what this one remembers is forgotten."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.puts = 0

    def get(self, where: Where) -> bytes | None:
        forget()
        return super().get(where)

    def put(self, where: Where, body: bytes) -> None:
        self.puts += 1
        super().put(where, body)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    forget()
    return Kept(tmp_path / "blames.sqlite")


def test_blame_names_the_last_writer_of_each_line(git_repo: GitRepo) -> None:
    first = git_repo.commit("one", {"app.py": "a = 1\nb = 2\n"})
    second = git_repo.commit("two", {"app.py": "a = 1\nb = 3\n"})
    origins = Repo(git_repo.path).blame(second, "app.py")
    assert [origin.sha for origin in origins] == [first, second]


def test_blame_looks_through_changes_of_white_space(git_repo: GitRepo) -> None:
    first = git_repo.commit("one", {"app.py": "a = 1\n"})
    second = git_repo.commit("indent", {"app.py": "    a = 1\n"})
    assert Repo(git_repo.path).blame(second, "app.py")[0].sha == first


def test_blame_is_at_the_revision_asked_for_and_not_at_the_head(git_repo: GitRepo) -> None:
    first = git_repo.commit("one", {"app.py": "a = 1\n"})
    git_repo.commit("two", {"app.py": "a = 2\n"})
    assert [origin.sha for origin in Repo(git_repo.path).blame(first, "app.py")] == [first]


def test_blame_passes_over_the_commits_the_repository_wants_ignored(git_repo: GitRepo) -> None:
    first = git_repo.commit("one", {"app.py": "value = get('a')\n"})
    quotes = git_repo.commit("reformat", {"app.py": 'value = get("a")\n'})
    head = git_repo.commit("ignore", {".git-blame-ignore-revs": f"# quotes\n{quotes}\n"})
    assert Repo(git_repo.path).blame(head, "app.py")[0].sha == first


def test_blame_of_lines_is_that_of_the_whole_file(git_repo: GitRepo) -> None:
    for at in range(1, 11):
        head = git_repo.commit(f"{at}", {"app.py": TEN.replace(f"line {at}\n", f"new {at}\n")})
    repo = Repo(git_repo.path)
    whole = repo.blame(head, "app.py")
    assert repo.blame_lines(head, "app.py", [2, 3, 9]) == {n: whole[n - 1] for n in (2, 3, 9)}


def test_lines_are_asked_of_git_once_and_then_kept_for_good(git_repo: GitRepo, kept: Kept) -> None:
    head = git_repo.commit("one", {"app.py": TEN})
    once = Repo(git_repo.path, blames=kept).blame_lines(head, "app.py", [1, 2])
    forget()
    assert Repo(git_repo.path, blames=kept).blame_lines(head, "app.py", [2, 1]) == once
    assert kept.puts == 1


def test_a_kept_blame_serves_until_the_file_changes_again(git_repo: GitRepo, kept: Kept) -> None:
    first = git_repo.commit("one", {"app.py": TEN})
    Repo(git_repo.path, blames=kept).blame_lines(first, "app.py", [1])
    other = git_repo.commit("another file", {"b.py": TEN})
    Repo(git_repo.path, blames=kept).blame_lines(other, "app.py", [1])
    assert kept.puts == 1
    new = git_repo.commit("changed", {"app.py": TEN.replace("line 1\n", "first\n")})
    assert Repo(git_repo.path, blames=kept).blame_lines(new, "app.py", [1])[1].sha == new


def test_a_kept_blame_does_not_outlive_the_list_of_ignored_commits(
    git_repo: GitRepo, kept: Kept
) -> None:
    first = git_repo.commit("one", {"app.py": "value = get('a')\n"})
    quotes = git_repo.commit("reformat", {"app.py": 'value = get("a")\n'})
    repo = Repo(git_repo.path, blames=kept)
    assert repo.blame_lines(quotes, "app.py", [1])[1].sha == quotes
    head = git_repo.commit("ignore", {".git-blame-ignore-revs": f"{quotes}\n"})
    assert repo.blame_lines(head, "app.py", [1])[1].sha == first


def test_a_prefix_resolves_and_text_that_is_no_hash_never_becomes_an_option(
    git_repo: GitRepo,
) -> None:
    head = git_repo.commit("one", {"app.py": TEN})
    repo = Repo(git_repo.path)
    assert repo.resolve(head[:8]) == head
    assert repo.resolve(head) == head
    for text in ("--all", "main", "HEAD", head[:6], "f" * 40, "-n1", "", "a\nb"):
        assert repo.resolve(text) is None
    with pytest.raises(Permanent, match="not a full commit hash"):
        repo.blame("main", "app.py")


def test_between_gives_what_the_later_revision_adds_newest_first(git_repo: GitRepo) -> None:
    old = git_repo.commit("old", {"a": "1"})
    second = git_repo.commit("second", {"a": "2"}, body="Why.")
    third = git_repo.commit("third", {"a": "3"})
    found = Repo(git_repo.path).between(old, third)
    assert [commit.sha for commit in found] == [third, second]
    assert found[1].message == "second\n\nWhy."
    assert found[1].parents == (old,)


def test_patches_hold_what_was_removed_and_added_and_leave_prose_out(git_repo: GitRepo) -> None:
    old = git_repo.commit("old", {"a.py": TEN, "README.md": "x\n"})
    git_repo.commit("prose", {"README.md": "y\n"})
    code = git_repo.commit("code", {"a.py": TEN.replace("line 3\n", "three\n")})
    (patch,) = Repo(git_repo.path).patches(old, code)
    assert patch.commit.sha == code
    (hunk,) = patch.files[0].hunks
    assert (hunk.new_start, hunk.removed, hunk.added) == (3, ("line 3",), ("three",))


def test_a_message_that_looks_like_a_patch_stays_a_message(git_repo: GitRepo) -> None:
    old = git_repo.commit("old", {"a.py": TEN})
    body = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-evil\n+evil"
    head = git_repo.commit("odd", {"a.py": TEN + "more\n"}, body=body)
    (patch,) = Repo(git_repo.path).patches(old, head)
    assert [file.path for file in patch.files] == ["a.py"]
    assert patch.commit.message.endswith("+evil")


def test_renames_and_unusual_names_are_followed(git_repo: GitRepo) -> None:
    old = git_repo.commit("old", {"a.py": TEN})
    head = git_repo.commit("move", {"a.py": None, 'sub/ä "q" b.py': TEN.replace("9", "nine")})
    (patch,) = Repo(git_repo.path).patches(old, head)
    assert (patch.files[0].old_path, patch.files[0].path) == ("a.py", 'sub/ä "q" b.py')


def test_commits_that_are_not_there_are_left_out(git_repo: GitRepo) -> None:
    head = git_repo.commit("one", {"a": "1"}, who="Grace Hopper <grace@example.org>")
    found = Repo(git_repo.path).commits([head, "f" * 40, "--all"])
    assert list(found) == [head]
    assert found[head].author.email == "grace@example.org"


def test_a_shallow_clone_knows_its_edge(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.commit("one", {"a": "1"})
    head = git_repo.commit("two", {"a": "2"})
    shallow = tmp_path / "shallow"
    git_repo.run("clone", "--quiet", "--depth=1", f"file://{git_repo.path}", str(shallow))
    assert Repo(shallow).edge == {head}
    assert Repo(git_repo.path).edge == frozenset()


def test_is_ancestor_tells_which_contains_which(git_repo: GitRepo) -> None:
    old = git_repo.commit("old", {"a": "1"})
    new = git_repo.commit("new", {"a": "2"})
    repo = Repo(git_repo.path)
    assert repo.is_ancestor(old, new)
    assert not repo.is_ancestor(new, old)


def test_a_patch_is_asked_of_git_once_in_a_process(git_repo: GitRepo) -> None:
    git_repo.commit("old", {"a.py": TEN})
    head = git_repo.commit("new", {"a.py": TEN.replace("line 3\n", "three\n")})
    asked: list[str] = []
    with watching(lambda command, _: asked.append(command)):
        first = Repo(git_repo.path).changes([head])
        begun = len(asked)
        assert Repo(git_repo.path).changes([head]) == first
    assert "log" in asked[:begun]
    assert "log" not in asked[begun:]


def test_the_history_of_a_file_is_the_same_whatever_was_asked_before(git_repo: GitRepo) -> None:
    git_repo.commit("one", {"a.py": TEN, "b.py": "b\n"})
    git_repo.commit("move", {"a.py": None, "c.py": TEN})
    head = git_repo.commit("both", {"b.py": "bb\n", "c.py": TEN + "more\n"})
    repo = Repo(git_repo.path)
    alone = repo.history(head, ["c.py"])
    both = repo.history(head, ["b.py", "c.py", "a.py"])
    assert [[file for file in one.files if file.path == "c.py"] for one in both[:2]] == [
        list(one.files) for one in alone
    ]
    assert repo.history(head, ["c.py"]) == alone


def test_a_repository_has_until_a_moment_and_no_longer(git_repo: GitRepo) -> None:
    head = git_repo.commit("one", {"app.py": TEN})
    repo = Repo(git_repo.path)
    with pytest.raises(TooSlow):
        repo.until(time.monotonic() - 1).blame(head, "app.py")
    assert repo.until(time.monotonic() + 60).blame(head, "app.py")
