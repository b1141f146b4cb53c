"""People's words on kinds teach the model: judged on words unseen, used where it helps."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from correlator.cli import cli
from correlator.errors import Permanent
from correlator.kinds.labels import as_event, as_label, labelled
from correlator.kinds.learning import learn
from correlator.kinds.model import SHIPPED, model_of
from correlator.steps import drain, run
from correlator.store.classes import kind_models, kinds
from correlator.store.session import reading, transaction
from correlator.store.tables import IssueRow, KindModelRow
from correlator.types import Kind, Next
from correlator.world import World
from tests import builders
from tests.deliveries import AT, a_project_id, an_event, deliver_event

WAYS = ("debit", "credit", "fees", "refunds", "tips", "tax", "stock", "points", "gifts", "rounding")


def imbalance(way: str) -> dict[str, Any]:
    """A failure of the team's own making, which no rule knows."""
    event = an_event(kind="LedgerOff")
    raised = event["exception"]["values"][0]
    raised["value"] = f"ledger off: {way} booked twice"
    raised["stacktrace"]["frames"][-1]["function"] = f"settle_{way}"
    return event


def arrive(world: World, project: int, way: str) -> int:
    deliver_event(world, project, imbalance(way), AT)
    drain(world, Next("digest"))
    with reading(world.engine) as session:
        return max(one or 0 for one in session.exec(select(IssueRow.id)))


def kind_of(world: World, issue: int) -> str | None:
    with reading(world.engine) as session:
        return session.get_one(IssueRow, issue).kind


def kinds_command(world: World, *arguments: str) -> Result:
    settings = world.settings
    environment = {
        "CORRELATOR_DATA_DIR": str(settings.data_dir),
        "CORRELATOR_DATABASE_URL": settings.database_url,
    }
    return CliRunner().invoke(cli, ["kinds", *arguments], env=environment)


def test_what_people_say_names_what_could_not_be_named_before(world: World, tmp_path: Path) -> None:
    project = a_project_id(world)
    issues = [arrive(world, project, way) for way in WAYS]
    waits = arrive(world, project, "vouchers")
    assert kind_of(world, waits) == "unclassified"
    with transaction(world.engine) as session:
        for issue in issues:
            kinds.keep_word(session, issue, Kind.ASYNC_CONCURRENCY, None, AT)
    out = tmp_path / "model.json"
    done = kinds_command(world, "train", "--json", "--out", str(out))
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["shipped"]["right"], told["ours"]["wrong"]) == (0, 0)
    assert told["ours"]["right"] > 5
    assert kind_of(world, waits) == "async_concurrency"

    (tmp_path / "labels.jsonl").write_text(kinds_command(world, "labels").stdout)
    again = ("--labels", str(tmp_path / "labels.jsonl"), "--out", str(tmp_path / "again.json"))
    assert kinds_command(world, "train", *again).exit_code == 0
    assert (tmp_path / "again.json").read_text() == out.read_text()
    assert model_of(out.read_text(), "it").version == told["candidate"]

    kinds_command(world, "train", "--use", "shipped")
    assert kind_of(world, arrive(world, project, "coupons")) == "unclassified"


def test_few_words_are_nothing_to_judge_by(world: World) -> None:
    issue = arrive(world, a_project_id(world), "debit")
    with transaction(world.engine) as session:
        kinds.keep_word(session, issue, Kind.ASYNC_CONCURRENCY, None, AT)
    done = kinds_command(world, "train")
    assert done.exit_code == 1
    assert "1 words of people are too few" in done.output


def test_without_new_words_nothing_is_trained(world: World) -> None:
    run(world, Next("train_kinds"))
    with reading(world.engine) as session:
        assert session.exec(select(KindModelRow)).all() == []


def test_words_that_contradict_one_another_replace_nothing() -> None:
    words = [(builders.an_event(), kind) for kind in list(Kind)[:12]]
    learnt = learn(words, known=[labelled(as_label(*one)) for one in words for _ in range(5)])
    assert not learnt.is_better


def test_a_model_that_was_changed_is_reported_and_the_shipped_one_asked(world: World) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace('"sharpness": 1', '"sharpness": 2')
    made = kind_models.Made(version="x", text=text, in_use=True, because="", words=1, metrics={})
    with transaction(world.engine) as session:
        kind_models.keep(session, made, AT)
    heard: list[BaseException] = []
    reported = World(world.settings, world.engine, report=heard.append)
    assert kind_of(world, arrive(reported, a_project_id(world), "tips")) == "unclassified"
    assert isinstance(heard[0], Permanent)
    assert "correlator kinds train" in str(heard[0])


def test_a_label_holds_what_the_model_looks_at_and_no_more() -> None:
    event = builders.an_event()
    label = as_label(event, Kind.MISSING_KEY)
    assert set(label) == {"language", "type", "message", "frames", "caused_by", "kind"}
    again = [(one.module, one.type, one.value) for one in as_event(label).exceptions]
    assert again == [(one.module, one.type, one.value) for one in event.exceptions]
    with pytest.raises(ValueError, match="nonsense"):
        labelled({**label, "kind": "nonsense"})
