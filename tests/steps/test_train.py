"""Train and label: people's words and reverts become cases, and weights are used when better."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlmodel import select

from correlator.cli import cli
from correlator.ranking import refitting, versions
from correlator.ranking.weights import shipped
from correlator.steps import drain, run
from correlator.steps.label import of_fixes
from correlator.steps.train import adopt, choose, look
from correlator.store.session import reading, transaction
from correlator.store.tables import IssueRow, JudgementRow, RepoRow, SuspectRow, VerdictRow
from correlator.store.verdicts.labels import Suspected, all_labels
from correlator.store.verdicts.trainings import trainings
from correlator.types import HeldFix, Label, LabelSource, Next
from correlator.world import World
from tests.deliveries import AT, an_event, deliver_event
from tests.steps.test_investigate import DIGEST, Shop


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Shop:
    """A shop whose only issue has its verdict, which names the culprit."""
    made = Shop(world, tmp_path)
    made.has_repository()
    made.deployed("shop@1", made.old, 0)
    made.deployed("shop@2", made.new, 20)
    made.fails()
    drain(world, DIGEST)
    return made


def say(shop: Shop, said: str, sha: str, minutes: int = 60, issue_id: int = 1) -> None:
    with transaction(shop.world.engine) as session:
        at = AT + timedelta(minutes=minutes)
        session.add(JudgementRow(issue_id=issue_id, sha=sha, said=said, at=at))


def labels(shop: Shop) -> list[Label]:
    with reading(shop.world.engine) as session:
        return list(all_labels(session))


def revert(shop: Shop, sha: str, days: float = 1) -> str:
    """Take a change back on the default branch, that long after the issue began."""
    at = AT + timedelta(minutes=30, days=days)
    made = shop.git.commit("Revert it", body=f"This reverts commit {sha}.", at=at)
    with reading(shop.world.engine) as session:
        repo = session.exec(select(RepoRow)).one()
    mirror = shop.world.settings.mirrors / str(repo.id)
    found = next(iter(shop.world.settings.mirrors.glob("*"))) if not mirror.exists() else mirror
    shop.git.run("push", "--quiet", "--mirror", str(found))
    return made


def test_what_a_person_confirmed_is_a_label_under_the_verdict_it_was_said_of(shop: Shop) -> None:
    say(shop, "confirmed", shop.culprit)
    (label,) = labels(shop)
    assert (label.sha, label.is_culprit, label.source) == (shop.culprit, True, "judgement")
    with reading(shop.world.engine) as session:
        assert label.verdict_id == session.exec(select(VerdictRow.id)).one()


def test_the_newest_word_counts_and_one_taken_back_is_none(shop: Shop) -> None:
    say(shop, "confirmed", shop.culprit)
    say(shop, "rejected", shop.culprit, 61)
    assert [label.is_culprit for label in labels(shop)] == [False]
    say(shop, "taken-back", shop.culprit, 62)
    assert labels(shop) == []


def test_a_suspect_that_was_reverted_after_the_issue_began_is_a_label(shop: Shop) -> None:
    undo = revert(shop, shop.culprit)
    run(shop.world, Next("label"))
    (label,) = labels(shop)
    assert (label.sha, label.source) == (shop.culprit, "revert")
    assert undo[:12] in label.because
    run(shop.world, Next("label"))
    assert labels(shop) == [label]


def test_a_revert_that_was_reverted_is_no_label_and_one_brought_back_is(shop: Shop) -> None:
    undo = revert(shop, shop.culprit)
    run(shop.world, Next("label"))
    again = revert(shop, undo, 2)
    run(shop.world, Next("label"))
    assert labels(shop) == []
    revert(shop, again, 3)
    run(shop.world, Next("label"))
    assert [label.sha for label in labels(shop)] == [shop.culprit]


@pytest.mark.parametrize("days", [-0.01, 15])
def test_a_revert_from_before_the_issue_or_long_after_it_is_no_label(
    shop: Shop, days: float
) -> None:
    revert(shop, shop.culprit, days)
    run(shop.world, Next("label"))
    assert labels(shop) == []


def test_a_persons_word_outweighs_a_revert(shop: Shop) -> None:
    revert(shop, shop.culprit)
    run(shop.world, Next("label"))
    say(shop, "rejected", shop.culprit)
    assert [(one.source, one.is_culprit) for one in labels(shop)] == [("judgement", False)]


def test_a_fix_that_held_would_be_a_label_of_what_it_undid() -> None:
    one = Suspected(issue_id=7, verdict_id=8, repo_id=9, sha="a" * 40, first_seen=AT)
    held = HeldFix(issue_id=7, fix="b" * 40, culprit="a" * 40, at=AT)
    other = replace(held, issue_id=6)
    (label,) = of_fixes([one], [held, other])
    assert (label.sha, label.source, label.strength) == ("a" * 40, LabelSource.FIX, 0.9)


def test_a_label_made_later_is_trained_on_what_was_deployed_then(shop: Shop) -> None:
    before = look(shop.world).cases
    revert(shop, shop.culprit, 5)
    shop.git.commit("A year of other work", {"shop/cart.py": "# all is new\n"})
    say(shop, "confirmed", shop.culprit)
    training = look(shop.world)
    assert (before, training.cases, training.labels) == (0, 1, {"judgement": 1})
    assert "too few" in training.judged.because


def test_a_case_whose_event_or_mirror_is_gone_is_left_out_and_counted(shop: Shop) -> None:
    say(shop, "confirmed", shop.culprit)
    with transaction(shop.world.engine) as session:
        session.exec(select(VerdictRow)).one().event_id = 4711
    assert look(shop.world).left_out == {"the event is gone": 1}
    with transaction(shop.world.engine) as session:
        session.exec(select(VerdictRow)).one().repo_id = None
    assert look(shop.world).left_out == {"the repository was removed": 1}


@contextmanager
def one_case_is_enough() -> Iterator[None]:
    """The rule asks for less, so that a small shop shows what follows when it is met."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(refitting, "LEAST_CASES", 1)
        patch.setattr(refitting, "LEAST_GROUPS", 1)
        patch.setattr(refitting, "LUCK", 1.1)
        yield


def test_weights_that_are_better_are_used_by_the_next_verdict_without_a_restart(
    shop: Shop,
) -> None:
    say(shop, "confirmed", shop.culprit)
    training = look(shop.world)
    better = replace(training, judged=replace(training.judged, is_better=True))
    name = adopt(shop.world, better)
    assert name == f"{shipped().version}+1"
    at = AT + timedelta(hours=2)
    deliver_event(shop.world, shop.project, an_event("elsewhere", at=at, release="shop@2"), at)
    drain(shop.world, DIGEST)
    with reading(shop.world.engine) as session:
        assert [row.weights for row in session.exec(select(VerdictRow))] == [
            shipped().version,
            name,
        ]
        row = trainings(session)[0]
    assert (row.outcome, row.in_use, row.parent, row.cases) == (
        "replaced", name, shipped().version, 1,
    )  # fmt: skip
    assert choose(shop.world, "shipped") == shipped().version
    assert versions.in_use(shop.world.settings.weights).weights == shipped()


def test_a_damaged_version_leaves_a_note_on_every_verdict(shop: Shop) -> None:
    directory = shop.world.settings.weights
    directory.mkdir(parents=True)
    (directory / "current").write_text("2026.11+1\n")
    (directory / "2026.11+1.json").write_text("{}")
    with transaction(shop.world.engine) as session:
        session.exec(select(IssueRow)).one().wants_verdict = True
    run(shop.world, Next("investigate"))
    with reading(shop.world.engine) as session:
        newest = session.exec(select(VerdictRow)).all()[-1]
    assert newest.weights == shipped().version
    assert any("own weights were not used" in note for note in newest.notes)


def test_a_training_that_nobody_asked_for_waits_for_enough_new_labels(shop: Shop) -> None:
    say(shop, "confirmed", shop.culprit)
    run(shop.world, Next("train"))
    with reading(shop.world.engine) as session:
        assert trainings(session) == []
    with transaction(shop.world.engine) as session:
        verdict = session.exec(select(VerdictRow)).one()
        for number in range(10):
            sha = f"{number:040x}"
            session.add(SuspectRow(verdict_id=verdict.id or 0, place=50 + number, sha=sha,
                                   score=0.0, probability=0.0, in_range=False))  # fmt: skip
            session.add(JudgementRow(issue_id=1, sha=sha, said="rejected", at=AT))
    run(shop.world, Next("train"))
    run(shop.world, Next("train"))
    with reading(shop.world.engine) as session:
        (row,) = trainings(session)
    assert (row.outcome, row.in_use, sum(row.labels.values())) == ("kept", shipped().version, 11)


def test_the_command_says_what_it_found_and_its_exit_code_whether_it_replaced(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(shop.world.settings.data_dir))
    monkeypatch.setenv("CORRELATOR_DATABASE_URL", shop.world.settings.database_url)
    say(shop, "confirmed", shop.culprit)
    done = CliRunner().invoke(cli, ["train", "--dry-run", "--json"])
    told = json.loads(done.output)
    assert done.exit_code == 1
    assert (told["cases"], told["labels"], told["in_use"]) == (
        1, {"judgement": 1}, shipped().version,
    )  # fmt: skip
    with reading(shop.world.engine) as session:
        assert trainings(session) == []
    plain = CliRunner().invoke(cli, ["train"])
    assert plain.exit_code == 1
    assert "too few" in plain.output
    back = CliRunner().invoke(cli, ["train", "--use", "shipped"])
    assert (back.exit_code, back.output) == (0, f"In use: weights {shipped().version}.\n")
    with reading(shop.world.engine) as session:
        assert [row.outcome for row in trainings(session)] == ["chosen", "kept"]


def test_the_rule_decides_and_not_the_wish(shop: Shop) -> None:
    say(shop, "confirmed", shop.culprit)
    with one_case_is_enough():
        training = look(shop.world)
    assert set(training.judged.metrics) >= {"own", "shipped", "luck"}
    assert training.replaces == training.judged.is_better
