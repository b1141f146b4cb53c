"""Frames to files: which file of the repository a stack frame speaks of, or why none.

Order: explicit roots, then the module name where it says more than the file name (Java), then the
longest path suffix that only one file has, then a Python module name. What is ambiguous, climbs
out or belongs to an installed package maps to nothing: a wrong file is worse than none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from correlator.types import Event, Frame, Location

LENGTH_LIMIT = 1000
Root = tuple[str, str]
_SCHEME = re.compile(r"\A(?:async )?(?:webpack-internal|webpack|app|file|https?|turbopack)://+")
_HOST = re.compile(r"\A(?:async )?https?://[^/]*/")
_DRIVE = re.compile(r"\A[A-Za-z]:/")
_FOREIGN = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|vendor/bundle|gems|\.cargo/registry"
    r"|go/pkg/mod|lib/python\d[\d.]*)/"
)
_JVM = (".java", ".kt", ".scala", ".groovy")


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A frame that speaks of no file of the repository, and why."""

    frame: Frame
    because: str


class PathIndex:
    """The files of a revision, found by their last part."""

    def __init__(self, files: Iterable[str]) -> None:
        """``files``: paths relative to the root, with forward slashes."""
        self.files = frozenset(files)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for file in self.files:
            self._by_name[file.rpartition("/")[2]].append(file)

    def longest_suffix(self, parts: Sequence[str]) -> tuple[str | None, int, bool]:
        """The one file that shares most trailing parts; how many; whether one lies in the other."""
        named = (file.split("/") for file in self._by_name.get(parts[-1], ()))
        shared = [(_shared(found, parts), found) for found in named]
        if not shared:
            return None, 0, False
        most = max(count for count, _ in shared)
        best = [found for count, found in shared if count == most]
        if len(best) > 1:
            # Of several, the one that is wholly named: src/a.py names a.py at the root, too.
            best = [found for found in best if len(found) == most] or best
        if len(best) > 1:
            return None, most, False
        return "/".join(best[0]), most, most in (len(best[0]), len(parts))


def clean(name: str) -> str:
    """A file name as frames spell it: without scheme, host, query, drive, and with slashes."""
    name = name.strip()[:LENGTH_LIMIT]
    name = _HOST.sub("", name)
    if _SCHEME.match(name):
        name = unquote(_SCHEME.sub("", name))
    name = name.replace("\\", "/").partition("?")[0].partition("#")[0]
    name = _DRIVE.sub("/", name)
    while name.startswith("./"):
        name = name[2:]
    return name


def locate(event: Event, index: PathIndex, roots: Sequence[Root] = ()) -> tuple[Location, ...]:
    """Located frames of the whole chain, the crash of what surfaced first."""
    found, _ = locate_all(event, index, roots)
    return found


def locate_all(
    event: Event, index: PathIndex, roots: Sequence[Root] = ()
) -> tuple[tuple[Location, ...], tuple[Unmapped, ...]]:
    """Located frames, and the frames that are not, with the reason."""
    traces = [raised.frames for raised in reversed(event.exceptions) if raised.frames]
    located: list[Location] = []
    unmapped: list[Unmapped] = []
    for chain, frames in enumerate(traces or [event.frames]):
        for depth, frame in enumerate(reversed(frames)):
            path, how = find(frame, index, roots)
            if path is None:
                unmapped.append(Unmapped(frame, how))
                continue
            located.append(
                Location(
                    depth=depth, chain=chain, path=path, line=frame.lineno, frame=frame, how=how
                )
            )
    return tuple(located), tuple(unmapped)


def find(frame: Frame, index: PathIndex, roots: Sequence[Root] = ()) -> tuple[str | None, str]:
    """The path of a frame and the rule that found it; or None and why there is none."""
    names = [clean(name) for name in (frame.filename, frame.abs_path or "") if name]
    names = [name for name in names if name and not name.startswith("<")]
    if any(".." in name.split("/") for name in names):
        return None, "the path climbs out"
    for name in names:
        if path := _by_root(name, index, roots):
            return path, "root rule"
    if path := _by_jvm_module(frame, names, index):
        return path, "module"
    because = "no such file in the repository"
    for name in names:
        path, because = _by_suffix(name, frame, index, any(map(_FOREIGN.search, names)))
        if path:
            return path, because
    if not names and (path := _by_python_module(frame, index)):
        return path, "module"
    return None, because


def _by_root(name: str, index: PathIndex, roots: Sequence[Root]) -> str | None:
    for stack_root, source_root in sorted(roots, key=lambda root: -len(root[0])):
        stack_root = stack_root.replace("\\", "/")
        if name.startswith(stack_root):
            path = source_root + name[len(stack_root) :]
            path = path.lstrip("/")
            if path in index.files:
                return path
    return None


def _by_jvm_module(frame: Frame, names: Sequence[str], index: PathIndex) -> str | None:
    """``com.acme.Checkout$Inner`` in ``Checkout.java`` is ``**/com/acme/Checkout.java``."""
    if not frame.module or not names or not names[0].endswith(_JVM) or "/" in names[0]:
        return None
    package = frame.module.partition("$")[0].split(".")[:-1]
    path, count, _ = index.longest_suffix([*package, names[0]])
    return path if count == len(package) + 1 else None


def _by_suffix(name: str, frame: Frame, index: PathIndex, foreign: bool) -> tuple[str | None, str]:
    if not name.startswith("/") and name in index.files and not foreign:
        return name, "path"
    parts = [part for part in name.split("/") if part]
    if not parts:
        return None, "no file name"
    path, count, whole = index.longest_suffix(parts)
    if path is None:
        return None, "several files end like this" if count else "no such file in the repository"
    doubtful = foreign or frame.in_app is False
    if whole and (count >= 2 or not doubtful):
        return path, "path suffix"
    if count >= 2 and not doubtful:
        return path, "path suffix"
    return None, "only the file's name is the same"


def _by_python_module(frame: Frame, index: PathIndex) -> str | None:
    if not frame.module:
        return None
    parts = frame.module.split(".")
    for tail in ([*parts[:-1], parts[-1] + ".py"], [*parts, "__init__.py"]):
        path, count, _ = index.longest_suffix(tail)
        if path and count == len(tail):
            return path
    return None


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        count += 1
    return count
