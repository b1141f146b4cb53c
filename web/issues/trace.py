"""The stack trace as shown: frames of each exception, with blamed source where a verdict has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from correlator.store.tables import CommitRow, VerdictRow
from correlator.types import Event, Frame, Raised
from web import present
from web.present import Shown

MOST_FRAMES = 100


def chain(event: Event | None, verdict: VerdictRow | None) -> list[Shown]:
    """Exceptions, the one that surfaced first, each with its frames, the crash first."""
    if event is None:
        return []
    raised: list[Raised] = list(reversed(event.exceptions))
    if not raised and event.frames:
        raised = [Raised(type="", value=event.formatted or event.message, frames=event.frames)]
    snippets = list(verdict.snippets) if verdict else []
    return [
        {
            "type": one.type,
            "value": one.value,
            "module": one.module,
            "handled": one.handled,
            "frames": frames(one.frames, place, snippets),
            "frames_left_out": max(0, len(one.frames) - MOST_FRAMES),
        }
        for place, one in enumerate(raised)
    ]


def frames(
    trace: Sequence[Frame], place: int, snippets: Sequence[Mapping[str, Any]]
) -> list[Shown]:
    """Frames of one exception, the crash first; ``snippet`` counts into the verdict's snippets."""
    shown = []
    for depth, frame in enumerate(reversed(trace[-MOST_FRAMES:])):
        found = _snippet_of(frame, depth, place, snippets)
        shown.append(
            {
                "depth": depth,
                "file": frame.filename,
                "function": frame.function,
                "module": frame.module,
                "line": frame.lineno,
                "in_app": frame.in_app,
                "context": _context(frame),
                "variables": dict(frame.variables),
                "snippet": found,
            }
        )
    return shown


def _snippet_of(
    frame: Frame, depth: int, place: int, snippets: Sequence[Mapping[str, Any]]
) -> int | None:
    """The blamed source of this frame: same line and function, at the same depth if possible."""
    same = [
        number
        for number, snippet in enumerate(snippets)
        if snippet["chain"] == place
        and snippet["line"] == frame.lineno
        and snippet["function"] == frame.function
    ]
    exact = [number for number in same if snippets[number]["depth"] == depth]
    return (exact or same or [None])[0]  # type: ignore[list-item]


def _context(frame: Frame) -> list[Shown]:
    """Source lines as the SDK sent them, numbered; empty when it sent none."""
    if frame.context_line is None or frame.lineno is None:
        return []
    texts = (*frame.pre_context, frame.context_line, *frame.post_context)
    first = frame.lineno - len(frame.pre_context)
    return [
        {"number": first + place, "text": text, "crash": first + place == frame.lineno}
        for place, text in enumerate(texts)
    ]


def blamed(
    snippets: Sequence[Mapping[str, Any]],
    commits: Mapping[str, CommitRow],
    repo: str | None,
    ranked: Sequence[Shown],
) -> list[Shown]:
    """Snippets with their gutter: who wrote each line, said once for each run of lines."""
    places = {
        part["sha"]: place for place, one in enumerate(ranked, start=1) for part in one["parts"]
    }
    drawn = [
        _runs([_line(line, snippet, commits, places) for line in snippet["lines"]])
        for snippet in snippets
    ]
    return [
        {
            "path": snippet["path"],
            "line": snippet["line"],
            "depth": snippet["depth"],
            "chain": snippet["chain"],
            "function": snippet["function"],
            "lines": lines,
            "said": _said(lines),
            "bundle": snippet.get("bundle", ""),
            "changes": _changes(snippet["lines"], commits, repo),
        }
        for snippet, lines in zip(snippets, drawn, strict=True)
    ]


def _line(
    line: Mapping[str, Any],
    snippet: Mapping[str, Any],
    commits: Mapping[str, CommitRow],
    places: Mapping[str, int],
) -> Shown:
    sha = line.get("sha")
    return {
        "number": line["number"],
        "text": line["text"],
        "crash": line["number"] == snippet["line"],
        "sha": sha,
        "provenance": present.line_provenance(line, commits.get(sha)) if sha else None,
        "suspect": places.get(sha) if sha else None,
    }


def _runs(lines: list[Shown]) -> list[Shown]:
    """Mark the first line of each run of one commit and one provenance."""
    before: object = object()
    for line in lines:
        answer = line["provenance"]
        said = ("author", "level", "session", "because")
        key = (line["sha"], answer and tuple(answer[name] for name in said))
        line["starts_run"] = key != before
        before = key
    return lines


def _said(lines: Sequence[Shown]) -> list[Shown]:
    """What is said of each run of lines: first and last line, and the answer."""
    runs: list[Shown] = []
    for line in lines:
        if line["starts_run"]:
            runs.append({"first": line["number"], "last": line["number"], "sha": line["sha"],
                         "provenance": line["provenance"]})  # fmt: skip
        elif runs:
            runs[-1]["last"] = line["number"]
    return [run for run in runs if run["provenance"] is not None]


def _changes(
    lines: Sequence[Mapping[str, Any]], commits: Mapping[str, CommitRow], repo: str | None
) -> dict[str, Shown]:
    shas = {line["sha"] for line in lines if line.get("sha")}
    return {sha: present.commit(commits.get(sha), sha, repo) for sha in sorted(shas)}


def first_code(exceptions: Sequence[Shown]) -> tuple[int, int] | None:
    """The frame whose code to show at once: the nearest to the crash that has blame, else that
    has any code; as (exception, frame)."""
    every = [
        (one, other, frame)
        for one, raised in enumerate(exceptions)
        for other, frame in enumerate(raised["frames"])
    ]
    for wanted in ("snippet", "context"):
        for one, other, frame in every:
            if frame[wanted] not in (None, []):
                return one, other
    return None
