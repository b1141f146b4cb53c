"""Matches Agent Trace records in the work tree (`.agent-trace/*.jsonl`) to commits, by content."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from correlator.code.contents import changes, files_under, graph, texts_of, touching
from correlator.provenance import Problem
from correlator.provenance.alignment import aligned
from correlator.provenance.spans import Span, merged
from correlator.provenance.traces import Range, Trace, document, place, read_traces
from correlator.types import Touched

DIRECTORY = ".agent-trace"
MOST_FILES = 50
# How many of the commits that touched a file after a record was made are looked at.
MOST_LATER = 20


@dataclass(frozen=True, slots=True)
class Traced:
    """Records that lie in a tree, and what of them could not be read."""

    traces: tuple[Trace, ...] = ()
    problems: tuple[Problem, ...] = ()


def traces_in(path: Path, tips: Collection[str], timeout: float) -> Traced:
    """The records in the trees of these commits and of HEAD, each once."""
    traces: dict[str, Trace] = {}
    problems: list[Problem] = []
    files = files_under(path, ["HEAD", *tips], DIRECTORY, timeout)
    wanted = {blob: name for name, blob in files if name.endswith(".jsonl")}
    texts = texts_of(path, list(wanted)[:MOST_FILES], timeout)
    for blob, lines in texts.items():
        text = "\n".join(lines).encode("utf-8", "surrogateescape")
        found, amiss = read_traces(wanted[blob], text)
        traces.update({str(one.raw): one for one in found})
        problems += amiss
    return Traced(tuple(traces.values()), tuple(dict.fromkeys(problems)))


def match_traces(
    path: Path, traced: Traced, tips: Collection[str], timeout: float
) -> dict[str, tuple[bytes, ...]]:
    """Records by the commit that they are of, among all that ``tips`` reach."""
    paths = sorted({one.path for trace in traced.traces for one in trace.ranges})
    if not paths:
        return {}
    parents = graph(path, tips, (), timeout)
    later = [sha for sha in reversed(touching(path, tips, paths, timeout)) if sha in parents]
    touched = changes(path, later, timeout)
    by_path: dict[str, list[tuple[str, Touched]]] = {}
    for sha in later:
        for one in touched.get(sha, ()):
            by_path.setdefault(one.path, []).append((sha, one))
    texts = _texts(path, by_path, timeout)
    children = _children(parents)
    found: dict[str, list[bytes]] = {}
    for trace in traced.traces:
        # A revision of a branch that was squashed away leaves the content to decide alone.
        known = trace.revision in parents
        after = _descendants(trace.revision, children) if known else parents.keys()
        if not known:
            trace = replace(trace, ranges=tuple(one for one in trace.ranges if one.hash))
        for sha, placed in _of_trace(trace, by_path, after, texts).items():
            found.setdefault(sha, []).append(document(trace, placed))
    return {sha: tuple(documents) for sha, documents in found.items()}


_Placed = tuple[Range, Sequence[Span], bool]


def _of_trace(
    trace: Trace,
    by_path: Mapping[str, Sequence[tuple[str, Touched]]],
    after: Collection[str],
    texts: Mapping[str, Sequence[str]],
) -> dict[str, list[_Placed]]:
    found: dict[str, list[_Placed]] = {}
    for one in trace.ranges:
        later = [row for row in by_path.get(one.path, ()) if row[0] in after][:MOST_LATER]
        for sha, placed in _first(one, later, texts):
            found.setdefault(sha, []).append(placed)
    return found


def _first(
    one: Range, later: Sequence[tuple[str, Touched]], texts: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, _Placed]]:
    """The first commit that added the text; where only a position is known, the very next."""
    for sha, file in later if one.hash else later[:1]:
        span = place(one, texts.get(file.new_blob, ())) if one.hash else one.span
        if span is None:
            continue
        if spans := _added_in(span, file, texts):
            yield sha, (one, spans, one.hash is not None)
            return


def _added_in(span: Span, file: Touched, texts: Mapping[str, Sequence[str]]) -> tuple[Span, ...]:
    if file.new_blob not in texts or (file.old_blob and file.old_blob not in texts):
        return ()
    new = texts[file.new_blob]
    # As blame -w sees it: other white space is no other line.
    before = aligned(_spaced(texts.get(file.old_blob, ())), _spaced(new))
    inside = range(span[0], min(span[1], len(new)) + 1)
    return merged((number, number) for number in inside if before[number - 1] is None)


def _spaced(lines: Sequence[str]) -> list[str]:
    return ["".join(line.split()) for line in lines]


def _texts(
    path: Path, by_path: Mapping[str, Sequence[tuple[str, Touched]]], timeout: float
) -> dict[str, tuple[str, ...]]:
    files = [file for rows in by_path.values() for _, file in rows]
    return texts_of(path, [name for one in files for name in (one.old_blob, one.new_blob)], timeout)


def _children(parents: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {}
    for sha, above in parents.items():
        for parent in above:
            children.setdefault(parent, []).append(sha)
    return children


def _descendants(sha: str, children: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(children.get(sha, ()))
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting.extend(children.get(one, ()))
    return seen
