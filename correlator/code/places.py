"""Local repositories: whether all that git would read of one lies where an admin allowed.

A repository can lead elsewhere: through a symbolic link, a ``.git`` file (worktrees, submodules),
a ``commondir`` file or borrowed objects (``objects/info/alternates``). Each is followed, and each
must end under an allowed directory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from correlator.errors import Permanent

SETTING = "CORRELATOR_ALLOWED_REPOSITORY_PATHS"
_SMALL = 64 * 1024
_MOST_STORES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A local repository: the path as given, resolved, and the directory that git reads."""

    path: Path
    git_directory: Path


def local_place(path: Path, allowed: Sequence[Path]) -> Place:
    """Where the repository at ``path`` lies; Permanent if it may not be read or is none."""
    if not path.is_absolute():
        raise Permanent(
            f"{str(path)!r} is neither an https:// or ssh:// address nor a whole path:"
            " a local repository is given by its path from the root, such as /srv/git/shop."
        )
    real = _resolve(path)
    if not real.exists():
        raise Permanent(f"There is nothing at {real}: it was moved or removed, or never was there.")
    _require_allowed(real, allowed)
    git_directory = _git_directory(real)
    for reached in _reaches(git_directory):
        _require_allowed(reached, allowed)
    return Place(path=real, git_directory=git_directory)


def _resolve(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as fault:
        raise Permanent(f"{path} cannot be followed: {fault}") from fault


def _require_allowed(real: Path, allowed: Sequence[Path]) -> None:
    roots = [_resolve(root) for root in allowed]
    if any(real.is_relative_to(root) for root in roots):
        return
    line = ":".join(str(root) for root in (*roots, real))
    raise Permanent(
        f"{real} does not lie in a directory that local repositories may be read from."
        f" If it should be allowed, set {SETTING}={line} for every process of Correlator"
        " (restart ./run up with it, and set it here), and try again."
    )


def _git_directory(real: Path) -> Path:
    inner = real / ".git"
    if inner.is_file():
        inner = _resolve(real / _read(inner).removeprefix("gitdir:").strip())
    for candidate in (inner, real):
        if (candidate / "HEAD").exists() and (
            (candidate / "objects").is_dir() or (candidate / "commondir").is_file()
        ):
            return _resolve(candidate)
    raise Permanent(f"{real} is not a git repository: it has neither a .git nor is it a bare one.")


def _reaches(git_directory: Path) -> Iterator[Path]:
    """Every directory that git would read, following links, for this git directory."""
    yield git_directory
    common = git_directory
    if (git_directory / "commondir").is_file():
        common = _resolve(git_directory / _read(git_directory / "commondir").strip())
        yield common
    yield _resolve(common / "refs")
    yield _resolve(common / "packed-refs")
    waiting, seen = [_resolve(common / "objects")], set[Path]()
    while waiting:
        objects = waiting.pop()
        seen.add(objects)
        if len(seen) > _MOST_STORES:
            raise Permanent(f"{git_directory} borrows objects from too many places.")
        yield objects
        yield _resolve(objects / "pack")
        waiting += [found for found in _borrowed(objects) if found not in seen]


def _borrowed(objects: Path) -> list[Path]:
    alternates = objects / "info" / "alternates"
    if not alternates.is_file():
        return []
    lines = _read(alternates).splitlines()
    return [_resolve(objects / line) for line in lines if line and not line.startswith("#")]


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_SMALL).decode("utf-8", "replace")
    except OSError as fault:
        raise Permanent(f"{file} cannot be read: {fault.strerror}") from fault
