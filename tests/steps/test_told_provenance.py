"""What forges and Seer tell reaches the provenance of commits that pages show, whenever."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from correlator import sources
from correlator.steps import drain
from correlator.store.intake import inbox
from correlator.store.session import reading, transaction
from correlator.store.tables import AgentWorkRow, CommitRow, TroubleRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT
from tests.steps.test_account import Site

HOOKS = Path(__file__).parent.parent / "data" / "sentry" / "hooks"
DIGEST = Next("digest")


@pytest.fixture
def site(world: World, tmp_path: Path) -> Site:
    made = Site(world, tmp_path)
    drain(world, Next("account", (made.repo,)))
    return made


def hook(site: Site, said: Any) -> None:
    """A hook of Sentry's that was let in."""
    arrived = sources.Arrived(
        project_id=site.project,
        body=said if isinstance(said, bytes) else json.dumps(said).encode(),
        limits=sources.limits_of(site.world.settings),
        received_at=AT,
        headers={"sentry-hook-resource": "seer"},
    )
    with transaction(site.world.engine) as session:
        inbox.receive(session, sources.check("sentry-webhook", arrived))


def shown(site: Site) -> CommitRow:
    with reading(site.world.engine) as session:
        return session.exec(select(CommitRow).where(CommitRow.sha == site.change)).one()


def made_by_seer(site: Site) -> None:
    pull = {"pr_number": 3, "pr_url": "https://github.com/acme/shop/pull/3", "pr_id": 9}
    one = {"pull_request": pull, "repo_name": "acme/shop", "provider": "github"}
    data = {"run_id": 12345, "group_id": 77, "pull_requests": [one]}
    hook(site, {"action": "pr_created", "data": data})


@pytest.mark.parametrize("seer_first", [True, False])
def test_seers_word_and_the_pull_request_come_in_any_order(site: Site, seer_first: bool) -> None:
    steps: list[Callable[[], None]] = [
        lambda: made_by_seer(site),
        lambda: site.hears("pull_request"),
    ]
    for step in steps if seer_first else reversed(steps):
        step()
        drain(site.world, DIGEST)
    row = shown(site)
    assert "seer" in row.tools
    (claim,) = [one for one in row.claims if one["mechanism"] == "seer"]
    assert (claim["session"], claim["tool"]) == ("12345", "seer")
    assert "for issue 77" in claim["because"]


def test_an_agent_that_opened_it_is_shown_once_the_forge_tells(site: Site) -> None:
    assert not any(one["mechanism"] == "pull_request" for one in shown(site).claims)
    bot = {"login": "Copilot", "id": 198982749, "type": "Bot"}
    pull = {
        "number": 3, "updated_at": "2026-01-06T11:00:00Z", "merged_at": "2026-01-06T10:00:00Z",
        "merge_commit_sha": site.merge, "state": "closed", "user": bot, "commits": 1,
        "head": {"sha": site.change},
    }  # fmt: skip
    site.hears("pull_request", pull_request=pull)
    drain(site.world, DIGEST)
    assert "copilot" in shown(site).tools
    assert site.told()["pull_request"]["number"] == 3


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("seer.pr_created", [("acme/checkout-svc", 123, None)]),
        ("seer.coding_completed", [("checkout-svc", None, "seer/fix-unit-price")]),
        ("seer.root_cause_completed", []),
        ("seer.root_cause_started", []),
    ],
)
def test_of_seers_hooks_what_it_made_is_kept_once_and_nothing_is_trouble(
    site: Site, name: str, kept: list[Any]
) -> None:
    body = (HOOKS / f"{name}.body.json").read_bytes()
    for said in (body, body + b" "):  # sent again
        hook(site, said)
        drain(site.world, DIGEST)
    with reading(site.world.engine) as session:
        rows = list(session.exec(select(AgentWorkRow)))
        assert session.exec(select(TroubleRow)).all() == []
    assert [(one.repository, one.number, one.branch) for one in rows] == kept
    assert all((one.run, one.sentry_issue) == ("12345", "1170820242") for one in rows)


ENTRY = {
    "pull_request": {"pr_number": 3, "pr_url": "https://github.com/acme/shop/pull/3"},
    "repo_name": "shop",
}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (None, "data.pull_requests: no list"),
        (5, "data.pull_requests: no list"),
        ([], "data.pull_requests: no list"),
        ({"pull_requests": 7}, "data.pull_requests: no list"),
        ({"pull_requests": [None]}, "data.pull_requests[0]: no object"),
        ({"pull_requests": [{}]}, "data.pull_requests[0]: no object 'pull_request'"),
        (
            {"pull_requests": [{"pull_request": {"pr_number": -1}, "repo_name": "a/b"}]},
            "data.pull_requests[0]: 'pull_request.pr_number' is no number",
        ),
        (
            {"pull_requests": [{"pull_request": {"pr_number": 10**30}, "repo_name": "a/b"}]},
            "data.pull_requests[0]: 'pull_request.pr_number' is no number",
        ),
        (
            {"pull_requests": [{"pull_request": {"pr_number": 1}, "repo_name": {"a": 1}}]},
            "data.pull_requests[0]: neither 'pull_request.pr_url' nor 'repo_name'",
        ),
        ({"pull_requests": [ENTRY] * 60}, "data.pull_requests: 10 of 60 are too many"),
    ],
)
def test_an_odd_hook_of_seer_is_reported_with_where_and_why(
    site: Site, data: Any, where: str
) -> None:
    hook(site, {"action": "pr_created", "data": data})
    drain(site.world, DIGEST)
    with reading(site.world.engine) as session:
        (trouble,) = session.exec(select(TroubleRow)).all()
    assert where in trouble.reason
    assert trouble.body is not None  # to be looked at, and replayed


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"repo_name": "shop", "branch_name": None}, []),  # nothing was pushed
        ({"repo_name": "shop"}, []),
        (
            {"repo_name": "shop", "branch_name": ["a"]},
            ["data.changes[1]: 'branch_name' is no text"],
        ),
        ({"repo_name": 5, "branch_name": "seer/x"}, ["data.changes[1]: no text 'repo_name'"]),
    ],
)
def test_what_can_be_read_of_an_odd_hook_is_kept(
    site: Site, change: Any, reasons: list[str]
) -> None:
    good = {"repo_name": "shop", "branch_name": "seer/fix-it"}
    data = {"run_id": 1, "group_id": 2, "changes": [good, change]}
    hook(site, {"action": "coding_completed", "data": data})
    drain(site.world, DIGEST)
    with reading(site.world.engine) as session:
        assert [one.branch for one in session.exec(select(AgentWorkRow))] == ["seer/fix-it"]
        troubles = session.exec(select(TroubleRow)).all()
    assert [one.reason for one in troubles] == [
        f"Not read, the rest was kept: {r}." for r in reasons
    ]
