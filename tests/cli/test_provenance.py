"""``correlator provenance``: what cannot be asked is refused, not answered with nothing."""

import pytest
from click.testing import CliRunner

from correlator.cli.provenance import command
from correlator.errors import Permanent
from tests.gitrepo import GitRepo


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--export", "agent-trace"], "give --lines, too"),
        (["--commits", "--lines"], "give one of them"),
        (["--lines", "--since", "2026-01-01"], "--since chooses commits"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    git_repo: GitRepo, given: list[str], said: str
) -> None:
    git_repo.commit("one", {"a.txt": "1\n"})
    done = CliRunner().invoke(command, [str(git_repo.path), *given])
    assert done.exit_code == 2
    assert said in done.output


def test_a_date_that_is_none_is_refused_and_one_that_is_counts(git_repo: GitRepo) -> None:
    git_repo.commit("one", {"a.txt": "1\n"})
    nonsense = CliRunner().invoke(command, [str(git_repo.path), "--since", "nonsense"])
    assert isinstance(nonsense.exception, Permanent)
    assert "1 commit\n" in CliRunner().invoke(
        command, [str(git_repo.path), "--since", "2001-01-01"]
    ).output  # fmt: skip
