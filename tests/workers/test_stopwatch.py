"""Workers add their times to one table, seldom, and never fail a task over it."""

from dataclasses import replace
from pathlib import Path

import pytest

from correlator.code.git import run_git
from correlator.code.watching import watching
from correlator.errors import Permanent
from correlator.store.session import open_engine, reading
from correlator.store.upkeep.timings import heartbeats, timings
from correlator.world import World
from workers.stopwatch import Stopwatch


def test_times_are_added_up_over_processes(world: World) -> None:
    for seconds in (0.004, 0.3, 1000.0):
        watch = Stopwatch()
        watch.add("step", "digest", seconds)
        watch.write(world)
    with reading(world.engine) as session:
        found = [(one.upto, one.times) for one in timings(session)]
        assert found == [(0.005, 1), (0.5, 1), (0.0, 1)]
        assert set(heartbeats(session)) == {"worker"}


def test_not_every_task_costs_a_write(world: World) -> None:
    watch = Stopwatch()
    for _task in range(3):
        watch.add("step", "sweep", 0.001)
        watch.write(world)
    with reading(world.engine) as session:
        assert [one.times for one in timings(session)] == [1]


def test_what_the_database_did_not_take_is_kept_for_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.stopwatch.EVERY", 0.0)
    watch = Stopwatch()
    watch.add("step", "digest", 0.2)
    away = replace(world, engine=open_engine("postgresql://nobody@127.0.0.1:1/nothing"))
    watch.write(away)
    watch.write(world)
    with reading(world.engine) as session:
        assert [one.times for one in timings(session)] == [1]


def test_git_commands_are_told_to_whoever_watches_even_when_they_fail(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    with watching(lambda name, seconds: told.append((name, seconds))):
        run_git(tmp_path, "init", "--quiet")
        with pytest.raises(Permanent):
            run_git(tmp_path, "log")
    run_git(tmp_path, "status")
    assert [name for name, _seconds in told] == ["init", "log"]
    assert all(seconds > 0 for _name, seconds in told)
