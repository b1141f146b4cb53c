"""Investigate: a verdict for every issue, or a named reason; by what is known, and again later."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from correlator.code.mirrors import mirror_directory
from correlator.errors import Transient
from correlator.steps import drain, run
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.issues.kept import lease_issue
from correlator.store.session import reading, transaction
from correlator.store.tables import (
    CommitRow,
    IssueRow,
    ProjectRow,
    RepoRow,
    SuspectRow,
    TroubleRow,
    VerdictRow,
)
from correlator.types import Next
from correlator.world import World
from tests.builders import a_verdict, an_issue
from tests.deliveries import AT, a_project_id, an_event, deliver_deploy, deliver_event
from tests.gitrepo import GitRepo

DIGEST = Next("digest")
BEFORE = "def total(prices, sku):\n    price = prices.get(sku, 0)\n    return price\n"
AFTER = "def total(prices, sku):\n    price = prices[sku]\n    return price\n"


class Shop:
    """A project whose service broke: a repository with a culprit, and what was deployed when."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world = world
        self.project = a_project_id(world)
        self.git = GitRepo(directory / "shop")
        self.old = self.git.commit("Add the cart", {"shop/cart.py": BEFORE, "README": "shop\n"})
        self.culprit = self.git.commit(
            "Trust the price list",
            {"shop/cart.py": AFTER},
            who="Ana Silva <ana@example.org>",
            body="Co-Authored-By: Claude <noreply@anthropic.com>",
        )
        self.new = self.git.commit("Say more in the README", {"README": "shop, more\n"})

    def has_repository(self) -> None:
        with transaction(self.world.engine) as session:
            row = add_repo(session, "shop", str(self.git.path), None, AT)
            link_repo(session, self.project, row.id or 0)
            assert row.id is not None
            where = mirror_directory(self.world.settings.mirrors, row.id)
        where.parent.mkdir(parents=True, exist_ok=True)
        self.git.run("clone", "--quiet", "--mirror", str(self.git.path), str(where))

    def deployed(self, release: str, revision: str, minutes: int) -> None:
        at = (AT + timedelta(minutes=minutes)).isoformat()
        deliver_deploy(self.world, self.project, release=release, revision=revision, at=at)

    def fails(self, minutes: int = 30, **given: object) -> None:
        at = AT + timedelta(minutes=minutes)
        frame = {
            "filename": "shop/cart.py",
            "function": "total",
            "module": "shop.cart",
            "lineno": 2,
            "context_line": "    price = prices[sku]",
            "in_app": True,
            "vars": {"sku": "'A-1'", "prices": "{}"},
        }
        event = an_event(at=at, frames=[frame], release="shop@2", **given)
        deliver_event(self.world, self.project, event, at)


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Shop:
    return Shop(world, tmp_path)


def verdicts(world: World) -> list[VerdictRow]:
    with reading(world.engine) as session:
        return list(session.exec(select(VerdictRow).order_by(col(VerdictRow.id))))


def suspects(world: World, verdict: VerdictRow) -> list[SuspectRow]:
    with reading(world.engine) as session:
        of_it = select(SuspectRow).where(SuspectRow.verdict_id == verdict.id)
        return list(session.exec(of_it.order_by(col(SuspectRow.place))))


def test_the_change_that_did_it_is_named_with_who_or_what_wrote_it(shop: Shop) -> None:
    shop.has_repository()
    shop.deployed("shop@1", shop.old, 0)
    shop.deployed("shop@2", shop.new, 20)
    shop.fails()
    drain(shop.world, DIGEST)
    (verdict,) = verdicts(shop.world)
    first = suspects(shop.world, verdict)[0]
    assert (verdict.abstained, first.sha, first.in_range) == (None, shop.culprit, True)
    assert (verdict.previous, verdict.deployed) == (shop.old, shop.new)
    assert verdict.commits_in_range == 2
    assert first.score == pytest.approx(sum(row["points"] for row in first.evidence))
    with reading(shop.world.engine) as session:
        written = session.exec(select(CommitRow).where(CommitRow.sha == shop.culprit)).one()
    assert (written.author, written.tools) == ("ai", ["claude"])
    lines = verdict.snippets[0]["lines"]
    assert {line["number"]: line["sha"] for line in lines}[2] == shop.culprit


def test_a_second_investigation_changes_nothing(shop: Shop) -> None:
    shop.has_repository()
    shop.deployed("shop@2", shop.new, 20)
    shop.fails()
    drain(shop.world, DIGEST)
    assert run(shop.world, Next("investigate", (1,))) == []
    assert len(verdicts(shop.world)) == 1


def test_without_a_repository_the_verdict_says_so(shop: Shop) -> None:
    shop.fails()
    drain(shop.world, DIGEST)
    (verdict,) = verdicts(shop.world)
    assert verdict.abstained == "no-repository"
    assert "correlator repo add" in verdict.because


def test_a_release_nobody_deployed_gets_its_verdict_when_the_marker_comes(shop: Shop) -> None:
    shop.has_repository()
    shop.fails()
    drain(shop.world, DIGEST)
    assert verdicts(shop.world)[0].abstained == "no-revision"
    shop.deployed("shop@1", shop.old, 0)
    shop.deployed("shop@2", shop.new, 20)
    drain(shop.world, DIGEST)
    first, second = verdicts(shop.world)
    assert suspects(shop.world, second)[0].sha == shop.culprit
    with reading(shop.world.engine) as session:
        assert session.exec(select(IssueRow)).one().verdict_id == second.id != first.id


def test_a_revision_that_the_repository_lacks_has_it_fetched(shop: Shop) -> None:
    shop.has_repository()
    shop.deployed("shop@2", "d" * 40, 20)
    shop.fails()
    run(shop.world, DIGEST)
    assert run(shop.world, Next("investigate")) == [Next("follow_up", (1,)), Next("fetch", (1,))]
    assert verdicts(shop.world)[0].abstained == "revision-not-in-repository"


def test_a_repository_that_is_gone_is_named(shop: Shop) -> None:
    with transaction(shop.world.engine) as session:
        row = add_repo(session, "shop", str(shop.git.path), None, AT)
        row.problem = "It is not there any more."
        link_repo(session, shop.project, row.id or 0)
    shop.deployed("shop@2", shop.new, 20)
    shop.fails()
    run(shop.world, DIGEST)
    run(shop.world, Next("investigate"))
    (verdict,) = verdicts(shop.world)
    assert verdict.abstained == "repository-unavailable"
    assert "It is not there any more." in verdict.because


def test_an_event_without_frames_abstains(shop: Shop) -> None:
    shop.has_repository()
    shop.deployed("shop@2", shop.new, 20)
    plain = an_event(release="shop@2", exception={"values": [{"type": "Boom", "value": "!"}]})
    deliver_event(shop.world, shop.project, plain)
    drain(shop.world, DIGEST)
    assert verdicts(shop.world)[0].abstained == "no-frames"


def test_the_previous_deploy_is_of_that_environment(shop: Shop) -> None:
    shop.has_repository()
    shop.deployed("shop@1", shop.old, 0)
    at = (AT + timedelta(minutes=10)).isoformat()
    deliver_deploy(
        shop.world,
        shop.project,
        release="shop@staged",
        revision=shop.culprit,
        environment="staging",
        at=at,
    )
    shop.deployed("shop@2", shop.new, 20)
    shop.fails()
    drain(shop.world, DIGEST)
    assert verdicts(shop.world)[0].previous == shop.old


def test_an_issue_that_cannot_be_looked_at_leaves_trouble(shop: Shop) -> None:
    shop.has_repository()
    shop.deployed("shop@2", shop.new, 20)
    shop.fails()
    run(shop.world, DIGEST)
    with transaction(shop.world.engine) as session:
        issue = session.exec(select(IssueRow)).one()
        issue.first_event_id = 4711
        session.add(issue)
    run(shop.world, Next("investigate"))
    with reading(shop.world.engine) as session:
        assert "first event is gone" in session.exec(select(TroubleRow)).one().reason
        assert session.exec(select(IssueRow)).one().wants_verdict is False
        assert session.exec(select(RepoRow)).one().problem is None


def while_it_looks(world: World, happens: Callable[[], object]) -> World:
    """A world in which that happens between an investigation's claim and its verdict."""
    asked = iter(range(100))

    def now() -> datetime:
        if next(asked) == 1:
            happens()
        return world.now()

    return replace(world, now=now)


def test_a_marker_that_comes_while_somebody_looks_is_not_overlooked(shop: Shop) -> None:
    world = shop.world
    shop.has_repository()
    shop.fails()
    run(world, DIGEST)

    def marked() -> None:
        shop.deployed("shop@2", shop.new, minutes=20)
        run(world, DIGEST)

    run(while_it_looks(world, marked), Next("investigate"))
    drain(world, Next("investigate"))
    assert [row.deployed for row in verdicts(world)] == [shop.new]


def test_a_worker_whose_claim_ran_out_does_not_add_a_second_verdict(shop: Shop) -> None:
    world = shop.world
    shop.fails()
    run(world, DIGEST)
    later = replace(world, now=lambda: world.now() + timedelta(hours=1))
    run(while_it_looks(world, lambda: run(later, Next("investigate"))), Next("investigate"))
    assert len(verdicts(world)) == 1


def test_what_could_not_be_written_is_free_for_others_at_once(shop: Shop) -> None:
    world = shop.world
    shop.fails()
    run(world, DIGEST)

    def full() -> None:
        raise Transient("The database did not take it: database or disk is full")

    with pytest.raises(Transient):
        run(while_it_looks(world, full), Next("investigate"))
    run(world, Next("investigate"))
    assert len(verdicts(world)) == 1


def test_an_issue_that_keeps_killing_its_worker_becomes_trouble(shop: Shop) -> None:
    shop.fails()
    run(shop.world, DIGEST)
    with transaction(shop.world.engine) as session:
        issue = session.exec(select(IssueRow)).one()
        issue.attempts = 3
        issue.leased_until = shop.world.now() - timedelta(seconds=1)
        session.add(issue)
    run(shop.world, Next("investigate"))
    assert verdicts(shop.world) == []
    with reading(shop.world.engine) as session:
        assert "3 times" in session.exec(select(TroubleRow)).one().reason
        assert session.exec(select(IssueRow)).one().wants_verdict is False


def test_a_claim_that_was_too_short_is_longer_the_next_time(shop: Shop) -> None:
    shop.fails()
    run(shop.world, DIGEST)
    now = shop.world.now()
    lengths = []
    for _ in range(3):
        with transaction(shop.world.engine) as session:
            issue = lease_issue(session, now, 60, ())
        assert issue is not None
        assert issue.leased_until is not None
        lengths.append((issue.leased_until - now).total_seconds())
        now = issue.leased_until + timedelta(seconds=1)
    assert lengths == [60, 120, 240]


def test_the_gutter_says_of_single_lines_what_a_note_recorded(shop: Shop) -> None:
    note = (
        "shop/cart.py\n  s_0123456789abcd::t_fedcba98765432 2\n---\n"
        '{"schema_version": "authorship/3.0.0", "sessions": {"s_0123456789abcd": '
        '{"agent_id": {"tool": "cursor", "id": "x", "model": "gpt-5.5"}}}}\n'
    )
    shop.git.note(shop.culprit, note, "refs/notes/ai")
    shop.has_repository()
    shop.deployed("shop@1", shop.old, 0)
    shop.deployed("shop@2", shop.new, 20)
    shop.fails()
    drain(shop.world, DIGEST)
    lines = {line["number"]: line for line in verdicts(shop.world)[0].snippets[0]["lines"]}
    said = lines[2]["provenance"]
    assert (said["author"], said["tool"], said["level"]) == ("ai", "cursor", "line")
    assert "provenance" not in lines[1]


SERVER = "def handle(cart):\n    size = len(cart) + 1\n    return total(cart, size) + 0\n"


def a_slow_server(shop: Shop) -> str:
    """A change of the function that every request goes through, deployed with the culprit."""
    changed = SERVER.replace("+ 0", "* 1")
    shop.git.commit("Add the server", {"shop/server.py": SERVER})
    sha = shop.git.commit("Multiply", {"shop/server.py": changed})
    shop.has_repository()
    shop.deployed("shop@1", shop.old, 0)
    shop.deployed("shop@2", sha, 20)
    frames = [
        {"filename": "shop/server.py", "function": "handle", "lineno": 3, "in_app": True},
        {"filename": "shop/cart.py", "function": "total", "lineno": 2, "in_app": True},
    ]
    at = AT + timedelta(minutes=30)
    deliver_event(shop.world, shop.project, an_event(at=at, frames=frames, release="shop@2"), at)
    return sha


def test_what_most_earlier_issues_go_through_speaks_less_against_its_author(shop: Shop) -> None:
    suspected = a_slow_server(shop)
    drain(shop.world, DIGEST)
    with transaction(shop.world.engine) as session:
        project = session.get(ProjectRow, shop.project)
        assert project is not None
        for days in range(2, 12):
            issue = an_issue(session, project, first_seen=AT - timedelta(days=days))
            located = [{"path": "shop/server.py", "function": "handle"}]
            a_verdict(session, issue, None, (), locations=located)
        session.exec(select(IssueRow).where(IssueRow.id == 1)).one().wants_verdict = True
    run(shop.world, Next("investigate", (1,)))
    told = [one for one in verdicts(shop.world) if one.issue_id == 1]
    first, second = (
        next(one for one in suspects(shop.world, verdict) if one.sha == suspected)
        for verdict in told
    )
    assert points(second)["changed-line"] == pytest.approx(0.4 * points(first)["changed-line"])


def points(suspect: SuspectRow) -> dict[str, float]:
    return {row["signal"]: row["points"] for row in suspect.evidence}
