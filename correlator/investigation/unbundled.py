"""Frames in bundles: led back to their source by the source maps of the deployed revision.

Only what lies in the repository is read, nothing is fetched. The event keeps its frames, and with
them its fingerprint: a map that appears or vanishes must not split an issue.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from correlator.code.built import is_built, is_minified, is_script
from correlator.code.paths import PathIndex, Root, find
from correlator.code.repo import Repo
from correlator.code.sourcemaps import (
    LARGEST_MAP,
    BadMap,
    Original,
    candidates,
    inline_map,
    map_paths,
    named_map,
    originals,
)
from correlator.types import Event, Frame, Location

MOST_BUNDLES = 12
MAPPED = "source map"
# Stands for a column that nobody told: the last thing that the line says.
_END_OF_LINE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bundle:
    """A built file of the revision, and what its map says of the positions asked for."""

    path: str
    minified: bool
    map_path: str = ""
    places: Mapping[tuple[int, int], Original] = field(default_factory=dict)
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class Unbundled:
    """An event with its frames led back. ``origins``: by identity of a frame, the position in the
    bundle that it was mapped from; ``opaque``: frames that lead to no line of a person's;
    ``elsewhere``: by bundle, a source of its map that is no file of the repository."""

    event: Event
    origins: dict[int, str] = field(default_factory=dict)
    opaque: set[int] = field(default_factory=set)
    elsewhere: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def marked(self, located: Iterable[Location]) -> tuple[Location, ...]:
        """The locations a reader can follow, those that were mapped saying so."""
        return tuple(
            replace(at, how=MAPPED, bundle=origin)
            if (origin := self.origins.get(id(at.frame)))
            else at
            for at in located
            if id(at.frame) not in self.opaque
        )


def unbundle(
    repo: Repo, deployed: str, event: Event, index: PathIndex, roots: tuple[Root, ...]
) -> Unbundled:
    """The event with every frame in a bundle led to its source, as far as there are maps."""
    places: dict[str, list[Frame]] = defaultdict(list)
    for frame in _frames(event):
        if frame.lineno and is_script(frame.filename.partition("?")[0]):
            path, _ = find(frame, index, roots)
            if path is not None and (path in places or len(places) < MOST_BUNDLES):
                places[path].append(frame)
    texts = repo.texts(deployed, list(places)) if places else {}
    bundles = {
        path: _read(repo, deployed, path, text, places[path], index)
        for path, text in texts.items()
        if is_built(path, text)
    }
    if not bundles:
        return Unbundled(event=event)
    found = Unbundled(event=event)
    of = {id(frame): bundles[path] for path in bundles for frame in places[path]}

    def led_back(frame: Frame) -> Frame:
        bundle = of.get(id(frame))
        return frame if bundle is None else _led_back(found, frame, bundle, index)

    raised = tuple(
        replace(one, frames=tuple(map(led_back, one.frames))) for one in event.exceptions
    )
    frames = tuple(map(led_back, event.frames))
    found.event = replace(event, exceptions=raised, frames=frames)
    found.notes = tuple(_notes(found, bundles.values()))
    return found


def _frames(event: Event) -> Iterable[Frame]:
    yield from event.frames
    for raised in event.exceptions:
        yield from raised.frames


def _at(frame: Frame) -> tuple[int, int]:
    return frame.lineno or 0, frame.colno or _END_OF_LINE


def _read(
    repo: Repo, deployed: str, path: str, text: str, frames: Iterable[Frame], index: PathIndex
) -> _Bundle:
    bundle = _Bundle(path=path, minified=is_minified(text))
    named = named_map(text)
    try:
        if named and named.startswith("data:"):
            where, body = path, inline_map(named)
        else:
            where = next((one for one in map_paths(path, named) if one in index.files), "")
            if not where:
                return replace(bundle, problem="the repository holds no source map for it")
            kept = repo.body(deployed, where, LARGEST_MAP)
            if kept is None:
                raise BadMap("it is too large, or no file")
            body = kept
        asked = [_at(f) for f in frames if f.colno or not bundle.minified]
        return replace(bundle, map_path=where, places=originals(body, asked))
    except BadMap as fault:
        return replace(bundle, problem=f"its source map cannot be used: {fault}")


def _led_back(found: Unbundled, frame: Frame, bundle: _Bundle, index: PathIndex) -> Frame:
    place = bundle.places.get(_at(frame))
    if place is None:
        same = replace(frame)  # two frames of a recursion may be one object
        if bundle.minified or not bundle.problem:
            found.opaque.add(id(same))
        return same
    path = _in_repository(place.source, bundle, index)
    named = next(iter(candidates(place.source, bundle.map_path)), "?")[:300]
    mapped = replace(
        frame,
        filename=path or named,
        abs_path=None,
        module=None,
        lineno=place.line,
        colno=place.column,
        # Minifiers give names of a letter or two; the source's function is found by its line.
        function=frame.function if len(frame.function) > 2 else "",
        context_line=None,
        pre_context=(),
        post_context=(),
    )
    if path is None:
        found.opaque.add(id(mapped))
        found.elsewhere[bundle.path] = named
    else:
        found.origins[id(mapped)] = f"{bundle.path}:{frame.lineno}:{frame.colno or ''}".rstrip(":")
    return mapped


def _in_repository(source: str, bundle: _Bundle, index: PathIndex) -> str | None:
    """The file that a map means: by its path, else by the longest ending that only one has."""
    if "node_modules/" in source:
        return None
    named = candidates(source, bundle.map_path)
    for path in named:
        if path in index.files and path != bundle.path:
            return path
    for path in named:
        best, shared, whole = index.longest_suffix(path.split("/"))
        if best is not None and whole and shared >= 2 and best != bundle.path:
            return best
    return None


def _notes(found: Unbundled, bundles: Iterable[_Bundle]) -> Iterable[str]:
    mapped = Counter(origin.partition(":")[0] for origin in found.origins.values())
    for bundle in bundles:
        name = bundle.path[:200]
        if count := mapped[bundle.path]:
            frames = "1 frame" if count == 1 else f"{count} frames"
            yield f"{frames} of {name} led to the source by {bundle.map_path[:200]}"
        elif bundle.problem:
            yield f"{name} was written by a build, not by a person; {bundle.problem}"
        elif bundle.path in found.elsewhere:
            source = found.elsewhere[bundle.path]
            yield f"{name} leads to {source}, which is no file of the repository"
        else:
            yield f"the source map of {name} says nothing of the traced positions"
