"""``correlator repo`` as somebody at a terminal meets it."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from correlator.cli import main
from tests.gitrepo import GitRepo


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in ``tmp_path``, with a data directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CORRELATOR_ALLOWED_REPOSITORY_PATHS", str(tmp_path / "git"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def correlator(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["correlator", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said = capfd.readouterr()
        return Done(int(left.value.code or 0), said.out, said.err)

    return correlator


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A repository with one commit, in an allowed directory."""
    made = GitRepo(tmp_path / "git" / "shop")
    made.commit("one", {"app.py": "a = 1\n"})
    return made


def test_a_repository_is_added_mirrored_and_linked_to_the_only_project(
    run: Run, repo: GitRepo
) -> None:
    run("project", "add", "checkout")
    added = run("repo", "add", "shop", "git/shop", "--json")
    assert added.returncode == 0, added.stderr
    shown = orjson.loads(added.stdout)
    assert (shown["state"], shown["projects"]) == ("ready", ["checkout"])
    assert shown["address"] == str(repo.path)
    assert (Path(shown["mirror"]) / "HEAD").exists()
    assert orjson.loads(run("repo", "list", "--json").stdout) == [shown]


def test_a_repository_is_linked_to_the_project_of_its_name_or_says_how_to_link(
    run: Run, repo: GitRepo
) -> None:
    for name in ("checkout", "shop"):
        run("project", "add", name)
    assert "\tshop\t" in run("repo", "add", "shop", "git/shop").stdout
    added = run("repo", "add", "other", "git/shop")
    assert "correlator repo link other PROJECT" in added.stdout
    assert run("repo", "link", "other", "checkout").returncode == 0
    assert "\tcheckout\t" in run("repo", "list").stdout


def test_what_cannot_be_mirrored_is_not_added_and_says_what_to_do(
    run: Run, repo: GitRepo, tmp_path: Path
) -> None:
    outside = GitRepo(tmp_path / "outside")
    refused = run("repo", "add", "shop", "outside")
    assert refused.returncode == 2
    assert f"CORRELATOR_ALLOWED_REPOSITORY_PATHS={tmp_path}/git:{outside.path}" in refused.stderr
    for address in ("ext::sh -c 'touch owned'", "file:///etc", "https://t@github.com/a/b"):
        assert run("repo", "add", "shop", address).returncode == 2
    away = run("repo", "add", "shop", "https://127.0.0.1:9/a")
    assert away.returncode == 2
    assert "cannot be reached" in away.stderr
    assert orjson.loads(run("repo", "list", "--json").stdout) == []
    assert not (tmp_path / "owned").exists()


def test_a_token_is_kept_privately_and_goes_with_the_repository(run: Run, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    wrong = run("repo", "add", "shop", "git@127.0.0.1:a/b.git", "--token-file", "token")
    assert "--key-file" in wrong.stderr
    away = run(
        "repo",
        "add",
        "shop",
        "https://127.0.0.1:9/a",
        "--token-file",
        "token",
    )
    assert away.returncode == 2
    assert "s3cret" not in away.stderr + away.stdout
    assert list((tmp_path / "data" / "credentials").iterdir()) == []


def test_fetch_brings_new_commits_and_fails_where_a_repository_is_gone(
    run: Run, repo: GitRepo
) -> None:
    shown = orjson.loads(run("repo", "add", "shop", "git/shop", "--json").stdout)
    new = repo.commit("two", {"app.py": "a = 2\n"})
    assert run("repo", "fetch").returncode == 0
    assert new in (Path(shown["mirror"]) / "packed-refs").read_text()
    repo.path.rename(repo.path.with_name("moved"))
    gone = run("repo", "fetch", "shop")
    assert gone.returncode == 1
    assert "stale" in gone.stdout
    assert "nothing at" in gone.stdout


def test_a_removed_repository_leaves_no_mirror(run: Run, repo: GitRepo) -> None:
    shown = orjson.loads(run("repo", "add", "shop", "git/shop", "--json").stdout)
    assert run("repo", "remove", "shop").returncode == 0
    assert not Path(shown["mirror"]).exists()
    unknown = run("repo", "remove", "shop")
    assert unknown.returncode == 2
    assert "none yet" in unknown.stderr


def test_an_empty_repository_is_added_and_says_that_it_is_empty(run: Run, tmp_path: Path) -> None:
    GitRepo(tmp_path / "git" / "empty")
    added = run("repo", "add", "empty", "git/empty")
    assert added.returncode == 0
    assert "no commits yet" in added.stdout


def test_no_address_is_not_taken_for_the_directory_one_is_in(run: Run, repo: GitRepo) -> None:
    run("project", "add", "shop")
    done = run("repo", "add", "shop", "")
    assert done.returncode == 2
    assert "A repository's address has" in done.stderr


def test_a_local_path_that_is_not_there_is_not_said_to_be_forbidden(run: Run) -> None:
    done = run("repo", "add", "shop", "/no/such/place")
    assert done.returncode == 2
    assert "There is nothing at /no/such/place" in done.stderr


def test_a_project_named_by_digits_alone_is_refused(run: Run) -> None:
    done = run("project", "add", "42")
    assert done.returncode == 2
    assert "needs a letter" in done.stderr
