"""Hooks of GitHub and GitLab: proof of the sender, repetition, any order, what is kept of them."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from correlator import sources
from correlator.errors import Permanent
from correlator.settings import Settings
from correlator.steps import run
from correlator.store.session import open_engine, reading
from correlator.store.tables import PullRequestRow, ReviewRow, TroubleRow
from correlator.types import Inbound, Next, Opinion, PullRequest, Review
from correlator.world import World
from tests.sentry_samples import HOOK_SECRET
from tests.web.door import Door, at

DATA = Path(__file__).parent.parent / "data" / "forges"


@pytest.fixture
def door(sqlite_url: str, tmp_path: Path) -> Iterator[Door]:
    engine = open_engine(sqlite_url)
    now = at("2026-11-21T12:00:00+00:00")
    yield Door(World(settings=Settings(data_dir=tmp_path), engine=engine, now=lambda: now))
    engine.dispose()


@pytest.fixture
def either_door(world: World) -> Door:
    """The door over each kind of database."""
    return Door(replace(world, now=lambda: at("2026-11-21T12:00:00+00:00")))


def sample(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_bytes())


def github(
    door: Door, event: str, said: Any, delivery: str = "1", secret: str = HOOK_SECRET
) -> Any:
    body = json.dumps(said).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": f"sha256={signature}",
        "Content-Type": "application/json",
    }
    return door.client.post("/hooks/github/shop", data=body, headers=headers)


def gitlab(door: Door, said: Any, key: str = "1", token: str = HOOK_SECRET) -> Any:
    headers = {
        "X-Gitlab-Event": "Merge Request Hook",
        "X-Gitlab-Token": token,
        "Idempotency-Key": key,
        "Content-Type": "application/json",
    }
    return door.client.post("/hooks/gitlab/shop", data=json.dumps(said), headers=headers)


def rows(door: Door, table: Any) -> list[Any]:
    with reading(door.world.engine) as session:
        return list(session.exec(select(table)))


def test_the_recorded_signature_of_a_real_hook_holds(door: Door) -> None:
    headers = sample("pull_request.closed-unmerged.headers")
    secret = headers.pop("secret")
    assert secret == HOOK_SECRET
    headers.pop("source")
    body = (DATA / "pull_request.closed-unmerged.json").read_bytes()
    answer = door.client.post("/hooks/github/shop", data=body, headers=headers)
    assert (answer.status_code, answer.json) == (200, {"detail": "kept"})
    (fact,) = door.facts()
    assert isinstance(fact, PullRequest)
    assert (fact.repository, fact.number, fact.state) == ("Codertocat/Hello-World", 2, "closed")
    assert fact.author is not None
    assert (fact.author.login, fact.author.id) == ("Codertocat", 21031067)
    assert fact.merge_commits == ()  # a trial merge is on no branch
    assert (fact.added, fact.removed) == (1, 1)


def test_a_review_is_read_with_its_pull_request(door: Door) -> None:
    assert (
        github(door, "pull_request_review", sample("pull_request_review.submitted")).status_code
        == 200
    )
    pull, review = door.facts()
    assert isinstance(pull, PullRequest)
    assert isinstance(review, Review)
    assert (review.key, review.opinion) == ("237895671", Opinion.COMMENTED)
    assert review.commit == pull.head == "ec26c3e57ca3a959ca5aad62de7213c562f8c821"


def test_a_merge_request_is_read(door: Door) -> None:
    assert gitlab(door, sample("merge_request.merge")).status_code == 200
    (pull,) = door.facts()
    assert isinstance(pull, PullRequest)
    assert (pull.repository, pull.number, pull.state) == ("acme/checkout-svc", 12, "merged")
    assert pull.merge_commits == ("02a90c4e2735a2449103da36ad18cca5956186aa",)
    assert pull.merged_by is not None
    assert pull.merged_by.login == "ann"
    assert pull.merged_by.email is None  # [REDACTED]
    assert pull.author is not None
    assert pull.author.login == "ann"


def test_what_nobody_signed_or_somebody_else_did_is_turned_away(door: Door) -> None:
    said = sample("pull_request.closed-unmerged")
    assert github(door, "pull_request", said, secret="another").status_code == 403
    assert gitlab(door, sample("merge_request.merge"), token="another").status_code == 403
    assert gitlab(door, sample("merge_request.merge"), token=HOOK_SECRET + "x").status_code == 403
    for forge in ("github", "gitlab"):
        assert door.client.post(f"/hooks/{forge}/shop", data=b"{}").status_code == 401
        assert door.client.post(f"/hooks/{forge}/nobody", data=b"{}").status_code in {401, 404}
    changed = json.dumps(said).encode()
    signature = hmac.new(HOOK_SECRET.encode(), changed, hashlib.sha256).hexdigest()
    headers = {"X-GitHub-Event": "pull_request", "X-Hub-Signature-256": f"sha256={signature}"}
    answer = door.client.post("/hooks/github/shop", data=changed + b" ", headers=headers)
    assert answer.status_code == 403
    assert door.rows() == []


def test_other_events_are_answered_and_kept_nowhere(door: Door) -> None:
    for event in ("ping", "push", "star"):
        assert github(door, event, {"zen": "Keep it logically awesome."}).status_code == 200
    assert gitlab(door, {"object_kind": "push"}).status_code == 200
    assert door.rows() == []
    assert door.woken == []


def test_a_hook_sent_again_is_kept_once(door: Door) -> None:
    for _ in range(2):
        assert (
            github(door, "pull_request", sample("pull_request.closed-unmerged")).status_code == 200
        )
        assert gitlab(door, sample("merge_request.merge")).status_code == 200
    assert len(door.rows()) == 2
    assert door.woken == [Next("digest")] * 2


def test_a_hook_without_what_names_it_is_trouble_that_says_so(door: Door) -> None:
    github(door, "pull_request", {"pull_request": {"number": 1}})
    run(door.world, Next("digest"))
    (trouble,) = rows(door, TroubleRow)
    assert "lacks its repository, number or updated_at" in trouble.reason


def _history() -> list[tuple[str, Any]]:
    """A pull request opened, approved, pushed to, and merged: hooks with what each can know."""
    opened = sample("pull_request_review.submitted")
    pull = {**opened["pull_request"], "state": "open", "merged_at": None}
    approved = {**opened["review"], "state": "approved", "submitted_at": "2026-01-06T09:00:00Z"}
    head = {**pull["head"], "sha": "d" * 40}
    merged = {
        **pull,
        "head": head,
        "state": "closed",
        "merged_at": "2026-01-06T10:00:00Z",
        "merge_commit_sha": "e" * 40,
        "merged_by": {"login": "octocat", "id": 5346, "type": "User"},
        "additions": 12,
        "deletions": 3,
        "updated_at": "2026-01-06T10:00:00Z",
    }
    whole = {"repository": opened["repository"]}
    at_review = {**pull, "updated_at": "2026-01-06T09:00:00Z"}
    at_dismissal = {**pull, "head": head, "updated_at": "2026-01-06T09:30:00Z"}
    dismissed = {**approved, "state": "dismissed"}
    return [
        ("pull_request", {**whole, "pull_request": {**pull, "updated_at": "2026-01-06T08:00:00Z"}}),
        ("pull_request_review", {**whole, "review": approved, "pull_request": at_review}),
        ("pull_request_review", {**whole, "review": dismissed, "pull_request": at_dismissal}),
        ("pull_request", {**whole, "pull_request": merged}),
    ]


def _ends_well(door: Door) -> None:
    (pull,) = rows(door, PullRequestRow)
    (review,) = rows(door, ReviewRow)
    assert (pull.state, pull.head, pull.merge_commits) == ("merged", "d" * 40, ["e" * 40])
    assert (pull.added, pull.removed, pull.merged_by["login"]) == (12, 3, "octocat")
    assert review.opinion == "dismissed"
    assert rows(door, TroubleRow) == []


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
def test_in_whatever_order_hooks_come_the_newest_state_stands(
    door: Door, order: tuple[int, ...]
) -> None:
    history = _history()
    for number in order:
        event, said = history[number]
        github(door, event, said, delivery=str(number))
        run(door.world, Next("digest"))
    _ends_well(door)


def test_each_kind_of_database_keeps_them(either_door: Door) -> None:
    for number, (event, said) in enumerate(reversed(_history())):
        github(either_door, event, said, delivery=str(number))
    run(either_door.world, Next("digest"))
    _ends_well(either_door)


def _approval(action: str, moment: str, **more: Any) -> Any:
    said = sample("merge_request.merge")
    about = {**said["object_attributes"], "state": "opened", "action": action,
             "updated_at": moment, **more}  # fmt: skip
    return {**said, "object_attributes": about, "user": {"id": 6, "username": "bo"}}


def test_gitlabs_latest_word_of_an_approver_stands(door: Door) -> None:
    gitlab(door, _approval("unapproved", "2026-11-18 11:00:00 UTC"), key="a")
    gitlab(door, _approval("approved", "2026-11-18T10:00:00Z"), key="b")
    run(door.world, Next("digest"))
    assert [one.opinion for one in rows(door, ReviewRow)] == ["dismissed"]
    gitlab(door, _approval("approval", "2026-11-18T12:00:00Z"), key="c")
    gitlab(door, _approval("unapproved", "2026-11-18T13:00:00Z", system=True), key="d")
    run(door.world, Next("digest"))
    assert [one.opinion for one in rows(door, ReviewRow)] == ["approved"]


ODD: list[Any] = [None, True, -1, 2**80, "", "x\x00\ud800", [], {}, [{}], {"login": ["x"]}, 1.5]


@pytest.mark.parametrize("odd", ODD)
def test_odd_values_anywhere_are_trouble_or_left_out_and_never_a_defect(odd: object) -> None:
    whole = sample("pull_request_review.submitted")
    merge = sample("merge_request.merge")
    for at_pull in whole["pull_request"]:
        said = {**whole, "pull_request": {**whole["pull_request"], at_pull: odd}}
        _parse("github", said)
    for at_review in whole["review"]:
        _parse("github", {**whole, "review": {**whole["review"], at_review: odd}})
    for name in merge["object_attributes"]:
        about = {**merge["object_attributes"], name: odd}
        _parse("gitlab", {**merge, "object_attributes": about})
    for name in (set(merge) | set(whole)) - {"object_attributes", "object_kind"}:
        _parse("gitlab", {**merge, name: odd})
        _parse("github", {**whole, name: odd})


def _parse(source: str, said: Any) -> None:
    inbound = Inbound(
        project_id=1,
        source=source,
        delivery="1",
        body=json.dumps(said).encode(),
        headers={"x-github-event": "pull_request_review"},
        received_at=at("2026-11-21T12:00:00+00:00"),
    )
    limits = sources.Limits(2**20, 2**20, 2**20)
    with suppress(Permanent):
        facts = sources.parse(inbound, secret=b"", limits=limits)
        assert all("\x00" not in repr(fact) for fact in facts)
