"""Keeps child processes alive: started in order, watched, started again, stopped in reverse order.

Knows nothing of what the children are (see ``stack``). Each child leads a session of its own, so
that Ctrl-C in a terminal reaches only us and the order of stopping stays ours. On Linux a child is
told by the kernel when we die, so that kill -9 leaves nothing behind. ``keep_open`` file
descriptors are handed to every child: a lock among them is held until the last child has gone.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from correlator.errors import Permanent

LOOK_EVERY = 0.2
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
KILLED_GRACE = 5.0
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A program to keep running. ``grace``: seconds it gets between being asked to end and being
    killed; ``orphaned``: the signal it gets when the supervisor itself dies."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    grace: float = 10.0
    orphaned: signal.Signals = signal.SIGTERM


class Kept:
    """A child and its life so far."""

    def __init__(self, child: Child) -> None:
        self.child = child
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.falls = 0
        self.due = 0.0

    @property
    def running(self) -> bool:
        """Whether its process is there now."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Starts, watches and stops children. Call it from one thread, the one that goes on living:
    the kernel's word of a parent's death is bound to the thread that started the child."""

    def __init__(
        self,
        say: Callable[[str], None],
        keep_open: tuple[int, ...] = (),
        log: Path | None = None,
    ) -> None:
        self._say = say
        self._keep_open = keep_open
        self._log = log
        self._kept: list[Kept] = []
        self._told = threading.Event()
        self._hurry = False

    @property
    def told_to_stop(self) -> bool:
        """Whether someone asked us to end."""
        return self._told.is_set()

    def listen(self) -> None:
        """Take SIGINT, SIGTERM and SIGHUP as the wish to stop; a second one means at once."""
        for wish in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wish, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._hurry = self._told.is_set()
        self._told.set()

    def start(self, child: Child) -> None:
        """Start a child and watch it from now on."""
        kept = Kept(child)
        self._kept.append(kept)
        self._spawn(kept)

    def _spawn(self, kept: Kept) -> None:
        kept.started = time.monotonic()
        output = self._log.open("ab") if self._log else None
        try:
            kept.process = subprocess.Popen(
                kept.child.command,
                env=dict(kept.child.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                start_new_session=True,
                pass_fds=self._keep_open,
                preexec_fn=die_with_us(kept.child.orphaned, os.getpid()),
            )
        except OSError as fault:
            raise Permanent(f"{kept.child.name} could not be started: {fault}") from fault
        finally:
            if output:
                output.close()

    def wait_until(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Watch until ``ready``; Permanent when that takes too long. Returns early if told to."""
        end = time.monotonic() + seconds
        while not ready():
            if self._told.wait(LOOK_EVERY / 2):
                return
            self.look()
            if time.monotonic() > end:
                raise Permanent(
                    f"{what} did not come up within {seconds:.0f} s; its messages say why."
                )

    def watch(self) -> None:
        """Look after the children until told to stop."""
        while not self._told.wait(LOOK_EVERY):
            self.look()

    def look(self) -> None:
        """Start again whatever has ended, after a pause that grows with each fall."""
        now = time.monotonic()
        for kept in self._kept:
            if kept.running:
                continue
            if kept.process is not None:
                self._fallen(kept, now)
            elif now >= kept.due:
                self._spawn(kept)

    def _fallen(self, kept: Kept, now: float) -> None:
        code = kept.process.returncode if kept.process else 0
        kept.falls = 1 if now - kept.started > STEADY_AFTER else kept.falls + 1
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (kept.falls - 1))
        kept.process, kept.due = None, now + pause
        self._say(f"{kept.child.name} ended ({_ended(code)}); starting it again in {pause:.0f} s")

    def stop(self) -> None:
        """Ask the children to end, last started first, and see that they do."""
        for kept in reversed(self._kept):
            self._stop_one(kept)
        self._kept.clear()

    def _stop_one(self, kept: Kept) -> None:
        process = kept.process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
        end = time.monotonic() + kept.child.grace
        while process.poll() is None and time.monotonic() < end and not self._hurry:
            time.sleep(0.02)
        if process.poll() is None:
            self._say(f"{kept.child.name} did not end by itself; killed")
        _kill_session(process.pid)
        process.wait(KILLED_GRACE)


def _kill_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _ended(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def die_with_us(orphaned: signal.Signals, us: int) -> Callable[[], None] | None:
    """For ``preexec_fn``: the kernel sends that signal when ``us``, our process, ends. Linux."""
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def between_fork_and_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(orphaned))
        if os.getppid() != us:
            os.kill(os.getpid(), signal.SIGKILL)

    return between_fork_and_exec
