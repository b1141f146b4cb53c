"""What a message says of where its content came from."""

from datetime import UTC, datetime

import pytest

from correlator.provenance.merged import all_reverted_in, picked_from, request_of, reverted_by
from correlator.types import Commit, Identity

JANE = Identity("Jane Roe", "jane@example.net")
AT = datetime(2026, 1, 5, tzinfo=UTC)


def commit(message: str) -> Commit:
    return Commit(
        sha="a" * 40, parents=(), author=JANE, committer=JANE,
        authored_at=AT, committed_at=AT, message=message,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "ref"),
    [
        ("Fix it (#12)", "refs/pull/12/head"),
        ("Backport fix (#12) (#34)", "refs/pull/34/head"),
        ("Merge pull request #7 from x/y\n\nTitle", "refs/pull/7/head"),
        ("Title\n\nSee merge request group/project!9", "refs/merge-requests/9/head"),
        ("src: fix\n\nPR-URL: https://github.com/nodejs/node/pull/5\n", "refs/pull/5/head"),
    ],
)
def test_a_request_is_told_by_what_forges_write(message: str, ref: str) -> None:
    found = request_of(commit(message))
    assert found is not None
    assert found.ref == ref


@pytest.mark.parametrize(
    "message",
    ["Fix #12", "Fix (#12) again", 'Revert "Fix it (#12)"', "x\n\nsee (#12)", "Merge branch 'a'"],
)
def test_a_number_elsewhere_is_no_request(message: str) -> None:
    assert request_of(commit(message)) is None


def test_a_cherry_pick_and_a_revert_name_their_commits() -> None:
    picked = commit(f"Fix\n\n(cherry picked from commit {'b' * 40})")
    assert picked_from(picked) == ("b" * 40,)
    assert reverted_by(commit(f'Revert "x"\n\nThis reverts commit {"c" * 40}.')) == "c" * 40
    assert reverted_by(commit(f"quoted\n\n> This reverts commit {'c' * 40}.")) is None


def test_of_several_reverts_in_one_message_every_one_is_told_once() -> None:
    undone = [f"This reverts commit {letter * 40}." for letter in "cdc"]
    assert all_reverted_in("Two at once\n\n" + "\n\n".join(undone)) == ("c" * 40, "d" * 40)
