"""Pull requests asked for at a forge's API: complete, resumable, and the same as by hooks."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from correlator.cli import cli
from correlator.settings import Settings
from correlator.steps import run
from correlator.store.code.forges import find_forge
from correlator.store.code.pull_requests import keep_pull_request, pulls_of, reviews_of
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.session import reading, transaction
from correlator.store.tables import ForgeRow, TroubleRow
from correlator.types import Next, Opinion, PullRequest, Review
from correlator.world import World
from tests import forges
from tests.api_server import ApiServer, Asked, Told, api_server
from tests.deliveries import AT, a_project_id
from tests.forges import a_sha, github_commit, github_pull, github_review, gitlab_note

DAYS = [f"2026-01-{day:02}T10:00:00Z" for day in range(5, 15)]


class Site:
    """A project whose repository lies on a forge that the server plays."""

    def __init__(self, world: World, server: ApiServer, token: Path) -> None:
        self.world, self.server, self.token = world, server, token
        self.project = a_project_id(world)
        with transaction(world.engine) as session:
            row = add_repo(session, "shop", "https://git.example.com/acme/shop.git", None, AT)
            self.repo = row.id or 0
            link_repo(session, self.project, self.repo)

    def fetch(self, *more: str, forge: str = "github") -> Result:
        there = ["--forge", forge, "--api-url", self.server.url]
        token = ["--token-file", str(self.token)]
        here = {
            "CORRELATOR_DATABASE_URL": self.world.engine.url.render_as_string(hide_password=False),
            "CORRELATOR_DATA_DIR": str(self.world.settings.data_dir),
            "CORRELATOR_PRIVATE_HOSTS": "127.0.0.1",
        }
        arguments = ["pull-requests", "fetch", "shop", *there, *token, *more]
        return CliRunner().invoke(cli, arguments, env=here)

    def done(self, *more: str, forge: str = "github") -> str:
        found = self.fetch(*more, forge=forge)
        assert found.exception is None, found.exception
        return found.output

    @property
    def pulls(self) -> dict[int, PullRequest]:
        with reading(self.world.engine) as session:
            return {one.number: one for one in pulls_of(session, [self.project])}

    @property
    def reviews(self) -> list[Review]:
        with reading(self.world.engine) as session:
            found = reviews_of(session, [self.project])
        return sorted(found, key=lambda one: (one.number, one.key))

    @property
    def row(self) -> ForgeRow:
        with reading(self.world.engine) as session:
            row = find_forge(session, self.repo)
        assert row is not None
        return row

    @property
    def trouble(self) -> list[TroubleRow]:
        with reading(self.world.engine) as session:
            return list(session.exec(select(TroubleRow)))


BOTH = pytest.mark.parametrize("database_url", ["sqlite_url", "postgres_url"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    return url


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=tmp_path / "data", database_url=database_url, private_hosts=("127.0.0.1",)
    )


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with api_server() as started:
        yield started


@pytest.fixture
def site(world: World, server: ApiServer, tmp_path: Path) -> Site:
    token = tmp_path / "token"
    token.write_text("ghp_secret\n")
    return Site(world, server, token)


def test_every_page_is_read_and_each_comes_with_reviews_and_commits(site: Site) -> None:
    commits = [
        github_commit(a_sha(1, "d"), "First", "2026-01-05T08:10:00Z"),
        github_commit(a_sha(2, "d"), "Merge main", "2026-01-05T08:11:00Z", parents=2),
        github_commit(a_sha(1), "Second", "2026-01-05T08:12:00Z"),
    ]
    reviews = [
        github_review(1, "ben", a_sha(1)),
        github_review(2, "copilot", a_sha(1), user={"login": "Copilot", "id": 7, "type": "Bot"}),
        github_review(3, "eve", a_sha(1), state="PENDING"),
        github_review(4, "ghost", a_sha(1), user=None),
    ]
    pulls = [github_pull(at + 1, day) for at, day in enumerate(DAYS[:5])]
    forges.github(site.server, pulls, {1: reviews}, {1: commits})
    assert "5 pull requests of acme/shop taken." in site.done()
    one = site.pulls[1]
    assert (one.state, one.added, one.commit_count) == ("merged", 5, 1)
    assert one.merged_by is not None
    assert one.merged_by.login == "ben"
    assert [(commit.subject, commit.authored_at.minute) for commit in one.commits] == [
        ("First", 10),
        ("Second", 12),
    ]
    assert [(one.key, one.opinion, one.reviewer.is_machine) for one in site.reviews] == [
        ("1", Opinion.APPROVED, False),
        ("2", Opinion.APPROVED, True),
    ]
    assert {asked.headers["authorization"] for asked in site.server.asked} == {"Bearer ghp_secret"}
    assert {one.headers["x-github-api-version"] for one in site.server.asked} == {"2022-11-28"}


@BOTH
def test_again_only_what_changed_is_asked_for(site: Site) -> None:
    pulls = [github_pull(at + 1, day) for at, day in enumerate(DAYS[:4])]
    forges.github(site.server, pulls)
    site.done()
    before = len(site.server.asked)
    assert "0 pull requests" in site.done()
    (only,) = site.server.paths[before:]  # answered by 304, which no limit counts
    assert only.startswith("/repos/acme/shop/pulls?state=all")
    forges.github(site.server, [*pulls[:3], github_pull(4, DAYS[7], title="Renamed")])
    before = len(site.server.asked)
    assert "1 pull request" in site.done()
    assert site.pulls[4].title == "Renamed"
    assert not any("/pulls/3" in path for path in site.server.paths[before:])


def test_what_a_rate_limit_stops_goes_on_where_it_stopped(site: Site) -> None:
    forges.github(site.server, [github_pull(at + 1, day) for at, day in enumerate(DAYS[:5])])
    whole = dict(site.server.answers)
    limit = Told({"message": "API rate limit exceeded"}, 403, {"Retry-After": "3600"})
    site.server.answers["/repos/acme/shop/pulls/3"] = limit
    stopped = site.fetch()
    assert re.search(r"a rate limit\. What came so far is kept.*UTC", str(stopped.exception))
    assert sorted(site.pulls) == [1, 2]
    assert site.row.leased_until is not None
    # The background leaves it alone until then.
    assert run(site.world, Next("pull_requests", (site.repo,))) == []
    assert all(one.step != "pull_requests" for one in run(site.world, Next("sweep")))
    site.server.answers = whole
    before = len(site.server.asked)
    site.done()
    assert sorted(site.pulls) == [1, 2, 3, 4, 5]
    assert not any(path.endswith("/pulls/1") for path in site.server.paths[before:])


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told({"message": "Bad credentials"}, 401), "the token is wrong, or has run out"),
        (Told({"message": "Not Found"}, 404), "or the token may not see it"),
        (Told({"message": "Forbidden"}, 403), "Give it read access"),
        (Told(b"<html>", 200), "not whole JSON"),
        (Told({"message": "odd"}, 200), "did not answer with a list"),
        (Told(b'[{"number": 1, "upd', 200, missing=80), "could not be reached"),
        (Told({"message": "slow down"}, 429), "rate limit"),
    ],
)
def test_what_is_wrong_is_said_and_the_background_waits(site: Site, told: Told, words: str) -> None:
    site.server.answers["/repos/acme/shop/pulls"] = told
    assert words in str(site.fetch().exception)
    assert words in (site.row.problem or "")
    assert site.pulls == {}
    assert all(one.step != "pull_requests" for one in run(site.world, Next("sweep")))


def test_a_permanent_fault_is_trouble_until_it_works_again(site: Site) -> None:
    site.server.tell("/repos/acme/shop/pulls", {"message": "Bad credentials"}, 401)
    site.fetch()
    (trouble,) = site.trouble
    assert (trouble.step, trouble.resolved_at) == ("pull_requests", None)
    forges.github(site.server, [github_pull(1, DAYS[0])])
    site.done()
    (trouble,) = site.trouble
    assert trouble.resolved_at is not None


def test_one_that_is_gone_since_it_was_listed_stops_nobody(site: Site) -> None:
    forges.github(site.server, [github_pull(at + 1, day) for at, day in enumerate(DAYS[:3])])
    del site.server.answers["/repos/acme/shop/pulls/2"]
    site.done()
    assert sorted(site.pulls) == [1, 3]


def test_a_newer_hook_is_not_overwritten_by_what_the_api_said_before(site: Site) -> None:
    forges.github(site.server, [github_pull(1, DAYS[0], state="open", merged_at=None)])
    later = datetime(2026, 1, 9, tzinfo=UTC)
    hook = PullRequest(
        forge="github", repository="acme/shop", number=1, updated_at=later, state="merged",
        title="As the hook said", merge_commits=(a_sha(9),),
    )  # fmt: skip
    with transaction(site.world.engine) as session:
        keep_pull_request(session, site.project, hook)
    site.done()
    one = site.pulls[1]
    assert (one.state, one.title, one.merge_commits) == (
        "merged",
        "As the hook said",
        (a_sha(9),),
    )
    assert one.added == 5  # what the hook left out is filled in


@BOTH
def test_with_a_token_the_background_keeps_it_current(site: Site, world: World) -> None:
    forges.github(site.server, [github_pull(1, DAYS[0])])
    site.done()
    wanted = Next("pull_requests", (site.repo,))
    assert wanted not in run(world, Next("sweep"))
    with transaction(world.engine) as session:
        row = session.get_one(ForgeRow, site.row.id)
        row.asked_at = world.now() - timedelta(hours=1)
        session.add(row)
    assert wanted in run(world, Next("sweep"))
    forges.github(site.server, [github_pull(1, DAYS[0]), github_pull(2, DAYS[1])])
    assert Next("account", (site.repo,)) in run(world, wanted)
    assert sorted(site.pulls) == [1, 2]
    assert wanted not in run(world, Next("sweep"))


def test_since_leaves_older_ones_alone_and_may_go_back(site: Site) -> None:
    forges.github(site.server, [github_pull(at + 1, day) for at, day in enumerate(DAYS[:4])])
    site.done("--since", "2026-01-07")
    assert sorted(site.pulls) == [3, 4]
    site.done("--since", "2026-01-06")
    assert sorted(site.pulls) == [2, 3, 4]


def test_gitlabs_approvals_come_with_the_commit_that_was_looked_at(site: Site) -> None:
    first, last = a_sha(7, "e"), a_sha(7)
    beside = {
        "approvals": {
            "approved_by": [
                {"user": {"id": 100 + sum(map(ord, "sam")), "username": "sam", "name": "Sam"}},
                {"user": {"id": 900, "username": "quiet", "name": "Quiet"}},
            ]
        },
        "notes": [
            gitlab_note("sam", "approved this merge request", "2026-01-05T09:00:00.000Z"),
            gitlab_note("eve", "approved this merge request", "2026-01-05T09:10:00.000Z"),
            gitlab_note("eve", "unapproved this merge request", "2026-01-05T09:20:00.000Z"),
            gitlab_note("tom", "requested changes", "2026-01-05T09:30:00.000Z"),
            gitlab_note(
                "liar", "approved this merge request", "2026-01-05T09:40:00Z", system=False
            ),
            gitlab_note("late", "approved this merge request", "2026-01-05T12:30:00.000Z"),
        ],
        "versions": [
            {"id": 1, "head_commit_sha": first, "created_at": "2026-01-05T08:30:00.000Z"},
            {"id": 2, "head_commit_sha": last, "created_at": "2026-01-05T12:00:00.000Z"},
        ],
        "commits": [
            {
                "id": last,
                "message": "Second",
                "authored_date": "2026-01-05T11:59:00.000+01:00",
                "parent_ids": [first],
            },
            {
                "id": first,
                "message": "First",
                "authored_date": "2026-01-05T08:29:00.000Z",
                "parent_ids": [],
            },
        ],
    }
    forges.gitlab(site.server, [forges.gitlab_request(7, DAYS[2])], {7: beside})
    assert "1 pull request of acme/shop" in site.done(forge="gitlab")
    pull = site.pulls[7]
    assert (pull.forge, pull.state, pull.merge_commits) == ("gitlab", "merged", (a_sha(7, "c"),))
    assert [one.subject for one in pull.commits] == ["First", "Second"]
    said = {one.reviewer.login: (one.opinion, one.commit) for one in site.reviews}
    assert said == {
        "sam": (Opinion.APPROVED, first),
        "eve": (Opinion.DISMISSED, first),
        "tom": (Opinion.CHANGES_REQUESTED, first),
        "late": (Opinion.APPROVED, last),
        "quiet": (Opinion.APPROVED, None),
    }


def test_a_gitlab_without_approvals_still_tells_the_rest(site: Site) -> None:
    forges.gitlab(site.server, [forges.gitlab_request(7, DAYS[2])])
    del site.server.answers["/projects/acme%2Fshop/merge_requests/7/approvals"]
    site.done(forge="gitlab")
    assert sorted(site.pulls) == [7]


def test_a_page_of_another_host_is_not_followed(site: Site) -> None:
    def listed(_: Asked) -> Told:
        away = {"Link": '<https://elsewhere.example/pulls?page=2>; rel="next"'}
        return Told([], 200, away)

    site.server.answers["/repos/acme/shop/pulls"] = listed
    assert "not followed" in str(site.fetch().exception)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["--api-url", "http://git.internal/api"], "unencrypted"),
        (["--name", "shop"], "no full name"),
        (["--since", "yesterday"], "is no date"),
    ],
)
def test_bad_input_is_named(site: Site, said: Any, words: str) -> None:
    assert words in str(site.fetch(*said).exception)
