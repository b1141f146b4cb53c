"""The supervisor, with real processes as children."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from correlator.errors import Permanent
from correlator.supervisor import Child, Supervisor

LASTING = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
PARENT = """
import os, sys, time
from correlator.supervisor import Child, Supervisor
keeper = Supervisor(print)
keeper.start(Child(name="child", command=(sys.executable, "-c", "import time; time.sleep(60)"),
                   environment=dict(os.environ)))
print(keeper._kept[0].process.pid, flush=True)
time.sleep(60)
"""


def a_child(code: str, name: str = "child", grace: float = 5.0) -> Child:
    return Child(
        name=name,
        command=(sys.executable, "-c", code),
        environment=dict(os.environ),
        grace=grace,
    )


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said: list[str]) -> Iterator[Supervisor]:
    keeper = Supervisor(said.append)
    yield keeper
    keeper.stop()


def until(answer: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not answer():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def marks(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def marking(path: Path, word: str) -> str:
    return (
        "import signal, sys, time, pathlib\n"
        f"note = lambda *_: (open({str(path)!r}, 'a').write({word!r} + chr(10)), sys.exit(0))\n"
        "signal.signal(signal.SIGTERM, note)\n"
        f"pathlib.Path({str(path)!r} + '.' + {word!r}).touch()\n"
        "time.sleep(60)\n"
    )


def test_children_are_stopped_last_started_first(supervisor: Supervisor, tmp_path: Path) -> None:
    ends = tmp_path / "ends"
    for name in ("broker", "worker", "web"):
        supervisor.start(a_child(marking(ends, name), name))
        until((tmp_path / f"ends.{name}").exists)
    supervisor.stop()
    assert marks(ends) == ["web", "worker", "broker"]


def test_a_child_that_ends_is_started_again_after_a_pause_that_grows(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    lives = tmp_path / "lives"
    supervisor.start(a_child(f"open({str(lives)!r}, 'a').write('x\\n'); raise SystemExit(3)"))

    def fallen_twice() -> bool:
        supervisor.look()
        return len(said) == 2

    until(fallen_twice)
    assert said == [
        "child ended (exit code 3); starting it again in 1 s",
        "child ended (exit code 3); starting it again in 2 s",
    ]
    assert marks(lives) == ["x", "x"]


def test_a_child_that_will_not_end_is_killed_and_that_is_said(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.start(a_child(STUBBORN, grace=0.2))
    time.sleep(0.5)
    supervisor.stop()
    assert said == ["child did not end by itself; killed"]


def test_what_never_comes_up_is_an_error_that_names_it(supervisor: Supervisor) -> None:
    supervisor.start(a_child(LASTING))
    with pytest.raises(Permanent, match="The web server did not come up"):
        supervisor.wait_until(lambda: False, 0.3, "The web server")


def test_a_program_that_is_not_there_is_an_error_that_names_it(supervisor: Supervisor) -> None:
    with pytest.raises(Permanent, match="broker could not be started"):
        supervisor.start(Child(name="broker", command=("/no/such/program",), environment={}))


def test_nothing_is_left_behind_when_the_supervisor_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())
    assert alive(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: not alive(child))
