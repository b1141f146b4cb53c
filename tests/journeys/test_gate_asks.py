"""The gate with what a running Correlator or GitLab tells; and commits of rebased branches."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from correlator.cli import cli
from correlator.settings import Settings
from correlator.store.code.pull_requests import keep_pull_request, keep_review, told_in_full
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.deploys.keeping import keep_deploy
from correlator.store.intake.projects import add_project
from correlator.store.people.tokens import mint
from correlator.store.session import open_engine, transaction
from correlator.store.tables import IssueRow, ProjectRow, SuspectRow, VerdictRow
from correlator.types import (
    Actor,
    BranchCommit,
    Deploy,
    Opinion,
    PullRequest,
    Review,
)
from correlator.world import World
from tests.gitrepo import START, GitRepo
from web.app import create_app

ANA = "Ana Ortiz <ana@example.org>"
CLAUDE = "Co-Authored-By: Claude Opus 4.6 <noreply@anthropic.com>"
POLICY = """
[provenance]
bots = ["@shop-bot"]

[[approval]]
name = "AI needs a sign-off"
provenance = ["ai", "mixed"]
approvers = 1

[[canary]]
name = "AI goes to the canary first"
provenance = ["ai", "mixed"]
environments = ["production"]
hold_minutes = 30
"""
MERGED = START + timedelta(days=1)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    made = GitRepo(tmp_path / "repo")
    made.commit("Begin", {".correlator.toml": POLICY, "sum.py": "a = 0\n"}, who=ANA)
    return made


def gate(repo: GitRepo, since: str, *more: str, **env: str) -> Result:
    asked = ["gate", "--repo", str(repo.path), "--from", since, "--json", *more]
    return CliRunner().invoke(cli, asked, env=env)


def rebased(repo: GitRepo) -> tuple[list[str], list[str]]:
    """A branch of two commits, rebased on main by a forge: hashes of the branch, and on main."""
    repo.branch("work")
    own = [
        repo.commit("First", {"sum.py": "a = 1\n"}, who=ANA, body=CLAUDE),
        repo.commit("Second", {"other.py": "b = 1\n"}, who=ANA, body=CLAUDE),
    ]
    repo.branch("main")
    repo.commit("Meanwhile", {"readme.md": "hello\n"}, who=ANA)
    on_main = []
    for sha in own:
        repo.run("cherry-pick", "--no-commit", sha)
        at = repo.run("show", "-s", "--format=%at", sha).strip()
        message = repo.run("show", "-s", "--format=%B", sha).strip()
        # As a forge does: the author and their time stay, the committer's is that of the merge.
        repo._run(
            ["commit", "--quiet", "-m", message], None,
            {
                "GIT_AUTHOR_NAME": "Ana Ortiz", "GIT_AUTHOR_EMAIL": "ana@example.org",
                "GIT_AUTHOR_DATE": f"{at} +0000", "GIT_COMMITTER_NAME": "GitHub",
                "GIT_COMMITTER_EMAIL": "noreply@github.com",
                "GIT_COMMITTER_DATE": f"{int(MERGED.timestamp())} +0000",
            },
        )  # fmt: skip
        on_main.append(repo.head)
    assert not set(own) & set(on_main)
    return own, on_main


def a_pull(repo: GitRepo, own: list[str], on_main: list[str]) -> PullRequest:
    times = [int(repo.run("show", "-s", "--format=%at", sha)) for sha in own]
    return PullRequest(
        forge="github", repository="acme/shop", number=7, updated_at=MERGED, state="merged",
        merged_at=MERGED, created_at=START, author=Actor(login="ana", id=1), head=own[-1],
        merge_commits=(on_main[-1],), commit_count=2,
        commits=tuple(
            BranchCommit(sha, datetime.fromtimestamp(at, UTC), name)
            for sha, at, name in zip(own, times, ("First", "Second"), strict=True)
        ),
    )  # fmt: skip


def a_review(login: str, commit: str, number: int = 1) -> Review:
    return Review(
        forge="github", repository="acme/shop", number=7, key=str(number),
        reviewer=Actor(login=login, id=20 + number), opinion=Opinion.APPROVED, said_at=MERGED,
        changed_at=MERGED, commit=commit,
    )  # fmt: skip


class Server:
    """A running Correlator that knows of the repository, with a token for it."""

    def __init__(self, world: World, url: str, directory: Path) -> None:
        self.world, self.url = world, url
        self.token = directory / "api-token"
        with transaction(world.engine) as session:
            self.project = add_project(session, "shop", START).id or 0
            row = add_repo(session, "shop", "https://github.com/acme/shop.git", None, START)
            self.repo = row.id or 0
            link_repo(session, self.project, self.repo)
            self.token.write_text(mint(session, "gate", None, START))

    def knows(self, pull: PullRequest, *reviews: Review) -> None:
        with transaction(self.world.engine) as session:
            keep_pull_request(session, self.project, pull)
            told_in_full(session, self.project, pull)
            for one in reviews:
                keep_review(session, self.project, one)

    def runs(self, environment: str, revision: str, at: datetime) -> None:
        with transaction(self.world.engine) as session:
            project = session.get_one(ProjectRow, self.project)
            marker = Deploy(
                release=revision[:12],
                environment=environment,
                service=None,
                revision=revision,
                at=at,
            )
            keep_deploy(session, project, marker, at)

    def blamed(self, number: int, sha: str) -> None:
        """An issue whose verdict names a change."""
        with transaction(self.world.engine) as session:
            issue = IssueRow(
                project_id=self.project, number=number, type="KeyError", value="unit_price",
                level="error", platform="python", first_seen=START, last_seen=START,
                first_environment="production", first_service="shop",
            )  # fmt: skip
            session.add(issue)
            session.flush()
            verdict = VerdictRow(
                issue_id=issue.id, event_id=1, repo_id=self.repo, at=START, confidence=0.8,
                because="it wrote the line", weights="w", seconds=0.1,
            )  # fmt: skip
            session.add(verdict)
            session.flush()
            issue.verdict_id = verdict.id
            session.add(
                SuspectRow(verdict_id=verdict.id, place=1, sha=sha, score=3, probability=0.8,
                           in_range=True)
            )  # fmt: skip

    @property
    def options(self) -> list[str]:
        return ["--server", self.url, "--token-file", str(self.token), "--repository", "shop"]


@pytest.fixture
def server(
    sqlite_url: str, tmp_path: Path, live_server: Callable[[Any], AbstractContextManager[str]]
) -> Iterator[Server]:
    engine = open_engine(sqlite_url)
    world = World(settings=Settings(data_dir=tmp_path / "data"), engine=engine)
    with live_server(create_app(world, lambda _: None)) as url:
        yield Server(world, url, tmp_path)
    engine.dispose()


def changes(found: Result) -> dict[str, Any]:
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return {one["subject"]: one for one in json.loads(found.output)["changes"]}


def test_every_commit_of_a_rebased_branch_has_its_reviews_by_what_a_server_knows(
    repo: GitRepo, server: Server
) -> None:
    since = repo.head
    own, on_main = rebased(repo)
    server.knows(a_pull(repo, own, on_main), a_review("ben", own[-1]))
    server.runs("canary", on_main[-1], MERGED)
    at = (MERGED + timedelta(hours=1)).isoformat()
    found = gate(repo, since, "--at", at, *server.options)
    said = changes(found)
    assert {name: one["pull_request"] for name, one in said.items()} == {
        "First": 7,
        "Second": 7,
        "Meanwhile": None,
    }
    for name in ("First", "Second"):
        rulings = {one["rule"]: one["outcome"] for one in said[name]["rulings"]}
        assert rulings == {"AI needs a sign-off": "kept", "AI goes to the canary first": "kept"}
    early = gate(repo, since, "--at", (MERGED + timedelta(minutes=5)).isoformat(), *server.options)
    assert early.exit_code == 1  # it has run in the canary for five minutes only
    without = gate(repo, since)
    assert without.exit_code == 2  # the clone alone knows no reviews


def test_a_declared_bots_approval_is_no_sign_off(repo: GitRepo, server: Server) -> None:
    since = repo.head
    own, on_main = rebased(repo)
    server.knows(a_pull(repo, own, on_main), a_review("shop-bot", own[-1]))
    signed = changes(gate(repo, since, *server.options))["First"]["accountability"]["sign_offs"]
    assert [(one["who"], one["state"]) for one in signed] == [("@shop-bot", "machine")]


def test_a_clone_alone_finds_a_rebased_branch_by_its_ref(repo: GitRepo) -> None:
    since = repo.head
    own, _ = rebased(repo)
    repo.update_ref("refs/pull/9/head", own[-1])
    repo.run("branch", "-D", "work")
    numbers = {name: one["pull_request"] for name, one in changes(gate(repo, since)).items()}
    assert numbers == {"First": 9, "Second": 9, "Meanwhile": None}


def test_a_clone_alone_finds_a_squash_without_a_number_by_its_tree(repo: GitRepo) -> None:
    since = repo.head
    repo.branch("work")
    repo.commit("One", {"sum.py": "a = 1\n"}, who=ANA)
    repo.update_ref("refs/merge-requests/5/head", repo.commit("Two", {"b.py": "b\n"}, who=ANA))
    repo.branch("main")
    repo.run("merge", "--squash", "--quiet", "work")
    repo.run("branch", "-D", "work")
    repo.commit("Round sums", who=ANA)
    assert changes(gate(repo, since))["Round sums"]["pull_request"] == 5


def test_past_issues_whose_culprits_touched_the_files_raise_the_risk(
    repo: GitRepo, server: Server
) -> None:
    shas = [repo.commit(f"Change {n}", {"sum.py": f"a = {n}\n"}, who=ANA) for n in range(1, 8)]
    since = repo.head
    repo.commit("Round sums", {"sum.py": "a = 99\n"}, who=ANA)
    without = gate(repo, since)
    assert json.loads(without.output)["risk"]["level"] == "usual"
    for number, sha in enumerate((shas[0], shas[1], "f" * 40), 1):  # one is not in this clone
        server.blamed(number, sha)
    found = gate(repo, since, *server.options)
    assert found.exit_code == without.exit_code  # the risk changes none
    risk = json.loads(found.output)["risk"]
    assert risk["level"] == "raised"
    assert "culprit of 2 issues" in risk["because"]
    assert [(one["path"], one["issues"]) for one in risk["files"]] == [("sum.py", 2)]
    assert sorted(one["number"] for one in risk["issues"]) == [1, 2]
    assert {tuple(one["classes"]) for one in risk["issues"]} == {()}
    assert risk["issues"][0]["url"].startswith("http")


@pytest.mark.parametrize(
    ("token", "name", "words"),
    [
        ("corr_wrong", "shop", "answered 401"),
        (None, "nothing", "no repository 'nothing'"),
    ],
)
def test_what_the_server_refuses_is_said(
    repo: GitRepo, server: Server, token: str | None, name: str, words: str
) -> None:
    if token:
        server.token.write_text(token)
    found = gate(repo, repo.head, *server.options[:-1], name)
    assert words in str(found.exception)


def test_a_token_of_another_project_sees_nothing(repo: GitRepo, server: Server) -> None:
    with transaction(server.world.engine) as session:
        other = add_project(session, "other", START).id
        server.token.write_text(mint(session, "other", other, START))
    found = gate(repo, repo.head, *server.options)
    assert "this token's project has no repository" in str(found.exception)


def test_the_options_of_a_server_belong_together(repo: GitRepo) -> None:
    assert "go with --server" in str(gate(repo, "HEAD", "--repository", "shop").exception)
    assert "--token-file" in str(gate(repo, "HEAD", "--server", "https://x.example").exception)


def test_gitlabs_approvals_are_sign_offs_and_stale_ones_are_not(
    repo: GitRepo, tmp_path: Path
) -> None:
    since = repo.head
    sha = repo.commit("Round sums", {"sum.py": "a = 1\n"}, who=ANA, body=CLAUDE)
    head, before = "b" * 40, "c" * 40

    def facts(approved: str) -> list[str]:
        said = {
            "merge_request": {
                "iid": 7, "state": "merged", "updated_at": "2026-01-06T10:00:00Z",
                "created_at": "2026-01-06T07:00:00Z", "merged_at": "2026-01-06T10:00:00Z",
                "author": {"id": 1, "username": "ana"}, "sha": head, "squash_commit_sha": sha,
                "references": {"full": "acme/shop!7"},
            },
            "approvals": {"approved_by": [{"user": {"id": 2, "username": "ben"}}]},
            "notes": [{
                "system": True, "body": "approved this merge request", "created_at": approved,
                "author": {"id": 2, "username": "ben"},
            }],
            "versions": [
                {"head_commit_sha": before, "created_at": "2026-01-06T07:30:00Z"},
                {"head_commit_sha": head, "created_at": "2026-01-06T09:00:00Z"},
            ],
        }  # fmt: skip
        file = tmp_path / "facts.json"
        file.write_text(json.dumps(said))
        return ["--facts", str(file), "--environment", "canary"]

    assert gate(repo, since, *facts("2026-01-06T09:30:00Z")).exit_code == 0
    stale = gate(repo, since, *facts("2026-01-06T08:30:00Z"))
    assert stale.exit_code == 1
    (word,) = changes(stale)["Round sums"]["accountability"]["sign_offs"]
    assert (word["state"], word["commit"]) == ("stale", before)


def test_provenance_takes_what_forges_told(repo: GitRepo, tmp_path: Path) -> None:
    sha = repo.commit("Round sums (#7)", {"sum.py": "a = 1\n"}, who=ANA)
    pull = {
        "number": 7, "state": "closed", "updated_at": "2026-01-05T09:01:00Z",
        "merged_at": "2026-01-05T09:01:00Z", "merge_commit_sha": sha, "commits": 1,
        "user": {"login": "Copilot", "id": 198982749, "type": "Bot"}, "head": {"sha": "b" * 40},
        "base": {"repo": {"full_name": "acme/shop"}},
    }  # fmt: skip
    file = tmp_path / "facts.json"
    file.write_text(json.dumps({"pull_request": pull, "reviews": []}))

    def told(*more: str) -> Any:
        asked = ["provenance", str(repo.path), "--rev", "HEAD~1..HEAD", "--commits", "--json"]
        return json.loads(CliRunner().invoke(cli, [*asked, *more]).output)

    assert told()["provenance"] == "unknown"
    with_facts = told("--facts", str(file))
    assert (with_facts["provenance"], with_facts["tools"]) == ("ai", ["copilot"])
    assert with_facts["mechanisms"] == ["pull_request"]
    shown = ["blame", str(repo.path), "sum.py", "--facts", str(file), "--json"]
    assert "copilot" in CliRunner().invoke(cli, shown).output


def test_an_erased_name_is_no_second_person(repo: GitRepo, server: Server) -> None:
    """Two approvals of one erased person are one sign-off."""
    since = repo.head
    own, on_main = rebased(repo)
    erased = [replace(a_review("erased-0123", own[-1], n), reviewer=Actor(login="erased-0123"))
              for n in (1, 2)]  # fmt: skip
    server.knows(a_pull(repo, own, on_main), *erased)
    account = changes(gate(repo, since, *server.options))["First"]["accountability"]
    assert len(account["sign_offs"]) == 1
