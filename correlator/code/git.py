"""The one door to the git program.

A list of arguments, never a shell string; no configuration, hook, prompt, pager or attribute of
the machine or of the repository may change what a command does. Revisions must be full hashes by
the time they get here, and paths come after ``--``.
"""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

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


def is_full_sha(text: str) -> bool:
    """Whether the text is a whole object name, and so safe to hand to git as a revision."""
    return FULL_SHA.match(text) is not None


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What git sees of the environment: no user's or system's configuration, no prompt."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "TMPDIR", "HTTPS_PROXY", "SSL_CERT_FILE")
        if name in os.environ
    }
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

    Raises Transient when it takes too long, Permanent with git's own words when it fails.
    """
    settings = {**_CONFIG, **(config or {})}
    command: Sequence[str] = [
        "git",
        *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
        "-C",
        str(directory),
        *arguments,
    ]
    try:
        done = subprocess.run(
            command,
            input=feed,
            stdin=None if feed is not None else subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            env=environment(extra_environment),
            check=False,
        )
    except subprocess.TimeoutExpired as fault:
        raise Transient(f"git {arguments[0]} took longer than {timeout:.0f} s") from fault
    except OSError as fault:
        raise Permanent(f"git could not be started: {fault}") from fault
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip()
        raise Permanent(f"git {arguments[0]} failed: {words[:500] or done.returncode}")
    return done.stdout
