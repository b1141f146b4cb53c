"""Copies and reverts of a change: told as git's history has them, however it was made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from correlator.code.lineage import Lineage, commits_since, lineage, reached_since, whole_names
from correlator.code.mending import mended_commits_in
from correlator.investigation.history_of_fixes import read_past
from correlator.types import Commit, Identity
from tests.gitrepo import GitRepo

WHO = Identity("Alice", "alice@example.org")
AT = datetime(2026, 11, 21, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_commit(name: str, minutes: int, subject: str | None = None) -> Commit:
    """One of its subject, unless others have it too, made so long after the first."""
    return Commit(
        sha=name,
        parents=("parent",),
        author=WHO,
        committer=WHO,
        authored_at=AT,
        committed_at=AT + minutes * MINUTE,
        message=subject or name,
    )


class Asked(set[str]):
    """A set that counts how often it is asked for a member."""

    times = 0

    def __contains__(self, one: object) -> bool:
        self.times += 1
        return super().__contains__(one)


def chain(*names: str) -> Lineage:
    """Each, a minute after the one before, takes that back."""
    commits = [a_commit(name, minutes) for minutes, name in enumerate(names)]
    return lineage(commits, [], zip(names[1:], names, strict=False))


def test_a_revert_kills_a_change_and_its_own_revert_wakes_it() -> None:
    known = chain("fix", "revert", "again")
    assert known.alive(["fix"], {"fix"})
    assert not known.alive(["fix"], {"fix", "revert"})
    assert known.alive(["fix"], {"fix", "revert", "again"})


def test_a_copy_that_came_after_the_revert_is_alive() -> None:
    commits = [a_commit("fix", 0), a_commit("revert", 1), a_commit("copy", 2)]
    known = lineage(commits, [("copy", "fix")], [("revert", "fix")])
    assert not known.alive(known.copies_of("fix"), {"fix", "revert"})
    assert known.alive(known.copies_of("fix"), {"fix", "revert", "copy"})


def layered(layers: int, wide: int) -> Iterator[tuple[Commit, tuple[str, str]]]:
    """Changes of as many copies each, every one of which takes the change before back."""
    for layer in range(layers):
        for copy in range(wide):
            name = f"{layer}.{copy}"
            yield a_commit(name, layer, str(layer)), (name, f"{layer - 1}.0")


def test_copies_that_take_copies_back_over_and_over_are_each_asked_for_once() -> None:
    made = list(layered(8, 4))
    inside = Asked(commit.sha for commit, _ in made)
    known = lineage([commit for commit, _ in made], [], [pair for _, pair in made])
    assert not known.alive(known.copies_of("0.0"), inside), "seven reverts in a row"
    assert inside.times == len(made)


def test_thousands_of_commits_alike_are_no_copies_of_one_change() -> None:
    alike = [a_commit(str(number), number, "Release") for number in range(200)]
    assert lineage(alike, [], []).copies_of("7") == {"7"}
    picked = [(str(number), "0") for number in range(1, 200)]
    apart = [a_commit(str(number), number) for number in range(200)]
    assert lineage(apart, picked, []).copies_of("7") == {"7"}
    assert lineage(apart, picked[:20], []).copies_of("7") == {str(number) for number in range(21)}


def test_copies_of_copies_are_copies_in_whatever_order_they_are_told() -> None:
    apart = [a_commit(name, 0) for name in "abcde"]
    known = lineage(apart, [("a", "b"), ("d", "e"), ("b", "d"), ("e", "a"), ("c", "e")], [])
    assert known.copies_of("c") == set("abcde")


def test_the_first_characters_of_a_hash_stand_for_the_one_commit_that_has_them(
    git_repo: GitRepo,
) -> None:
    sha = git_repo.commit("Price", {"cart.py": "one\n"})
    tree = git_repo.run("rev-parse", f"{sha}^{{tree}}").strip()
    asked = [sha[:12], sha, tree, "0" * 12, "--all", sha[:4]]
    assert whole_names(git_repo.path, asked, 60.0) == {sha[:12]: sha, sha: sha}


def test_a_message_says_which_commits_it_mends_as_linux_has_it() -> None:
    tag = 'Fixes: 54a4f0239f2e ("Carts")\n'
    said = f"Price carts\n\n{tag}{tag}Fixes SHOP-1\n  Fixes: 1111111111\nFixes: 12345678-9\n"
    assert mended_commits_in(said) == ("54a4f0239f2e",)


def test_a_commit_of_a_wrong_clock_hides_nothing_behind_it(git_repo: GitRepo) -> None:
    fix = git_repo.commit("Fixes SHOP-1", {"a": "1\n"}, at=AT)
    wrong = git_repo.commit("other", {"a": "2\n"}, at=AT - timedelta(days=90))
    newest = git_repo.commit("more", {"a": "3\n"}, at=AT + MINUTE)
    since = AT - timedelta(days=1)
    assert [one.sha for one in commits_since(git_repo.path, since, 10)] == [newest, fix]
    assert reached_since(git_repo.path, since, [newest], 10) == {newest, fix}
    assert wrong not in reached_since(git_repo.path, since, [newest], 10)


def test_a_culprit_is_known_by_its_patch_and_what_took_it_back_by_its_word(
    git_repo: GitRepo,
) -> None:
    begin = git_repo.commit("begin", {"a": "1\n", "b": "1\n"}, at=AT - 9 * MINUTE)
    culprit = git_repo.commit("break", {"a": "2\n"}, at=AT - 8 * MINUTE)
    git_repo.branch("release", begin)
    git_repo.commit("other", {"b": "2\n"}, at=AT - 7 * MINUTE)
    copy = git_repo.pick(culprit, AT - 6 * MINUTE, "for the release")
    undo = f"This reverts commit {copy}."
    back = git_repo.commit("undo", {"a": "1\n"}, at=AT - 5 * MINUTE, body=undo)
    redo = f"This reverts commit {back}."
    again = git_repo.commit("redo", {"a": "2\n"}, at=AT - 4 * MINUTE, body=redo)
    since = AT + timedelta(days=1)
    past = read_past(git_repo.path, since, culprits=[culprit])
    assert past.lineage.copies_of(culprit) == {culprit, copy}
    assert again not in past.lineage.copies_of(culprit), "it takes something back"
    assert past.lineage.reverts_of([culprit]) == {back}
    assert read_past(git_repo.path, since).lineage.copies_of(culprit) == {culprit}
