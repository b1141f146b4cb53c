"""What a commit alone says about who or what wrote it."""

from typing import Any

import pytest

from correlator.provenance import claims, judge
from correlator.types import Author
from tests.rooms.provenance_samples import a_commit, messages

REAL = list(messages())


def test_there_are_all_45_real_commits() -> None:
    assert len(REAL) == 45


@pytest.mark.parametrize("real", REAL, ids=[f"{one['repo']}@{one['commit'][:8]}" for one in REAL])
def test_a_real_commit_is_judged_as_its_reader_judged_it(real: dict[str, Any]) -> None:
    commit = a_commit(real["message"], author=real["author"], committer=real["committer"])
    answer = judge(claims(commit))
    if real["ai"] is None:
        assert answer.author is Author.UNKNOWN
    else:
        assert (answer.author in {Author.AI, Author.MIXED}) is real["ai"]
    assert set(answer.tools) == set(real["tools"])
    assert answer.because
