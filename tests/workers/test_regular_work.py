"""Beat wakes what has to be done regularly, and a worker leaves signs of life and its times."""

from pathlib import Path

import pytest

from correlator.registry import load_room
from correlator.settings import Settings
from correlator.stack import learner, worker
from correlator.steps import STEPS
from correlator.store.migrate import migrate
from correlator.store.session import reading
from correlator.store.upkeep.timings import heartbeats, timings
from correlator.supervisor import Child
from workers import tasks
from workers.app import QUEUES, TASK, make_app


def test_what_beat_wakes_is_a_step_in_a_queue_that_workers_read(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    schedule = make_app(settings).conf.beat_schedule
    load_room("correlator.steps")
    read = {queue for child in (worker(settings), learner(settings)) for queue in queues(child)}
    assert {"sweep", "retain"} <= set(schedule)
    for entry in schedule.values():
        assert entry["task"] == TASK
        assert entry["args"][0] in STEPS
        assert entry["options"]["queue"] in read


def queues(child: Child) -> set[str]:
    """The queues that a worker reads."""
    option = next(part for part in child.command if part.startswith("--queues="))
    return set(option.partition("=")[2].split(","))


def test_what_takes_minutes_has_a_worker_of_its_own_that_nobody_else_waits_for(
    tmp_path: Path,
) -> None:
    settings = Settings(data_dir=tmp_path)
    assert queues(worker(settings)) == {"intake", "think", "fetch", "survey"}
    assert queues(learner(settings)) == {"learn"}
    slow = {"refit_classes", "train", "label", "report"}
    assert {name for name, queue in QUEUES.items() if queue == "learn"} >= slow


def test_a_task_leaves_a_sign_of_life_and_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRELATOR_DATA_DIR", str(tmp_path))
    tasks.world.cache_clear()
    world = tasks.world()
    migrate(world.engine)
    tasks.run_step("sweep", [])
    with reading(world.engine) as session:
        assert set(heartbeats(session)) == {"worker", "sweep"}
        assert [(one.kind, one.name, one.times) for one in timings(session)] == [
            ("step", "sweep", 1)
        ]
    world.engine.dispose()
    tasks.world.cache_clear()
