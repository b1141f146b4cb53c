"""The one door to the git program.

A list of arguments, never a shell string; no configuration, hook, prompt, pager or attribute of
the machine or of the repository may change what a command does. Revisions must be full hashes by
the time they get here, and paths come after ``--``.
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from correlator.code.watching import timed
from correlator.errors import Permanent, Transient

FULL_SHA = re.compile(r"\A(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")

_CONFIG = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "core.attributesFile": "/dev/null",
    "protocol.allow": "never",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "safe.directory": "*",
    "log.showSignature": "false",
    "diff.renameLimit": "2000",
}


class TooSlow(Transient):
    """Git did not answer in the time it was given."""


class NoRepository(Permanent):
    """The directory is no git repository."""


class Incomplete(Permanent):
    """The repository does not hold an object that its own history speaks of."""


class SaidNothing(Permanent):
    """Git found nothing: it ended without success and without a word."""


def is_full_sha(text: str) -> bool:
    """Whether the text is a whole object name, and so safe to hand to git as a revision."""
    return FULL_SHA.match(text) is not None


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What git sees of the environment: no user's or system's configuration, no prompt."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "TMPDIR", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
        if name in os.environ
    }
    if "SSL_CERT_FILE" in kept:  # git's curl does not look at it by itself
        kept["GIT_SSL_CAINFO"] = kept["SSL_CERT_FILE"]
    return {
        **kept,
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_PAGER": "cat",
        **(extra or {}),
    }


def run_git(
    directory: Path,
    *arguments: str,
    feed: bytes | None = None,
    timeout: float = 60.0,
    config: Mapping[str, str] | None = None,
    extra_environment: Mapping[str, str] | None = None,
) -> bytes:
    """Run git in a (bare) repository and return its output.

    Raises TooSlow when it takes too long, SaidNothing when it finds nothing, Incomplete where
    objects are missing, Permanent with git's own words when it fails otherwise.
    """
    try:
        with timed(arguments[0]):
            done = subprocess.run(
                _command(directory, arguments, config),
                input=feed,
                stdin=None if feed is not None else subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout,
                env=environment(extra_environment),
                check=False,
            )
    except subprocess.TimeoutExpired as fault:
        raise TooSlow(f"git {arguments[0]} took longer than {timeout:.0f} s") from fault
    except OSError as fault:
        raise Permanent(f"git could not be started: {fault}") from fault
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip()
        if "fatal: not a git repository" in words:
            raise NoRepository(f"{directory} is not a git repository. Give the directory of one.")
        if "fatal: unable to read " in words or "from promisor remote" in words:
            raise Incomplete(
                f"git {arguments[0]} failed, a part of the clone is not there: {words[:500]}"
            )
        if done.returncode == 1 and not words:
            raise SaidNothing(f"git {arguments[0]} found nothing")
        raise Permanent(f"git {arguments[0]} failed: {words[:500] or done.returncode}")
    return done.stdout


def _command(
    directory: Path, arguments: Sequence[str], config: Mapping[str, str] | None
) -> list[str]:
    settings = {**_CONFIG, **(config or {})}
    return [
        "git",
        *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        "-C",
        str(directory),
        *arguments,
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """How a long or networked git run may behave.

    ``held``: file descriptors kept open in every process it starts, so that a lock lasts until
    the last of them is gone. ``progress`` is told what git says, piece by piece.
    """

    timeout: float
    config: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    held: tuple[int, ...] = ()
    progress: Callable[[str], None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: exit code (None: stopped for time), output, and git's last words."""

    code: int | None
    output: bytes
    words: str


# A server chooses what it sends; this is what we are ready to hold of it.
_MOST_OUTPUT = 256 * 1024 * 1024
_MOST_WORDS = 16 * 1024


def run_remote(directory: Path, *arguments: str, remote: Remote) -> Ran:
    """Run git where it may start helpers (ssh, https, repacking) that must not outlive us.

    Failing is an answer here: the caller reads the words. Permanent if git cannot be started.
    """
    try:
        process = subprocess.Popen(
            _command(directory, arguments, remote.config),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(remote.environment),
            pass_fds=remote.held,
            start_new_session=True,
        )
    except OSError as fault:
        raise Permanent(f"git could not be started: {fault}") from fault
    assert process.stdout is not None
    assert process.stderr is not None
    output, words = _Kept(_MOST_OUTPUT, None), _Kept(_MOST_WORDS, remote.progress)
    readers = [_reader(process.stdout, output), _reader(process.stderr, words)]
    try:
        with timed(arguments[0]):
            code: int | None = process.wait(remote.timeout)
    except subprocess.TimeoutExpired:
        code = None
    finally:
        _stop(process)
        for reader in readers:
            reader.join(5)
        process.stdout.close()
        process.stderr.close()
    return Ran(code, bytes(output.kept), words.kept.decode("utf-8", "replace"))


class _Kept:
    """The last ``most`` bytes of a stream."""

    def __init__(self, most: int, tell: Callable[[str], None] | None) -> None:
        self.kept = bytearray()
        self._most = most
        self._tell = tell

    def read_all(self, stream: IO[bytes]) -> None:
        while chunk := os.read(stream.fileno(), 65536):
            self.kept += chunk
            if len(self.kept) > self._most:
                del self.kept[: -self._most]
            if self._tell is not None:
                self._tell(chunk.decode("utf-8", "replace"))


def _reader(stream: IO[bytes], into: _Kept) -> threading.Thread:
    thread = threading.Thread(target=into.read_all, args=(stream,), daemon=True)
    thread.start()
    return thread


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the process and its helpers."""
    # All gone already: Linux says so by the one, macOS by the other.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
