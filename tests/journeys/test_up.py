"""`correlator up`: one command, the whole machine, and nothing left when it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.broker


class Up:
    """A running `correlator up` and what it printed."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        """Start it on a free port."""
        self.log = data_dir.parent / f"{data_dir.name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "correlator", "up", "--data-dir", str(data_dir), *options],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "CORRELATOR_WORKERS": "1"},
            )

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def address(self) -> str:
        until(lambda: "Correlator is up" in self.said(), 60)
        found = re.search(r"is up: (\S+)", self.said())
        assert found is not None
        return found.group(1)

    def family(self) -> set[int]:
        """Its children, and theirs: each child leads a session."""
        children = descendants(self.process.pid)
        assert len(children) >= 4
        return children

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Up]]:
    running: list[Up] = []

    def begin(*options: str) -> Up:
        running.append(Up(tmp_path / "data", "--port", "0", *options))
        return running[-1]

    yield begin
    for up in running:
        up.end()


def until(answer: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not answer():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def descendants(pid: int) -> set[int]:
    parents = {int(stat.parent.name): parent_of(stat) for stat in Path("/proc").glob("[0-9]*/stat")}
    found, front = set[int](), {pid}
    while front:
        front = {child for child, parent in parents.items() if parent in front}
        found |= front
    return found


def parent_of(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def alive(pids: set[int]) -> set[int]:
    left = set()
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            left.add(pid)
    return left


def test_it_greets_once_lets_nobody_else_in_and_stops_when_told(start: Callable[..., Up]) -> None:
    up = start()
    address = up.address()
    assert "password" in up.said()
    assert httpx.get(f"{address}/login").status_code == 200
    family = up.family()

    second = start()
    assert second.process.wait(60) == 2
    assert f"started by process {up.process.pid}" in second.said()

    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(60) == 0
    assert alive(family) == set()

    again = start()
    again.address()
    assert "password" not in again.said()


def test_killed_it_leaves_nothing_behind(start: Callable[..., Up]) -> None:
    up = start()
    address = up.address()
    family = up.family()
    up.process.kill()
    up.process.wait()
    until(lambda: not alive(family), 30)
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as line:
        assert line.connect_ex((host, int(port))) != 0
