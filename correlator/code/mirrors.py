"""Bare mirrors: made beside and renamed into place, refreshed in place, never damaged by dying.

A mirror is ours alone: nothing is ever committed, checked out or configured in it, so every ref
keeps the name it has at home (``refs/notes/ai`` stays ``refs/notes/ai``) and readers need no map;
there are no local notes that a forced fetch could overwrite. Objects are never thrown away: a
revision that was deployed can be blamed after its branch was deleted or rewritten.

Decisions. ``fetch.fsckObjects`` is off: long histories hold old faults (zero-padded modes, odd
dates) that would make them unusable, and what it guards against acts at checkout or in submodules,
neither of which happens here; object hashes and connectivity are always verified. Redirects are
followed for the first request only, within the same protocol; the token goes to the first host
alone. No pull-request *merge* refs: they are commits that nobody made.
"""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from correlator.code.addresses import Address
from correlator.code.advertised import KEPT, has_code, read_advertised, read_refs
from correlator.code.complaints import complaint
from correlator.code.credentials import Access
from correlator.code.git import Ran, Remote, run_remote
from correlator.code.locks import clear_locks, lock_file, only_one
from correlator.code.upkeep import keep_up
from correlator.errors import Permanent

_CONFIG = {
    "core.askPass": "",
    "fetch.fsckObjects": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",
    "fetch.writeCommitGraph": "false",
    "http.followRedirects": "initial",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    "pack.windowMemory": "256m",
    "protocol.version": "2",
    "transfer.fsckObjects": "false",
}
_ENVIRONMENT = {"GIT_NO_LAZY_FETCH": "1"}
# A repository that an admin allowed may belong to another user; run by sh, hence the quotes.
_UPLOAD_PACK = "--upload-pack=git -c 'safe.directory=*' upload-pack"


class MirrorState(StrEnum):
    """How a repository's mirror is. STALE: usable, but could not be refreshed."""

    NEW = "new"
    READY = "ready"
    EMPTY = "empty"
    SHALLOW = "shallow"
    STALE = "stale"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """What came of a fetch. ``problem``: what is wrong with a mirror that could be fetched.

    ``changed``: whether any ref moved (a first mirror has changed). ``notes``: upkeep that failed;
    the mirror is right, only slower to read.
    """

    state: MirrorState
    default_branch: str | None
    changed: bool
    problem: str | None = None
    notes: tuple[str, ...] = ()


def mirror_directory(root: Path, repo_id: int) -> Path:
    """Where a repository's mirror lies under ``settings.mirrors``, whether it is there or not."""
    return root / f"{repo_id}.git"


def mirror(
    directory: Path,
    address: Address,
    access: Access,
    timeout: float,
    progress: Callable[[str], None] | None = None,
) -> Mirrored:
    """Make the mirror at ``directory``, or bring it up to date.

    ``timeout`` in seconds for all of it. Permanent or Transient says why it could not be fetched;
    a mirror that was there is then as it was. Busy if another process is at it.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with only_one(directory) as lock:
        run = _Run(address, access, time.monotonic() + timeout, timeout, lock, progress)
        if directory.exists():
            clear_locks(directory)
            return _refresh(run, directory, is_first=False)
        beside = directory.with_name(directory.name + ".partial")
        _remove(beside)
        try:
            _make(run, beside)
            made = _refresh(run, beside, is_first=True)
            beside.rename(directory)
        finally:
            _remove(beside)
        return made


def remove_mirror(directory: Path) -> None:
    """Remove a mirror and what lies beside it. Busy while it is being fetched."""
    if not directory.parent.is_dir():
        return
    with only_one(directory):
        _remove(directory)
        _remove(directory.with_name(directory.name + ".partial"))
        for kept in directory.parent.glob(f"{directory.name}.*.sqlite*"):
            kept.unlink(missing_ok=True)
    lock_file(directory).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """One fetch: where from, how, and until when."""

    address: Address
    access: Access
    deadline: float
    seconds: float
    lock: int
    progress: Callable[[str], None] | None

    def remote(self) -> Remote:
        return Remote(
            timeout=max(1.0, self.deadline - time.monotonic()),
            config={**_CONFIG, **self.access.config},
            environment={**_ENVIRONMENT, **self.access.environment},
            held=(self.lock,),
            progress=self.progress,
        )

    def quiet(self) -> Remote:
        """For work on the mirror itself: no network, no credential, nothing to tell."""
        return replace(self.remote(), config=_CONFIG, environment=_ENVIRONMENT, progress=None)

    def ask(self, directory: Path, *arguments: str) -> bytes:
        """Run against the other side; raises what went wrong in words for a person."""
        ran: Ran = run_remote(directory, *arguments, remote=self.remote())
        if ran.code != 0:
            raise complaint(ran, self.address, self.access, self.seconds)
        return ran.output

    def here(self, directory: Path, *arguments: str) -> bytes:
        """Run on the mirror."""
        ran = run_remote(directory, *arguments, remote=self.quiet())
        if ran.code != 0:
            raise Permanent(
                f"The mirror of {self.address.text} is damaged: {ran.words.strip()[:300]}"
            )
        return ran.output

    def upload_pack(self) -> list[str]:
        return [_UPLOAD_PACK] if self.address.protocol == "file" else []


def _make(run: _Run, directory: Path) -> None:
    directory.mkdir()
    run.here(directory, "init", "--quiet", "--bare", "--template=", "--initial-branch=main")


def _refresh(run: _Run, directory: Path, *, is_first: bool) -> Mirrored:
    asked = ("ls-remote", "--symref", *run.upload_pack(), "--", run.address.target)
    theirs = read_advertised(run.ask(directory, *asked))
    ours = _refs(run, directory)
    if not has_code(theirs.refs):
        return _without_code(run, ours, is_first)
    was_shallow = _is_shallow(directory)
    if theirs.refs != ours or was_shallow:
        _fetch(run, directory, was_shallow)
    _point_head(run, directory, theirs.branch)
    changed = is_first or _refs(run, directory) != ours or was_shallow != _is_shallow(directory)
    notes = keep_up(directory, run.quiet()) if changed else ()
    state, problem = _condition(run, directory)
    return Mirrored(
        state=state, default_branch=theirs.branch, changed=changed, problem=problem, notes=notes
    )


def _fetch(run: _Run, directory: Path, was_shallow: bool) -> None:
    run.ask(
        directory,
        "fetch",
        "--force",
        "--prune",
        "--no-tags",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        "--update-shallow",
        *(["--progress"] if run.progress else ["--quiet"]),
        *(["--unshallow"] if was_shallow else []),
        *run.upload_pack(),
        "--",
        run.address.target,
        *(f"+{kept}:{kept}" for kept in KEPT),
    )


def _without_code(run: _Run, ours: Mapping[str, str], is_first: bool) -> Mirrored:
    if has_code(ours):
        problem = (
            f"{run.address.text} has lost all its branches; the mirror keeps what it had."
            " If the repository moved, remove it here and add its new address."
        )
        return Mirrored(
            state=MirrorState.STALE, default_branch=None, changed=False, problem=problem
        )
    problem = (
        f"{run.address.text} is empty: it has no commits yet. Push to it; it is fetched again."
    )
    return Mirrored(state=MirrorState.EMPTY, default_branch=None, changed=is_first, problem=problem)


def _condition(run: _Run, directory: Path) -> tuple[MirrorState, str | None]:
    if not _is_shallow(directory):
        return MirrorState.READY, None
    return MirrorState.SHALLOW, (
        f"{run.address.text} is a shallow clone: older history is missing, so blame stops at its"
        " edge and may name the wrong commit. Run 'git fetch --unshallow' in it, or add the"
        " repository that it was cloned from."
    )


def _is_shallow(directory: Path) -> bool:
    file = directory / "shallow"
    return file.exists() and file.stat().st_size > 0


def _refs(run: _Run, directory: Path) -> dict[str, str]:
    return read_refs(run.here(directory, "for-each-ref", "--format=%(objectname) %(refname)"))


def _point_head(run: _Run, directory: Path, branch: str | None) -> None:
    wanted = f"ref: refs/heads/{branch}"
    if branch and (directory / "HEAD").read_text(encoding="utf-8").strip() != wanted:
        run.here(directory, "symbolic-ref", "HEAD", f"refs/heads/{branch}")


def _remove(directory: Path) -> None:
    if directory.exists():
        shutil.rmtree(directory)
