"""A provider that changed its answer broke its consumer: two projects, two repositories."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from correlator.code.mirrors import mirror_directory
from correlator.steps import drain
from correlator.store.code.repos import add_repo, link_repo, remove_repo
from correlator.store.session import reading, transaction
from correlator.store.tables import CommitRow, JudgementRow, RepoRow, SuspectRow, VerdictRow
from correlator.types import Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, an_event, deliver, deliver_deploy, deliver_event
from tests.gitrepo import GitRepo

TRACE = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
SHOP = """\
import http_client


def pay(number):
    invoice = http_client.get(f"http://billing:8000/invoice/{number}").json()
    return invoice["total"]
"""
BILLING = """\
from web import route


@route("/invoice/<int:number>")
def invoice(number):
    found = load(number)
    return {"number": found.number, "total": found.total}


@route("/health")
def health():
    return {"ok": True}
"""
RENAMED = BILLING.replace('"total": found.total', '"amount": found.amount')


class Service:
    """A project with a repository of its own."""

    def __init__(self, world: World, directory: Path, name: str, files: Mapping[str, str]) -> None:
        self.world, self.name = world, name
        self.project = a_project_id(world, name)
        self.git = GitRepo(directory / name)
        self.first = self.git.commit("Begin", dict(files))

    def commit(self, subject: str, files: Mapping[str, str]) -> str:
        return self.git.commit(subject, dict(files))

    def mirrored(self) -> None:
        with transaction(self.world.engine) as session:
            row = add_repo(session, f"acme/{self.name}", str(self.git.path), None, AT)
            link_repo(session, self.project, row.id or 0)
            where = mirror_directory(self.world.settings.mirrors, row.id or 0)
        where.parent.mkdir(parents=True, exist_ok=True)
        self.git.run("clone", "--quiet", "--mirror", str(self.git.path), str(where))

    def deployed(self, release: str, revision: str, minutes: int) -> None:
        at = (AT + timedelta(minutes=minutes)).isoformat()
        deliver_deploy(self.world, self.project, release=release, revision=revision, at=at)

    def event(self, minutes: int, **given: Any) -> None:
        at = AT + timedelta(minutes=minutes)
        tags = {"service": self.name}
        deliver_event(self.world, self.project, an_event(at=at, tags=tags, **given), at)


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Service:
    made = Service(world, tmp_path, "shop", {"shop/pay.py": SHOP, "README": "one\n"})
    made.deployed("shop@1", made.first, 0)
    made.deployed("shop@2", made.commit("Say more", {"README": "two\n"}), 10)
    return made


@pytest.fixture
def billing(world: World, tmp_path: Path) -> Service:
    made = Service(world, tmp_path, "billing", {"billing/api.py": BILLING})
    made.deployed("billing@1", made.first, 0)
    return made


@pytest.fixture
def renamed(shop: Service, billing: Service) -> str:
    """The change that takes the field away; both repositories are known as they are with it."""
    found = billing.commit("Amounts, not totals", {"billing/api.py": RENAMED})
    shop.mirrored()
    billing.mirrored()
    return found


CRUMB = {
    "type": "http",
    "category": "httplib",
    "data": {"url": "http://billing:8000/invoice/17", "method": "GET", "status_code": 200},
}


def fails(shop: Service, minutes: int = 60, **given: Any) -> None:
    frame = {"filename": "shop/pay.py", "function": "pay", "module": "shop.pay", "lineno": 6,
             "context_line": '    return invoice["total"]', "in_app": True}  # fmt: skip
    trace = {"contexts": {"trace": {"trace_id": TRACE, "span_id": "0" * 16}}}
    shop.event(minutes, frames=[frame], release="shop@2", **{**trace, **given})


def verdict(world: World) -> tuple[VerdictRow, list[SuspectRow]]:
    with reading(world.engine) as session:
        row = session.exec(select(VerdictRow).order_by(col(VerdictRow.id).desc())).first()
        assert row is not None
        of_it = select(SuspectRow).where(SuspectRow.verdict_id == row.id)
        return row, list(session.exec(of_it.order_by(col(SuspectRow.place))))


def signals(suspect: SuspectRow) -> dict[str, str]:
    return {row["signal"]: row["because"] for row in suspect.evidence}


def test_a_provider_that_took_a_field_away_is_the_culprit(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    billing.deployed("billing@2", renamed, 48)
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    row, (first, *_) = verdict(world)
    assert (row.abstained, first.sha, first.service) == (None, renamed, "billing")
    said = signals(first)
    assert said["provider-deployed"] == (
        "billing deployed billing@2 12 min before this was first seen"
    )
    assert "GET /invoice/17" in said["provider-handler"]
    assert "'total'" in said["provider-field"]
    assert first.score == pytest.approx(sum(one["points"] for one in first.evidence))
    with reading(world.engine) as session:
        repo = session.exec(select(RepoRow).where(RepoRow.name == "acme/billing")).one()
        assert first.repo_id == repo.id != row.repo_id
        assert session.exec(select(CommitRow.repo_id).where(CommitRow.sha == renamed)).one() == (
            repo.id
        )


def test_an_event_of_the_same_trace_leads_to_the_provider_without_a_breadcrumb(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    billing.deployed("billing@2", renamed, 48)
    trace = {"contexts": {"trace": {"trace_id": TRACE, "span_id": "1" * 16}}}
    billing.event(59, kind="Slow", transaction="GET /invoice/17", release="billing@2", **trace)
    drain(world, Next("digest"))
    fails(shop)
    drain(world, Next("digest"))
    row, (first, *_) = verdict(world)
    assert (row.abstained, first.sha) == (None, renamed)
    assert "same trace id" in signals(first)["on-request-path"]
    assert "provider-handler" in signals(first)


def marker_comes_late(billing: Service, revision: str) -> None:
    """The marker of a deploy before the failure, which arrives after the verdict."""
    marker = {"release": "billing@2", "environment": "production", "revision": revision,
              "at": (AT + timedelta(minutes=48)).isoformat()}  # fmt: skip
    late = billing.world.now() + timedelta(minutes=1)
    deliver(billing.world, billing.project, "deploy", json.dumps(marker).encode(), late)
    drain(billing.world, Next("digest"))


def test_a_providers_marker_that_comes_after_the_verdict_gives_another(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    assert renamed not in {one.sha for one in verdict(world)[1]}
    marker_comes_late(billing, renamed)
    assert verdict(world)[1][0].sha == renamed


def test_a_late_marker_of_a_service_that_was_not_asked_changes_no_verdict(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    fails(shop)
    drain(world, Next("digest"))
    before = verdict(world)[0].id
    marker_comes_late(billing, renamed)
    assert verdict(world)[0].id == before


def test_a_verdict_that_somebody_judged_is_not_given_anew(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    row, (first, *_) = verdict(world)
    with transaction(world.engine) as session:
        session.add(
            JudgementRow(issue_id=row.issue_id, sha=first.sha, said="rejected", at=world.now())
        )
    marker_comes_late(billing, renamed)
    assert verdict(world)[0].id == row.id


def test_a_providers_event_that_comes_after_the_verdict_gives_another(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    billing.deployed("billing@2", renamed, 48)
    fails(shop)
    drain(world, Next("digest"))
    assert renamed not in {one.sha for one in verdict(world)[1]}
    trace = {"contexts": {"trace": {"trace_id": TRACE, "span_id": "1" * 16}}}
    event = an_event(at=AT + timedelta(minutes=59), tags={"service": "billing"}, kind="Slow",
                     transaction="GET /invoice/17", release="billing@2", **trace)  # fmt: skip
    late = world.now() + timedelta(minutes=1)
    deliver_event(world, billing.project, event, late)
    drain(world, Next("digest"), Next("reconsider"))
    assert verdict(world)[1][0].sha == renamed


def test_a_deploy_of_a_provider_alone_names_nobody(
    world: World, shop: Service, billing: Service
) -> None:
    other = billing.commit("Tell more of health", {
        "billing/api.py": BILLING.replace('{"ok": True}', '{"ok": True, "since": START}')
    })  # fmt: skip
    shop.mirrored()
    billing.mirrored()
    billing.deployed("billing@2", other, 48)
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    _, suspects = verdict(world)
    foreign = next(one for one in suspects if one.service == "billing")
    assert foreign.place > 1
    assert foreign.probability < 0.1
    assert sum(one.probability for one in suspects) <= 1


def test_a_service_that_the_request_did_not_touch_is_left_out(
    world: World, shop: Service, billing: Service, tmp_path: Path
) -> None:
    mail = Service(world, tmp_path, "mail", {"mail/api.py": BILLING})
    mail.deployed("mail@1", mail.first, 0)
    mail.deployed("mail@2", mail.commit("Amounts", {"mail/api.py": RENAMED}), 50)
    for service in (shop, billing, mail):
        service.mirrored()
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    row, suspects = verdict(world)
    assert [one.service for one in suspects if one.service] == []
    assert row.notes == []


def test_a_deploy_of_the_day_before_yesterday_or_after_the_failure_is_left_out(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    billing.deployed("billing@2", renamed, 20)
    later = billing.commit("Nothing to do with it", {"billing/mail.py": "TO = 1\n"})
    billing.deployed("billing@3", later, 20 + 49 * 60)
    fails(shop, 20 + 48 * 60, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    _, suspects = verdict(world)
    assert [one.service for one in suspects if one.service] == []


def test_a_provider_whose_code_is_not_known_is_a_note_and_costs_no_verdict(
    world: World, shop: Service, billing: Service
) -> None:
    renamed = billing.commit("Amounts, not totals", {"billing/api.py": RENAMED})
    shop.mirrored()
    billing.deployed("billing@2", renamed, 48)
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    row, suspects = verdict(world)
    assert suspects
    assert "billing deployed billing@2 shortly before" in row.notes[-1]


def test_a_consumer_without_a_repository_still_learns_of_the_provider(
    world: World, shop: Service, billing: Service
) -> None:
    renamed = billing.commit("Amounts, not totals", {"billing/api.py": RENAMED})
    billing.mirrored()
    billing.deployed("billing@2", renamed, 48)
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    row, (first,) = verdict(world)
    assert (row.abstained, first.sha) == (None, renamed)


def test_removing_the_providers_repository_leaves_the_verdict_readable(
    world: World, shop: Service, billing: Service, renamed: str
) -> None:
    billing.deployed("billing@2", renamed, 48)
    fails(shop, breadcrumbs={"values": [CRUMB]})
    drain(world, Next("digest"))
    with transaction(world.engine) as session:
        repo = session.exec(select(RepoRow).where(RepoRow.name == "acme/billing")).one()
        remove_repo(session, repo.id or 0)
    _, (first, *_) = verdict(world)
    assert (first.service, first.repo_id) == ("billing", None)
