"""Blame that goes on from what is kept: the answer that git gives in one go, for less."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from correlator.code.blame import BlameCache, forget
from correlator.code.blame_store import BlameStore, blames_beside
from correlator.code.repo import Repo
from correlator.types import Origin
from tests.gitrepo import GitRepo

LINES = [f"def function_number_{n}(argument): return argument + {n}" for n in range(40)]


@pytest.fixture(autouse=True)
def _a_process_of_its_own() -> Iterator[None]:
    forget()
    yield
    forget()


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def in_one_go(git: GitRepo, revision: str, path: str) -> dict[int, Origin]:
    return dict(enumerate(Repo(git.path).blame(revision, path), 1))


def joined(
    git: GitRepo, revision: str, path: str, kept: BlameCache | None = None
) -> dict[int, Origin]:
    forget()
    whole = in_one_go(git, revision, path)
    repo = Repo(git.path, blames=kept or blames_beside(git.path))
    found = repo.blame_lines(revision, path, whole.keys())
    return {number: found[number] for number in whole}


def asked_lines(git: GitRepo, ask: Callable[[Repo], object]) -> list[list[str]]:
    """What ``git blame`` was asked while it is asked."""
    asked: list[list[str]] = []

    class Listening(Repo):
        def _run(self, *arguments: str, **how: object) -> bytes:
            if arguments[0] == "blame":
                asked.append(list(arguments))
            return super()._run(*arguments, **how)

    forget()
    ask(Listening(git.path, blames=blames_beside(git.path)))
    return asked


def test_a_changed_file_is_followed_only_to_the_revision_that_is_kept(git_repo: GitRepo) -> None:
    first = git_repo.commit("one", {"app.py": text(LINES)})
    joined(git_repo, first, "app.py")
    second = git_repo.commit("two", {"app.py": text([*LINES[:5], "new = 1", *LINES[5:]])})
    (asked,) = asked_lines(git_repo, lambda repo: repo.blame_lines(second, "app.py", range(1, 42)))
    assert f"^{first}" in asked
    assert joined(git_repo, second, "app.py") == in_one_go(git_repo, second, "app.py")


def test_lines_that_were_not_asked_for_then_are_asked_for_where_the_kept_answer_ends(
    git_repo: GitRepo,
) -> None:
    first = git_repo.commit("one", {"app.py": text(LINES)})
    second = git_repo.commit("two", {"app.py": text([*LINES[:20], "x = 1", *LINES[21:]])})
    Repo(git_repo.path, blames=blames_beside(git_repo.path)).blame_lines(second, "app.py", [1, 2])
    third = git_repo.commit("three", {"app.py": text(["top = 1", *LINES[:20], *LINES[21:]])})
    assert joined(git_repo, third, "app.py") == in_one_go(git_repo, third, "app.py")
    assert Repo(git_repo.path).blame_lines(third, "app.py", [9])[9].sha == first


def test_a_renamed_file_goes_on_under_its_old_name(git_repo: GitRepo) -> None:
    git_repo.commit("one", {"old.py": text(LINES)})
    second = git_repo.commit("two", {"old.py": text([*LINES[:9], "y = 2", *LINES[9:]])})
    joined(git_repo, second, "old.py")
    third = git_repo.commit(
        "moved", {"old.py": None, "new.py": text([*LINES[:9], "y = 2", *LINES[10:]])}
    )
    fourth = git_repo.commit("four", {"new.py": text(["z = 3", *LINES[:9], "y = 2", *LINES[10:]])})
    for revision in (third, fourth):
        assert joined(git_repo, revision, "new.py") == in_one_go(git_repo, revision, "new.py")


def test_a_branch_from_before_what_is_kept_is_answered_for_where_it_began(
    git_repo: GitRepo,
) -> None:
    git_repo.commit("one", {"app.py": text(LINES)})
    git_repo.commit("two", {"app.py": text(["a = 1", *LINES])})
    git_repo.branch("side")
    git_repo.commit("on the side", {"app.py": text(["a = 1", *LINES, "side = 1"])})
    git_repo.branch("main")
    kept = git_repo.commit("on main", {"app.py": text(["a = 2", *LINES])})
    joined(git_repo, kept, "app.py")
    head = git_repo.merge("side")
    assert joined(git_repo, head, "app.py") == in_one_go(git_repo, head, "app.py")


def test_an_older_revision_than_those_kept_is_asked_for_itself(git_repo: GitRepo) -> None:
    first = git_repo.commit("one", {"app.py": text(LINES)})
    second = git_repo.commit("two", {"app.py": text(LINES[3:])})
    joined(git_repo, second, "app.py")
    assert joined(git_repo, first, "app.py") == in_one_go(git_repo, first, "app.py")


def test_the_answers_of_another_list_of_ignored_commits_are_not_gone_on_from(
    git_repo: GitRepo,
) -> None:
    first = git_repo.commit("one", {"app.py": text(LINES)})
    quotes = git_repo.commit("quotes", {"app.py": text([f"{line}  # n" for line in LINES])})
    joined(git_repo, quotes, "app.py")
    git_repo.commit("list", {".git-blame-ignore-revs": f"{quotes}\n"})
    head = git_repo.commit(
        "three", {"app.py": text([*(f"{line}  # n" for line in LINES), "z = 1"])}
    )
    assert joined(git_repo, head, "app.py") == in_one_go(git_repo, head, "app.py")
    assert joined(git_repo, head, "app.py")[1].sha == first


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_history_a_joined_answer_is_that_of_one_search(
    git_repo: GitRepo, seed: int
) -> None:
    chance = random.Random(seed)
    revisions = [git_repo.commit("begin", {"app.py": text(LINES)})]
    branches = {"main": list(LINES)}
    for number in range(14):
        name = chance.choice(sorted(branches))
        git_repo.branch(name)
        lines = branches[name]
        at = chance.randrange(len(lines))
        fresh = [f"value_{number}_{n} = compute_{number}({n})" for n in range(chance.randrange(3))]
        branches[name] = [*lines[:at], *fresh, *lines[at + chance.randrange(3) :]]
        revisions.append(git_repo.commit(f"{number}", {"app.py": text(branches[name])}))
        if number in (4, 8):
            side = f"side{number}"
            git_repo.branch(side)
            # The branches change different ends of the file from here on, so that they merge.
            branches = {name: branches[name], side: list(branches[name])}
            lines = [*branches[side], f"end_of_{side} = {number}"]
            revisions.append(git_repo.commit(side, {"app.py": text(lines)}))
            git_repo.branch(name)
            lines = [f"beginning_{number} = {number}", *branches[name]]
            revisions.append(git_repo.commit("begin", {"app.py": text(lines)}))
            revisions.append(git_repo.merge(side))
            merged = (git_repo.path / "app.py").read_text().splitlines()
            branches = {name: merged}
    kept = BlameStore(git_repo.path.with_name("kept.sqlite"))
    for revision in sorted(revisions, key=lambda _: chance.random()):
        assert joined(git_repo, revision, "app.py", kept) == in_one_go(git_repo, revision, "app.py")


def test_kept_revisions_that_a_mirror_made_anew_lacks_are_not_gone_on_from(
    git_repo: GitRepo, tmp_path: Path
) -> None:
    first = git_repo.commit("one", {"app.py": text(LINES)})
    joined(git_repo, first, "app.py")
    git_repo.branch("forced-away")
    gone = git_repo.commit("gone", {"app.py": text(["gone = 1", *LINES])})
    joined(git_repo, gone, "app.py")
    git_repo.branch("main")
    last = git_repo.commit("last", {"app.py": text(["stays = 1", *LINES])})
    anew = tmp_path / "anew.git"
    git_repo.run("clone", "--quiet", "--bare", "--single-branch", "--no-local",
                 "--branch", "main", str(git_repo.path), str(anew))  # fmt: skip
    forget()
    repo = Repo(anew, blames=blames_beside(git_repo.path))
    assert repo.resolve(gone) is None
    assert repo.blame_lines(last, "app.py", [1, 2]) == {
        number: origin
        for number, origin in in_one_go(git_repo, last, "app.py").items()
        if number < 3
    }


def test_a_shallow_clone_keeps_no_blame(git_repo: GitRepo, tmp_path: Path) -> None:
    git_repo.commit("one", {"app.py": text(LINES)})
    head = git_repo.commit("two", {"app.py": text(LINES[1:])})
    clone = tmp_path / "shallow.git"
    git_repo.run("clone", "--bare", "--quiet", "--depth=1", f"file://{git_repo.path}", str(clone))
    assert Repo(clone, blames=blames_beside(clone)).blame_lines(head, "app.py", [1])[1].sha == head
    assert not clone.with_name("shallow.git.blames.sqlite").exists()


def test_a_damaged_file_of_kept_blames_is_begun_anew(git_repo: GitRepo) -> None:
    head = git_repo.commit("one", {"app.py": text(LINES)})
    beside = git_repo.path.with_name(f"{git_repo.path.name}.blames.sqlite")
    beside.write_bytes(b"no database" * 1000)
    assert joined(git_repo, head, "app.py") == in_one_go(git_repo, head, "app.py")
    assert blames_beside(git_repo.path).newest("app.py", "w-M-1 lines") == [head]
