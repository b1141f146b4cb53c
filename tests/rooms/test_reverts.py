"""Reverts that stand: of a commit, of a squashed pull request, of a merged one; and of reverts."""

from datetime import UTC, datetime

from correlator.investigation.reverts import standing_reverts
from correlator.types import Commit, Identity

WHO = Identity("Alice", "alice@example.org")
AT = datetime(2026, 11, 21, tzinfo=UTC)


def a_commit(digit: str, message: str, *parents: str) -> Commit:
    return Commit(
        sha=digit * 40,
        parents=tuple(parent * 40 for parent in parents),
        author=WHO,
        committer=WHO,
        authored_at=AT,
        committed_at=AT,
        message=message,
    )


def undone(*commits: Commit) -> dict[str, str]:
    """First digits of what is taken back, and by whom; children are given before parents."""
    return {sha[0]: by.sha[0] for sha, by in standing_reverts(commits).items()}


def test_git_names_the_commit_that_is_taken_back() -> None:
    back = a_commit("b", f'Revert "x"\n\nThis reverts commit {"a" * 40}.', "a")
    assert undone(back, a_commit("a", "x")) == {"a": "b"}


def test_githubs_button_names_the_pull_request_that_was_squashed() -> None:
    back = a_commit("b", 'Revert "Faster carts" (#18)\n\nReverts acme/shop#17', "a")
    assert undone(back, a_commit("a", "Faster carts (#17)")) == {"a": "b"}


def test_of_a_merged_pull_request_every_commit_is_taken_back() -> None:
    back = a_commit("f", 'Revert "Faster carts" (#18)\n\nReverts acme/shop#17', "e")
    merge = a_commit("e", "Merge pull request #17 from acme/carts\n\nFaster carts", "b", "d")
    branch = [a_commit("d", "two", "c"), a_commit("c", "one", "a")]
    main = [a_commit("b", "beside", "a"), a_commit("a", "start")]
    assert undone(back, merge, *branch, *main) == {"e": "f", "d": "f", "c": "f"}


def test_a_request_whose_revert_was_reverted_stands() -> None:
    again = a_commit("c", 'Revert "Revert" (#19)\n\nReverts acme/shop#18', "b")
    back = a_commit("b", 'Revert "Faster carts" (#18)\n\nReverts acme/shop#17', "a")
    assert undone(again, back, a_commit("a", "Faster carts (#17)")) == {"b": "c"}


def test_a_request_that_nobody_knows_undoes_nothing() -> None:
    assert undone(a_commit("b", 'Revert "x" (#18)\n\nReverts acme/shop#17', "a")) == {}
