"""Classify: a kind at the first event, again with the culprit's diff, and a person's word above."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from correlator.code.mirrors import mirror_directory
from correlator.kinds.guess import kind_of
from correlator.steps import drain, run
from correlator.store.classes import kinds
from correlator.store.code.repos import add_repo, link_repo
from correlator.store.issues import listing as issue_list
from correlator.store.issues.listing import REJECTED, Wanted
from correlator.store.session import reading, transaction
from correlator.store.tables import EventRow, IssueRow, JudgementRow, KindRow
from correlator.types import Event, Kind, Next
from correlator.world import World
from tests.deliveries import AT, a_project_id, an_event, deliver_deploy, deliver_event
from tests.gitrepo import GitRepo

DIGEST = Next("digest")
GUARDED = (
    "def load(sku):\n    return fetch(sku)\n\n\ndef total(sku):\n    row = load(sku)\n"
    "    return row.price if row is not None else 0\n"
)
HIDING = (
    "def load(sku):\n    try:\n        return fetch(sku)\n    except Exception:\n"
    "        return None\n\n\ndef total(sku):\n    return load(sku).price\n"
)


def none_deref(**more: object) -> dict[str, object]:
    """An event that asked a member of None."""
    event = an_event(kind="AttributeError", **more)
    event["exception"]["values"][0]["value"] = "'NoneType' object has no attribute 'price'"
    return event


def said(world: World) -> list[KindRow]:
    with reading(world.engine) as session:
        return list(session.exec(select(KindRow).order_by(col(KindRow.id))))


def the_issue(world: World) -> IssueRow:
    with reading(world.engine) as session:
        return session.exec(select(IssueRow)).one()


@pytest.fixture
def hidden(world: World, tmp_path: Path) -> World:
    """A project whose deploy began to drop the error that would have told what is missing."""
    project = a_project_id(world)
    git = GitRepo(tmp_path / "shop")
    git.commit("Add the cart", {"shop/cart.py": GUARDED})
    old = git.commit("Say more", {"README": "shop\n"})
    new = git.commit("Be robust", {"shop/cart.py": HIDING})
    with transaction(world.engine) as session:
        row = add_repo(session, "shop", str(git.path), None, AT)
        link_repo(session, project, row.id or 0)
        where = mirror_directory(world.settings.mirrors, row.id or 0)
    where.parent.mkdir(parents=True, exist_ok=True)
    git.run("clone", "--quiet", "--mirror", str(git.path), str(where))
    deliver_deploy(world, project, release="shop@1", revision=old, at="2026-11-21T02:00:00Z")
    deliver_deploy(world, project, release="shop@2", revision=new, at="2026-11-21T02:30:00Z")
    frame = {
        "filename": "shop/cart.py",
        "function": "total",
        "module": "shop.cart",
        "lineno": 9,
        "context_line": "    return load(sku).price",
        "in_app": True,
    }
    deliver_event(world, project, none_deref(release="shop@2", frames=[frame]), AT)
    return world


def test_a_new_issue_has_a_kind_before_anybody_looked_at_the_code(world: World) -> None:
    deliver_event(world, a_project_id(world), none_deref(), AT)
    follow = run(world, DIGEST)
    issue = the_issue(world)
    assert Next("classify", (issue.id or 0,)) in follow
    run(world, Next("classify", (issue.id or 0,)))
    (row,) = said(world)
    assert (row.kind, row.verdict_id, the_issue(world).kind) == ("none_deref", None, "none_deref")
    assert row.because
    assert row.certainty > 0.75


def test_the_diff_of_the_culprit_moves_the_kind_and_the_first_answer_is_kept(
    hidden: World,
) -> None:
    run(hidden, DIGEST)
    issue_id = the_issue(hidden).id or 0
    run(hidden, Next("classify", (issue_id,)))
    drain(hidden, Next("investigate", (issue_id,)))
    assert [row.kind for row in said(hidden)] == ["none_deref", "swallowed_exception"]
    assert said(hidden)[1].verdict_id == the_issue(hidden).verdict_id
    assert the_issue(hidden).kind == "swallowed_exception"


def test_a_culprit_that_a_person_ruled_out_is_no_evidence(hidden: World) -> None:
    drain(hidden, DIGEST)
    issue = the_issue(hidden)
    with transaction(hidden.engine) as session:
        named = kinds.culprit_of(session, session.get_one(IssueRow, issue.id))
        assert named is not None
        session.add(JudgementRow(issue_id=issue.id, sha=named[1], said=REJECTED, at=AT))
    drain(hidden, Next("classify", (issue.id or 0,)))
    assert the_issue(hidden).kind == "none_deref"


def test_the_same_answer_is_not_kept_twice(world: World) -> None:
    deliver_event(world, a_project_id(world), none_deref(), AT)
    drain(world, DIGEST)
    drain(world, Next("classify", (the_issue(world).id or 0,)))
    assert len(said(world)) == 1


def test_a_persons_word_stands_against_later_guesses_until_it_is_taken_back(hidden: World) -> None:
    run(hidden, DIGEST)
    issue_id = the_issue(hidden).id or 0
    with transaction(hidden.engine) as session:
        kinds.keep_word(session, issue_id, Kind.ENV_CONFIG, None, AT)
    drain(hidden, Next("investigate", (issue_id,)))
    assert the_issue(hidden).kind == "env_config"
    with reading(hidden.engine) as session:
        assert kinds.words_of_people(session) == [(issue_id, Kind.ENV_CONFIG)]
    with transaction(hidden.engine) as session:
        kinds.keep_word(session, issue_id, None, None, AT)
        assert kinds.words_of_people(session) == []
    assert the_issue(hidden).kind == "swallowed_exception"
    assert said(hidden)[0].kind == "env_config"


def test_an_issue_that_nobody_woke_us_for_is_found_by_the_sweep(world: World) -> None:
    deliver_event(world, a_project_id(world), none_deref(), AT)
    run(world, DIGEST)
    issue_id = the_issue(world).id or 0
    assert Next("classify", (issue_id,)) in run(world, Next("sweep"))
    run(world, Next("classify", (issue_id,)))
    assert Next("classify", (issue_id,)) not in run(world, Next("sweep"))


def test_an_issue_whose_first_event_is_gone_is_not_looked_for_again(world: World) -> None:
    deliver_event(world, a_project_id(world), none_deref(), AT)
    run(world, DIGEST)
    issue_id = the_issue(world).id or 0
    with transaction(world.engine) as session:
        session.delete(session.exec(select(EventRow)).one())
    run(world, Next("classify", (issue_id,)))
    assert the_issue(world).kind == "unclassified"
    assert all(one.step != "classify" for one in run(world, Next("sweep")))


def test_a_defect_of_ours_is_reported_and_the_next_issue_gets_its_turn(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = a_project_id(world)
    deliver_event(world, project, none_deref(), AT)
    deliver_event(world, project, an_event("other", kind="ZeroDivisionError"), AT)
    run(world, DIGEST)
    real, faults = kind_of, list[BaseException]()

    def broken(event: Event, *more: Any, **given: Any) -> object:
        if event.exceptions[0].type == "AttributeError":
            raise AssertionError("a defect")
        return real(event, *more, **given)

    monkeypatch.setattr("correlator.steps.classify.kind_of", broken)
    run(replace(world, report=faults.append), Next("classify", (1, 2)))
    assert len(faults) == 1
    assert sorted(row.kind for row in said(world)) == ["missing_corner_case", "unclassified"]


def test_issues_are_listed_by_kind(world: World) -> None:
    project = a_project_id(world)
    deliver_event(world, project, none_deref(), AT)
    deliver_event(world, project, an_event("other", kind="ZeroDivisionError"), AT)
    drain(world, DIGEST)
    with reading(world.engine) as session:
        found = issue_list.list_issues(session, Wanted(kind="none_deref"), AT)
    assert [one.issue.type for one in found] == ["AttributeError"]
