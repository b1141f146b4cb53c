"""Account: who stands behind the commits that are shown, told again when a review comes in."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import select

from correlator import sources
from correlator.cli import cli
from correlator.code.mirrors import mirror_directory
from correlator.steps import drain, run
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.intake import inbox
from correlator.store.session import reading, transaction
from correlator.store.tables import CommitRow, StandingRow, TroubleRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, deliver_deploy
from tests.gitrepo import ALICE, GitRepo

DIGEST = Next("digest")
AGENT = "Co-Authored-By: Claude <noreply@anthropic.com>"
POLICY = """
[[approval]]
name = "AI needs a sign-off"
provenance = ["ai", "mixed"]
approvers = 1
[[freeze]]
name = "holidays"
since = 2026-11-21T00:00:00Z
until = 2026-11-22T00:00:00Z
"""


class Site:
    """A project with a mirrored repository of a change that is shown, and hooks that come in."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.project = a_project_id(world)
        self.git = GitRepo(directory / "shop")
        self.git.commit("Begin", {".correlator.toml": POLICY, "CODEOWNERS": "* @ben @acme/core\n"})
        self.git.branch("work")
        self.change = self.git.commit("Sum", {"sum.py": "a = 1\n"}, body=AGENT)
        self.git.branch("main")
        self.merge = self.git.merge("work", "Merge pull request #3 from acme/work")
        with transaction(world.engine) as session:
            row = add_repo(session, "acme/shop", str(self.git.path), None, AT)
            row.fetched_at = AT
            self.repo = row.id or 0
            link_repo(session, self.project, self.repo)
            session.add(a_row(self.repo, self.change))
        where = mirror_directory(world.settings.mirrors, self.repo)
        where.parent.mkdir(parents=True, exist_ok=True)
        self.git.run("clone", "--quiet", "--mirror", str(self.git.path), str(where))

    def hears(self, event: str, **said: Any) -> None:
        """GitHub tells of pull request 3: merged, with the review that is given."""
        pull = {
            "number": 3,
            "updated_at": "2026-01-06T10:00:00Z",
            "created_at": "2026-01-06T08:00:00Z",
            "merged_at": "2026-01-06T10:00:00Z",
            "merge_commit_sha": self.merge,
            "state": "closed",
            "user": {"login": "alice", "id": 1, "type": "User"},
            "head": {"sha": self.change},
        }
        body = {"repository": {"full_name": "acme/shop"}, "pull_request": pull, **said}
        raw = json.dumps(body).encode()
        arrived = sources.Arrived(
            project_id=self.project,
            body=raw,
            limits=sources.limits_of(self.world.settings),
            received_at=AT,
            headers={"x-github-event": event, "x-github-delivery": hashlib.md5(raw).hexdigest()},
        )
        with transaction(self.world.engine) as session:
            inbox.receive(session, sources.check("github", arrived))

    def review(self, number: int, login: str, state: str, commit: str | None = None) -> None:
        said = {
            "id": number,
            "user": {"login": login, "type": "User"},
            "state": state,
            "commit_id": commit or self.change,
            "submitted_at": "2026-01-06T09:00:00Z",
        }
        self.hears("pull_request_review", review=said)

    def told(self) -> Any:
        with reading(self.world.engine) as session:
            (row,) = session.exec(select(StandingRow).where(StandingRow.sha == self.change))
            return row.body


def a_row(repo_id: int, sha: str) -> CommitRow:
    name, mail = "Alice Example", "alice@example.org"
    assert f"{name} <{mail}>" == ALICE
    return CommitRow(
        repo_id=repo_id, sha=sha, author_name=name, author_email=mail, committer_name=name,
        committer_email=mail, authored_at=AT, committed_at=AT, message="Sum", author="ai",
        certainty=0.9, because="a trailer",
    )  # fmt: skip


@pytest.fixture
def site(world: World, tmp_path: Path) -> Site:
    return Site(world, tmp_path)


def test_a_sweep_finds_commits_that_nobody_accounted_for(site: Site) -> None:
    assert Next("account", (site.repo,)) in run(site.world, Next("sweep"))
    drain(site.world, Next("account", (site.repo,)))
    assert Next("account", (site.repo,)) not in run(site.world, Next("sweep"))
    told = site.told()
    assert told["number"] == 3  # the merge commit names it, though no forge told of it
    assert told["human"]["who"] == "Alice Example"
    assert told["outcome"] == "cannot-tell"
    assert [one["rule"] for one in told["rulings"]] == ["AI needs a sign-off"]


def test_reviews_change_what_is_told_and_a_second_run_changes_nothing(site: Site) -> None:
    drain(site.world, Next("account", (site.repo,)))
    site.hears("pull_request")
    site.review(1, "ben", "approved")
    drain(site.world, DIGEST)
    told = site.told()
    assert told["outcome"] == "kept"
    assert [(one["who"], one["state"]) for one in told["sign_offs"]] == [("@ben", "counts")]
    assert told["owned"][0]["signed"] == ["@ben"]
    assert told["owned"][0]["unknown"] == ["@acme/core"]
    drain(site.world, Next("account", (site.repo,)))
    assert site.told() == told
    site.review(1, "ben", "dismissed")
    drain(site.world, DIGEST)
    assert site.told()["sign_offs"][0]["state"] == "dismissed"


def test_an_agents_author_does_not_sign_off_their_own_work(site: Site) -> None:
    site.review(1, "alice", "approved")
    drain(site.world, DIGEST)
    assert site.told()["sign_offs"][0]["state"] == "own-work"


def test_a_deploy_has_the_change_judged_as_it_arrived(site: Site) -> None:
    drain(site.world, Next("account", (site.repo,)))
    at = (AT + timedelta(minutes=5)).isoformat()
    deliver_deploy(site.world, site.project, release="shop@1", revision=site.merge, at=at)
    drain(site.world, DIGEST)
    told = site.told()
    assert (told["environment"], told["outcome"]) == ("production", "broken")
    assert {one["rule"]: one["outcome"] for one in told["rulings"]}["holidays"] == "broken"


def test_a_pull_request_of_another_repository_is_not_borrowed(site: Site) -> None:
    site.hears("pull_request", repository={"full_name": "acme/other"})
    drain(site.world, DIGEST)
    told = site.told()
    assert (told["number"], told["pull_request"]) == (3, None)


def test_a_mirror_that_cannot_be_read_is_trouble_and_not_tried_for_ever(site: Site) -> None:
    mirror = mirror_directory(site.world.settings.mirrors, site.repo)
    head = (mirror / "HEAD").read_text()
    (mirror / "HEAD").unlink()
    assert run(site.world, Next("account", (site.repo,))) == []
    assert Next("account", (site.repo,)) not in run(site.world, Next("sweep"))
    (mirror / "HEAD").write_text(head)
    run(site.world, Next("account", (site.repo,)))
    assert site.told()["number"] == 3
    with reading(site.world.engine) as session:
        (trouble,) = session.exec(select(TroubleRow))
    assert trouble.resolved_at is not None


def test_what_was_there_before_the_hook_can_be_imported(site: Site, tmp_path: Path) -> None:
    pull = {
        "number": 3,
        "updated_at": "2026-01-06T10:00:00Z",
        "merged_at": "2026-01-06T10:00:00Z",
        "merge_commit_sha": site.merge,
        "head": {"sha": site.change},
        "base": {"repo": {"full_name": "acme/shop"}},
    }
    file = tmp_path / "pr-3.json"
    file.write_text(json.dumps({"pull_request": pull, "reviews": []}))
    here = {
        "CORRELATOR_DATABASE_URL": site.world.engine.url.render_as_string(hide_password=False),
        "CORRELATOR_DATA_DIR": str(site.world.settings.data_dir),
    }
    found = CliRunner().invoke(cli, ["pull-requests", "import", str(file)], env=here)
    assert found.output == "1 pull request with 0 reviews taken.\n"
    assert site.told()["outcome"] == "broken"  # all reviews were brought: none means none
